"""One image of a file, and what the file around it says of it."""

from __future__ import annotations

from dataclasses import dataclass

from smp.image.mcuboot import McubootImage


@dataclass(frozen=True, slots=True)
class FilePart:
    """An image that could be sent. What the file does not say is None or empty: nothing of it is
    guessed. Two parts with the same number are built for the two slots of that image, one each.
    """

    image: McubootImage
    number: int | None = None
    """The image number on the device."""
    slot: int | None = None
    """0 or 1 of the image's own slots, where it is built for that one alone."""
    name: str = ""
    """Of the member of a package, harmless."""
    board: str = ""
    soc: str = ""
    core: str = ""
    """As the package calls it, such as NETWORK."""
    address: int | None = None
    """In flash, where the file says where its bytes belong."""
