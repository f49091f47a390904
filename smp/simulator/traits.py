"""What one kind of device is: built in, how fast, how it is reached; `profiles` has those to choose
from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from smp.simulator.os_group import SystemFacts
from smp.simulator.product import Extras
from smp.simulator.store import Mode
from smp.text import Text

KB = 1024


class Framing(Enum):
    """What a packet looks like on the link."""

    CONSOLE = "console"
    RAW = "raw"
    UDP = "udp"
    BLE = "ble"

    @property
    def is_stream(self) -> bool:
        return self in (Framing.CONSOLE, Framing.RAW)

    @property
    def is_shared(self) -> bool:
        """Several clients may ask at the same time."""
        return self is Framing.UDP


class System(Enum):
    """Whose firmware it is."""

    ZEPHYR = "Zephyr"
    MYNEWT = "Apache Mynewt 1.8 and later"
    OLD_MYNEWT = "Apache Mynewt 1.7 and before"

    @property
    def is_mynewt(self) -> bool:
        return self in (System.MYNEWT, System.OLD_MYNEWT)


@dataclass(frozen=True, slots=True)
class Loader:
    """A firmware loader in the second slot, and the application's ways into it."""

    version: str = "0.1.0"
    image_size: int = 8_000
    on_request: bool = True
    """A reset request with boot mode 1 starts it; else the button does."""
    takes_name: bool = True
    """The application has the setting `fw_loader/adv_name`."""
    is_elsewhere: bool = False
    """It is found at another address than the application, under the name that it was given."""
    leaves: bool = False
    """It restarts the device when its client goes away."""
    application_lists: bool = False
    """The application has image management, too."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of device. Sizes are in bytes. Times are in seconds and divided by `speed`,
    those of the link and of log lines excepted.
    """

    name: str
    title: Text
    """What a person sees in a list of devices."""
    description: Text

    system: System = System.ZEPHYR
    """Apache Mynewt's has one image, two generations, and fields of its own under the server."""

    # The link
    framing: Framing = Framing.CONSOLE
    dedicated_uart: bool = False
    """Mynewt: a UART of SMP's own, which holds one line; otherwise the shell's console."""
    baud: int | None = None
    """The UART's; None where the line does not pace (USB, network, radio)."""
    link: str = ""
    """The link's quality if nobody says another, as `link.Quality.parse` reads it."""
    rx_line_buffers: int = 2
    line_size: int = 128
    line_drain_time: float = 0.0005
    raw_input_timeout: float | None = 3.0
    udp_mtu: int = 1500
    ble_mtu: int = 498
    ble_reassembly: bool = True
    vanishes: bool = False
    """The port goes away at a reset and comes back with the firmware."""
    product: int = 0x0100
    """USB product number of a port that vanishes."""
    renames: bool = False
    """It comes back under another name."""
    boot_log: bool = True
    """Bootloader and firmware print on the console."""
    chatty: float = 0.0
    """Seconds between log lines that the firmware prints, also between lines of an answer."""
    prompt: bool = False
    """A prompt, and an echo of what is typed."""

    # The server
    buf_size: int = 384
    buf_count: int = 4
    answers_in_place: bool = False
    """One buffer and one thread, as MCUboot's recovery has: the answer needs no buffer of the
    pool, and lines wait in the line buffers while a request is worked on."""
    service_time: float = 0.002
    """For one request, flash operations not counted."""
    version_one: bool = True
    version_two: bool = True
    canonical_cbor: bool = False
    reasons: bool = True
    legacy_rc: bool = False
    has_params: bool = True
    has_bootloader_info: bool = True
    has_clock: bool = True
    has_slot_info: bool = True
    tells_max_size: bool = True
    lists_cores: bool = True
    """What other cores run is listed. The nRF5340's network core runs from its own flash, which
    the application cannot read."""
    confirms_cores: bool = False
    """The firmware lets what other cores run be confirmed, which is not built by default."""
    frugal: bool = False
    allow_erase_pending: bool = True
    image_check: bool = False
    progressive_erase: bool = False
    checks_size: bool = False
    compares_build: bool = False
    has_pools: bool = True
    """It tells its memory pools."""
    facts: SystemFacts = field(default_factory=SystemFacts)
    extras: Extras | None = None
    """It is a finished product, with settings, statistics and a shell."""

    # The flash
    block_size: int = 4 * KB
    write_size: int = 4
    slot_size: int = 480 * KB
    scratch_size: int = 32 * KB
    """Of the swap-scratch mode."""
    images: int = 1
    erase_time: float = 0.085
    """One block."""
    write_time: float = 10e-6
    """One byte."""
    flash_base: int = 0xC000

    # The bootloader
    mode: Mode = Mode.SWAP_MOVE
    tells_mode: bool = True
    """False: bootloader info says -1, as Zephyr does of modes that it has no word for."""
    fixed_address: bool = False
    """The firmware is built for the flash address of one slot."""
    ram_address: int = 0
    """Where it is built to run from in RAM; 0: it runs from flash."""
    loader: Loader | None = None
    """Of the mode FIRMWARE_LOADER."""
    key: str | None = None
    """PEM of the public key that images must be signed with."""
    downgrade_prevention: bool = False
    security_counter: bool = False
    validates: bool = True
    max_align: int = 8
    hash_name: str = "sha256"
    hash_time: float = 0.5e-6
    """Reading and hashing one byte."""
    boot_time: float = 0.3
    """From reset until the bootloader looks at the slots."""

    # Its serial recovery, on the same line
    recovery: bool = False
    """It is built in, and taken where there is nothing to run."""
    has_boot_mode: bool = False
    """The firmware can be asked to restart into it."""
    recovery_pin: bool = False
    """The pin that leads into it is held when the power comes."""
    recovery_wait: float = 0.0
    """Seconds before the firmware is started in which any request leads into it."""
    recovery_inactivity: float | None = None
    """Seconds without a request after which it restarts."""
    recovery_product: int | None = None
    """USB product number that the port has meanwhile; None: that of the firmware."""
    recovery_buf_size: int = KB
    recovery_line_buffers: int = 8
    recovery_params: bool = True
    recovery_echo: bool = False
    recovery_hash: bool = True
    """Its list has hashes."""
    recovery_flags: bool = False
    """Its list has flags, and images can be marked."""
    recovery_slot_info: bool = False
    recovery_direct: bool = False
    """The number of an upload names the slot: 1 the first one, 2 the second."""
    recovery_progressive: bool = False
    """Blocks are erased when the data gets there, not all before the first answer."""

    # The firmware
    version: str = "1.3.0"
    """Of the image that is installed at first."""
    image_size: int = 180_000
    core_version: str = "1.0.0"
    """Of the images of other cores, where there are several `images`."""
    core_size: int = 60_000
    words: str = ""
    """What the application's image is told (see `firmware`)."""
    core_words: str = ""
    """The same of the images of other cores: "self-confirm"."""
    start_time: float = 0.5
    """From the jump into the image until it answers."""
    reset_delay: float = 0.25
    """From the answer to a reset request until the reset."""
    speed: float = 1.0

    @property
    def knows_boot_modes(self) -> bool:
        """A reset request may say what is started."""
        return self.has_boot_mode or (self.loader is not None and self.loader.on_request)

    def in_real_time(self) -> Profile:
        """The same with `speed` 1: all device times divided by it."""
        if self.speed == 1.0:
            return self
        scaled: dict[str, Any] = {name: getattr(self, name) / self.speed for name in _TIMES}
        return dataclasses.replace(self, speed=1.0, **scaled)

    def reached_by(self, framing: Framing) -> Profile:
        """The same device behind another kind of link; whatever else is said stays."""
        if framing is self.framing:
            return self
        return dataclasses.replace(self, framing=framing)


_TIMES = (
    "line_drain_time",
    "service_time",
    "erase_time",
    "write_time",
    "hash_time",
    "boot_time",
    "start_time",
    "reset_delay",
    "recovery_wait",
)
