"""A job of the production line, as a value: what an engineer has laid down in one file.

`job_file` reads and writes it, `checking` judges it, the `station` runs it. Every field is what the
file says; nothing here has been looked up on a disk or a device.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from smp.update.kinds import Mode

Limit = str
"""A bound of a value as it is written, empty for none."""


class SerialSource(Enum):
    """Where a unit's serial number comes from."""

    NONE = "none"
    COUNTER = "counter"
    LIST = "list"
    SCAN = "scan"
    REST = "rest"


class Ask(Enum):
    """How a unit is asked for something that must hold."""

    VERSION = "version"
    BOARD = "board"
    BOOTLOADER_MODE = "bootloader-mode"
    STATISTICS = "statistics"
    SHELL = "shell"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class Recognition:
    """How a unit is told from whatever else is plugged in. Empty: anything."""

    transport: str = "serial"
    """serial, ble, udp, tcp, sim: the scheme of its address."""
    usb: str = ""
    """Vendor and product, "2fe3:0001"."""
    interface: str = ""
    """Of a composite device: the number after the dot ("2") or the name of its interface."""
    name: str = ""
    """Over Bluetooth: what it is called, with * and ? as in file names."""
    board: str = ""
    """As the device's OS information has it; a unit with another one is refused."""
    baud: int | None = None
    framing: str = ""
    """console, raw; empty: found out."""


@dataclass(frozen=True, slots=True)
class PlaceRule:
    """A place and what it is bound to: a hub path ("1-2.4"), a Bluetooth identity, or an address.
    Empty `at`: whatever is recognised and has no place yet."""

    name: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that must hold. `what`: which statistic ("group.name"), shell command or setting;
    `low`, `high`: bounds, of numbers or versions, both included; `equals`: exactly this; `matches`:
    a pattern of * and ?. All that are given must hold."""

    ask: Ask
    what: str = ""
    low: Limit = ""
    high: Limit = ""
    equals: str = ""
    matches: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class UnitWrite:
    """What is written to each unit through its settings, and read back. `value`: a text with
    {serial}, {date}, {operator}, {station} in it; `save`: kept over a restart; `restart`: the unit
    uses it from the next restart on, so it is restarted and read back from what it comes back with.
    """

    setting: str
    value: str = "{serial}"
    save: bool = True
    restart: bool = False


@dataclass(frozen=True, slots=True)
class SerialRule:
    """How units get their serial numbers. `format`: of a counter, "S2-{number:06d}"; `pattern`:
    what a scanned or fetched one has to look like (* any, ? one, # one digit); `file`: of a list,
    beside the job; `url`: of a REST service that gives one (POST) for each unit."""

    source: SerialSource = SerialSource.NONE
    pool: str = ""
    """Whose numbers: jobs of one pool share them; empty: the product's name."""
    format: str = "{number}"
    first: int = 1
    last: int | None = None
    pattern: str = ""
    file: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """A call to a manufacturing system, JSON over HTTP POST. `seconds`: it has that long.
    `required`: without an answer no unit starts (before), else the line goes on."""

    url: str
    seconds: float = 10.0
    required: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    """A value that begins with $ is taken from the environment of the station."""


@dataclass(frozen=True, slots=True)
class StationJob:
    """See the module."""

    product: str
    firmware: str
    """The file's path, relative to the job's own folder."""
    sha256: str = ""
    """Of the firmware file, hexadecimal; empty: not pinned yet, which no station accepts."""
    key: str = ""
    """A public key that has to have signed it: a file beside the job."""
    mode: Mode = Mode.CONFIRM
    watch: float | None = None
    consent: bool = False
    """What cannot be taken back is agreed to, for every unit."""
    recovery: bool = False
    other_product: bool = False
    forbids: frozenset[str] = frozenset()
    image: int | None = None
    recognise: Recognition = field(default_factory=Recognition)
    places: tuple[PlaceRule, ...] = (PlaceRule("1"),)
    before: tuple[Expectation, ...] = ()
    after: tuple[Expectation, ...] = ()
    """Beside the image's hash, which must always be right."""
    serial: SerialRule = field(default_factory=SerialRule)
    writes: tuple[UnitWrite, ...] = ()
    limit: int | None = None
    """Of units that pass."""
    attempts: int | None = None
    """How often one unit may be tried; None: as often as wanted."""
    at_once: int | None = None
    """Units that are worked on at one time, at most; None: what the links carry."""
    before_start: Hook | None = None
    after_result: Hook | None = None
    records: str = ""
    """A database, "postgresql://..." or a file; empty: this user's own SQLite file."""
    duplicates: bool = False
    """A serial number that has passed may pass again."""
    sound: bool = True
