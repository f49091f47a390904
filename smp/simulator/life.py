"""One life of a device: from the power or a reset until the next one.

The bootloader decides, its serial recovery may take over, else the firmware comes up and does
what its image says of it. What outlives a reset is the device's: flash, port, history.
"""

from __future__ import annotations

from typing import Protocol

from smp.simulator import application, console, recovery
from smp.simulator.agenda import Agenda
from smp.simulator.application import Application, RegisterGroups
from smp.simulator.bootloader import Bootloader, BootReport
from smp.simulator.firmware import Behaviour
from smp.simulator.flash import Flash, FlashFault, PowerCut
from smp.simulator.happenings import Booted, Cause, DeviceState
from smp.simulator.image_group import ImageGroup
from smp.simulator.mynewt.memory import Harm
from smp.simulator.plug import Plug
from smp.simulator.recovery import Recovery
from smp.simulator.store import ImageStore, Mode
from smp.simulator.trailer import MagicIsBad, set_next
from smp.simulator.traits import Profile
from smp.simulator.validate import Validator
from smp.simulator.worker import Peer

LOADER_BOOT_MODE = 1
_RECOVERY = 1
"""The boot mode that leads into the serial recovery."""


class Board(application.Platform, recovery.Board, Protocol):
    """The device, as what runs on it needs it."""

    profile: Profile
    store: ImageStore
    plug: Plug
    history: list[Booted]
    behaviour: Behaviour | None
    boot_mode: int

    def send(self, data: bytes, peer: Peer, now: float) -> None: ...
    def reset(self, cause: Cause, now: float) -> None: ...


class Life:
    """`asked`: the boot mode that the bootloader was left. See the module."""

    def __init__(
        self,
        board: Board,
        agenda: Agenda,
        chatter: console.Chatter,
        more_groups: RegisterGroups | None,
        *,
        cause: Cause,
        asked: int,
    ) -> None:
        self.state = DeviceState.BOOTING
        self.is_loader = False
        """The firmware loader runs, not the application."""
        self.reset_delay = board.profile.reset_delay
        """Seconds between the answer to a reset request and the reset."""
        self.application: Application | None = None
        self._recovery: Recovery | None = None
        self._early: bytes | None = None
        """What a dedicated UART of Mynewt received before its firmware was ready."""
        self._boot_since: float | None = None
        self._board = board
        self._profile = board.profile
        self._store = board.store
        self._agenda = agenda
        self._chatter = chatter
        self._more_groups = more_groups
        self._cause = cause
        self._asked = asked

    # -- for the device ---------------------------------------------------------------

    @property
    def upload_progress(self) -> tuple[int, int] | None:
        """Bytes received, and of how many, of the upload in progress."""
        if self._recovery is not None:
            return self._recovery.upload.progress
        images: ImageGroup | None = self.application.images if self.application else None
        return images.progress if images else None

    @property
    def flash_since(self) -> float | None:
        """When what is at work in the flash now began."""
        since = self._boot_since
        if since is None and self.application is not None:
            since = self.application.flash_since
        if since is None and self._recovery is not None:
            since = self._recovery.flash_since
        return since

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        """Raises `PowerCut`."""
        if self.application is not None:
            self.application.receive(data, peer, now)
        elif self._recovery is not None:
            self._recovery.receive(data, now)
        elif self._early is not None:
            self._receive_early(data, now)

    def begin(self, now: float) -> None:
        """The bootloader starts. Raises `PowerCut`."""
        profile = self._profile
        self._boot_since = since = now + profile.boot_time
        if profile.recovery and profile.recovery_pin and self._cause is Cause.POWER_ON:
            self._note(None, now)
            self._agenda.at(since, self._recover)
            return
        bootloader = Bootloader(
            self._store,
            self._validator(),
            downgrade_prevention=profile.downgrade_prevention,
            ram_only=bool(profile.ram_address),
        )
        self._flash.begin()
        try:
            report = bootloader.boot(loader_wanted=self._is_loader_wanted)
        except PowerCut:
            self._note(None, now)
            raise
        except FlashFault:
            self._note(None, now)
            self.state = DeviceState.STUCK
            return
        self._note(report, now)
        self._print_boot(report, since)
        is_wanted = profile.recovery and profile.has_boot_mode and self._asked == _RECOVERY
        jump = self._recover if is_wanted else lambda when: self._wait(report, when)
        self._agenda.at(since + report.duration, jump)

    # -- the bootloader ---------------------------------------------------------------

    @property
    def _flash(self) -> Flash:
        return self._store.layout.flash

    def _note(self, report: BootReport | None, now: float) -> None:
        self._board.history.append(Booted(now, self._cause, report))

    def _validator(self, *, always: bool = False) -> Validator:
        profile = self._profile
        return Validator(
            self._store,
            key_pem=profile.key,
            security_counter=profile.security_counter,
            hash_time=profile.hash_time,
            enabled=always or profile.validates,
        )

    @property
    def _is_loader_wanted(self) -> bool:
        loader = self._profile.loader
        if loader is None:
            return False
        if loader.on_request:
            return self._cause is Cause.REQUESTED and self._board.boot_mode == LOADER_BOOT_MODE
        return self._cause is Cause.BUTTON

    def _wait(self, report: BootReport, now: float) -> None:
        """For somebody who speaks to the bootloader, where it was built to wait."""
        wait = self._profile.recovery_wait if self._profile.recovery else 0.0
        if not wait:
            self._jump(report, now)
            return
        self._recover(now)
        self._agenda.at(now + wait, lambda when: self._stop_waiting(report, when))

    def _stop_waiting(self, report: BootReport, now: float) -> None:
        if self._recovery is not None and not self._recovery.was_asked:
            self._agenda.clear()
            self._recovery = None
            self.state = DeviceState.BOOTING
            self._jump(report, now)

    def _recover(self, now: float) -> None:
        """The bootloader's serial recovery takes over."""
        self._boot_since = None
        self._flash.begin()
        self.state = DeviceState.RECOVERY
        product = self._profile.recovery_product
        self._show_port(self._profile.product if product is None else product, now)
        validator = self._validator(always=True)
        self._recovery = Recovery(self._board, self._profile, self._store, validator, self._agenda)
        self._recovery.start(now)

    def _show_port(self, product: int, now: float) -> None:
        self._board.plug.appear(product, now, is_first=len(self._board.history) <= 1)

    def _print_boot(self, report: BootReport, since: float) -> None:
        if not self._profile.boot_log:
            return
        self._print_at(since, console.bootloader_banner())
        for entry in report.log:
            self._print_at(since + entry.after, console.line(entry.text))

    def _print_at(self, at: float, text: bytes) -> None:
        self._agenda.at(at, lambda when: self._board.print(text, when))

    # -- the firmware -----------------------------------------------------------------

    def _jump(self, report: BootReport, now: float) -> None:
        """The bootloader is done."""
        self._boot_since = None
        self._flash.begin()
        if report.running is None or report.image is None:
            if self._profile.recovery:
                self._recover(now)
            else:
                self.state = DeviceState.STUCK
            return
        running = report.running
        behaviour = self._board.behaviour or Behaviour.of(report.image)
        if behaviour.hangs:
            self.state = DeviceState.HUNG
            if behaviour.watchdog_after is not None:
                self._reset_at(now + behaviour.watchdog_after, Cause.WATCHDOG)
            return
        if self._profile.dedicated_uart and self._profile.system.is_mynewt:
            self._early = b""
        starts = now + self._profile.start_time + behaviour.boots_later
        self._agenda.at(starts, lambda when: self._come_up(running, behaviour, when))

    def _receive_early(self, data: bytes, now: float) -> None:
        """One line waits until somebody is there to handle it."""
        assert self._early is not None
        self._early += data
        if self._early.count(b"\n") > 1:
            self._board.mynewt.harms[Harm.SECOND_LINE] += 1
            self._board.reset(Cause.CRASH, now)

    def _come_up(self, running: int, behaviour: Behaviour, now: float) -> None:
        """The firmware is ready."""
        profile = self._profile
        self.state = DeviceState.RUNNING
        self.is_loader = profile.mode is Mode.FIRMWARE_LOADER and running == 1
        if behaviour.resets_at_once:
            self.reset_delay = 0.0
        self._show_port(profile.product, now)
        self.application = Application(
            self._board,
            profile,
            self._store,
            self._agenda,
            running,
            behaviour,
            self._chatter,
            self._more_groups,
        )
        self.application.start(now)
        early, self._early = self._early, None
        if early:
            self.application.receive(early, None, now)
        if behaviour.crashes_after is not None:
            self._reset_at(now + behaviour.crashes_after, Cause.CRASH)
        if behaviour.confirms_itself:
            self._confirm_itself(running)
        for image in range(profile.images):
            core = self._store.find_info(2 * image) if image != running // 2 else None
            if core is not None and Behaviour.of(core).confirms_itself:
                self._confirm_itself(2 * image)

    def _reset_at(self, at: float, cause: Cause) -> None:
        self._agenda.at(at, lambda when: self._board.reset(cause, when))

    def _confirm_itself(self, slot: int) -> None:
        """What runs from it does, without being asked."""
        if not self._store.mode.can_be_marked:
            return
        try:
            set_next(self._store.trailers[slot], active=True, confirm=True, image=slot // 2)
        except (MagicIsBad, FlashFault):
            pass
