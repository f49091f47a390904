"""Several images of one file: do they go together, and is it clear which one is which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smp.errors import FileError
from smp.image.listing import commas
from smp.image.part import FilePart
from smp.text import Coded, Text

_CHOOSE_ONE = Text("Choose the file of one image alone, or a package that names each image")
_ASK = Text("Ask whoever gave you the file for a whole one")


def together(parts: Sequence[FilePart], name: str) -> FileError | None:
    """What is wrong with the parts of a file that says which is which."""
    try:
        refuse_unclear(parts, name)
        refuse_incomplete(parts, name)
    except FileError as error:
        return error
    return None


def refuse_unclear(parts: Sequence[FilePart], name: str) -> None:
    """Raises `FileError` for parts of which no job could be made: see `smp.update.job`."""
    twice = next((part for part in parts if _is_taken_twice(part, parts)), None)
    if twice is not None and twice.number is not None:
        raise FileError(
            Coded(
                "file-number-twice",
                "{name} holds two images for the number {number}",
                name=name,
                number=twice.number,
            ),
            why=Text("Only one of them could be sent: {images}", images=named(parts)),
            next_step=_CHOOSE_ONE,
        )
    if twice is not None or (len({part.number for part in parts}) > 1 and _is_unnumbered(parts)):
        raise FileError(
            Coded(
                "file-images-unclear", "Which image in {name} is which cannot be told", name=name
            ),
            why=Text("It holds {images}, and not the number of each", images=named(parts)),
            next_step=_CHOOSE_ONE,
        )
    numbers = {(part.number, part.image.hash) for part in parts}
    hashes = [digest for _, digest in numbers if digest]
    if len(set(hashes)) < len(hashes):
        raise FileError(
            Coded("file-image-twice", "{name} holds the same image for two numbers", name=name),
            why=Text("Devices are told by an image's hash which one to start"),
            next_step=_ASK,
        )


def refuse_incomplete(parts: Sequence[FilePart], name: str) -> None:
    """Raises `FileError` where an image names others that start only together with it, and one
    of them is another one. Of one image alone nothing is said: the others may be on the device."""
    if len({part.number for part in parts}) < 2:
        return
    held = {digest for part in parts for digest in part.image.hashes}
    for part in parts:
        missing = [digest for digest in part.image.companions if digest not in held]
        if missing:
            raise FileError(
                Coded("file-companion-missing", "{name} lacks an image", name=name),
                why=Text(
                    "{image} starts only together with an image that is not in it",
                    image=_named(part),
                ),
                next_step=_ASK,
                detail=f"hash {missing[0].hex()}",
            )


def named(parts: Iterable[FilePart]) -> Text:
    """Each with its name or number, and its version."""
    return commas([_named(part) for part in parts])


def _named(part: FilePart) -> Text:
    version = str(part.image.version)
    if part.name:
        return Text("{name} ({version})", name=part.name, version=version)
    if part.number is not None:
        return Text("image {number} ({version})", number=part.number, version=version)
    if part.address is not None:
        return Text("{version} at {address:#x}", version=version, address=part.address)
    return Text("version {version}", version=version)


def _is_unnumbered(parts: Sequence[FilePart]) -> bool:
    return any(part.number is None for part in parts)


def _is_taken_twice(part: FilePart, parts: Sequence[FilePart]) -> bool:
    return any(
        other is not part
        and other.number == part.number
        and (other.slot == part.slot or None in (other.slot, part.slot))
        for other in parts
    )
