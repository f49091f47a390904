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

_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20


def zip_file(data: bytes, name: str) -> Finding | None:
    if not data.startswith(_STARTS):
        return None
    names, manifest = _contents(data)
    if names is None:
        return unusable(
            FileKind.ZIP,
            name,
            noun="a damaged or incomplete ZIP archive",
            why="Its list of contents cannot be read",
            next_step="Copy or download the file again",
        )
    if isinstance(manifest, dict) and isinstance(manifest.get("manifest"), dict):
        return unusable(
            FileKind.OTHER_FIRMWARE,
            name,
            noun="a package for the bootloader of the nRF5 SDK",
            why="That bootloader does not speak SMP",
            next_step="Update that product with nRF Connect or nrfutil",
        )
    if "[Content_Types].xml" in names or "mimetype" in names:
        return unusable(
            FileKind.DOCUMENT, name, noun="an office document", why="It holds no firmware"
        )
    if "META-INF/MANIFEST.MF" in names:
        return unusable(FileKind.PROGRAM, name, why="It holds no firmware for SMP devices")
    binaries = [name.rsplit("/", 1)[-1] for name in names if name.lower().endswith(".bin")]
    if MANIFEST in names:
        kind, why = FileKind.PACKAGE, "Packages cannot be sent as they are yet"
    elif binaries:
        kind, why = FileKind.ZIP, "Firmware must be unpacked first"
    else:
        kind, why = FileKind.ZIP, "It is no firmware package: it holds no firmware"
    return unusable(kind, name, why=why, next_step=_unpack(binaries))


def _unpack(binaries: list[str]) -> str:
    if len(binaries) == 1:
        return f"Unpack it and choose {binaries[0]} from it"
    if binaries:
        return f"Unpack it and choose one of the .bin files in it: {', '.join(binaries[:4])}"
    return CHOOSE_SIGNED


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
            if MANIFEST not in names:
                return names, None
            with archive.open(MANIFEST) as stream:
                return names, json.loads(stream.read(_LARGEST_MANIFEST))
    except (*broken, RecursionError, MemoryError):
        return names, None
