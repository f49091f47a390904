"""What the views show: plain frozen values, no Qt. Whoever presents them decides, views only draw.

Sizes are bytes, times seconds, rates bytes per second, fractions 0 to 1; views put them in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path

from app.lib.tone import Tone

# -- words with a colour --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChipFacts:
    """A word on a coloured ground, with an icon's name or a dot before it."""

    words: str
    tone: Tone = Tone.NEUTRAL
    icon: str = ""
    dot: bool = False
    hint: str = ""
    """A whole sentence for the tooltip and the screen reader."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something the program can do, as a button. `key` comes back in the view's signal."""

    key: str
    words: str
    icon: str = ""
    hint: str = ""
    enabled: bool = True


# -- the device list ------------------------------------------------------------------


class LinkKind(StrEnum):
    """In the order of the list."""

    BLUETOOTH = "bluetooth"
    SERIAL = "serial"
    NETWORK = "network"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device. `key` identifies it for good; rows of a kind appear in the order given."""

    key: str
    kind: LinkKind
    name: str
    detail: str = ""
    signal: int | None = None
    """dBm, for a radio that was heard."""
    chip: ChipFacts | None = None
    """Its state in a word ("fix", "updated"); takes the place of the signal."""
    progress: float | None = None
    """Fraction, while it is updated: a bar under its name."""
    progress_words: str = ""
    """Beside the bar, in place of the percentage: "restarting"."""
    note: str = ""
    """A third line: what was done to it, with its time of day."""
    done: str = ""
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

    words: str
    """What the line says: "Adapter: hci0"."""
    options: tuple[Action, ...]
    chosen: str
    """Key of the option that holds now."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What a group says besides its devices."""

    aside: str = ""
    """Beside its name: "Paused during the update"."""
    note: str = ""
    """Under its name: what is wrong with all of it, what to do."""
    hint: str = ""
    """The whole of it, as tooltip."""
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class TallyFacts:
    """ "3 of 20 done", and the whole of it as tooltip."""

    words: str
    hint: str = ""
    any_failed: bool = False


@dataclass(frozen=True, slots=True)
class DeviceListFacts:
    rows: tuple[DeviceRow, ...] = ()
    scanning: bool = False
    empty: dict[LinkKind, str] = field(default_factory=dict)
    """What a group says while it shows no device: "No serial port". A kind without words and
    without devices is not shown."""
    groups: dict[LinkKind, GroupFacts] = field(default_factory=dict)
    all_shown: bool = False
    """Minor devices, too."""
    tally: TallyFacts | None = None
    """How far the work is; None: nothing was done yet."""


# -- the device's header --------------------------------------------------------------


class LinkButton(Enum):
    NONE = "none"
    CONNECT = "connect"
    DISCONNECT = "disconnect"


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    name: str
    chips: tuple[ChipFacts, ...] = ()
    """Link, bootloader, system, buffers: the most important first, the last give way."""
    state: ChipFacts | None = None
    """ "Connected", "Restarting, about 9 s"."""
    button: LinkButton = LinkButton.NONE


# -- slots ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """One slot, to scale. An image has a version; its parts are known only from its file."""

    title: str
    version: str = ""
    """Empty: no image in it."""
    chips: tuple[ChipFacts, ...] = ()
    capacity: int | None = None
    """Bytes of the slot; None when the device does not tell."""
    header: int = 0
    code: int = 0
    tlv: int = 0
    trailer: int = 0
    """The last bytes of the slot, which the bootloader needs for itself."""
    digest: str = ""
    """The image's hash as hex."""
    digest_name: str = "hash"
    received: int | None = None
    """While it is being written: bytes the device has; header, code and tlv are the whole."""

    @property
    def used(self) -> int:
        """Bytes of the image, 0 when unknown."""
        return self.header + self.code + self.tlv


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The slots of one image; `title` is "image 0"."""

    title: str
    slots: tuple[SlotFacts, ...]


@dataclass(frozen=True, slots=True)
class AdviceFacts:
    """In place of the slots, when there are none to show: what is wrong, what to do."""

    headline: str
    sentence: str = ""
    steps: tuple[str, ...] = ()
    """What to do: one after the other if `ordered`, else whichever applies."""
    command: str = ""
    """A line to copy into a terminal."""
    tone: Tone = Tone.NEUTRAL
    icon: str = "info"
    actions: tuple[Action, ...] = ()
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class SlotsFacts:
    """The card "On the device"."""

    images: tuple[ImageFacts, ...] = ()
    advice: AdviceFacts | None = None
    """Shown in place of the images."""
    dimmed: bool = False
    """The device restarts: what is drawn was true a moment ago."""
    note: str = ""
    """One line under the slots."""


# -- the file and the plan ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileFacts:
    name: str
    detail: str = ""
    """ "MCUboot package · 1 image · 214.9 kB"; or what is wrong with it."""
    tone: Tone = Tone.NEUTRAL
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class RemarkFacts:
    """A sentence under the file, and what can be done about it."""

    words: str
    tone: Tone = Tone.WARN
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class FirmwareFacts:
    """What the drop zone holds."""

    file: FileFacts | None = None
    recent: tuple[Path, ...] = ()
    """Existing files, the last used first."""
    reading: str = ""
    """Name of a file that is being read."""
    locked: str = ""
    """Why no other file is taken now: "An update is running"."""
    remark: RemarkFacts | None = None
    """How the file stands on disk, if not as it was read."""


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One thing that was looked at before the start, in words."""

    tone: Tone
    words: str
    hint: str = ""


class PlanButton(Enum):
    """What the card offers."""

    UPDATE = "update"
    TRY_AGAIN = "try again"
    CONFIRM = "confirm it"
    CANCEL = "cancel"
    CANCELLING = "cancelling"
    ANOTHER = "another"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PlanFacts:
    now: str = ""
    """The version that runs; empty when it is not known."""
    then: str = ""
    """The version in the file; empty while there is no file."""
    checks: tuple[CheckFacts, ...] = ()
    button: PlanButton = PlanButton.NONE
    forbidden: str = ""
    """Why the button is disabled; empty: it is not."""
    beside: str = ""
    """What stands beside the button: "about 35 s, then one restart of about 20 s"."""
    consent: str = ""
    """What has to be agreed to, as a checkbox; empty: nothing."""
    other: Action | None = None
    """What can be done instead, as a plain button beside it."""
    is_over: bool = False
    """A verdict stands above: what was planned gives way to it."""
    calm: bool = False
    """There is nothing to send: the button works, but nobody is asked to press it."""


# -- the run --------------------------------------------------------------------------


class StepState(Enum):
    PENDING = "to come"
    CURRENT = "going on"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """By the person, not by a fault."""
    UNKNOWN = "unknown"
    SKIPPED = "not needed"


@dataclass(frozen=True, slots=True)
class StepFacts:
    words: str
    state: StepState = StepState.PENDING
    note: str = ""
    """After the words, where there is room: "31 s"."""


@dataclass(frozen=True, slots=True)
class UploadFigures:
    fraction: float
    rate: float | None = None
    left: float | None = None
    mean: float | None = None
    resent: int = 0
    after: str = ""
    """What comes when everything is sent: "then a restart of about 20 s"."""
    trouble: str = ""
    """What is wrong just now, in place of everything that is said beside the figures."""


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """Nothing to measure: the device erases, swaps, restarts."""

    words: str
    left: float | None = None
    at_most: bool = False
    """`left` is the longest it may take, not an estimate."""
    in_trouble: bool = False
    """The words say what is wrong."""


@dataclass(frozen=True, slots=True)
class DoneFigures:
    """What it took. A part that did not happen, or not well, is None. `total`: bytes sent."""

    mean: float | None
    total: int
    upload: float
    restart: float | None = None
    verify: float | None = None
    resent: int = 0


Figures = UploadFigures | WaitFigures | DoneFigures


class MarkKind(Enum):
    """What happened on the way, with its tone."""

    RESENT = "resent"
    RECONNECTED = "reconnected"
    RESTARTED = "restarted"
    STARTED_OVER = "started over"


@dataclass(frozen=True, slots=True)
class Mark:
    at: float
    kind: MarkKind
    words: str
    """ "2 resent"."""
    count: int = 1
    """Marks of resent parts that lie too close to be named apart are named together."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing came from `begin` to `end`: "no answer for 14 s"."""

    begin: float
    end: float
    words: str


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """The speed of an upload over time.

    `times` (seconds since the upload began, not decreasing) and `rates` are equally long and are
    not copied: whoever measures may go on appending to them and present again.
    """

    times: Sequence[float] = ()
    rates: Sequence[float] = ()
    marks: tuple[Mark, ...] = ()
    limit: float | None = None
    """What the line can carry at most, where that is known."""
    mean: float | None = None
    expected: float | None = None
    """How long the whole upload will take; the axis reaches that far."""
    running: bool = True
    gaps: tuple[Gap, ...] = ()
    """In rising order, apart from each other."""
    elapsed: float | None = None
    """How long it has lasted, if that is not the last of `times`."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The card of an update that goes on or has ended."""

    steps: tuple[StepFacts, ...]
    figures: Figures | None = None
    graph: GraphFacts | None = None
    """None: the card is only as high as its steps."""


# -- the verdict ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BannerFacts:
    tone: Tone
    headline: str
    sentence: str = ""
    actions: tuple[Action, ...] = ()
    icon: str = ""
    """Another icon than the tone's own."""
    closable: bool = False


# -- log and footer -------------------------------------------------------------------


class LogLevel(Enum):
    """In rising order."""

    PACKET = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class LogLine:
    at: float
    """Seconds since the epoch."""
    level: LogLevel
    text: str
    source: str = ""
    """The device it is about."""


@dataclass(frozen=True, slots=True)
class NetworkEntry:
    """What was typed as an address, as it is understood."""

    address: str = ""
    """In the program's own notation; empty: it cannot be used."""
    problem: str = ""
    """Why, in whole sentences."""
    port: int | None = None
    """The port that stands in the address itself."""
    protocol: str = ""
    """ "udp" or "tcp" where the address itself says so."""
    needs_port: bool = True
    """False for a serial port and the like."""


@dataclass(frozen=True, slots=True)
class FooterFacts:
    status: str = ""
    tone: Tone = Tone.NEUTRAL
    hint: str = ""
