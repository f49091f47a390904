"""Joins the window and what it is about: facts go down to the views, intents come up from them.

Changes are shown together, at most every 50 ms; while something runs, ten times a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app import saving
from app.bluetooth import BluetoothDesk
from app.controllers import show_air, show_device, show_update
from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.controllers.journal import Journal
from app.controllers.known_images import KnownImages
from app.controllers.packet_sizes import PacketSizes
from app.lib import dialog
from app.lib.tasks import Tasks
from app.lib.tone import Tone
from app.settings import Settings
from app.views.facts import (
    AdviceFacts,
    DeviceListFacts,
    FirmwareFacts,
    FooterFacts,
    LinkKind,
    LogLevel,
    LogLine,
    SlotsFacts,
)
from app.views.main_window import MainWindow
from app.views.network_dialog import Protocol, ask_network_device
from smp.address import Address
from smp.client import Client
from smp.connection import Watcher
from smp.discovery import Found
from smp.errors import SmpError
from smp.image import FirmwareFile, read_firmware
from smp.update.plan import Remedy

_SOON = 50
_TICK = 100
_FILTERS = ("Firmware (*.bin *.img *.signed)", "All files (*)")


class Desk(QObject):
    """Lives as long as the window. `keep`: folder for what is remembered of images, packet sizes
    and simulated flash, None for nothing."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        *,
        keep: Path | None = None,
        make_client: Callable[[Found], Client] | None = None,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.settings = settings
        self._loop = asyncio.get_running_loop()
        self.closed = asyncio.Event()
        self.known = KnownImages(keep / "images.json" if keep is not None else None)
        self.packet_sizes = PacketSizes(keep / "packet_sizes.json" if keep is not None else None)
        self.tasks = Tasks(self._failed)
        self.fleet = Fleet(
            make_client or _client_for(keep, self.packet_sizes),
            self._watcher_for,
            self._changed,
            self.tasks.start,
        )
        self.bluetooth = BluetoothDesk(window, settings, self.fleet, self.tasks, self.show_soon)
        self._file: FirmwareFile | None = None
        """The last file that was chosen: it also goes to the next device."""
        self._reading = ""
        self._remarks = ""
        self._wants_packets = False
        self._lines: list[LogLine] = []
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self.show_now)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK)
        self._tick.timeout.connect(self.show_now)
        self._connect()

    def start(self, simulated: tuple[Found, ...] = (), *, bluetooth: bool = False) -> None:
        """Begin to look for devices, on the running loop; with `bluetooth`, over the air, too."""
        self.fleet.start(simulated)
        if bluetooth:
            self.tasks.start(self.bluetooth.listen())
        for text in self.settings.hosts:
            try:
                self.fleet.add_host(Address.parse(text))
            except SmpError as error:
                self._say(f"A remembered device is left out. {error}", LogLevel.WARNING)
        self.show_now()

    def open_device(self, address: Address) -> None:
        """Add a device by its address and choose it."""
        device = self.fleet.known(address) or self.fleet.add_host(address, lasting=False)
        self.window.devices.select(device.key)
        self.tasks.start(self._choose(device.key))

    def open_file(self, path: Path) -> None:
        """Read a file and put it up for the chosen device."""
        self.tasks.start(self._read(path))

    # -- intents ------------------------------------------------------------------------------

    def _connect(self) -> None:
        window, start = self.window, self.tasks.slot
        window.devices.device_selected.connect(start(self._show))
        window.devices.device_activated.connect(start(self._choose))
        window.devices.chip_pressed.connect(start(self._choose))
        window.devices.scan_requested.connect(start(self._rescan))
        window.devices.add_network_requested.connect(self.tasks.single(self._add_network))
        window.devices.remove_requested.connect(self._forget)
        window.header.connect_requested.connect(start(self._link))
        window.header.disconnect_requested.connect(start(self._unlink))
        window.slots.action_requested.connect(start(self._act))
        window.banner.action_requested.connect(start(self._act))
        window.banner.closed.connect(self._put_away)
        window.firmware.zone.file_chosen.connect(start(self._read))
        window.firmware.zone.choose_requested.connect(self.tasks.single(self._choose_file))
        window.firmware.plan.update_requested.connect(start(self._update))
        window.firmware.plan.cancel_requested.connect(self._cancel)
        window.escape_pressed.connect(self.tasks.single(self._ask_to_cancel))
        window.firmware.plan.another_requested.connect(self._another)
        window.log.save_requested.connect(self.tasks.single(lambda: saving.save_log(window)))
        window.log.packets_toggled.connect(self._toggle_packets)
        window.close_requested.connect(self.tasks.single(self._close))

    async def _show(self, key: str) -> None:
        self._hand_file(key)
        await self.fleet.show(key)

    async def _choose(self, key: str) -> None:
        self._hand_file(key)
        await self.fleet.choose(key)

    def _hand_file(self, key: str) -> None:
        """The file that was chosen last also goes to a device that has none yet."""
        device = self.fleet.devices.get(key)
        if device is not None and device.file is None and self._file is not None:
            device.choose(self._file)

    async def _link(self) -> None:
        if self.fleet.chosen is not None:
            await self.fleet.chosen.connect()

    async def _unlink(self) -> None:
        if self.fleet.chosen is not None:
            await self.fleet.chosen.disconnect()

    async def _rescan(self) -> None:
        self._remarks = "Looking for devices"
        self.show_now()
        await self.fleet.discovery.look()
        await self.bluetooth.count_adapters()
        self._remarks = ""
        self.show_now()

    async def _add_network(self) -> None:
        answer = await ask_network_device(self.window)
        if answer is None:
            return
        scheme = "udp" if answer.protocol is Protocol.UDP else "tcp"
        try:
            address = Address.parse(str(Address(scheme, answer.host, answer.port)))
        except SmpError as error:
            await dialog.tell(self.window, error.what, f"{error.why} {error.next_step}".strip())
            return
        device = self.fleet.add_host(address)
        self.settings.hosts = self.fleet.hosts
        self.show_now()
        self.window.devices.select(device.key)
        await self._choose(device.key)

    def _forget(self, key: str) -> None:
        self.fleet.forget(key)
        self.settings.hosts = self.fleet.hosts

    async def _choose_file(self) -> None:
        path = await dialog.choose_file(
            self.window, "Choose a firmware file", _FILTERS, self.settings.folder
        )
        if path is not None:
            await self._read(path)

    async def _read(self, path: Path) -> None:
        self._reading = path.name
        self.show_now()
        try:
            file = await asyncio.to_thread(read_firmware, path)
        except SmpError as error:
            self._say(str(error), LogLevel.WARNING)
            self.window.firmware.zone.refuse(str(error))
            return
        finally:
            self._reading = ""
            self.show_soon()
        self._file = file
        for image in file.images:
            self.known.learn(image)
        if file.is_usable:
            self.settings.used(path)
        if self.fleet.chosen is not None:
            self.fleet.chosen.choose(file)
        self.show_now()

    async def _update(self, consent: bool) -> None:
        device = self.fleet.chosen
        if device is not None:
            await device.update(consent=consent)
            self.packet_sizes.learn(device.found.address, device.packet_size)

    def _cancel(self) -> None:
        if self.fleet.chosen is not None:
            self.fleet.chosen.cancel()

    async def _ask_to_cancel(self) -> None:
        """Escape is pressed for many reasons; only a button cancels at once."""
        device = self.fleet.chosen
        if device is None or not device.is_updating:
            return
        if device.track is not None and device.track.is_cancelling:
            return
        if await dialog.confirm(
            self.window,
            "Cancel the update?",
            f"{device.name} stays able to start; the update can be done again later.",
            yes="Cancel the update",
            no="Go on updating",
            until=device.ended(),
        ):
            device.cancel()

    def _another(self) -> None:
        """The same file for the next device: put this one's result away, go to the list."""
        self._put_away()
        self.window.devices.view.setFocus()

    def _put_away(self) -> None:
        if self.fleet.chosen is not None:
            self.fleet.chosen.put_away()

    async def _act(self, key: str) -> None:
        device = self.fleet.chosen
        if key == show_update.USE_SUGGESTION:
            file = device.file if device is not None else self._file
            if file is not None and file.suggestion is not None:
                await self._read(file.suggestion)
            return
        if device is None:
            return
        match key:
            case show_device.RETRY:
                await self.fleet.discovery.look()
                await device.connect()
            case show_device.PAIR:
                await self.bluetooth.pair(device)
            case show_update.CONFIRM_RUNNING:
                await device.remedy(Remedy.CONFIRM_RUNNING)
            case show_update.RESTART:
                await device.remedy(Remedy.RESTART)
            case show_update.SAVE_REPORT:
                await saving.save_report(self.window, device)
            case show_update.DETAILS:
                await self._show_details(device)

    async def _show_details(self, device: DeviceController) -> None:
        verdict = device.track.verdict if device.track is not None else None
        if verdict is not None and verdict.error is not None:
            await dialog.tell(self.window, verdict.headline, verdict.error.detail)

    # -- closing --------------------------------------------------------------------------------

    async def _close(self) -> None:
        """Close, after asking if a device is being written."""
        busy = self.fleet.updating
        if busy:
            names = ", ".join(device.name for device in busy)
            go_on = await dialog.confirm(
                self.window,
                "An update is running",
                f"If Flashdesk is closed now, the update of {names} is cancelled. The device stays "
                "able to start; the update can be done again later.",
                yes="Cancel the update and close",
                no="Go on updating",
                until=_all_ended(busy),
            )
            if not go_on:
                return
            for device in busy:
                device.cancel()
            await _all_ended(busy)
        self.settings.arrangement = self.window.arrangement()
        self.settings.hosts = self.fleet.hosts
        self.settings.save()
        self._tick.stop()
        self._soon.stop()
        await self.tasks.cancel()
        await self.fleet.stop()
        self.window.finish()
        self.closed.set()

    # -- showing --------------------------------------------------------------------------------

    def _changed(self) -> None:
        self.bluetooth.notice()
        self.show_soon()

    def show_soon(self) -> None:
        """Something changed."""
        if not self._soon.isActive():
            self._soon.start()

    def show_now(self) -> None:
        """Present everything as it is now."""
        now = self._loop.time()
        window, fleet, device = self.window, self.fleet, self.fleet.chosen
        window.devices.present(self._list(now))
        if device is None:
            window.devices.select("")
            window.header.present(None)
            window.slots.present(SlotsFacts(advice=self._no_device()))
            window.banner.present(show_update.file_banner(self._file))
            window.run.present(None)
            window.firmware.present(
                self._firmware(self._file, ""), show_update.plan_of_file(self._file)
            )
        else:
            window.devices.select(device.key)
            window.header.present(show_device.header(device, now))
            window.slots.present(show_device.slots(device, self.known))
            window.banner.present(show_update.banner(device))
            window.run.present(show_update.run(device.track, device.line_limit, now))
            locked = "An update is running" if device.is_updating else ""
            file = device.file if device.file is not None else self._file
            window.firmware.present(self._firmware(file, locked), show_update.plan(device))
        window.footer.present(self._footer())
        if self._lines:
            lines, self._lines = self._lines, []
            window.log.append(lines)
        self._soon.stop()
        if bool(fleet.updating) != self._tick.isActive():
            (self._tick.start if fleet.updating else self._tick.stop)()

    def _list(self, now: float) -> DeviceListFacts:
        rows = tuple(
            show_device.device_row(
                device,
                gone=self.fleet.is_gone(device),
                chosen=device is self.fleet.chosen,
                removable=self.fleet.is_host(device),
                now=now,
            )
            for device in self.fleet.devices.values()
        )
        empty = {LinkKind.SERIAL: "No serial port. Plug a device in"}
        groups = {}
        if group := self.bluetooth.group():
            empty[LinkKind.BLUETOOTH] = show_air.LISTENING
            groups[LinkKind.BLUETOOTH] = group
        return DeviceListFacts(rows, bool(self._remarks), empty, groups, self.settings.all_shown)

    def _no_device(self) -> AdviceFacts:
        said = self.bluetooth.advice()
        return replace(_NO_DEVICE, steps=(*_NO_DEVICE.steps, said)) if said else _NO_DEVICE

    def _firmware(self, file: FirmwareFile | None, locked: str) -> FirmwareFacts:
        return show_update.firmware(
            file, self.settings.recent, reading=self._reading, locked=locked
        )

    def _footer(self) -> FooterFacts:
        busy = self.fleet.updating
        if busy:
            words = "1 update is running" if len(busy) == 1 else f"{len(busy)} updates are running"
            return FooterFacts(words, Tone.ACCENT)
        return FooterFacts(self._remarks or "All quiet")

    # -- the log --------------------------------------------------------------------------------

    def _watcher_for(self, device: DeviceController) -> Watcher:
        return Journal(device.name, self._write, lambda: self._wants_packets)

    def _toggle_packets(self, on: bool) -> None:
        self._wants_packets = on

    def _write(self, line: LogLine) -> None:
        self._lines.append(line)
        self.show_soon()

    def _say(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        self._write(LogLine(time.time(), level, text))

    def _failed(self, error: BaseException, name: str) -> None:
        """A bug: told in the log and to the crash handler, the window goes on."""
        self._say(f"Internal error in {name}: {error!r}", LogLevel.ERROR)
        self._loop.call_exception_handler({"message": f"in {name}", "exception": error})


_NO_DEVICE = AdviceFacts(
    "Choose a device",
    "Devices that can be reached are listed at the left.",
    (
        "Plug a device in with its USB cable: it appears by itself.",
        "Add a device on the network by its address.",
    ),
    icon="serial",
)


async def _all_ended(devices: Sequence[DeviceController]) -> None:
    await asyncio.gather(*(device.ended() for device in devices))


def _client_for(keep: Path | None, sizes: PacketSizes) -> Callable[[Found], Client]:
    def make(found: Found) -> Client:
        transport = found.address.transport(keep=keep)
        return Client(transport, packet_size=sizes.of(found.address))

    return make
