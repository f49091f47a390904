"""The desk's firmware file: chosen or dropped, read, watched, handed to the devices.

What is armed is what is shown: while a file is being read, could not be read, or is another one on
disk by now, nothing can be started; what is sent is the bytes that were judged, from memory.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from app.controllers.device import DeviceController
from app.controllers.file_watch import FileWatch, Stamp, Standing
from app.controllers.fleet import Fleet
from app.desk.log import DeskLog
from app.facts.firmware import FirmwareFacts, RecentFacts
from app.facts.log import LogLevel
from app.lib import dialog
from app.lib.aside import aside
from app.log.story import file_read
from app.memory.known_images import KnownImages
from app.memory.settings import Settings
from app.memory.used_files import UsedFiles
from app.presenters import update as show_update
from app.presenters.recent import recent_file, recent_files
from app.views.main_window import MainWindow
from smp.errors import FileError
from smp.image import FileKind, FirmwareFile, read_firmware
from smp.plain import plain
from smp.text import NOTHING, Text

_FILTERS = (Text("Firmware (*.bin *.zip *.hex *.img *.signed)"), Text("All files (*)"))
_CHOOSE = Text("Choose a firmware file")
_LOCKED = Text("An update is running. Another file can be taken when it has ended")


@dataclass
class Held:
    """A file in memory, and how it stands on disk."""

    file: FirmwareFile
    stamp: Stamp | None = None
    standing: Standing = Standing.SAME
    at: float = 0.0
    """When the standing changed, in seconds since the epoch."""


class FileDesk:
    """Belongs to a `Desk`. `file`: the last one that was chosen; it also goes to the next
    device."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        fleet: Fleet,
        known: KnownImages,
        used: UsedFiles,
        log: DeskLog,
        show: Callable[[], None],
        show_soon: Callable[[], None],
        take_key: Callable[[Path], Coroutine[Any, Any, None]],
    ) -> None:
        """take_key: what is done with a key that comes instead of firmware."""
        self.file: FirmwareFile | None = None
        self.flaw: Text = NOTHING
        """Why no file can be used at all; empty: nothing is wrong."""
        self._window = window
        self._settings = settings
        self._fleet = fleet
        self._known = known
        self._used = used
        self._log = log
        self._show = show
        self._show_soon = show_soon
        self._take_key = take_key
        self._reading = ""
        self._turn = 0
        self._wanted: set[Path] = set()
        """Those of this run, whatever became of them."""
        self._gone: set[Path] = set()
        """Files that were not there when they were wanted."""
        self.is_awaited: Callable[[], bool] = lambda: False
        """Somebody who is shown waits for what was chosen when they were started."""
        self._next: Path | None = None
        """Was handed over while the chosen device was being updated."""
        self._held: dict[int, Held] = {}
        """By the file's `id`; the entry keeps the file."""
        self._watched: Held | None = None
        self._watch: FileWatch | None = None

    # -- choosing -----------------------------------------------------------------------------

    async def choose(self) -> None:
        """Ask for a file, and read it."""
        folder = await asyncio.to_thread(self._settings.last_folder)
        path = await dialog.choose_file(self._window, _CHOOSE, _FILTERS, folder)
        if path is not None:
            await self.read(path)

    async def read(self, path: Path) -> None:
        """Read a file and put it up for the chosen device. The last call wins."""
        if self._is_locked:
            self._window.firmware.zone.refuse(_LOCKED)
            return
        self._next = None
        self._wanted.add(path)
        self._reading, self._turn = plain(path.name), self._turn + 1
        turn = self._turn
        self._show()
        try:
            held = await aside(lambda: _read(path))
        except FileError as error:
            if turn == self._turn:
                self._log.say(error.text, LogLevel.WARNING)
                self._reading = ""
                self._gone.add(path)
                self._window.firmware.zone.refuse(error.text)
                self._show()
                await asyncio.to_thread(self._settings.look)
            return
        self._gone.discard(path)
        if turn != self._turn:
            return
        self._reading = ""
        if held.file.kind is FileKind.KEY:
            self._show()
            await self._take_key(path)
            return
        self._take(held)
        self._show()
        await self._known.learn(held.file.parts)
        if held.file.is_usable:
            await self._used.used(held.file)

    def known_paths(self) -> tuple[Path, ...]:
        """Files that anything said by the program may speak of."""
        return tuple({*self._wanted, *self._settings.remembered})

    @property
    def _is_locked(self) -> bool:
        """What is shown is being sent, or will be."""
        if self.is_awaited():
            return True
        chosen = self._fleet.chosen
        if chosen is not None:
            return chosen.is_updating
        several = self._fleet.together
        return any(device.is_updating and device.file is self.file for device in several)

    async def look(self) -> None:
        """See which of the files that were used before are still there."""
        await asyncio.to_thread(self._settings.look)
        self._show_soon()

    async def forget(self) -> None:
        """No file was ever used."""
        self._settings.forget_files()
        if not await asyncio.to_thread(self._used.file.forget):
            self._log.say(
                Text("What was used with which device could not be deleted"), LogLevel.WARNING
            )
        self._show()

    async def hand_over(self, path: Path) -> None:
        """As `read`; while the chosen device is being updated, the file waits to be taken."""
        if not self._is_locked:
            await self.read(path)
            return
        self._next = path
        self._log.say(Text("{name} was handed over and waits", name=path.name))
        self._show()

    async def take_next(self) -> None:
        """Read the file that waits."""
        if self._next is not None:
            await self.read(self._next)

    def _take(self, held: Held) -> None:
        file = self.file = held.file
        in_use = {id(device.file) for device in self._fleet.devices.values()}
        self._held = {key: each for key, each in self._held.items() if key in in_use}
        self._held[id(file)] = held
        self._log.say(*file_read(file))
        if file.is_usable and file.path is not None:
            self._settings.used(file.path)
        if self._fleet.chosen is not None:
            self._fleet.chosen.choose(file)

    async def read_again(self) -> None:
        """What is shown has changed on disk."""
        file = self._shown(self._fleet.chosen)
        if file is not None and file.path is not None:
            await self.read(file.path)

    async def use_suggestion(self) -> None:
        """Read the file that lies beside the one which cannot be used."""
        file = self._shown(self._fleet.chosen)
        if file is not None and file.suggestion is not None:
            await self.read(file.suggestion)

    def put_back(self, file: FirmwareFile | None) -> None:
        """This one was chosen before another was, and is what is shown again."""
        if file is not None and id(file) in self._held:
            self.file = file

    def hand_to(self, key: str) -> None:
        """The file that was chosen last also goes to a device that has none yet."""
        device = self._fleet.devices.get(key)
        if device is not None and device.file is None and self.file is not None:
            device.choose(self.file)

    # -- watching -----------------------------------------------------------------------------

    def stop(self) -> None:
        """Watch nothing any more."""
        if self._watch is not None:
            self._watch.stop()
        self._watch = self._watched = None

    def _follow(self, held: Held | None) -> None:
        if held is self._watched:
            return
        self.stop()
        self._watched = held
        if held is not None and held.file.path is not None and held.stamp is not None:
            self._watch = FileWatch(
                held.file.path,
                held.stamp,
                held.file.sha256,
                lambda standing: self._stands(held, standing),
            )

    def _stands(self, held: Held, standing: Standing) -> None:
        held.standing, held.at = standing, time.time()
        self._log.say(_stands(held.file.name, standing))
        self._show_soon()

    # -- showing ------------------------------------------------------------------------------

    def barrier(self, device: DeviceController | None) -> Text:
        """Why nothing can be started with the file that is shown; empty: it can."""
        if self.flaw:
            return self.flaw
        if self._reading:
            return Text("Reading {name}", name=self._reading)
        held = self._held_by(device)
        if held is not None and held.standing is Standing.CHANGED:
            return Text("The file has changed on disk")
        return NOTHING

    def facts(self, device: DeviceController | None) -> FirmwareFacts:
        """What the card of the file shows. What is shown is what is watched."""
        held = self._held_by(device)
        self._follow(held)
        return show_update.firmware(
            self._shown(device),
            self._settings.recent,
            reading=self._reading,
            locked=_LOCKED if self._is_locked else NOTHING,
            standing=held.standing if held is not None else Standing.SAME,
            since=held.at if held is not None else 0.0,
            following=self._next.name if self._next is not None else "",
            recents=recent_files(self._settings.remembered, self._settings.recent, self._used),
            last=self._last_of(device),
        )

    def _last_of(self, device: DeviceController | None) -> RecentFacts | None:
        used = self._used.last_of(device.found) if device is not None else None
        if used is None:
            return None
        path = Path(used.path)
        gone = path in self._settings.remembered and path not in self._settings.recent
        return recent_file(path, used, is_there=not gone and path not in self._gone)

    def _shown(self, device: DeviceController | None) -> FirmwareFile | None:
        if device is not None and device.file is not None:
            return device.file
        return self.file

    def _held_by(self, device: DeviceController | None) -> Held | None:
        return self._held.get(id(self._shown(device)))


def _stands(name: str, standing: Standing) -> Text:
    match standing:
        case Standing.SAME:
            return Text("{name}: the file on disk is what was read", name=name)
        case Standing.CHANGED:
            return Text("{name}: the file on disk is another one by now", name=name)
        case Standing.GONE:
            return Text("{name}: the file is not there any more, or cannot be reached", name=name)
        case _:
            assert_never(standing)


def _read(path: Path) -> Held:
    """In a thread. Raises `FileError` for what is no file at all, a folder or nothing: that is
    refused. A file that cannot be read is a file, of no use."""
    stamp = None
    try:
        stamp = Stamp.of(path)
        refused = path.is_dir()
    except OSError as error:
        refused = isinstance(error, FileNotFoundError | NotADirectoryError)
    except ValueError:
        refused = True
    try:
        return Held(read_firmware(path), stamp)
    except FileError as error:
        if refused:
            raise
        return Held(FirmwareFile(path.name, FileKind.UNKNOWN, 0, b"", problem=error, path=path))
