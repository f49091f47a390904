"""Several devices chosen beside each other, and the next unit at the same port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtGui import QGuiApplication

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.controllers.next_unit import NextUnit
from app.controllers.together import Together
from app.desk.computer import ComputerDesk
from app.desk.files import FileDesk
from app.desk.log import DeskLog
from app.desk.updating import UpdateDesk
from app.language import current
from app.lib import dialog
from app.lib.tasks import Tasks
from app.lib.tone import Tone
from app.presenters import sheet as show_sheet
from app.presenters import sheet_copy
from app.presenters.cancelling import what_are_left
from app.presenters.update import file_banner
from app.views.main_window import MainWindow
from smp.text import Text


class TogetherDesk:
    """Belongs to a `Desk`. What the buttons of the one device do is done here to all of them while
    several are shown; see `Together`. `alone`: shows one device by itself, by its key."""

    def __init__(
        self,
        window: MainWindow,
        fleet: Fleet,
        files: FileDesk,
        updating: UpdateDesk,
        computer: ComputerDesk,
        log: DeskLog,
        tasks: Tasks,
        alone: Callable[[str], None],
    ) -> None:
        self.together = Together(fleet, tasks.start, updating.run)
        self._window = window
        self._fleet = fleet
        self._files = files
        self._updating = updating
        self._computer = computer
        self._log = log
        self._tasks = tasks
        self._put_away = ""
        """What the banner said that was put away."""
        window.devices.devices_selected.connect(self._choose)
        window.devices.devices_activated.connect(self._ask_again)
        window.devices.round_requested.connect(self._come_back)
        window.devices.copy_requested.connect(self._copy_all)
        window.sheet.copy_requested.connect(self._copy_shown)
        window.sheet.ask_requested.connect(self._ask_again)
        window.sheet.view.alone_requested.connect(alone)
        window.sheet.view.cancel_requested.connect(self._cancel_one)
        window.devices.clear_requested.connect(self._forget)
        window.next_requested.connect(self.next_unit)
        computer.is_told_together = self._is_one_of_several
        files.is_awaited = self._is_awaited
        self.together.round_ended.listen(self._tell_of_all)

    # -- choosing -----------------------------------------------------------------------------

    def _choose(self, keys: Sequence[str]) -> None:
        self._put_away = ""
        self.together.choose(keys, self._files.file)

    def _come_back(self) -> None:
        if not self.together.is_shown:
            self._put_away = ""
            self._files.put_back(self.together.file)
            self.together.come_back(self._files.file)

    def _forget(self, key: str) -> None:
        if not key:
            self.together.forget()

    def _is_one_of_several(self, device: DeviceController) -> bool:
        member = self.together.of(device)
        return member is not None and member.is_run

    def _is_awaited(self) -> bool:
        shown = self._fleet.shown
        return any(member.waits and member.device in shown for member in self.together.members)

    def _tell_of_all(self) -> None:
        """To who does not look: of all of them once."""
        facts = show_sheet.banner(self.together.members)
        if facts is not None:
            good = facts.tone is not Tone.BAD
            self._computer.tell_of_all(facts.headline, facts.sentence, is_good=good)

    def _ask_again(self) -> None:
        self.together.hand(self._files.file, again=True)

    def hand_file(self) -> None:
        """A file that was read meanwhile is for all of them."""
        if self.together.is_shown and self._files.file is not self.together.file:
            self.together.hand(self._files.file)

    def leave(self, keep: str) -> None:
        """This one alone is shown from now on."""
        if self.together.is_shown:
            self.together.leave(keep)

    # -- the update ---------------------------------------------------------------------------

    def update(self, consent: bool) -> None:
        """Of all that are shown, or of the chosen one."""
        if not self.together.is_shown:
            self._tasks.start(self._updating.update(consent))
        elif not self._files.barrier(None):
            self.start(consent=consent)

    def start(self, *, consent: bool) -> None:
        """All that may be updated; who is left out is named in the log."""
        self._put_away = ""
        left_out = self.together.update(consent=consent)
        if left_out:
            names = show_sheet.names(left_out)
            self._log.say(Text("Left out: {names}. Why stands in the table", names=names))

    async def start_free(self) -> None:
        """Those that ask for nothing."""
        if not self._files.barrier(None):
            self.start(consent=False)

    def cancel(self) -> None:
        """All of them, or the chosen one."""
        if self.together.is_shown:
            self.together.cancel_all()
        else:
            self._updating.cancel()

    def _cancel_one(self, key: str) -> None:
        device = self._fleet.devices.get(key)
        if device is not None:
            self.together.cancel(device)

    async def ask_to_cancel(self) -> None:
        """Escape: as for one device."""
        if not self.together.is_shown:
            await self._updating.ask_to_cancel()
            return
        busy = [m.device for m in self.together.shown if m.part.is_under_way]
        if busy and await dialog.confirm(
            self._window,
            Text("Cancel all updates?"),
            what_are_left([(device.name, device.track) for device in busy]),
            yes=Text("Cancel all updates"),
            no=Text("Go on updating"),
            until=self.together.ended(),
        ):
            self.together.cancel_all()

    def put_away(self) -> None:
        """What it has come to."""
        if self.together.is_shown:
            self._put_away = self._said()
            self._fleet.changed.tell()
        else:
            self._updating.put_away()

    def _said(self) -> str:
        facts = show_sheet.banner(self.together.shown)
        return f"{facts.headline} {facts.sentence}" if facts is not None else ""

    @property
    def is_put_away(self) -> bool:
        return bool(self._put_away) and self._put_away == self._said()

    # -- the next unit ------------------------------------------------------------------------

    def next_unit(self) -> None:
        """At the port of every device that is shown and not at work."""
        for device in self._fleet.shown:
            if device.is_busy or device.awaits_next:
                continue
            if device.found.address.scheme == "ble":
                device.put_away()
                self._log.say(
                    Text("Over Bluetooth the next unit comes as a device of its own: choose it")
                )
                continue
            self._wait_for_next(device)

    def _wait_for_next(self, device: DeviceController) -> None:
        waiting = NextUnit(
            device,
            is_wanted=lambda: device in self._fleet.shown,
            is_gone=lambda: self._fleet.is_gone(device),
        )
        self.together.begin_anew(device)
        self._fleet.changed.tell()
        self._tasks.start(waiting.wait())

    async def take_next(self) -> None:
        """The person says that the next unit is there, or all are that are waited for."""
        come = [device for device in self._fleet.shown if device.awaits_next]
        for device in come:
            device.take_next()
        await asyncio.gather(*(device.connect() for device in come))

    # -- taking it along ----------------------------------------------------------------------

    def _copy_all(self, as_csv: bool) -> None:
        self._copy(list(self._fleet.devices.values()), as_csv=as_csv)

    def _copy_shown(self, as_csv: bool) -> None:
        self._copy([member.device for member in self.together.shown], as_csv=as_csv)

    def _copy(self, devices: Sequence[DeviceController], *, as_csv: bool) -> None:
        make = sheet_copy.as_csv if as_csv else sheet_copy.as_text
        QGuiApplication.clipboard().setText(make(devices))
        self._log.say(Text("The work sheet was copied"))

    # -- showing ------------------------------------------------------------------------------

    def present(self, now: float) -> None:
        """The parts of the window that show several devices; the rest of them while they do."""
        window, together = self._window, self.together
        said = current().spoken
        window.devices.present_round(said(show_sheet.round_facts(together)))
        window.show_together(together.is_shown)
        if not together.is_shown:
            window.sheet.present(None)
            return
        files, members = self._files, together.shown
        barrier, firmware = files.barrier(None), files.facts(None)
        gone = [member.device for member in members if self._fleet.is_gone(member.device)]
        window.devices.select_several(tuple(member.device.key for member in members))
        window.header.present(said(show_sheet.header(together)))
        banner = show_sheet.banner(members) if not self.is_put_away else None
        window.banner.present(said(banner or file_banner(files.file)))
        window.run.present(None)
        plan = show_sheet.plan(together, files.file, barrier)
        window.firmware.present(said(firmware), said(plan))
        window.sheet.present(said(show_sheet.sheet(together, gone, now)))
