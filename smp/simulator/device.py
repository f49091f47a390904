"""The device: power, resets and flash, on a clock that somebody else keeps.

Feed it what the link delivers (`receive`), call it when it wants (`next_timer`,
`handle_timer`), take what it sends (`drain`). Pulling the plug is `power_off`, at any time: what
the flash had not finished by then is undone or torn. What runs on it, from one reset to the next,
is a `Life`. Nothing here knows asyncio.
"""

from __future__ import annotations

from smp.errors import FileError
from smp.simulator import console
from smp.simulator.agenda import Agenda
from smp.simulator.application import Application, RegisterGroups
from smp.simulator.factory import factory_image, geometry_of, loader_image, scratch_size_of
from smp.simulator.firmware import Behaviour
from smp.simulator.flash import Flash, PowerCut
from smp.simulator.happenings import Booted, Cause, DeviceState, Output
from smp.simulator.life import Life
from smp.simulator.mynewt.memory import Memory
from smp.simulator.plug import Plug
from smp.simulator.product import SavedSettings
from smp.simulator.slots import Layout
from smp.simulator.store import ImageStore
from smp.simulator.traits import Profile
from smp.simulator.worker import Peer
from smp.text import Coded, Text

FACTORY_LOADER = "Loader"


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
        self.plug = Plug(profile)
        self.behaviour: Behaviour | None = None
        self.line_rate = profile.baud / 10 if profile.baud else 0.0
        """Bytes a second that the device's UART sends, 0 where sending takes no time."""
        self.boot_mode = 0
        """What the last reset request asked for."""
        self._retained = 0
        """What the bootloader is told of it; the power takes it away."""
        self.history: list[Booted] = []
        self.saved_settings = SavedSettings()
        """Of a product that keeps some; not in the flash that is written down."""
        self.mynewt = Memory()
        """What firmware of Apache Mynewt keeps, and the harm that was done to it."""
        self.loader_name = FACTORY_LOADER
        """What the firmware loader calls itself; kept as long as there is power."""
        self._more_groups = more_groups
        self._chatter = console.Chatter(seed)
        self._agenda = Agenda()
        self._life: Life | None = None
        if flash is None:
            self._leave_the_factory()

    # -- what it is just now ----------------------------------------------------------

    @property
    def state(self) -> DeviceState:
        return self._life.state if self._life is not None else DeviceState.OFF

    @property
    def is_gone(self) -> bool:
        """The port has vanished and is not back yet."""
        return self.plug.is_gone

    @property
    def port_name(self) -> str:
        return self.plug.name

    @property
    def port_product(self) -> int:
        return self.plug.product

    @property
    def is_loader(self) -> bool:
        """The firmware loader runs, not the application."""
        return self._life is not None and self._life.is_loader

    @property
    def application(self) -> Application | None:
        """The firmware, while it runs."""
        return self._life.application if self._life is not None else None

    @property
    def upload_progress(self) -> tuple[int, int] | None:
        """Bytes received, and of how many, of the upload in progress."""
        return self._life.upload_progress if self._life is not None else None

    @property
    def loader_elsewhere(self) -> str | None:
        """The name under which the firmware loader is found now, at an address of its own. None:
        the device is found where its application is."""
        loader = self.profile.loader
        is_elsewhere = self.is_loader and loader is not None and loader.is_elsewhere
        return self.loader_name if is_elsewhere else None

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

    # -- power ------------------------------------------------------------------------

    def power_on(self, now: float) -> None:
        if self._life is None:
            self._begin(Cause.POWER_ON, now)

    def power_off(self, now: float) -> None:
        """Pull the plug. What is not in the flash is lost."""
        if self._life is not None:
            self.handle_timer(now)
            self._stop(now)
            self._retained = 0
            self.loader_name = FACTORY_LOADER

    def reset_button(self, now: float) -> None:
        if self._life is not None:
            self.handle_timer(now)
            self.reset(Cause.BUTTON, now)

    # -- the link ---------------------------------------------------------------------

    def receive(self, data: bytes, now: float, peer: Peer = None) -> None:
        """The link delivered this. Whatever it is, only the power can fail."""
        self.handle_timer(now)
        try:
            if self._life is not None:
                self._life.receive(data, peer, now)
        except PowerCut:
            self._lose_power(now)

    def disconnected(self, now: float | None = None) -> None:
        """The client hung up (Bluetooth): half a packet is forgotten, and a firmware loader may
        restart, if the time is told."""
        if self.application is not None:
            self.application.disconnected()
        loader = self.profile.loader
        if self.is_loader and now is not None and loader is not None and loader.leaves:
            self.request_reset(0, now)

    def drain(self) -> list[Output]:
        """What came out since the last call, in order of time."""
        return self.plug.drain()

    def next_timer(self) -> float | None:
        return self._agenda.next_timer()

    def handle_timer(self, now: float) -> None:
        while (when := self._agenda.next_timer()) is not None and when <= now:
            try:
                self._agenda.handle_timer(now)
            except PowerCut:
                self._lose_power(self._agenda.now)

    # -- for what runs on it ----------------------------------------------------------

    def send(self, data: bytes, peer: Peer, now: float) -> None:
        self.plug.send(data, peer, now)

    def print(self, text: bytes, now: float) -> None:
        self.plug.print(text, now)

    def request_reset(self, boot_mode: int, now: float) -> None:
        """The firmware was asked to restart: it goes on for a moment, then does."""
        assert self._life is not None
        self.boot_mode = self._retained = boot_mode
        delay = self._life.reset_delay
        self._agenda.at(now + delay, lambda when: self.reset(Cause.REQUESTED, when))

    def name_loader(self, name: bytes) -> None:
        """A setting that was saved."""
        self.loader_name = name.decode("utf-8", "replace")

    def crash(self, now: float) -> None:
        """The firmware asserts, or is made to: a reset at that moment."""
        self._agenda.at(now, lambda when: self.reset(Cause.CRASH, when))

    def leave_recovery(self, now: float) -> None:
        """Nobody has spoken to the recovery for long."""
        self.reset(Cause.LEFT_ALONE, now)

    def reset(self, cause: Cause, now: float) -> None:
        self._stop(now)
        self._begin(cause, now)

    # -- from one life to the next ----------------------------------------------------

    def _begin(self, cause: Cause, now: float) -> None:
        asked, self._retained = self._retained, 0
        self._life = Life(
            self, self._agenda, self._chatter, self._more_groups, cause=cause, asked=asked
        )
        try:
            self._life.begin(now)
        except PowerCut:
            self._lose_power(now)

    def _stop(self, now: float) -> None:
        """All activity ends at once; a flash operation in progress stays unfinished."""
        since = self._life.flash_since if self._life is not None else None
        if since is not None:
            self.flash.rewind(max(now - since, 0.0))
        self._end(now)

    def _lose_power(self, now: float) -> None:
        """The flash has stopped already, at the operation in which the power went."""
        self.flash.begin()
        self._end(now)
        self._retained = 0

    def _end(self, now: float) -> None:
        self._agenda.clear()
        self._life = None
        self.plug.vanish(now)
