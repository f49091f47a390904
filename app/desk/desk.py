"""The desk: its parts, and what each intent of a person does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.controllers.asking import ask_all, keep_asking
from app.controllers.fleet import Fleet
from app.controllers.jobs import Jobs
from app.controllers.network_entry import read_entry
from app.crash.watch import CrashWatch
from app.desk import saving
from app.desk.acts import ActDesk
from app.desk.bluetooth import BluetoothDesk
from app.desk.checking import Checking
from app.desk.closing import give_up, may_close
from app.desk.computer import ComputerDesk
from app.desk.crashes import CrashDesk
from app.desk.files import FileDesk
from app.desk.folders import open_folder
from app.desk.help import HelpDesk
from app.desk.hosts import HostDesk
from app.desk.job_desk import JobDesk
from app.desk.log import DeskLog
from app.desk.menu import MenuDesk
from app.desk.notices import NoticeDesk
from app.desk.ports import PortDesk
from app.desk.records_reading import RecordsDesk
from app.desk.settings import SettingsDesk
from app.desk.showing import Showing
from app.desk.station_desk import StationDesk
from app.desk.together import TogetherDesk
from app.desk.updating import UpdateDesk
from app.desk.wishes import WishDesk
from app.facts.log import LogLevel
from app.facts.menu import Entry
from app.lib.tasks import Tasks
from app.memory.cut_off import CutOffs
from app.memory.experiences import Experiences
from app.memory.known_images import KnownImages
from app.memory.loader_places import LoaderPlaces
from app.memory.packet_sizes import PacketSizes
from app.memory.port_lines import PortLines
from app.memory.settings import Settings
from app.memory.used_files import UsedFiles
from app.paths import log_folder, state_folder
from app.presenters import acts as show_acts
from app.presenters import advice as show_advice
from app.presenters import crash as show_crash
from app.presenters import done as show_done
from app.presenters import port as show_port
from app.presenters import sheet as show_sheet
from app.presenters import update as show_update
from app.system.services import System
from app.views.main_window import MainWindow
from app.views.network_dialog import ask_network_device
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.text import NOTHING, Text
from smp.update.recording import Recorder


class Desk(QObject):
    """Lives as long as the window. `keep`: folder for what is remembered of images, packet sizes
    and simulated flash, None for nothing. `watch`: who notices crashes. `recorders`: awaited before
    the window shows how an update ended. `system`: the computer, None for one that is not asked for
    anything."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        *,
        keep: Path | None = None,
        watch: CrashWatch | None = None,
        make_client: Callable[[Found], Client] | None = None,
        recorders: Sequence[Recorder] = (),
        system: System | None = None,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.settings = settings
        self._loop = asyncio.get_running_loop()
        self.closing = asyncio.Event()
        """From now on nothing that comes is taken; everything is put away until `closed`."""
        self.closed = asyncio.Event()
        self.known = KnownImages(keep / "images.json" if keep is not None else None)
        self.packet_sizes = PacketSizes(keep / "packet_sizes.json" if keep is not None else None)
        self.cut_offs = CutOffs(keep / "cut_off.json" if keep is not None else None)
        self.experiences = Experiences(keep / "experiences.json" if keep is not None else None)
        self.used_files = UsedFiles(keep / "used_files.json" if keep is not None else None)
        self.port_lines = PortLines(keep / "baud_rates.json" if keep is not None else None)
        self.loaders = LoaderPlaces(keep / "loaders.json" if keep is not None else None)
        self._memories = (
            self.loaders.file,
            self.port_lines.file,
            self.used_files.file,
            self.known.file,
            self.packet_sizes.file,
            self.experiences.file,
            self.cut_offs.file,
        )
        self.tasks = Tasks(self._failed)
        self.log = DeskLog(self.show_soon)
        self.menu = MenuDesk(window, self.tasks)
        self.notices = NoticeDesk(window)
        self.help = HelpDesk(window)
        self.menu.attach(Entry.HELP, lambda: self.help.show(window.help_place()))
        self.menu.attach(Entry.CHECK, Checking(window, keep or state_folder(), self.tasks).check)
        self.fleet = Fleet(
            make_client or _client_for(keep, self.packet_sizes, self.port_lines, self.loaders),
            self.tasks.start,
        )
        self.fleet.changed.listen(self._changed)
        self.fleet.came.listen(self.log.read)
        self.fleet.make_job = Jobs(watch=settings.watch_seconds)
        self.fleet.memory = self.known.seen
        self.fleet.recorders.extend(recorders)
        self.fleet.experience = self.experiences.of
        self.ports = PortDesk(window, self.fleet, self.port_lines, self.tasks)
        self.bluetooth = BluetoothDesk(window, settings, self.fleet, self.tasks, self.show_soon)
        self.files = FileDesk(
            window,
            settings,
            self.fleet,
            self.known,
            self.used_files,
            self.log,
            self._show_file,
            self.show_soon,
            lambda path: self.setting.take_key(path),
        )
        self.updating = UpdateDesk(
            window,
            self.fleet,
            self.files,
            self.tasks,
            cut_offs=self.cut_offs,
            packet_sizes=self.packet_sizes,
            experiences=self.experiences,
            used_files=self.used_files,
        )
        self.computer = ComputerDesk(
            window,
            settings,
            self.fleet,
            self.log,
            self.tasks,
            system or System(),
            self._show_noticed,
        )
        self.several = TogetherDesk(
            window,
            self.fleet,
            self.files,
            self.updating,
            self.computer,
            self.log,
            self.tasks,
            self._take,
        )
        self.showing = Showing(
            window,
            settings,
            self.fleet,
            self.known,
            self.bluetooth,
            self.files,
            self.log,
            self.cut_offs,
            self.computer,
            self.loaders,
            self.several,
        )
        self.acts = ActDesk(window, self.fleet)
        self.hosts = HostDesk(settings, self.fleet, self.log)
        self.wishes = WishDesk(settings, self.fleet, self.files, self.log)
        self.setting = SettingsDesk(
            window,
            settings,
            self.fleet,
            self.tasks,
            self.notices,
            self.wishes.read,
            self._add_network,
            self.hosts.forget_address,
            self.files.forget,
        )
        self.menu.attach(Entry.SETTINGS, self.setting.show)
        self.jobs = JobDesk(window, self.tasks, self._explain)
        self.menu.attach(Entry.NEW_JOB, self.jobs.new)
        self.menu.attach(Entry.EDIT_JOB, self.jobs.choose)
        self.stations = StationDesk(window, self.fleet, settings, self.jobs)
        self.menu.attach(Entry.OPEN_STATION, self.stations.choose)
        self.records = RecordsDesk(self.tasks, self._explain)
        self.menu.attach(Entry.RECORDS, self.records.show)
        self.crashes = CrashDesk(
            window, self.fleet, self.tasks, watch, self.log, self._private_names
        )
        logs = watch.folder if watch is not None else log_folder(keep)
        self.menu.attach(Entry.LOGS, lambda: open_folder(window, logs))
        settings.changed.listen(self.tasks.slot(self._save_settings))
        settings.changed.listen(self.crashes.look_at_names)
        self._connect()

    async def recall(self) -> None:
        """Read what was remembered. Before `start`."""
        self.crashes.look_at_names()
        memories = (*(file.load for file in self._memories), self.settings.look)
        await asyncio.gather(*(asyncio.to_thread(read) for read in memories))
        await self.wishes.read()
        self.setting.tell_problems()

    def start(self, simulated: tuple[Found, ...] = (), *, bluetooth: bool = False) -> None:
        """Begin to look for devices, on the running loop; with `bluetooth`, over the air, too."""
        self.fleet.start(simulated)
        self.tasks.start(keep_asking(self.fleet))
        self.tasks.start(self.crashes.tell_of_the_last())
        if bluetooth:
            self.tasks.start(self.bluetooth.listen())
        self.hosts.start()
        self.show_now()

    def open_device(self, address: Address) -> None:
        """Add a device by its address and choose it."""
        device = self.fleet.known(address) or self.fleet.add_host(address, lasting=False)
        self.window.devices.select(device.key)
        self._take(device.key)

    def open_file(self, path: Path) -> None:
        """Read a file and put it up for the chosen device."""
        self.tasks.start(self.files.read(path))

    def hand_over(self, path: Path) -> None:
        """As `open_file`, but nobody sits before the window: what runs there is not disturbed, and
        its verdict stays."""
        self.tasks.start(self.files.hand_over(path))

    def show_soon(self) -> None:
        """Something changed."""
        self.showing.soon()

    def show_now(self) -> None:
        """Present everything as it is now."""
        self.showing.now()

    def _changed(self) -> None:
        self.bluetooth.notice()
        self.show_soon()

    # -- intents ------------------------------------------------------------------------------

    def _connect(self) -> None:
        window, start = self.window, self.tasks.slot
        window.devices.device_selected.connect(self._go_to)
        window.devices.device_activated.connect(self._take)
        window.devices.chip_pressed.connect(self._take)
        window.devices.scan_requested.connect(start(self._rescan))
        window.devices.add_network_requested.connect(self.tasks.single(self._add_network))
        window.devices.remove_requested.connect(self.hosts.forget)
        window.devices.clear_requested.connect(self.fleet.clear)
        window.activated.connect(self.tasks.single(self._ask_again))
        window.header.connect_requested.connect(start(self._link))
        window.header.disconnect_requested.connect(start(self._unlink))
        window.header.port_requested.connect(self.tasks.single(self.ports.ask))
        window.slots.action_requested.connect(start(self._act))
        window.slots.act_requested.connect(self.tasks.single(self.acts.ask))
        window.banner.action_requested.connect(start(self._act))
        window.banner.closed.connect(self.several.put_away)
        window.firmware.zone.file_chosen.connect(start(self.files.read))
        window.firmware.zone.choose_requested.connect(self.tasks.single(self.files.choose))
        window.firmware.zone.action_requested.connect(start(self._act))
        window.firmware.zone.recents_opened.connect(start(self.files.look))
        window.firmware.zone.forget_requested.connect(start(self.files.forget))
        window.firmware.plan.update_requested.connect(self.several.update)
        window.firmware.plan.cancel_requested.connect(self.several.cancel)
        window.escape_pressed.connect(self.tasks.single(self.several.ask_to_cancel))
        window.firmware.plan.another_requested.connect(start(self.updating.another))
        window.firmware.plan.action_requested.connect(start(self._act))
        window.log.save_requested.connect(self.tasks.single(self._save_log))
        window.log.device_log_requested.connect(start(self._read_logs))
        window.log.packets_toggled.connect(self.log.want_packets)
        window.help_requested.connect(start(self.help.show))
        window.close_requested.connect(self.tasks.single(self._close))

    async def _show(self, key: str) -> None:
        if not self.fleet.together:  # several were chosen since
            self.files.hand_to(key)
            await self.fleet.show(key)

    def _show_noticed(self, key: str) -> None:
        if key in self.fleet.devices:
            self.window.devices.select(key)
            self._go_to(key)

    def _go_to(self, key: str) -> None:
        """Show this device alone."""
        self.several.leave(key)
        self.tasks.start(self._show(key))

    def _take(self, key: str) -> None:
        """Show it alone, and connect to it."""
        self.several.leave(key)
        self.tasks.start(self._choose(key))

    async def _choose(self, key: str) -> None:
        if not self.fleet.together:
            self.files.hand_to(key)
            await self.fleet.choose(key)

    async def _link(self) -> None:
        if self.fleet.chosen is not None:
            await self.fleet.chosen.connect()

    async def _unlink(self) -> None:
        if self.fleet.chosen is not None:
            await self.fleet.chosen.disconnect()

    async def _rescan(self) -> None:
        self.showing.remarks = Text("Looking for devices")
        self.show_now()
        await self.fleet.discovery.look()
        await self.bluetooth.count_adapters()
        self.showing.remarks = NOTHING
        self.show_now()

    async def _add_network(self, parent: QWidget | None = None) -> None:
        answer = await ask_network_device(
            parent or self.window, read_entry, self.tasks.slot(self.help.show)
        )
        if answer is None:
            return
        address = Address.parse(answer)
        device = self.fleet.known(address) or self.fleet.add_host(address)
        self.hosts.keep()
        if address.scheme in ("serial", "usb"):
            await self.fleet.discovery.look()
        self.show_now()
        if parent is not None:
            return  # somebody looks at something else than the list
        self.window.devices.select(device.key)
        self.several.leave(device.key)
        await self._choose(device.key)

    async def _ask_again(self) -> None:
        """Somebody looks at the window again: devices may have been exchanged meanwhile."""
        await ask_all(self.fleet)

    async def _act(self, key: str) -> None:
        without_device = {
            show_update.USE_SUGGESTION: self.files.use_suggestion,
            show_update.READ_AGAIN: self.files.read_again,
            show_update.TAKE_NEXT: self.files.take_next,
            show_update.GO_ON: self.updating.go_on,
            show_advice.ADD_NETWORK: self._add_network,
            show_acts.FORCE: self.acts.insist,
            show_acts.CANCEL: self.acts.cancel,
            show_sheet.ONLY_FREE: self.several.start_free,
            show_sheet.MORE: self.several.start_free,
            show_advice.NEXT_IS_THERE: self.several.take_next,
        }
        if key in without_device:
            await without_device[key]()
            return
        if show_acts.is_act(key):
            await self.acts.ask(key)
            return
        device = self.fleet.chosen
        if device is None:
            return
        match key:
            case show_advice.RETRY:
                await self.fleet.discovery.look()
                await device.connect()
            case show_port.TRY_LINES:
                await device.connect(trying=True)
            case show_port.STOP_TRYING:
                await device.disconnect()
            case show_port.SET_LINE:
                await self.ports.ask()
            case show_advice.PAIR:
                await self.bluetooth.pair(device)
            case show_done.SAVE_REPORT:
                await saving.save_report(self.window, device)
            case show_done.DETAILS:
                await self.updating.show_details()
            case _:
                raise AssertionError(f"nobody does {key!r}")

    async def _save_log(self) -> None:
        touched = [device for device in self.fleet.devices.values() if device.journal.lines]
        await saving.save_log(self.window, touched, self.files.file)

    async def _read_logs(self) -> None:
        if self.fleet.chosen is not None:
            await self.fleet.chosen.read_logs()

    def end(self) -> None:
        """The system ends the program: as if the window were closed, and nobody is asked."""
        self.tasks.start(self._end())

    async def _end(self) -> None:
        await give_up(self.fleet, self.several.together.turns)
        await self._leave()

    async def _close(self) -> None:
        turns = self.several.together.turns  # asked for last: its yes cancels what runs
        if await self.jobs.may_close() and await may_close(self.window, self.fleet, turns):
            await self._leave()

    async def _leave(self) -> None:
        if self.closing.is_set():
            return
        self.closing.set()
        self.settings.arrangement = self.window.arrangement()
        self.hosts.keep()
        self.showing.stop()
        self.help.close()
        self.jobs.close()
        await self.tasks.cancel()
        await self.records.close()
        await self.computer.close()
        await self.fleet.stop()
        for write in (self.settings.save, *(file.save for file in self._memories)):
            await asyncio.to_thread(write)
        self.window.finish()
        self.closed.set()

    async def _save_settings(self) -> None:
        await asyncio.to_thread(self.settings.save)
        self.setting.tell_problems()

    def _explain(self, place: str) -> None:
        self.tasks.start(self.help.show(place))

    def _show_file(self) -> None:
        self.crashes.look_at_names()
        self.several.hand_file()
        self.show_now()

    def _private_names(self) -> tuple[str, ...]:
        keys = tuple(key.name for key in self.settings.keys)
        return show_crash.file_words(self.files.known_paths()) + keys

    def _failed(self, error: BaseException, name: str) -> None:
        """A bug: told in the log and to the crash handler, the window goes on."""
        if not self.crashes.notices:
            words = Text("Internal error in {name}: {error}", name=name, error=repr(error))
            self.log.say(words, LogLevel.ERROR)
        self._loop.call_exception_handler({"message": f"in {name}", "exception": error})


def _client_for(
    keep: Path | None, sizes: PacketSizes, lines: PortLines, loaders: LoaderPlaces
) -> Callable[[Found], Client]:
    def make(found: Found) -> Client:
        transport = lines.applied(found.address, found.port).transport(keep=keep)
        return Client(loaders.tell(transport), packet_size=sizes.of(found.address))

    return make
