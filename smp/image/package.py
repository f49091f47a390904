"""Firmware packages: a ZIP with a manifest.json that says which file in it is for which image.

Source: nrfconnect/sdk-nrf scripts/bootloader/generate_zip.py, cmake/sysbuild/zip.cmake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from smp.errors import FileError
from smp.image.foreign import blank, empty, key, marked, s_record, text
from smp.image.header import MAGIC_LITTLE
from smp.image.hex_file import intel_hex
from smp.image.judging import judge_bytes
from smp.image.kinds import FileKind, Finding, unusable
from smp.image.listing import commas
from smp.image.manifest import (
    KNOWN_FORMATS,
    LARGEST_MANIFEST,
    MANIFEST,
    MOST_IMAGES,
    Member,
    Purpose,
    format_version,
    label,
    members,
    read_json,
)
from smp.image.part import FilePart
from smp.image.raw import raw_firmware
from smp.image.together import together
from smp.image.unpacking import Archive, leaves, shown
from smp.plain import plain
from smp.text import NOTHING, Coded, Text, sentences

MOST_FILES = 4 * MOST_IMAGES
_ZIP = b"PK\x03\x04"
_SHA256_DIGITS = 64
_IMAGES = (".bin", ".img", ".signed")
_MOST_UNNAMED = 4
_ASK = Text("Ask whoever gave you the package for a whole one")


def find_manifests(names: Sequence[str]) -> list[str]:
    """At the root, or in the folder that somebody packed with its contents: those that are nearest
    to the root, mostly one or none."""
    found = [name for name in names if name.rsplit("/", 1)[-1].lower() == MANIFEST]
    nearest = min((name.count("/") for name in found), default=0)
    return [name for name in found if name.count("/") == nearest]


def read_manifest(archive: Archive, path: str) -> Any:
    """What it says; None where it cannot be read."""
    data = archive.read(path, LARGEST_MANIFEST + 1)
    return read_json(data) if len(data) <= LARGEST_MANIFEST else None


def package(archive: Archive, path: str, manifest: Any, name: str) -> Finding:
    """`path`: of the manifest, which names files. Raises `FileError` for what cannot be unpacked
    and for numbers that nobody understands."""
    told = members(manifest)
    if len(told) > MOST_FILES:
        return unusable(
            FileKind.PACKAGE,
            name,
            why=Text("Its manifest names {count:,} files; no device has so many", count=len(told)),
            next_step=_ASK,
        )
    told = tuple(dict.fromkeys(told))  # said twice in the same words it is one
    if any(member.purpose is Purpose.OTHER_BOOTLOADER for member in told):
        return unusable(
            FileKind.OTHER_FIRMWARE,
            name,
            noun=Text("a package for the SUIT bootloader"),
            why=Text("That bootloader is updated in another way than MCUboot"),
            next_step=Text("Update that product with nRF Connect Device Manager"),
        )
    if (unknown := next((it for it in told if it.purpose is Purpose.UNKNOWN), None)) is not None:
        return Finding(FileKind.PACKAGE, problem=_of_unknown_type(unknown, name))
    images = [member for member in told if member.purpose is Purpose.IMAGE]
    left_out = [shown(member.file) for member in told if member.purpose is Purpose.BOOTLOADER]
    if not images:
        return unusable(
            FileKind.PACKAGE,
            name,
            noun=Text("a package for the bootloader itself"),
            why=Text(
                "It holds nothing that the bootloader starts: {files}", files=commas(left_out)
            ),
            next_step=Text("Choose the package of the application"),
        )
    folder = path.rsplit("/", 1)[0] + "/" if "/" in path else ""
    notes = [_format_note(manifest)] if format_version(manifest) not in KNOWN_FORMATS else []
    notes += [
        Text("{file} is for the bootloader itself and is left out", file=file) for file in left_out
    ]
    parts: list[FilePart] = []
    problem: FileError | None = None
    read = cache(archive.read)
    used: list[str] = []
    for member in images:
        path_inside = _lies_at(archive, folder, member.file)
        used += [path_inside] if path_inside is not None else []
        data = read(path_inside) if path_inside is not None else None
        made, wrong = _part(data, member, name)
        problem = problem or wrong
        if made is not None:
            parts.append(made)
            notes += _version_note(member, made)
    in_place = frozenset(shown(member.file) for member in images if member.in_place)
    parts = paired(numbered(parts, images), in_place)
    problem = problem or _named_twice(images, name) or together(parts, name)
    notes += _unnamed(archive, [*used, *(member.file for member in told)])
    return Finding(FileKind.PACKAGE, tuple(parts), problem, tuple(notes), label(manifest))


def _part(
    data: bytes | None, member: Member, name: str
) -> tuple[FilePart | None, FileError | None]:
    """`data`: what the package holds by that name; None: nothing."""
    file = shown(member.file)
    if data is None:
        why = Text("{file}, which its manifest names, is not in it", file=file)
        return None, _mismatch(name, why)
    if member.size is not None and member.size != len(data):
        why = Text(
            "{file} in it has {size:,} bytes; its manifest says {told:,}",
            file=file,
            size=len(data),
            told=member.size,
        )
        return None, _mismatch(name, why)
    if member.sha256 and not _has_hash(data, member.sha256):
        why = Text("{file} in it is another file than the one whose hash it says", file=file)
        return None, _mismatch(name, why)
    judged = judge_bytes(data, file)
    if judged is None:
        step = Text("Unpack it and choose {file} from it", file=file)
        next_step = step if data.startswith(_ZIP) else NOTHING
        return None, _unusable(name, file, _what_it_is(data, file), next_step)
    _, image, problem = judged
    if problem is not None:
        problem = _unusable(name, file, sentences(problem.what, problem.why), problem.next_step)
    if image is None:
        return None, problem
    return (
        FilePart(
            image,
            member.number,
            member.slot,
            file,
            member.board,
            member.soc,
            member.core,
            member.address,
        ),
        problem,
    )


def numbered(parts: list[FilePart], told: Sequence[Member]) -> list[FilePart]:
    """A manifest that gives some files a number and others none means image 0 with those."""
    if all(member.number is None for member in told):
        return parts
    return [part if part.number is not None else replace(part, number=0) for part in parts]


def paired(parts: list[FilePart], in_place: frozenset[str]) -> list[FilePart]:
    """Two files of one image, each built for one slot, of which the manifest says one or none:
    the other slot is left, or their addresses in flash tell. `in_place`: names of files that the
    manifest calls built for their place."""
    by_number: dict[int | None, list[FilePart]] = {}
    for part in parts:
        by_number.setdefault(part.number, []).append(part)
    slots: dict[int, int] = {}
    for those in by_number.values():
        if len(those) == 2:
            one, other = those
            slots |= _slots(one, other, in_place)
    return [replace(part, slot=slots.get(id(part), part.slot)) for part in parts]


def _slots(one: FilePart, other: FilePart, in_place: frozenset[str]) -> dict[int, int]:
    """By the part's `id`; empty where they are no pair, or have their slots already."""
    for known, unknown in ((one, other), (other, one)):
        if known.slot is not None and unknown.slot is None:
            return {id(unknown): 1 - known.slot}
    if one.slot is not None:
        return {}
    places = [
        part.address
        if part.image.rom_address is None and part.name in in_place
        else part.image.rom_address
        for part in (one, other)
    ]
    first, second = places
    if first is None or second is None or first == second:
        return {}
    return {id(one): int(first > second), id(other): int(second > first)}


def _lies_at(archive: Archive, folder: str, file: str) -> str | None:
    """Beside the manifest, else, where it names no folder, wherever the only file of that name
    lies; in small letters or capitals. Raises `FileError` for a place outside of the package."""
    wanted = file.replace("\\", "/")
    if leaves(wanted):
        raise archive.unsafe(
            Text("Its manifest names a file that lies outside of it: {file}", file=file)
        )
    wanted = "/".join(part for part in wanted.split("/") if part not in ("", "."))
    if folder + wanted in archive.names:
        return folder + wanted
    folded = (folder + wanted).casefold()
    found = [
        path
        for path in archive.names
        if path.casefold() == folded
        or ("/" not in wanted and path.rsplit("/", 1)[-1].casefold() == wanted.casefold())
    ]
    return found[0] if len(found) == 1 else None


def _has_hash(data: bytes, told: str) -> bool:
    """As it is, or as the image inside is named; whatever is no such hash is not compared."""
    if len(told) != _SHA256_DIGITS or any(digit not in "0123456789abcdef" for digit in told):
        return True
    judged = judge_bytes(data, "")
    image = judged[1] if judged is not None else None
    inside = image.hash.hex() if image is not None else ""
    return told in (hashlib.sha256(data).hexdigest(), inside)


def _what_it_is(data: bytes, file: str) -> Text:
    """Of a file that is no image."""
    if data.startswith(_ZIP):
        return Text("It is a ZIP archive; an image is wanted")
    for recognise in (empty, blank, intel_hex, s_record, raw_firmware, marked, key, text):
        found = recognise(data, file)
        if found is None:
            continue
        if found.problem is None:
            return Text(
                "It is {kind}; a package holds images as they are sent", kind=found.kind.words
            )
        return sentences(found.problem.what, found.problem.why)
    return Text("It is no MCUboot image")


def _of_unknown_type(member: Member, name: str) -> FileError:
    return FileError(
        Coded(
            "manifest-type-unknown",
            "{name} holds something that this program does not know",
            name=name,
        ),
        why=Text(
            "Its manifest says that {file} is of the type {type!r}. Nobody can tell whether it "
            "belongs into a slot, or whether the rest works without it",
            file=shown(member.file),
            type=member.type,
        ),
        next_step=Text(
            "Ask whoever gave you the package how it is installed; if one image of it is enough, "
            "unpack it and choose that one"
        ),
    )


def _named_twice(images: Sequence[Member], name: str) -> FileError | None:
    """One file for two things."""
    files = [member.file for member in images]
    twice = next((file for file in files if files.count(file) > 1), None)
    if twice is None:
        return None
    return _mismatch(
        name, Text("Its manifest names {file} twice, for different things", file=shown(twice))
    )


def _unnamed(archive: Archive, named: Sequence[str]) -> list[Text]:
    """Images in it that its manifest does not speak of."""
    known = {path.replace("\\", "/").rsplit("/", 1)[-1].casefold() for path in named}
    others = [
        path
        for path in archive.names
        if path.rsplit("/", 1)[-1].casefold() not in known
        and path.lower().endswith(_IMAGES)
        and archive.read(path, len(MAGIC_LITTLE)) == MAGIC_LITTLE
    ]
    return [
        Text(
            "{file} lies in it, too; its manifest does not name it, and it is left out",
            file=shown(path),
        )
        for path in others[:_MOST_UNNAMED]
    ]


def _format_note(manifest: Any) -> Text:
    told = manifest.get("format-version") if isinstance(manifest, dict) else None
    return Text(
        "Its manifest has the format {version}, which this program does not know; it is read as "
        "the formats that are known",
        version=plain(str(told)[:40]),
    )


def _version_note(member: Member, part: FilePart) -> list[Text]:
    from smp.image.version import Version, VersionError

    try:
        told = Version.parse(member.version) if member.version else part.image.version
    except VersionError:
        return []
    if told == part.image.version:
        return []
    return [
        Text(
            "{file} is {version}; the manifest says {told}",
            file=part.name,
            version=str(part.image.version),
            told=str(told),
        )
    ]


def _mismatch(name: str, why: Text) -> FileError:
    return FileError(
        Coded("package-mismatch", "{name} is not what its manifest says", name=name),
        why=why,
        next_step=_ASK,
    )


def _unusable(name: str, file: str, why: Text, next_step: Text) -> FileError:
    return FileError(
        Coded("package-file-unusable", "{file} in {name} cannot be used", file=file, name=name),
        why=why,
        next_step=next_step or _ASK,
    )
