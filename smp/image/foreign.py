"""Recognising files that are no MCUboot images, by their contents: one function a family.

The name of a file is only used to speak of it. Sources: the formats' own specifications; for
UF2 microsoft/uf2, for packages nrfconnect/sdk-nrf scripts/bootloader/generate_zip.py.
"""

from __future__ import annotations

import codecs
import re

from smp.image.hex_records import as_text, looks_like_records
from smp.image.key_file import is_key, is_private
from smp.image.kinds import CHOOSE_SIGNED, FileKind, Finding, unusable
from smp.text import NOTHING, Text

_NOT_FIRMWARE = Text("It holds no firmware")
_NOT_READ = Text("That format is not read here; binary files, Intel HEX files and packages are")
_PROBE = 4096
_TEXT_CONTROLS = frozenset("\t\n\r\f\b\x1b")

_S_RECORD = re.compile(rb"S[0-9][0-9A-Fa-f]{6}")
_HEX_DUMP = re.compile(rb"\s*@[0-9A-Fa-f]{1,8}\s+(?:[0-9A-Fa-f]{2,8}\s+){2}")
_UF2 = b"UF2\n\x57\x51\x5d\x9e"
_DFU_SUFFIX = b"UFD\x10"

# Offset, bytes that stand there, kind, what it is called.
_MARKS: tuple[tuple[int, bytes, FileKind, Text], ...] = (
    (0, b"\x89PNG\r\n", FileKind.PICTURE, NOTHING),
    (0, b"\xff\xd8\xff", FileKind.PICTURE, NOTHING),
    (0, b"GIF87a", FileKind.PICTURE, NOTHING),
    (0, b"GIF89a", FileKind.PICTURE, NOTHING),
    (0, b"II*\x00", FileKind.PICTURE, NOTHING),
    (0, b"MM\x00*", FileKind.PICTURE, NOTHING),
    (8, b"WEBP", FileKind.PICTURE, NOTHING),
    (0, b"%PDF-", FileKind.DOCUMENT, Text("a PDF document")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.DOCUMENT, Text("an office document")),
    (0, b"{\\rtf", FileKind.DOCUMENT, NOTHING),
    (0, b"ID3\x03", FileKind.MEDIA, NOTHING),
    (0, b"ID3\x04", FileKind.MEDIA, NOTHING),
    (0, b"OggS", FileKind.MEDIA, NOTHING),
    (4, b"ftyp", FileKind.MEDIA, NOTHING),
    (8, b"WAVEfmt", FileKind.MEDIA, NOTHING),
    (8, b"AVI LIST", FileKind.MEDIA, NOTHING),
    (0, b"\x1f\x8b\x08", FileKind.ARCHIVE, Text("a gzip archive")),
    (4, b"1AY&SY", FileKind.ARCHIVE, Text("a bzip2 archive")),
    (0, b"\xfd7zXZ\x00", FileKind.ARCHIVE, Text("an xz archive")),
    (0, b"\x28\xb5\x2f\xfd", FileKind.ARCHIVE, Text("a Zstandard archive")),
    (0, b"7z\xbc\xaf\x27\x1c", FileKind.ARCHIVE, Text("a 7-Zip archive")),
    (0, b"Rar!\x1a\x07", FileKind.ARCHIVE, Text("a RAR archive")),
    (257, b"ustar", FileKind.ARCHIVE, Text("a tar archive")),
    (0, b"\xcf\xfa\xed\xfe", FileKind.PROGRAM, Text("a program for macOS")),
    (0, b"\xca\xfe\xba\xbe", FileKind.PROGRAM, NOTHING),
    (0, b"DfuSe", FileKind.OTHER_FIRMWARE, Text("a DfuSe file for the bootloader of STM32 chips")),
    (0, b"\xd0\x0d\xfe\xed", FileKind.OTHER_FIRMWARE, Text("a device tree or U-Boot image")),
    (
        0,
        b"sbv3",
        FileKind.OTHER_FIRMWARE,
        Text("an SB3.1 container for the bootloader of NXP chips"),
    ),
    (0, b"\x27\x05\x19\x56", FileKind.OTHER_FIRMWARE, Text("a U-Boot image")),
)

_WORDS: dict[FileKind, tuple[Text, Text]] = {
    FileKind.ARCHIVE: (
        Text("Firmware must be unpacked first"),
        Text("Unpack it and choose the file inside"),
    ),
    FileKind.OTHER_FIRMWARE: (Text("SMP devices start images for MCUboot"), CHOOSE_SIGNED),
}


def empty(data: bytes, name: str) -> Finding | None:
    if data:
        return None
    return unusable(
        FileKind.EMPTY,
        name,
        why=Text("The download or the build was broken off"),
        next_step=Text("Copy or download the file again, or build it again"),
    )


def blank(data: bytes, name: str) -> Finding | None:
    if data.count(data[0]) != len(data) or data[0] not in (0x00, 0xFF):
        return None
    return unusable(
        FileKind.BLANK,
        name,
        why=Text("Every byte is 0x{byte:02x}, as in flash that was never written", byte=data[0]),
    )


def marked(data: bytes, name: str) -> Finding | None:
    """Well-known formats that announce themselves."""
    if data.startswith(_UF2):
        return unusable(
            FileKind.UF2,
            name,
            why=Text("It is for bootloaders that appear as a USB drive, not for SMP"),
        )
    if data.startswith(b"\x7fELF"):
        return unusable(
            FileKind.ELF,
            name,
            why=Text("It is what a debugger loads; it has no header and no signature"),
        )
    if data.startswith(b"BM") and int.from_bytes(data[2:6], "little") == len(data):
        return _foreign(FileKind.PICTURE, name)
    for at, mark, kind, noun in _MARKS:
        if data[at : at + len(mark)] == mark:
            return _foreign(kind, name, noun)
    if data[-8:-4] == _DFU_SUFFIX:
        return _foreign(FileKind.OTHER_FIRMWARE, name, Text("a file for USB DFU tools"))
    if _is_windows_program(data):
        return _foreign(FileKind.PROGRAM, name, Text("a program for Windows"))
    if data.startswith(b"\xd8\x6b") and b"\xa0" <= data[2:3] < b"\xc0":  # CBOR: tag 107, map
        return _foreign(
            FileKind.OTHER_FIRMWARE, name, Text("a SUIT envelope for another bootloader")
        )
    if _is_esp_image(data):
        return _foreign(FileKind.OTHER_FIRMWARE, name, Text("an image for the ESP-IDF bootloader"))
    return None


def s_record(data: bytes, name: str) -> Finding | None:
    if not looks_like_records(as_text(data), _S_RECORD):
        return None
    return unusable(FileKind.S_RECORD, name, why=_NOT_READ)


def hex_dump(data: bytes, name: str) -> Finding | None:
    """Bytes in hex behind an address, as tools of Texas Instruments and `objcopy -O verilog` write
    them."""
    if _HEX_DUMP.match(as_text(data)[:_PROBE]) is None:
        return None
    noun = Text("a text of bytes in hex (TI-TXT or Verilog)")
    return unusable(FileKind.OTHER_FIRMWARE, name, noun=noun, why=_NOT_READ)


def key(data: bytes, name: str) -> Finding | None:
    """In whatever form, see `smp.image.key_file`."""
    if not is_key(data, is_text=_decode(data[:_PROBE]) is not None):
        return None
    if is_private(data):
        return unusable(
            FileKind.KEY,
            name,
            noun=Text("a private key"),
            why=Text("It signs firmware, is never sent to a device, and checks nothing"),
            next_step=Text("Keep it where nobody finds it, and choose the image that it signed"),
        )
    return unusable(
        FileKind.KEY,
        name,
        why=Text("It signs or checks firmware and is never sent to a device"),
        next_step=Text("Choose it as the key to check with, and the image it signed as firmware"),
    )


def text(data: bytes, name: str) -> Finding | None:
    start = _decode(data[:_PROBE])
    if start is None:
        return None
    head = start.lstrip("\ufeff \t\r\n").lower()
    if head.startswith("{") and '"files"' in head and '"file"' in head:
        return unusable(
            FileKind.TEXT,
            name,
            noun=Text("the list of what is in a firmware package"),
            why=Text("The firmware itself lies in the package, a ZIP archive"),
            next_step=Text("Choose the package that it came from"),
        )
    if head.startswith("version https://git-lfs"):
        return unusable(
            FileKind.TEXT,
            name,
            noun=Text("a Git LFS pointer"),
            why=Text("It only names the real file, which was not downloaded"),
            next_step=Text("Have Git LFS download it where it comes from, and choose it again"),
            command="git lfs pull",
        )
    if head.startswith(("<!doctype html", "<html")):
        return unusable(
            FileKind.TEXT,
            name,
            noun=Text("a web page"),
            why=Text(
                "The download brought a page, perhaps for signing in, instead of the firmware"
            ),
            next_step=Text("Download the firmware again"),
        )
    return unusable(FileKind.TEXT, name, why=_NOT_FIRMWARE)


def _foreign(kind: FileKind, name: str, noun: Text = NOTHING) -> Finding:
    why, next_step = _WORDS.get(kind, (_NOT_FIRMWARE, CHOOSE_SIGNED))
    return unusable(kind, name, why=why, next_step=next_step, noun=noun)


def _is_windows_program(data: bytes) -> bool:
    if not data.startswith(b"MZ") or len(data) < 64:
        return False
    at = int.from_bytes(data[60:64], "little")
    return data[at : at + 4] == b"PE\0\0"


def _is_esp_image(data: bytes) -> bool:
    """Magic 0xe9, one to sixteen segments, an entry point in the chip's memory."""
    if len(data) < 24 or data[0] != 0xE9 or not 1 <= data[1] <= 16:
        return False
    return data[7] in (0x40, 0x42, 0x4F)


def _decode(start: bytes) -> str | None:
    """The text that these bytes begin, None if they are not text."""
    encoding = "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    try:
        decoded = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return None
    controls = any(char < " " and char not in _TEXT_CONTROLS for char in decoded)
    return None if controls or not decoded.strip() else decoded
