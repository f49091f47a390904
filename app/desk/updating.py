"""An update of one device: from the button to its verdict and to what is learnt of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.desk.files import FileDesk
from app.lib import dialog
from app.lib.tasks import Tasks
from app.memory.cut_off import CutOffs
from app.memory.experiences import Experiences
from app.memory.packet_sizes import PacketSizes
from app.memory.used_files import UsedFiles
from app.presenters.cancelling import what_is_left
from app.views.main_window import MainWindow
from smp.text import Text, outside


class UpdateDesk:
    """Belongs to a `Desk`. Without a name in the call it is about the chosen device."""

    def __init__(
        self,
        window: MainWindow,
        fleet: Fleet,
        files: FileDesk,
        tasks: Tasks,
        *,
        cut_offs: CutOffs,
        packet_sizes: PacketSizes,
        experiences: Experiences,
        used_files: UsedFiles,
    ) -> None:
        self._window = window
        self._fleet = fleet
        self._files = files
        self._tasks = tasks
        self._cut_offs = cut_offs
        self._packet_sizes = packet_sizes
        self._experiences = experiences
        self._used_files = used_files

    async def update(self, consent: bool) -> None:
        """What the button does."""
        device = self._fleet.chosen
        if device is None or device.is_busy or self._files.barrier(device):
            return
        await self.run(device, consent)

    async def run(self, device: DeviceController, consent: bool) -> None:
        """Update this device with the file that it has, and keep what was learnt of it."""
        await self._run(device, consent)
        await self._packet_sizes.learn(device.found.address, device.packet_size)
        if device.facts is not None and device.track is not None:
            learnt = device.track.learnt()
            await self._experiences.learn(device.found.address, device.facts, learnt)
        await asyncio.to_thread(self._cut_offs.file.save)
        if device.file is not None and device.verdict is not None and device.verdict.is_good:
            await self._used_files.updated(device.found, device.file)
            self._fleet.changed.tell()

    async def _run(self, device: DeviceController, consent: bool) -> None:
        """If the program is killed meanwhile, the next one knows of it."""
        file, found = device.file, device.found
        if file is not None and file.is_usable:
            self._cut_offs.began(found, file)
            self._tasks.start(asyncio.to_thread(self._cut_offs.file.save))
        try:
            await device.update(consent=consent)
        finally:
            self._cut_offs.ended(found)

    def cancel(self) -> None:
        """As soon as that is safe."""
        if self._fleet.chosen is not None:
            self._fleet.chosen.cancel()

    async def ask_to_cancel(self) -> None:
        """Escape is pressed for many reasons; only a button cancels at once."""
        device = self._fleet.chosen
        if device is None or not device.is_updating:
            return
        if device.track is not None and device.track.is_cancelling:
            return
        if await dialog.confirm(
            self._window,
            Text("Cancel the update?"),
            what_is_left(device.name, device.track),
            yes=Text("Cancel the update"),
            no=Text("Go on updating"),
            until=device.ended(),
        ):
            device.cancel()

    async def another(self) -> None:
        """The same file for the next device: put this one's result away, go to the list. The next
        one may be behind the same address already."""
        self.put_away()
        self._window.devices.view.setFocus()
        if self._fleet.chosen is not None:
            await self._fleet.chosen.ask_again(aloud=True)

    def put_away(self) -> None:
        """What its last update, or act, has come to."""
        if self._fleet.chosen is not None:
            self._fleet.chosen.put_away()

    async def go_on(self) -> None:
        """Read the file of the update that was cut off."""
        device = self._fleet.chosen
        cut_off = self._cut_offs.of(device.found) if device is not None else None
        if cut_off is not None:
            await self._files.read(Path(cut_off.path))

    async def show_details(self) -> None:
        """What the verdict's error tells those who look."""
        device = self._fleet.chosen
        verdict = device.track.verdict if device is not None and device.track is not None else None
        if verdict is not None and verdict.error is not None:
            await dialog.tell(self._window, verdict.headline, outside(verdict.error.detail))
