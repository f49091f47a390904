"""The device: power, bootloader, firmware, on a clock that somebody else keeps.

Feed it what the link delivers (`receive`), call it when it wants (`next_timer`,
`handle_timer`), take what it sends (`drain`). Pulling the plug is `power_off`, at any time: what
the flash had not finished by then is undone or torn. Nothing here knows asyncio.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.errors import FileError
from smp.simulator import console
from smp.simulator.agenda import Agenda
from smp.simulator.application import Application, RegisterGroups
from smp.simulator.bootloader import Bootloader, BootReport
from smp.simulator.factory import factory_image, geometry_of, loader_image, scratch_size_of
from smp.simulator.firmware import Behaviour
from smp.simulator.flash import Flash, FlashFault, PowerCut
from smp.simulator.image_group import ImageGroup
from smp.simulator.mynewt.memory import Harm, Memory
from smp.simulator.recovery import Recovery
from smp.simulator.slots import Layout
from smp.simulator.store import ImageStore, Mode
from smp.simulator.trailer import MagicIsBad, set_next
from smp.simulator.traits import Framing, Profile
from smp.simulator.validate import Validator
from smp.simulator.worker import Peer
from smp.text import Coded, Text

FACTORY_LOADER = "Loader"
LOADER_BOOT_MODE = 1


class DeviceState(Enum):
    OFF = "without power"
    BOOTING = "the bootloader is at work, or the firmware has not come up yet"
    RUNNING = "the firmware runs and answers"
    HUNG = "the firmware runs and does not answer"
    STUCK = "the bootloader found nothing to run"
    RECOVERY = "the bootloader answers, in its serial recovery"


@dataclass(frozen=True, slots=True)
class Sent:
    """Something left the device for the link: bytes of a stream, or one message to `peer`."""

    at: float
    data: bytes
    peer: Peer = None


@dataclass(frozen=True, slots=True)
class PortGone:
    """The port vanished (USB, Bluetooth): whoever was connected is not any more."""

    at: float


@dataclass(frozen=True, slots=True)
class PortBack:
    """The port is there again, perhaps under another name."""

    at: float
    name: str
    product: int = 0
    """What USB calls the product."""


Output = Sent | PortGone | PortBack

_RECOVERY = 1
"""The boot mode that leads into the serial recovery."""


class Cause(Enum):
    """Why the device started."""

    POWER_ON = "power on"
    BUTTON = "reset button"
    REQUESTED = "reset request"
    CRASH = "crash"
    WATCHDOG = "watchdog"
    LEFT_ALONE = "nobody spoke to its recovery"


@dataclass(frozen=True, slots=True)
class Booted:
    """One start. `report` is None if the power went, or the flash failed, during it."""

    at: float
    cause: Cause
    report: BootReport | None


class SimulatedDevice:
    """See the module. A new device has its profile's image in the first slot and no power.

    `behaviour`, if set, is believed instead of what the running image says about itself.
    `more_groups` may register further handlers at each start of the firmware.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        seed: int = 0,
        flash: Flash | None = None,
        more_groups: RegisterGroups | None = None,
    ) -> None:
        self.profile = profile = profile.in_real_time()
        self.flash = flash or Flash(geometry_of(profile), seed=seed)
        self.store = ImageStore(
            Layout(
                self.flash,
                slot_size=profile.slot_size,
                images=profile.images,
                scratch_size=scratch_size_of(profile),
                base=profile.flash_base,
            ),
            profile.mode,
            max_align=profile.max_align,
            hash_name=profile.hash_name,
        )
        self.state = DeviceState.OFF
        self.is_gone = profile.vanishes
        """The port has vanished and is not back yet."""
        self.port_name = "port0"
        self.port_product = profile.product
        self.behaviour: Behaviour | None = None
        self.line_rate = profile.baud / 10 if profile.baud else 0.0
        """Bytes a second that the device's UART sends, 0 where sending takes no time."""
        self.boot_mode = 0
        """What the last reset request asked for."""
        self._retained = 0
        """What the bootloader is told of it; the power takes it away."""
        self.history: list[Booted] = []
        self.mynewt = Memory()
        """What firmware of Apache Mynewt keeps, and the harm that was done to it."""
        self._early: bytes | None = None
        """What a dedicated UART of Mynewt received before its firmware was ready."""
        self._reset_delay = profile.reset_delay
        self._more_groups = more_groups
        self._chatter = console.Chatter(seed)
        self._agenda = Agenda()
        self._outputs: list[Output] = []
        self._boot_since: float | None = None
        self._application: Application | None = None
        self.loader_name = FACTORY_LOADER
        """What the firmware loader calls itself; kept as long as there is power."""
        self.is_loader = False
        """The firmware loader runs, not the application."""
        self._recovery: Recovery | None = None
        if flash is None:
            self._leave_the_factory()

    # -- flash ------------------------------------------------------------------------

    def _leave_the_factory(self) -> None:
        for image in range(self.profile.images):
            self.install(factory_image(self.profile, image), 2 * image)
            if self.profile.mode.tries:
                self.store.trailers[2 * image].write_magic()
                self.store.trailers[2 * image].write_image_ok()
        if self.profile.loader is not None:
            self.install(loader_image(self.profile, self.profile.loader), 1)
        self.flash.begin()

    def install(self, image: bytes, slot: int = 0) -> None:
        """Put an image into a slot with a programmer: no power needed, no trailer made.

        Raises `FileError` if it is too large for the slot.
        """
        area = self.store.layout.slots[slot]
        start = self.store.start(slot)
        if start + len(image) > area.size:
            raise FileError(
                Coded(
                    "simulated-image-too-large",
                    "The image is larger than the simulated device's slot",
                ),
                why=Text("It has {count} bytes, the slot {size}", count=len(image), size=area.size),
                next_step=Text("Use a smaller image, or a device with a larger slot"),
            )
        area.erase()
        area.write(start, image)
        self.flash.begin()

    def cut_power_after(self, operations: int) -> None:
        """Let the power go during the n-th flash operation from now on."""
        self.flash.power_cut_at = self.flash.operations + operations

    @property
    def loader_elsewhere(self) -> str | None:
        """The name under which the firmware loader is found now, at an address of its own. None:
        the device is found where its application is."""
        loader = self.profile.loader
        is_elsewhere = self.is_loader and loader is not None and loader.is_elsewhere
        return self.loader_name if is_elsewhere else None

    @property
    def upload_progress(self) -> tuple[int, int] | None:
        """Bytes received, and of how many, of the upload in progress."""
        if self._recovery is not None:
            return self._recovery.upload.progress
        return self._images.progress if self._images else None

    # -- power ------------------------------------------------------------------------

    def power_on(self, now: float) -> None:
        if self.state is DeviceState.OFF:
            self._boot(Cause.POWER_ON, now)

    def power_off(self, now: float) -> None:
        """Pull the plug. What is not in the flash is lost."""
        if self.state is not DeviceState.OFF:
            self.handle_timer(now)
            self._stop(now)
            self._retained = 0
            self.state = DeviceState.OFF
            self.loader_name = FACTORY_LOADER

    def reset_button(self, now: float) -> None:
        if self.state is not DeviceState.OFF:
            self.handle_timer(now)
            self._reset(Cause.BUTTON, now)

    # -- the link ---------------------------------------------------------------------

    def receive(self, data: bytes, now: float, peer: Peer = None) -> None:
        """The link delivered this. Whatever it is, only the power can fail."""
        self.handle_timer(now)
        try:
            if self._application is not None:
                self._application.receive(data, peer, now)
            elif self._recovery is not None:
                self._recovery.receive(data, now)
            elif self._early is not None:
                self._receive_early(data, now)
        except PowerCut:
            self._lose_power(now)

    def disconnected(self, now: float | None = None) -> None:
        """The client hung up (Bluetooth): half a packet is forgotten, and a firmware loader may
        restart, if the time is told."""
        if self._application is not None:
            self._application.disconnected()
        loader = self.profile.loader
        if self.is_loader and now is not None and loader is not None and loader.leaves:
            self.request_reset(0, now)

    def drain(self) -> list[Output]:
        """What came out since the last call, in order of time."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def next_timer(self) -> float | None:
        return self._agenda.next_timer()

    def handle_timer(self, now: float) -> None:
        while (when := self._agenda.next_timer()) is not None and when <= now:
            try:
                self._agenda.handle_timer(now)
            except PowerCut:
                self._lose_power(self._agenda.now)

    # -- for the firmware -------------------------------------------------------------

    def send(self, data: bytes, peer: Peer, now: float) -> None:
        if not self.is_gone:
            self._outputs.append(Sent(now, data, peer))

    def print(self, text: bytes, now: float) -> None:
        if self.profile.framing is Framing.CONSOLE:
            self.send(text, None, now)

    def request_reset(self, boot_mode: int, now: float) -> None:
        """The firmware was asked to restart: it goes on for a moment, then does."""
        self.boot_mode = self._retained = boot_mode
        self._agenda.at(now + self._reset_delay, lambda when: self._reset(Cause.REQUESTED, when))

    def name_loader(self, name: bytes) -> None:
        """A setting that was saved."""
        self.loader_name = name.decode("utf-8", "replace")

    def crash(self, now: float) -> None:
        """The firmware asserts, or is made to: a reset at that moment."""
        self._agenda.at(now, lambda when: self._reset(Cause.CRASH, when))

    def _receive_early(self, data: bytes, now: float) -> None:
        """One line waits until somebody is there to handle it."""
        assert self._early is not None
        self._early += data
        if self._early.count(b"\n") > 1:
            self.mynewt.harms[Harm.SECOND_LINE] += 1
            self._reset(Cause.CRASH, now)

    def leave_recovery(self, now: float) -> None:
        """Nobody has spoken to the recovery for long."""
        self._reset(Cause.LEFT_ALONE, now)

    # -- start and stop ---------------------------------------------------------------

    @property
    def _images(self) -> ImageGroup | None:
        return self._application.images if self._application else None

    def _stop(self, now: float) -> None:
        """All activity ends at once; a flash operation in progress stays unfinished."""
        since = self._boot_since
        if since is None and self._application is not None:
            since = self._application.flash_since
        if since is None and self._recovery is not None:
            since = self._recovery.flash_since
        if since is not None:
            self.flash.rewind(max(now - since, 0.0))
        self._end(now)

    def _lose_power(self, now: float) -> None:
        """The flash has stopped already, at the operation in which the power went."""
        self.flash.begin()
        self._end(now)
        self._retained = 0
        self.state = DeviceState.OFF

    def _end(self, now: float) -> None:
        self._boot_since = None
        self._early = None
        self._agenda.clear()
        self._application = None
        self.is_loader = False
        self._recovery = None
        if self.profile.vanishes and not self.is_gone:
            self.is_gone = True
            self._outputs.append(PortGone(now))

    def _reset(self, cause: Cause, now: float) -> None:
        self._stop(now)
        self._boot(cause, now)

    def _boot(self, cause: Cause, now: float) -> None:
        profile = self.profile
        self.state = DeviceState.BOOTING
        validator = self._validator()
        asked, self._retained = self._retained, 0
        bootloader = Bootloader(
            self.store,
            validator,
            downgrade_prevention=profile.downgrade_prevention,
            ram_only=bool(profile.ram_address),
        )
        self._boot_since = since = now + profile.boot_time
        if profile.recovery and profile.recovery_pin and cause is Cause.POWER_ON:
            self.history.append(Booted(now, cause, None))
            self._agenda.at(since, self._recover)
            return
        self.flash.begin()
        try:
            report = bootloader.boot(loader_wanted=self._is_loader_wanted(cause))
        except PowerCut:
            self.history.append(Booted(now, cause, None))
            self._lose_power(now)
            return
        except FlashFault:
            self.history.append(Booted(now, cause, None))
            self.state = DeviceState.STUCK
            return
        self.history.append(Booted(now, cause, report))
        self._print_boot(report, since)
        is_wanted = profile.recovery and profile.has_boot_mode and asked == _RECOVERY
        jump = self._recover if is_wanted else lambda when: self._wait(report, when)
        self._agenda.at(since + report.duration, jump)

    def _validator(self, *, always: bool = False) -> Validator:
        profile = self.profile
        return Validator(
            self.store,
            key_pem=profile.key,
            security_counter=profile.security_counter,
            hash_time=profile.hash_time,
            enabled=always or profile.validates,
        )

    def _wait(self, report: BootReport, now: float) -> None:
        """For somebody who speaks to the bootloader, where it was built to wait."""
        wait = self.profile.recovery_wait if self.profile.recovery else 0.0
        if not wait:
            self._jump(report, now)
            return
        self._boot_since = None
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
        self.flash.begin()
        self.state = DeviceState.RECOVERY
        self._reset_delay = self.profile.reset_delay
        product = self.profile.recovery_product
        self._show_port(self.profile.product if product is None else product, now)
        validator = self._validator(always=True)
        self._recovery = Recovery(self, self.profile, self.store, validator, self._agenda)
        self._recovery.start(now)

    def _is_loader_wanted(self, cause: Cause) -> bool:
        loader = self.profile.loader
        if loader is None:
            return False
        if loader.on_request:
            return cause is Cause.REQUESTED and self.boot_mode == LOADER_BOOT_MODE
        return cause is Cause.BUTTON

    def _jump(self, report: BootReport, now: float) -> None:
        """The bootloader is done."""
        self._boot_since = None
        self.flash.begin()
        if report.running is None or report.image is None:
            if self.profile.recovery:
                self._recover(now)
            else:
                self.state = DeviceState.STUCK
            return
        running = report.running
        behaviour = self.behaviour or Behaviour.of(report.image)
        if behaviour.hangs:
            self.state = DeviceState.HUNG
            if behaviour.watchdog_after is not None:
                barks = now + behaviour.watchdog_after
                self._agenda.at(barks, lambda when: self._reset(Cause.WATCHDOG, when))
            return
        if self.profile.dedicated_uart and self.profile.system.is_mynewt:
            self._early = b""
        starts = now + self.profile.start_time + behaviour.boots_later
        self._agenda.at(starts, lambda when: self._come_up(running, behaviour, when))

    def _show_port(self, product: int, now: float) -> None:
        """It is there again, if it was gone."""
        if not self.is_gone:
            return
        self.is_gone = False
        self.port_product = product
        if self.profile.renames and len(self.history) > 1:
            self.port_name = "port1" if self.port_name == "port0" else "port0"
        self._outputs.append(PortBack(now, self.port_name, product))

    def _come_up(self, running: int, behaviour: Behaviour, now: float) -> None:
        """The firmware is ready."""
        self.state = DeviceState.RUNNING
        self.is_loader = self.profile.mode is Mode.FIRMWARE_LOADER and running == 1
        self._reset_delay = 0.0 if behaviour.resets_at_once else self.profile.reset_delay
        self._show_port(self.profile.product, now)
        self._application = Application(
            self,
            self.profile,
            self.store,
            self._agenda,
            running,
            behaviour,
            self._chatter,
            self._more_groups,
        )
        self._application.start(now)
        early, self._early = self._early, None
        if early:
            self._application.receive(early, None, now)
        if behaviour.crashes_after is not None:
            crashes = now + behaviour.crashes_after
            self._agenda.at(crashes, lambda when: self._reset(Cause.CRASH, when))
        if behaviour.confirms_itself:
            self._confirm_itself(running)
        for image in range(self.profile.images):
            core = self.store.find_info(2 * image) if image != running // 2 else None
            if core is not None and Behaviour.of(core).confirms_itself:
                self._confirm_itself(2 * image)

    def _confirm_itself(self, slot: int) -> None:
        """What runs from it does, without being asked."""
        if not self.store.mode.can_be_marked:
            return
        try:
            set_next(self.store.trailers[slot], active=True, confirm=True, image=slot // 2)
        except (MagicIsBad, FlashFault):
            pass

    def _print_boot(self, report: BootReport, since: float) -> None:
        if not self.profile.boot_log:
            return
        self._agenda.at(since, lambda when: self.print(console.bootloader_banner(), when))
        for entry in report.log:
            self._print_at(since + entry.after, console.line(entry.text))

    def _print_at(self, at: float, text: bytes) -> None:
        self._agenda.at(at, lambda when: self.print(text, when))
