"""What earlier updates of a device took: a better estimate than any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

BOOT = 4.0
"""Seconds of a restart that do not grow with the image, about."""

WATCH = 10.0
"""Seconds for which what was started is watched, unless a job says otherwise."""


@dataclass(frozen=True, slots=True)
class Experience:
    """Measured on one device with one bootloader; None where nothing was measured yet."""

    rate: float | None = None
    """Bytes of a file per second, without the erase before and without outages."""
    erase: float | None = None
    """Seconds until the first part of an upload was answered."""
    restart: float | None = None
    """Seconds from the request for the restart until the new image answered."""
    restart_size: int | None = None
    """Bytes of the image that was put in place then."""
    verify: float | None = None
    """Seconds for watching and confirming."""

    def restart_of(self, size: int) -> float | None:
        """The restart that puts `size` bytes in place; swapping takes longer for more."""
        if self.restart is None or not self.restart_size or self.restart <= BOOT:
            return self.restart
        return BOOT + (self.restart - BOOT) * size / self.restart_size

    def upload_of(self, size: int) -> float | None:
        """An upload of `size` bytes."""
        return (self.erase or 0.0) + size / self.rate if self.rate else None

    def updated(self, newer: Experience) -> Experience:
        """With what `newer` measured in place of the old."""
        measured = {field.name: getattr(newer, field.name) for field in fields(newer)}
        return replace(self, **{name: it for name, it in measured.items() if it is not None})


NONE = Experience()
