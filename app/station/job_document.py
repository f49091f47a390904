"""A job's file that is being written: what stands in its fields, what it held when it was read.

    document = JobDocument()
    await document.open(path)          # or take_firmware: a new one
    document.draft.put("limit", "400")
    await document.look()              # what a station would say of it
    await document.save()

Files are read and written in threads that nobody waits for longer than he wants. Every error is an
`SmpError`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from app.controllers.file_watch import Stamp
from app.lib.aside import aside
from app.station.job import StationJob
from app.station.job_draft import JobDraft
from app.station.job_file import JobFile, read_job
from app.station.job_looking import Looked, ReadFirmware, look
from app.station.job_writing import write_job, write_job_text
from app.station.lock_keys import private_key, public_der
from app.station.locking import Lock, lock_with_key, lock_with_password
from app.station.trusted_locks import TrustedLocks
from smp.errors import JobError
from smp.image import FirmwareFile
from smp.text import Coded, Text


class JobDocument:
    """See the module. `path`: None while it has no file."""

    def __init__(self, job: StationJob | None = None) -> None:
        """`job`: what stands in the fields; None: nothing yet."""
        self.draft = JobDraft(job)
        self.path: Path | None = None
        self.lock: Lock | None = None
        """One that holds: nothing may be changed while it does."""
        self.looked = Looked()
        self.is_looked_at = False
        """`looked` is of what stands in the fields now."""
        self.stamp: Stamp | None = None
        self.sha256 = b""
        """Of the file's bytes as they were read or written."""
        self._text: str | None = None
        self._kept = self.draft.state()
        self.was_locked = False
        """It was unlocked here, and the file still has its lock."""
        self.is_of_key = False
        """Its lock, or the one that was taken off here, was made with a key and no password."""

    @property
    def is_changed(self) -> bool:
        """There is something that the file does not have."""
        return self.was_locked or self.draft.state() != self._kept

    @property
    def firmware(self) -> FirmwareFile | None:
        """As it was read the last time."""
        read = self.looked.firmware
        return read.file if read is not None else None

    async def open(self, path: Path) -> None:
        """Raises `JobError`: a `JobFault` for each thing that is wrong with the file."""
        stamp, file, sha256 = await aside(lambda: _read(path))
        self.path, self.lock, self._text = path, file.lock, file.text
        self.is_of_key = file.lock is not None and not file.lock.is_of_password
        self.stamp, self.sha256 = stamp, sha256
        self._begin(file.job)

    def _begin(self, job: StationJob) -> None:
        self.draft = JobDraft(job)
        self._kept = self.draft.state()
        self.was_locked = False
        self.is_looked_at = False

    async def look(self) -> bool:
        """What a station would say. False: something was entered meanwhile, it is out of date."""
        state = self.draft.state()
        draft, path, lock = self.draft, self.path, self.lock
        before: ReadFirmware | None = self.looked.firmware
        copy = draft.copy()
        looked = await aside(lambda: look(copy, path, lock, before))
        if draft is not self.draft or state != self.draft.state():
            return False
        self.looked, self.is_looked_at = looked, True
        return True

    # -- files ------------------------------------------------------------------------------------

    def place(self, path: Path) -> str:
        """A file as the job names it: from its own folder on, if it lies there."""
        if self.path is not None:
            folder = self.path.parent
            for here, there in ((folder, path), (folder.resolve(), path.resolve())):
                if there.is_relative_to(here):
                    return there.relative_to(here).as_posix()
        return str(path)

    async def take_firmware(self, path: Path) -> None:
        """It is the job's from now on; not pinned until somebody wants that."""
        self.draft.put("firmware", await aside(lambda: self.place(path)))
        self.draft.put("sha256", "")

    def pin(self) -> None:
        """The firmware as it was read is the one that units get, and no other."""
        if self.firmware is not None:
            self.draft.put("sha256", self.firmware.sha256.hex())

    async def copy_beside(self) -> None:
        """Copy the firmware into the job's folder. What lies there is left alone. Raises
        `JobError`."""
        read = self.looked.firmware
        if read is None or self.path is None:
            return
        source, target = read.path, self.path.parent / read.path.name
        await aside(lambda: _copy(source, target))
        self.draft.put("firmware", target.name)

    async def is_overtaken(self) -> bool:
        """Somebody else has changed the file since it was read here."""
        path, known = self.path, self.sha256
        return path is not None and await aside(lambda: _differs(path, known))

    async def save(self, path: Path) -> None:
        """Write the file, with the remarks that it had. Its lock goes. Raises `JobError`."""
        if path != self.path:
            await self._move(path)
        job, keep = self.draft.read().job, self._text
        text = await aside(lambda: write_job(path, job, keep=keep))
        await self._wrote(path, text)
        self.lock = None

    async def _move(self, path: Path) -> None:
        """Files that it names are named from its new folder on."""
        old = self.path
        self.path = path
        for key in ("firmware", "key", "serial.file"):
            if value := self.draft.get(key).strip():
                whole = Path(value) if Path(value).is_absolute() else (old or path).parent / value
                self.draft.put(key, await aside(lambda whole=whole: self.place(whole)))  # type: ignore[misc]

    async def lock_with(self, password: str) -> None:
        """Lock the file as it was saved. This computer takes jobs that are locked so. Raises
        `JobError`."""
        await self._lock(
            lambda text: lock_with_password(text, password),
            lambda lock: lock.opens_with(password),
        )

    async def lock_with_file(self, key: Path) -> None:
        """The same with a private key. Raises `FileError`, too."""
        public = await aside(lambda: public_der(private_key(key)))
        await self._lock(lambda text: lock_with_key(text, key), lambda lock: lock.public == public)

    async def _lock(self, how: Callable[[str], str], is_mine: Callable[[Lock], bool]) -> None:
        assert self.path is not None
        assert self._text is not None
        path, text, product = self.path, self._text, self.draft.get("product")
        locked = await aside(lambda: how(text))
        await aside(lambda: write_job_text(path, locked))
        await self._wrote(path, locked)
        file = await aside(lambda: read_job(path))
        self.lock = file.lock
        if file.lock is not None:
            lock = file.lock
            self.is_of_key = not lock.is_of_password
            await aside(lambda: TrustedLocks.read().trust(lock, product, proof=is_mine))

    async def unlock_with(self, password: str) -> bool:
        """From now on it may be changed here; the file keeps its lock until it is saved. False:
        that is not the password."""
        lock = self.lock
        if lock is None or not await aside(lambda: lock.opens_with(password)):
            return False
        self.lock, self.was_locked = None, True
        return True

    def unlock_of_key(self) -> None:
        """The same of a lock that no password has made: whoever has its key locks it again."""
        self.lock, self.was_locked = None, True

    async def _wrote(self, path: Path, text: str) -> None:
        self.path, self._text = path, text
        self._kept, self.was_locked = self.draft.state(), False
        self.stamp, self.sha256 = await aside(lambda: _stamped(path))


def _read(path: Path) -> tuple[Stamp | None, JobFile, bytes]:
    """The stamp is older than what is read."""
    try:
        stamp = Stamp.of(path)
    except OSError:
        stamp = None
    file = read_job(path)
    return stamp, file, bytes.fromhex(file.sha256)


def _stamped(path: Path) -> tuple[Stamp | None, bytes]:
    try:
        return Stamp.of(path), hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None, b""


def _differs(path: Path, known: bytes) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).digest() != known
    except FileNotFoundError:
        return False  # nobody's change is lost
    except OSError:
        return True


def _copy(source: Path, target: Path) -> None:
    try:
        with source.open("rb") as there, target.open("xb") as here:
            try:
                shutil.copyfileobj(there, here)
            except OSError:
                target.unlink()
                raise
    except FileExistsError as error:
        raise JobError(
            Coded("job-copy-there", "{name} is beside the job already", name=target.name),
            why=Text("It may be another file, and would be lost"),
            next_step=Text("Choose that one, or move it away first"),
        ) from error
    except OSError as error:
        raise JobError(
            Coded("job-copy-failed", "{name} cannot be copied beside the job", name=source.name),
            why=Text("It cannot be read, or the job's folder cannot be written to"),
            next_step=Text("Copy it there yourself, then choose it"),
            detail=str(error),
        ) from error
