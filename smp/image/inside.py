"""MCUboot images inside of other bytes: behind a bootloader, one behind the other, in a copy of a
device's flash.

What stands beside them is not sent. Which image is which is only said where the bytes prove it:

* images that start only at addresses of their own, of one version: a pair for the two slots
* an image that needs another one in some version: that one is the other
* the secure and the non-secure image of Trusted Firmware-M, by their boot records: images 0 and 1
* an image in the flash of the nRF5340's network core: image 1, and the other one image 0

Sources: as for `smp.image.mcuboot`; nRF5340 Product Specification, 6.4
(memory map); Trusted Firmware-M, Secure boot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smp.errors import FileError
from smp.image.header import HEADER_SIZE, MAGIC_LITTLE, Header
from smp.image.judging import judge
from smp.image.kinds import FileKind, Finding
from smp.image.layout import HashCheck
from smp.image.mcuboot import McubootImage
from smp.image.part import FilePart
from smp.image.tlv import INFO_MAGIC, INFO_SIZE, read_info
from smp.image.together import refuse_incomplete, refuse_unclear
from smp.text import Text

_MOST_LOOKS = 10_000
_MOST_DAMAGED = 4
_ALIKE = 32
_TRUSTED_FIRMWARE = ("SPE", "NSPE")
"""What Trusted Firmware-M calls its images 0 and 1 in their boot records."""
_NETWORK_CORE = range(0x0100_0000, 0x0104_0000)


@dataclass(frozen=True, slots=True)
class Inside:
    """`at`: where it begins, as an offset or an address. The image's data end where the next
    image begins."""

    at: int
    image: McubootImage


def images_inside(data: bytes, start: int = 0) -> list[Inside]:
    """Whole ones, in their order, from the offset `start` on; also those whose hash differs."""
    found: list[tuple[int, int]] = []
    looked = damaged = 0
    at = data.find(MAGIC_LITTLE, start)
    while at >= 0 and looked < _MOST_LOOKS and damaged < _MOST_DAMAGED:
        looked += 1
        size = _size(data, at)
        image = _read(data[at : at + size]) if size else None
        if size and (image is None or image.hash_check is HashCheck.DIFFERS):
            damaged += 1
        if image is not None:
            found.append((at, at + image.size))
        at = data.find(MAGIC_LITTLE, at + (1 if image is None else image.size))
    ends = [*(begin for begin, _ in found[1:]), len(data)][: len(found)]
    return [
        Inside(begin, McubootImage.from_bytes(data[begin:end]))
        for (begin, _), end in zip(found, ends, strict=True)
    ]


def _size(data: bytes, at: int) -> int:
    """Of what would be an image there, 0 where there is none. Cheap: it is asked very often."""
    if len(data) < at + HEADER_SIZE:
        return 0
    header = Header.from_bytes(data[at : at + HEADER_SIZE])
    tlvs = at + header.signed_size
    info = read_info(data[tlvs : tlvs + INFO_SIZE], 0, "little")
    is_one = header.size >= HEADER_SIZE and header.image_size and info is not None
    if not is_one or info is None or info.magic != INFO_MAGIC:
        return 0
    end = header.signed_size + info.total
    return end if at + end <= len(data) else 0


def _read(data: bytes) -> McubootImage | None:
    try:
        return McubootImage.from_bytes(data)
    except FileError:
        return None


def told_apart(found: Sequence[Inside], *, addressed: bool = False) -> tuple[FilePart, ...]:
    """Each image once, with what the bytes prove of its number or slot; `addressed`: they are at
    the addresses where a debugger would write them."""
    once = list({each.image.hash or each.at: each for each in reversed(found)}.values())[::-1]
    parts = [FilePart(each.image, address=each.at if addressed else None) for each in once]
    if len(parts) == 1 and addressed and found[0].at in _NETWORK_CORE:
        return (replace(parts[0], number=1, core="NETWORK"),)
    if len(parts) < 2:
        return tuple(parts)
    for prove in (_by_core, _by_boot_record, _by_dependencies, _pair):
        if proven := prove(parts):
            return proven
    return tuple(parts)


def _pair(parts: list[FilePart]) -> tuple[FilePart, ...]:
    """One build for two places: of one version and, but for a few words, of one size."""
    places = [_own_place(part) for part in parts]
    versions = {part.image.version for part in parts}
    sizes = [part.image.size for part in parts]
    if len(parts) != 2 or None in places or places[0] == places[1] or len(versions) > 1:
        return ()
    if abs(sizes[0] - sizes[1]) > max(sizes) // _ALIKE:
        return ()
    ordered = sorted(parts, key=lambda part: _own_place(part) or 0)
    return tuple(replace(part, slot=slot) for slot, part in enumerate(ordered))


def _own_place(part: FilePart) -> int | None:
    """The only flash address that it starts at."""
    image, address = part.image, part.address
    if image.rom_address is not None or address is None or image.vectors is None:
        return image.rom_address
    return address if address <= image.vectors.reset < address + image.size else None


def _by_dependencies(parts: list[FilePart]) -> tuple[FilePart, ...]:
    """Of two, one of which needs the other, or each the other."""
    if len(parts) != 2:
        return ()
    first, second = parts
    for one, other in ((first, second), (second, first)):
        needed = {needed.image for needed in one.image.dependencies}
        if needed not in ({0}, {1}):
            continue
        (number,) = needed
        if {back.image for back in other.image.dependencies} <= {1 - number}:
            numbers = {id(one): 1 - number, id(other): number}
            return tuple(replace(part, number=numbers[id(part)]) for part in parts)
    return ()


def _by_boot_record(parts: list[FilePart]) -> tuple[FilePart, ...]:
    records = [part.image.boot_record for part in parts]
    kinds = [record.software_type if record is not None else "" for record in records]
    if sorted(kinds) != sorted(_TRUSTED_FIRMWARE):
        return ()
    return tuple(
        replace(part, number=_TRUSTED_FIRMWARE.index(kind))
        for part, kind in zip(parts, kinds, strict=True)
    )


def _by_core(parts: list[FilePart]) -> tuple[FilePart, ...]:
    network = [part for part in parts if _is_of_network_core(part)]
    if len(parts) != 2 or len(network) != 1:
        return ()
    return tuple(
        replace(part, number=1, core="NETWORK") if part is network[0] else replace(part, number=0)
        for part in parts
    )


def _is_of_network_core(part: FilePart) -> bool:
    table = part.image.vectors
    starts = table.reset if table is not None else part.address
    return starts is not None and starts in _NETWORK_CORE


def concluded(
    kind: FileKind, parts: tuple[FilePart, ...], name: str, notes: tuple[Text, ...] = ()
) -> Finding:
    """Images that were found inside of something else, judged each and together."""
    try:
        for part in parts:
            _, _, problem = judge(part.image, name)
            if problem is not None:
                raise problem
        refuse_unclear(parts, name)
        refuse_incomplete(parts, name)
    except FileError as error:
        return Finding(kind, parts, error)
    return Finding(kind, parts, notes=notes)


def left_out(size: int) -> Text:
    """Said of what stands beside images."""
    return Text(
        "{size:,} bytes beside the image are left out: a debugger would write them, such as a "
        "bootloader",
        size=size,
    )
