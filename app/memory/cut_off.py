"""Updates that have begun and not ended: a program that is killed leaves its own behind."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from app.memory.json_file import JsonFile
from smp.discovery import Found
from smp.image import FirmwareFile
from smp.update.job import parts_of

MOST = 200


@dataclass(frozen=True, slots=True)
class CutOff:
    """`at`: when it began, in seconds since the epoch; `hash` (hex) is empty once it has ended.

    Of several images it is the application's, which is marked last; `also`: the hash of the other
    file of a pair for two slots, of which one was to be sent.
    """

    hash: str = ""
    version: str = ""
    file: str = ""
    path: str = ""
    at: float = 0.0
    also: str = ""

    def names(self, digest: str) -> bool:
        """Whether that hash (hex) is of the image that was to run in the end."""
        return bool(digest) and digest in (self.hash, self.also)


class CutOffs:
    """By device. `path` None: for this run only. What this run does itself is not told by `of`."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[CutOff] = JsonFile(
            path, "updates that were cut off", parse=_parse, store=asdict, most=MOST
        )
        self._running: set[str] = set()

    def of(self, found: Found) -> CutOff | None:
        """The update of this device that a former run of the program did not end."""
        key = device_key(found)
        entry = self.file.get(key)
        return entry if entry is not None and entry.hash and key not in self._running else None

    def began(self, found: Found, file: FirmwareFile) -> None:
        """An update of the device begins. The next `file.save` writes it."""
        self._running.add(device_key(found))
        *others, last = parts_of(file.parts)
        image = last.file_image
        also = [part.file_image.hash.hex() for part in others if part.number == last.number]
        path = str(file.path) if file.path is not None else ""
        entry = CutOff(
            image.hash.hex(), str(image.version), file.name, path, time.time(), "".join(also[:1])
        )
        self.file.put(device_key(found), entry)

    def ended(self, found: Found) -> None:
        """It has ended, well or not: the verdict is said. The next `file.save` writes it."""
        if self.file.get(device_key(found)) is not None:
            self.file.put(device_key(found), CutOff())
        self._running.discard(device_key(found))


def device_key(found: Found) -> str:
    """The device where it can be told, else the place."""
    port = found.port
    if port is not None and port.vid is not None and port.serial_number:
        return f"usb:{port.vid:04x}:{port.pid or 0:04x}:{port.serial_number}"
    return found.key


def _parse(stored: object) -> CutOff | None:
    if not isinstance(stored, dict):
        return None
    entry = CutOff(*(stored.get(field.name, field.default) for field in fields(CutOff)))
    texts = (entry.hash, entry.version, entry.file, entry.path, entry.also)
    is_one = all(isinstance(text, str) for text in texts) and isinstance(entry.at, int | float)
    return entry if is_one else None
