"""What only a file tells of an image, kept for the day on which a device runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smp.image import McubootImage


@dataclass(frozen=True, slots=True)
class Seen:
    """`counter`: its security counter. `start`: the address a Cortex-M starts it at. None where
    the file had none."""

    counter: int | None = None
    start: int | None = None

    @classmethod
    def of(cls, image: McubootImage) -> Seen:
        return cls(image.security_counter, image.vectors.reset if image.vectors else None)


Memory = Callable[[bytes], Seen | None]
"""By an image's hash; None for one whose file was never seen."""
