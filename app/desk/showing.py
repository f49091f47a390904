"""Presents everything as it is now.

Changes are shown together, at most every 50 ms; while something runs, ten times a second.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.controllers.track import Track
from app.desk.bluetooth import BluetoothDesk
from app.desk.computer import ComputerDesk
from app.desk.files import FileDesk
from app.desk.log import DeskLog
from app.desk.together import TogetherDesk
from app.facts.devices import DeviceListFacts, DeviceRow, LinkKind
from app.facts.slots import SlotsFacts
from app.facts.window import FooterFacts
from app.facts.words import ActionFacts, AdviceFacts
from app.language import current
from app.lib.tone import Tone
from app.memory.cut_off import CutOffs
from app.memory.known_images import KnownImages
from app.memory.loader_places import LoaderPlaces
from app.memory.settings import Settings
from app.presenters import advice as show_advice
from app.presenters import bluetooth as show_air
from app.presenters import device as show_device
from app.presenters import done as show_done
from app.presenters import logs as show_logs
from app.presenters import run as show_run
from app.presenters import slots as show_slots
from app.presenters import update as show_update
from app.views.main_window import MainWindow
from app.ways import in_window
from smp.text import NOTHING, Text, sentences

_SOON = 50
_TICK = 100


class Showing(QObject):
    """Belongs to a `Desk`. `remarks`: what the program is doing, for the line at the foot."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        fleet: Fleet,
        known: KnownImages,
        bluetooth: BluetoothDesk,
        files: FileDesk,
        log: DeskLog,
        cut_offs: CutOffs,
        computer: ComputerDesk,
        loaders: LoaderPlaces,
        several: TogetherDesk,
    ) -> None:
        super().__init__(window)
        self.remarks: Text = NOTHING
        self._window = window
        self._settings = settings
        self._fleet = fleet
        self._known = known
        self._bluetooth = bluetooth
        self._files = files
        self._log = log
        self._cut_offs = cut_offs
        self._computer = computer
        self._loaders = loaders
        self._several = several
        self._loop = asyncio.get_running_loop()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self.now)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK)
        self._tick.timeout.connect(self.now)

    def soon(self) -> None:
        """Something changed."""
        if not self._soon.isActive():
            self._soon.start()

    def stop(self) -> None:
        """The window goes away."""
        self._tick.stop()
        self._soon.stop()
        self._files.stop()

    def now(self) -> None:
        """Present everything."""
        now = self._loop.time()
        for busy in self._fleet.updating:
            busy.tick(now)
        said = current().spoken
        window, fleet, device = self._window, self._fleet, self._fleet.chosen
        window.devices.present(said(self._list(now)))
        self._several.present(now)
        if not fleet.together:
            self._one(device, now)
        window.log.offer(said(show_logs.device_log(device)))
        window.footer.present(said(self._footer()))
        self._computer.present()
        if lines := self._log.take():
            window.log.append(said(lines))
        self._soon.stop()
        if bool(fleet.updating) != self._tick.isActive():
            (self._tick.start if fleet.updating else self._tick.stop)()

    def _one(self, device: DeviceController | None, now: float) -> None:
        """The page of one device, or that none is chosen."""
        window, said = self._window, current().spoken
        firmware, barrier = self._files.facts(device), self._files.barrier(device)
        if device is None:
            file = self._files.file
            window.devices.select("")
            window.header.present(None)
            window.slots.present(said(SlotsFacts(advice=self._no_device())))
            window.banner.present(said(show_update.file_banner(file)))
            window.run.present(None)
            window.firmware.present(said(firmware), said(show_update.plan_of_file(file, barrier)))
        else:
            window.devices.select(device.key)
            window.header.present(said(show_device.header(device, now)))
            window.slots.present(said(show_slots.slots(device, self._known)))
            window.banner.present(said(show_update.banner(device, self._cut_offs.of(device.found))))
            window.run.present(said(show_run.run(_run_of(device), now)))
            plan = show_update.plan(device, barrier, reading=bool(firmware.reading))
            window.firmware.present(said(firmware), said(plan))

    def _list(self, now: float) -> DeviceListFacts:
        rows = tuple(
            show_device.device_row(
                device,
                gone=self._fleet.is_gone(device),
                chosen=device is self._fleet.chosen,
                removable=self._fleet.is_host(device) and not device.is_updating,
                now=now,
                loader_of=self._loaders.owner(device.found.address, device.found.title),
            )
            for device in self._fleet.devices.values()
        )
        problem = self._fleet.discovery.serial_problem
        none = Text("No serial port. Plug a device in")
        if problem is not None:
            none = sentences(problem.text, in_window(problem))
        empty = {LinkKind.SERIAL: none}
        groups = {}
        if group := self._bluetooth.group():
            empty[LinkKind.BLUETOOTH] = show_air.LISTENING
            groups[LinkKind.BLUETOOTH] = group
        tally = show_done.tally_facts(
            device.sheet
            for device, row in zip(self._fleet.devices.values(), rows, strict=True)
            if row.done or _is_to_do(device, row)
        )
        return DeviceListFacts(
            rows, bool(self.remarks), empty, groups, self._settings.all_shown, tally
        )

    def _no_device(self) -> AdviceFacts:
        said = self._bluetooth.advice()
        return replace(_NO_DEVICE, sentence=said) if said else _NO_DEVICE

    def _footer(self) -> FooterFacts:
        busy = self._fleet.updating
        if busy:
            words = Text("1 update is running")
            if len(busy) > 1:
                words = Text("{count} updates are running", count=len(busy))
            return FooterFacts(words, Tone.ACCENT)
        return FooterFacts(self.remarks or Text("All quiet"))


def _is_to_do(device: DeviceController, row: DeviceRow) -> bool:
    """It may be one of those that shall be updated. A port that is built in is none by itself."""
    port = device.found.port
    return not row.minor and not row.gone and (port is None or port.vid is not None)


def _run_of(device: DeviceController) -> Track | None:
    """The update whose steps and curve are shown: not beside another device's facts."""
    doubt = device.sheet.doubt
    ended = device.track is not None and device.track.is_over
    return None if ended and doubt is not None and not doubt.is_absence else device.track


_NO_DEVICE = AdviceFacts(
    Text("Three steps to an update"),
    NOTHING,
    (
        Text(
            "Choose the device at the left. One with a USB cable appears there when it is "
            "plugged in."
        ),
        Text("Drop the firmware file, before or after."),
        Text("Press Update."),
    ),
    icon="serial",
    actions=(ActionFacts(show_advice.ADD_NETWORK, Text("Add a device…"), "plus"),),
    ordered=True,
)
