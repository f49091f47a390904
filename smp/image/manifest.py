"""What a firmware package says of the files in it, read leniently.

Sources: nrfconnect/sdk-nrf scripts/bootloader/generate_zip.py, cmake/sysbuild/zip.cmake; files of
2020 and later. Image numbers and slots are written as text or as numbers, slots count over all
images, from 0 (`slot`) or from 1 (`slot_index_primary`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from smp.errors import FileError
from smp.plain import plain
from smp.text import Coded, Text

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20
KNOWN_FORMATS = (0, 1)
MOST_IMAGES = 16
BETWEEN = ", "
"""Between boards, of which a file may be made for several."""
_MOST_SLOTS = 2 * MOST_IMAGES
_LONGEST_TYPE = 40

_ASK_FOR_NUMBER = Text("Ask whoever gave you the package for one that names the image's number")
_OTHER_CORES = ("NETWORK", "RADIO")
"""Their image has the number 1 where nothing else is said."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|0[xX][0-9a-fA-F]+|,(?=\s*[}\]])')
_PARTITION = re.compile(
    r"(?:slot|image-)(\d)(?:_partition)?|mcuboot_(?:primary|secondary)(?:_(\d))?"
)


_IMAGES = frozenset({"", "app", "application", "bin", "firmware", "image", "network"})
_BOOTLOADERS = ("mcuboot", "bootloader", "b0", "nsib")
_OTHER_BOOTLOADERS = ("suit", "cache")


class Purpose(Enum):
    IMAGE = "for an image's slots"
    BOOTLOADER = "the bootloader itself"
    OTHER_BOOTLOADER = "for a bootloader that does not speak SMP"
    UNKNOWN = "for something that nobody here knows"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package. What the manifest does not say is None or empty."""

    file: str
    """Its path in the package, as the manifest writes it."""
    purpose: Purpose = Purpose.IMAGE
    number: int | None = None
    """The image number."""
    slot: int | None = None
    """0 or 1 where the file is built for one slot."""
    in_place: bool = False
    """It is built for a bootloader that starts images where they lie."""
    size: int | None = None
    version: str = ""
    board: str = ""
    soc: str = ""
    core: str = ""
    address: int | None = None
    sha256: str = ""
    """In small letters; of the whole file, or as the image has it inside."""
    type: str = ""
    """As the manifest calls it, harmless."""


def read_json(data: bytes) -> Any:
    """As JSON, with numbers in hex and commas too many, as they were written once. None for what
    cannot be read."""
    try:
        text = data.decode(json.detect_encoding(data), "replace")
        try:
            return json.loads(text)
        except ValueError:
            return json.loads(_TOKEN.sub(_mended, text))
    except (ValueError, RecursionError, MemoryError, LookupError):
        return None


def format_version(manifest: Any) -> int | None:
    """None for what is no number."""
    told = manifest.get("format-version", 0) if isinstance(manifest, dict) else None
    return _whole(told)


def label(manifest: Any) -> str:
    """What the package calls itself, harmless."""
    return _text(manifest, "name") if isinstance(manifest, dict) else ""


def names_files(manifest: Any) -> bool:
    """It is a manifest of a firmware package."""
    entries = manifest.get("files") if isinstance(manifest, dict) else None
    return isinstance(entries, list) and any(map(_names_file, entries))


def members(manifest: Any) -> tuple[Member, ...]:
    """The files in order. Raises `FileError` for numbers that nobody understands."""
    entries = manifest.get("files") if isinstance(manifest, dict) else None
    return tuple(
        _member(entry)
        for entry in (entries if isinstance(entries, list) else ())
        if _names_file(entry)
    )


def is_manifest(manifest: Any) -> bool:
    """It was read, and has the list of files, be it empty."""
    return isinstance(manifest, dict) and isinstance(manifest.get("files"), list)


def _names_file(entry: Any) -> bool:
    file = entry.get("file") if isinstance(entry, dict) else None
    return isinstance(file, str) and bool(file)


def _member(entry: dict[Any, Any]) -> Member:
    purpose = _purpose(entry)
    kind = plain(str(entry.get("type") or "")[:_LONGEST_TYPE])
    if purpose is not Purpose.IMAGE:
        return Member(entry["file"], purpose, type=kind)
    slot, in_place = _numbered(entry, "slot", most=_MOST_SLOTS), "version_MCUBOOT+XIP" in entry
    number = _number(entry, slot)
    _refuse_contradiction(entry, number, slot)
    return Member(
        entry["file"],
        purpose,
        number,
        slot % 2 if slot is not None else None,
        in_place or slot is not None,
        _whole(entry.get("size")),
        _text(entry, "version_MCUBOOT+XIP") or _text(entry, "version_MCUBOOT"),
        _texts(entry, "board"),
        _texts(entry, "soc"),
        _text(entry, "core"),
        _address(entry.get("load_address")),
        _text(entry, "sha256").strip().lower(),
        kind,
    )


def _purpose(entry: dict[Any, Any]) -> Purpose:
    told = entry.get("type") or ""
    kind = told.strip().lower() if isinstance(told, str) else str(told)
    if kind in _IMAGES:
        return Purpose.IMAGE
    if kind.startswith(_BOOTLOADERS):
        return Purpose.BOOTLOADER
    if kind.startswith(_OTHER_BOOTLOADERS):
        return Purpose.OTHER_BOOTLOADER
    return Purpose.UNKNOWN


def _number(entry: dict[Any, Any], slot: int | None) -> int | None:
    for key in ("image_index", "image"):
        if (number := _numbered(entry, key)) is not None:
            return number
    if (number := _partition(entry)) is not None:
        return number
    for key in ("slot_index_primary", "slot_index_secondary"):
        if (absolute := _numbered(entry, key, 1, _MOST_SLOTS)) is not None:
            return (absolute - 1) // 2
    if slot is not None:
        return slot // 2
    return 1 if _text(entry, "core").upper() in _OTHER_CORES else None


def _partition(entry: dict[Any, Any]) -> int | None:
    """A number, or the name of one of the image's slots."""
    told = entry.get("partition")
    if not isinstance(told, str) or not told or _whole(told) is not None:
        return _numbered(entry, "partition")
    match = _PARTITION.fullmatch(told.strip().lower())
    if match is None:
        raise _unreadable(entry, told)
    return int(match[1]) // 2 if match[1] else int(match[2] or 0)


def _numbered(
    entry: dict[Any, Any], key: str, least: int = 0, most: int = MOST_IMAGES
) -> int | None:
    """One of the `most` numbers from `least` on, None where there is none. Raises `FileError` for
    anything else."""
    told = entry.get(key)
    if told is None or told == "":
        return None
    number = _whole(told)
    if number is None or not least <= number < most + least:
        raise _unreadable(entry, told)
    return number


def _refuse_contradiction(entry: dict[Any, Any], number: int | None, slot: int | None) -> None:
    """Raises `FileError` where the slots that an entry names are those of another image."""
    by_slots = {
        (absolute - 1) // 2
        for key in ("slot_index_primary", "slot_index_secondary")
        if (absolute := _numbered(entry, key, 1, _MOST_SLOTS)) is not None
    } | ({slot // 2} if slot is not None else set())
    others = sorted(by_slots - {number})
    if number is None or not others:
        return
    raise FileError(
        Coded(
            "manifest-contradicts-itself",
            "Which image {file} is for is said twice, and differently",
            file=str(entry["file"]),
        ),
        why=Text(
            "The package's manifest says image {number}, and slots of image {other}",
            number=number,
            other=others[0],
        ),
        next_step=_ASK_FOR_NUMBER,
    )


def _unreadable(entry: dict[Any, Any], told: object) -> FileError:
    number = plain(str(told)[:99])
    why = Text("The package's manifest says {told!r} for it", told=number)
    if _whole(told) is not None:
        why = Text(
            "The package's manifest says {told!r} for it, a number that no device has", told=number
        )
    return FileError(
        Coded(
            "manifest-number-unreadable",
            "Which image {file} is for cannot be read",
            file=str(entry["file"]),
        ),
        why=why,
        next_step=_ASK_FOR_NUMBER,
    )


def _whole(told: object) -> int | None:
    """Numbers, and texts of them in decimal or hex."""
    if isinstance(told, str):
        text = told.strip()
        if not text.isascii() or len(text) > 18:
            return None
        try:
            return int(text, 16 if text[:2].lower() == "0x" else 10)
        except ValueError:
            return None
    if isinstance(told, float) and told.is_integer():
        return int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _address(told: object) -> int | None:
    address = _whole(told)
    return address if address is not None and 0 <= address < 1 << 32 else None


def _text(entry: dict[Any, Any], key: str) -> str:
    told = entry.get(key)
    return plain(told) if isinstance(told, str) else ""


def _texts(entry: dict[Any, Any], key: str) -> str:
    """A text, or a list of them as one, with `BETWEEN`."""
    told = entry.get(key)
    if not isinstance(told, list):
        return _text(entry, key)
    return BETWEEN.join(plain(each) for each in told if isinstance(each, str) and each.strip())


def _mended(token: re.Match[str]) -> str:
    found = token[0]
    if found.startswith('"'):
        return found
    return "" if found == "," else str(int(found, 16))
