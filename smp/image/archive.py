"""Recognising ZIP files: firmware packages, and what else comes as a ZIP.

Source: nrfconnect/sdk-nrf scripts/bootloader/generate_zip.py (`manifest.json` at the root), and
the nRF5 SDK's nrfutil, whose packages hold a `manifest.json` of another shape.
"""

from __future__ import annotations

import io
import json
import struct
from typing import Any

from smp.image.kinds import CHOOSE_SIGNED, FileKind, Finding, unusable
from smp.image.listing import alternatives, commas
from smp.image.manifest import Member, members
from smp.plain import plain
from smp.text import Text

_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20
_MOST_NAMES = 4


def zip_file(data: bytes, name: str) -> Finding | None:
    if not data.startswith(_STARTS):
        return None
    names, manifest = _contents(data)
    if names is None:
        return unusable(
            FileKind.ZIP,
            name,
            noun=Text("a damaged or incomplete ZIP archive"),
            why=Text("Its list of contents cannot be read"),
            next_step=Text("Copy or download the file again"),
        )
    if isinstance(manifest, dict) and isinstance(manifest.get("manifest"), dict):
        return unusable(
            FileKind.OTHER_FIRMWARE,
            name,
            noun=Text("a package for the bootloader of the nRF5 SDK"),
            why=Text("That bootloader does not speak SMP"),
            next_step=Text("Update that product with nRF Connect or nrfutil"),
        )
    if "[Content_Types].xml" in names or "mimetype" in names:
        return unusable(
            FileKind.DOCUMENT,
            name,
            noun=Text("an office document"),
            why=Text("It holds no firmware"),
        )
    if "META-INF/MANIFEST.MF" in names:
        return unusable(FileKind.PROGRAM, name, why=Text("It holds no firmware for SMP devices"))
    binaries = [plain(n.rsplit("/", 1)[-1]) for n in names if n.lower().endswith(".bin")]
    if MANIFEST in names or members(manifest):
        return _package(name, binaries, members(manifest))
    if binaries:
        why = Text("Firmware must be unpacked first")
    else:
        why = Text("It is no firmware package: it holds no firmware")
    return unusable(FileKind.ZIP, name, why=why, next_step=_unpack(binaries))


def _package(name: str, binaries: list[str], told: tuple[Member, ...]) -> Finding:
    """Only files for image 0 are offered: nothing else may be sent to it."""
    by_name = {plain(member.name): member for member in told}
    offered, others, by_slot = [], [], []
    for binary in binaries:
        member = by_name.get(binary)
        if member is not None and member.image is None:
            others.append(Text("{file} for no image", file=binary))
        elif member is not None and member.image != 0:
            others.append(Text("{file} for image {image}", file=binary, image=member.image))
        elif member is not None and member.slot is not None:
            by_slot.append(Text("{file} for slot {slot}", file=binary, slot=member.slot))
        else:
            offered.append(binary)
    if others:
        why = Text(
            "Packages cannot be sent as they are yet; it also holds {files}",
            files=commas(others[:_MOST_NAMES]),
        )
    else:
        why = Text("Packages cannot be sent as they are yet")
    if by_slot:
        step = Text(
            "Unpack it and choose the file for the slot that does not run: {files}",
            files=alternatives(by_slot[:_MOST_NAMES]),
        )
    elif others and not offered:
        step = Text("Ask whoever gave you the package for the file of the application")
    else:
        step = _unpack(offered)
    return unusable(FileKind.PACKAGE, name, why=why, next_step=step)


def _unpack(binaries: list[str]) -> Text:
    if len(binaries) == 1:
        return Text("Unpack it and choose {file} from it", file=binaries[0])
    if binaries:
        return Text(
            "Unpack it and choose one of the .bin files in it: {files}",
            files=commas(binaries[:_MOST_NAMES]),
        )
    return CHOOSE_SIGNED


def _is_manifest(path: str) -> bool:
    """At the root, or in the one folder that somebody packed with its contents."""
    return path == MANIFEST or (path.count("/") == 1 and path.endswith(f"/{MANIFEST}"))


def _contents(data: bytes) -> tuple[list[str] | None, Any]:
    """The names inside and the parsed manifest; None for what cannot be read."""
    import lzma
    import zipfile
    import zlib

    broken = (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
        KeyError,
        IndexError,
        OverflowError,
        struct.error,
        zlib.error,
        lzma.LZMAError,
    )
    names = None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            path = next(filter(_is_manifest, names), None)
            if path is None:
                return names, None
            with archive.open(path) as stream:
                return names, json.loads(stream.read(_LARGEST_MANIFEST))
    except (*broken, RecursionError, MemoryError):
        return names, None
