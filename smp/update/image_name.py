"""What one of several images is called: what its package says it is for, or its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smp.image import FilePart
from smp.text import Text

_CORES: dict[str, tuple[Text, Text]] = {
    "NETWORK": (Text("network core"), Text("Network core")),
    "RADIO": (Text("radio core"), Text("Radio core")),
    "FLPR": (Text("FLPR core"), Text("FLPR core")),
    "PPR": (Text("PPR core"), Text("PPR core")),
}
"""As packages of the nRF Connect SDK tell the core that a file is for."""
_MARKS = {
    "cpunet": "NETWORK",
    "net_core": "NETWORK",
    "b0_net": "NETWORK",
    "ipc_radio": "NETWORK",
    "hci_ipc": "NETWORK",
    "cpurad": "RADIO",
    "cpuflpr": "FLPR",
    "cpuppr": "PPR",
}
"""What boards and files of such cores have in their names; older packages tell no core."""


@dataclass(frozen=True, slots=True)
class ImageName:
    """`noun` stands within a sentence, `title` where one begins. `number` is the image's."""

    number: int
    noun: Text
    title: Text
    is_told: bool = False
    """By the package, and not only the number."""

    @classmethod
    def of_number(cls, number: int) -> ImageName:
        return cls(
            number,
            Text("image {number}", number=number),
            Text("Image {number}", number=number),
        )


IMAGE_0 = ImageName.of_number(0)


def names(parts: Sequence[tuple[int, FilePart | None]]) -> dict[int, ImageName]:
    """Of the images of one update, by their numbers: the application is called so only beside
    another core's image."""
    told = {
        number: _CORES[core] for number, part in parts if part and (core := _core(number, part))
    }
    if told and 0 not in told:
        told[0] = Text("application"), Text("Application")
    return {
        number: ImageName(number, *told[number], is_told=True)
        if number in told
        else ImageName.of_number(number)
        for number, _ in parts
    }


def _core(number: int, part: FilePart) -> str:
    """Empty: it is not told."""
    if part.core.upper() in _CORES:
        return part.core.upper()
    words = f"{part.board} {part.name}".lower()
    return next((core for mark, core in _MARKS.items() if number and mark in words), "")
