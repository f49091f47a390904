"""Whose firmware answers, as far as it can be told: each has manners of its own."""

from __future__ import annotations

from enum import Enum


class Family(Enum):
    """`value` is a key; JSON and settings may hold it."""

    OTHER = "other"
    """Zephyr, MCUboot, or what behaves like them."""
    MYNEWT = "mynewt"
    """Apache Mynewt of mynewt-core 1.8 or later."""
    OLD_MYNEWT = "old-mynewt"
    """Apache Mynewt of mynewt-core 1.7 or before."""
    UNSURE = "unsure"
    """It did not answer all that was asked to find out."""

    @property
    def is_mynewt(self) -> bool:
        return self in (Family.MYNEWT, Family.OLD_MYNEWT)

    @property
    def may_be_mynewt(self) -> bool:
        """To be treated as carefully as Apache Mynewt needs it."""
        return self is not Family.OTHER
