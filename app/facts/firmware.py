"""The file, and the plan for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from app.facts.words import ActionFacts
from app.lib.tone import Tone
from smp.text import NOTHING, Text


@dataclass(frozen=True, slots=True)
class FileFacts:
    name: str
    detail: Text = NOTHING
    """ "MCUboot package · 1 image · 214.9 kB"; or what is wrong with it."""
    tone: Tone = Tone.NEUTRAL
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class RemarkFacts:
    """A sentence under the file, and what can be done about it."""

    words: Text
    tone: Tone = Tone.WARN
    action: ActionFacts | None = None


@dataclass(frozen=True, slots=True)
class RecentFacts:
    """A file that was used before."""

    path: Path
    name: str
    detail: Text
    """What it was, and in which folder it is; or that it is not there."""
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class FirmwareFacts:
    """What the drop zone holds."""

    file: FileFacts | None = None
    recent: tuple[Path, ...] = ()
    """Existing files, the last used first."""
    reading: str = ""
    """Name of a file that is being read."""
    locked: Text = NOTHING
    """Why no other file is taken now: "An update is running"."""
    remark: RemarkFacts | None = None
    """How the file stands on disk, if not as it was read."""
    recents: tuple[RecentFacts, ...] = ()
    """All that are remembered, the last used first."""
    last: RecentFacts | None = None
    """What the chosen device was updated with last."""


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One thing that was looked at before the start, in words."""

    tone: Tone
    words: Text
    hint: Text = NOTHING


@dataclass(frozen=True, slots=True)
class ImageLineFacts:
    """One of several images of a file: what it becomes on the device."""

    title: Text
    """ "Network core"; "Image 1"."""
    now: str
    """The version that runs; empty when it is not known."""
    then: str
    size: Text = NOTHING
    good: Text = NOTHING
    """What was looked at and is as it should be, or is only to know, in one line."""
    checks: tuple[CheckFacts, ...] = ()
    """What is not; after an update what became of it."""


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
    forbidden: Text = NOTHING
    """Why the button is disabled; empty: it is not."""
    beside: Text = NOTHING
    """What stands beside the button: "about 35 s, then one restart of about 20 s"."""
    consent: Text = NOTHING
    """What has to be agreed to, as a checkbox; empty: nothing."""
    other: ActionFacts | None = None
    """What can be done instead, as a plain button beside it."""
    is_over: bool = False
    """A verdict stands above: what was planned gives way to it."""
    calm: bool = False
    """There is nothing to send: the button works, but nobody is asked to press it."""
    help: str = ""
    """Where the help explains what is wrong, or has to be agreed to."""
    images: tuple[ImageLineFacts, ...] = ()
    """Each, where the file holds several, in place of `now` and `then`."""
    compact: bool = False
    """It is for a table of devices, which has use for the room."""
