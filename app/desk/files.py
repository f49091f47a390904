"""The desk's firmware file: chosen or dropped, read, handed to the devices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.controllers import show_update
from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.controllers.story import file_read
from app.desk.log import DeskLog
from app.lib import dialog
from app.memory.known_images import KnownImages
from app.settings import Settings
from app.views.facts import FirmwareFacts, LogLevel
from app.views.main_window import MainWindow
from smp.errors import SmpError
from smp.image import FirmwareFile, read_firmware
from smp.plain import plain

_FILTERS = ("Firmware (*.bin *.img *.signed)", "All files (*)")


class FileDesk:
    """Belongs to a `Desk`. `file`: the last one that was chosen; it also goes to the next
    device."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        fleet: Fleet,
        known: KnownImages,
        log: DeskLog,
        show: Callable[[], None],
        show_soon: Callable[[], None],
    ) -> None:
        self.file: FirmwareFile | None = None
        self._window = window
        self._settings = settings
        self._fleet = fleet
        self._known = known
        self._log = log
        self._show = show
        self._show_soon = show_soon
        self._reading = ""

    async def choose(self) -> None:
        """Ask for a file, and read it."""
        folder = await asyncio.to_thread(self._settings.last_folder)
        path = await dialog.choose_file(self._window, "Choose a firmware file", _FILTERS, folder)
        if path is not None:
            await self.read(path)

    async def read(self, path: Path) -> None:
        """Read a file and put it up for the chosen device."""
        self._reading = plain(path.name)
        self._show()
        try:
            file = await asyncio.to_thread(read_firmware, path)
        except SmpError as error:
            self._log.say(str(error), LogLevel.WARNING)
            self._window.firmware.zone.refuse(str(error))
            await asyncio.to_thread(self._settings.look)
            return
        finally:
            self._reading = ""
            self._show_soon()
        self._log.say(*file_read(file))
        self.file = file
        if file.is_usable:
            self._settings.used(path)
        if self._fleet.chosen is not None:
            self._fleet.chosen.choose(file)
        self._show()
        await self._known.learn(file.images)

    async def use_suggestion(self) -> None:
        """Read the file that lies beside the one which cannot be used."""
        device = self._fleet.chosen
        file = device.file if device is not None else self.file
        if file is not None and file.suggestion is not None:
            await self.read(file.suggestion)

    def hand_to(self, key: str) -> None:
        """The file that was chosen last also goes to a device that has none yet."""
        device = self._fleet.devices.get(key)
        if device is not None and device.file is None and self.file is not None:
            device.choose(self.file)

    def facts(self, device: DeviceController | None) -> FirmwareFacts:
        """What the card of the file shows."""
        file, locked = self.file, ""
        if device is not None:
            file = device.file if device.file is not None else self.file
            locked = "An update is running" if device.is_updating else ""
        return show_update.firmware(
            file, self._settings.recent, reading=self._reading, locked=locked
        )
