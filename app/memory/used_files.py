"""What the files were that were used, and which one each device got last."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from app.memory.cut_off import device_key
from app.memory.json_file import JsonFile
from smp.discovery import Found
from smp.image import FirmwareFile

MOST = 400


@dataclass(frozen=True, slots=True)
class UsedFile:
    """`at`: when, in seconds since the epoch."""

    path: str
    version: str = ""
    size: int = 0
    at: float = 0.0


class UsedFiles:
    """`path` None: for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[UsedFile] = JsonFile(
            path, "files that were used", parse=_parse, store=asdict, most=MOST
        )

    def of(self, path: Path) -> UsedFile | None:
        """What the file was when it was used last."""
        return self.file.get(f"file:{path}")

    def last_of(self, found: Found) -> UsedFile | None:
        """What this device was updated with last."""
        return self.file.get(f"device:{device_key(found)}")

    async def used(self, file: FirmwareFile) -> None:
        """It was read."""
        if file.path is not None:
            await self.file.keep(f"file:{file.path}", _used(file))

    async def updated(self, found: Found, file: FirmwareFile) -> None:
        """The device runs it now."""
        if file.path is not None:
            await self.file.keep(f"device:{device_key(found)}", _used(file))


def _used(file: FirmwareFile) -> UsedFile:
    return UsedFile(str(file.path), file.versions, file.size, time.time())


def _parse(stored: object) -> UsedFile | None:
    if not isinstance(stored, dict):
        return None
    entry = UsedFile(*(stored.get(field.name, "") for field in fields(UsedFile)))
    is_one = isinstance(entry.path, str) and isinstance(entry.version, str) and bool(entry.path)
    is_one = is_one and isinstance(entry.size, int) and isinstance(entry.at, int | float)
    return entry if is_one else None
