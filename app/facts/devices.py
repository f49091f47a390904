"""The list of devices, and the line over the chosen one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum

from app.facts.words import ActionFacts, ChipFacts
from smp.text import NOTHING, Text


class LinkKind(StrEnum):
    """In the order of the list."""

    BLUETOOTH = "bluetooth"
    SERIAL = "serial"
    NETWORK = "network"
    SIMULATED = "simulated"


KIND_WORDS = {
    LinkKind.BLUETOOTH: Text("Bluetooth"),
    LinkKind.SERIAL: Text("Serial"),
    LinkKind.NETWORK: Text("Network"),
    LinkKind.SIMULATED: Text("Simulated"),
}


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device. `key` identifies it for good; rows of a kind appear in the order given."""

    key: str
    kind: LinkKind
    name: str
    detail: Text = NOTHING
    signal: int | None = None
    """dBm, for a radio that was heard."""
    chip: ChipFacts | None = None
    """Its state in a word ("fix", "updated"); takes the place of the signal."""
    progress: float | None = None
    """Fraction, while it is updated: a bar under its name."""
    progress_words: Text = NOTHING
    """Beside the bar, in place of the percentage: "restarting"."""
    note: Text = NOTHING
    """A third line: what was done to it, with its time of day."""
    done: Text = NOTHING
    """All that was done here, line by line; empty: nothing that could be cleared."""
    gone: bool = False
    """Not seen for a while: faded."""
    removable: bool = False
    """Was added by hand and can be forgotten."""
    minor: bool = False
    """Probably nothing for this program: hidden until it is asked for or filtered for."""

    @property
    def has_second_line(self) -> bool:
        """Something stands between its name and its note, or beside both."""
        return bool(self.detail) or self.progress is not None or self.chip is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, offered as a menu by a line of the list."""

    words: Text
    """What the line says: "Adapter: hci0"."""
    options: tuple[ActionFacts, ...]
    chosen: str
    """Key of the option that holds now."""
    hint: Text = NOTHING


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What a group says besides its devices."""

    aside: Text = NOTHING
    """Beside its name: "Paused during the update"."""
    note: Text = NOTHING
    """Under its name: what is wrong with all of it, what to do."""
    hint: Text = NOTHING
    """The whole of it, as tooltip."""
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class TallyFacts:
    """ "3 of 20 done", the same where there is little room, and the whole of it as tooltip."""

    words: Text
    short: Text
    hint: Text = NOTHING
    any_failed: bool = False


@dataclass(frozen=True, slots=True)
class DeviceListFacts:
    rows: tuple[DeviceRow, ...] = ()
    scanning: bool = False
    empty: dict[LinkKind, Text] = field(default_factory=dict)
    """What a group says while it shows no device: "No serial port". A kind without words and
    without devices is not shown."""
    groups: dict[LinkKind, GroupFacts] = field(default_factory=dict)
    all_shown: bool = False
    """Minor devices, too."""
    tally: TallyFacts | None = None
    """How far the work is; None: nothing was done yet."""


class LinkButton(Enum):
    NONE = "none"
    CONNECT = "connect"
    DISCONNECT = "disconnect"


class PortButton(Enum):
    """It leads to a serial port's rate and framing."""

    NONE = "none"
    OPEN = "open"
    SHUT = "shut"
    """Not now: it is updated."""


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    name: str
    chips: tuple[ChipFacts, ...] = ()
    """Link, bootloader, system, buffers: the most important first, the last give way."""
    state: ChipFacts | None = None
    """ "Connected", "Restarting, about 9 s"."""
    button: LinkButton = LinkButton.NONE
    port: PortButton = PortButton.NONE


@dataclass(frozen=True, slots=True)
class PortFacts:
    """A serial port whose rate and framing are chosen."""

    name: str
    baud: int
    framing: str
    """console or raw."""
    rates: tuple[int, ...] = ()
    """What is offered; any other can be typed."""


@dataclass(frozen=True, slots=True)
class NetworkEntry:
    """What was typed as an address, as it is understood."""

    address: str = ""
    """In the program's own notation; empty: it cannot be used."""
    problem: Text = NOTHING
    """Why, in whole sentences."""
    port: int | None = None
    """The port that stands in the address itself."""
    protocol: str = ""
    """ "udp" or "tcp" where the address itself says so."""
    needs_port: bool = True
    """False for a serial port and the like."""
    help: str = ""
    """Where the help explains the problem."""
