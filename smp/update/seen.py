"""What only a file tells of an image, kept for the day on which a device runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from smp.image import FilePart, McubootImage


@dataclass(frozen=True, slots=True)
class Seen:
    """`counter`: its security counter. `start`: the address a Cortex-M starts it at. `vendor`,
    `product`: its vendor and class ids. `board`: what it is made for. `address`: in
    flash, where it is built for one alone. None or empty where the file had none."""

    counter: int | None = None
    start: int | None = None
    vendor: UUID | None = None
    product: UUID | None = None
    board: str = ""
    address: int | None = None

    @classmethod
    def of(cls, image: McubootImage, told: FilePart | None = None) -> Seen:
        """`told`: what the file around it says."""
        return cls(
            image.security_counter,
            image.vectors.reset if image.vectors else None,
            image.vendor_uuid,
            image.class_uuid,
            told.board if told is not None else "",
            image.rom_address,
        )


Memory = Callable[[bytes], Seen | None]
"""By an image's hash; None for one whose file was never seen."""
