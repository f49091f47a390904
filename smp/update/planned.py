"""What an update would do, as values: to one image, and to the device."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from smp.commands.image import ImageEntry
from smp.image import McubootImage, Version
from smp.text import Coded, Text, sentences
from smp.update.beside import Change
from smp.update.image_name import IMAGE_0, ImageName
from smp.update.kinds import NO_RESTART, Action, Check, Mode, Obstacle, Tone


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """What happens to one image of the device."""

    file_image: McubootImage
    number: int
    """The image number on the device."""
    slot: int
    """Where an upload of it goes: 0 or 1 of this image's own slots."""
    mode: Mode
    action: Action
    data: bytes = field(repr=False)
    """What is sent: the file without padding, unless the bootloader wants the trailer."""
    before: ImageEntry | None
    checks: tuple[Check, ...]
    way_back: Check
    """What happens to it in the end, and whether anything returns from it."""
    starts_unmarked: bool | None = False
    """The bootloader chooses by version: what lies there may start without a mark. None: it does
    not tell."""
    is_permanent: bool = False
    """It is marked for good, without a test."""
    can_roll_back: bool | None = None
    reverts: bool | None = None
    """Whether the bootloader returns from an image on test, whatever this plan does."""
    returns: bool = False
    """The file is the confirmed image that any restart returns to."""
    enters_loader: bool = False
    """The device has to be restarted into its firmware loader first."""
    is_first: bool = False
    """The device lists nothing that runs as this number; of another core some devices never do."""
    overwrites_running: bool = False
    """The upload goes over the only copy of the firmware: interrupted, nothing is left to start
    but recovery or the firmware loader."""
    upload_seconds: float | None = None
    swap_seconds: float = 0.0
    """The part of the restart that the bootloader takes to put the image in place."""
    name: ImageName = IMAGE_0

    @property
    def version(self) -> Version:
        return self.file_image.version

    @property
    def needs_restart(self) -> bool:
        return self.action not in NO_RESTART


@dataclass(frozen=True, slots=True)
class Plan:
    """Nothing is done unless `obstacle` is None and, where `consents` ask for it, they are given.

    `parts`: in the order in which they are marked; there is always one. All of them start at one
    restart. What several parts have in common is told of the whole.
    """

    mode: Mode
    parts: tuple[ImagePlan, ...]
    obstacle: Obstacle | None = None
    consents: tuple[Coded, ...] = ()
    """What cannot be taken back: what has to be agreed to, each a sentence."""
    beside: tuple[Change, ...] = ()
    """What a restart does to other images of the device."""
    notes: tuple[Check, ...] = ()
    """What the file has beside what is sent, and what is odd about it."""
    enters_recovery: bool = False
    """Its application is restarted into its bootloader's serial recovery before anything is sent;
    what is planned then may be another plan."""
    way_in_seconds: float = 0.0
    """Until what takes the update answers, where that is not the application."""
    restart_seconds: float | None = None
    """Of the restart that starts what was sent."""
    verify_seconds: float | None = None
    """For watching and confirming."""

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(part.number for part in self.parts)

    @property
    def last(self) -> ImagePlan:
        """The part that is marked last: where there are several cores, the application's."""
        return self.parts[-1]

    @property
    def versions(self) -> str:
        """What shall run, of all parts in their order; nearly always it is one."""
        return ", ".join(str(part.version) for part in self.parts)

    @property
    def versions_before(self) -> str:
        """What runs now, or stands where it would run; empty where nothing of it is told."""
        told = [part.before.version for part in self.parts if part.before is not None]
        return ", ".join(told)

    @property
    def action(self) -> Action:
        """The most that has to be done to any part."""
        return max((part.action for part in self.parts), key=_EFFORT.index)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Of every part and of the whole."""
        of_parts = (self._named(part, check) for part in self.parts for check in part.checks)
        backs = (self._named(part, part.way_back) for part in self.parts)
        return (*of_parts, *self.of_the_whole, *backs)

    def _named(self, part: ImagePlan, check: Check) -> Check:
        """What is said of one of several names it."""
        if len(self.parts) == 1:
            return check
        return replace(check, text=of_named(part.name, check.text))

    @property
    def of_the_whole(self) -> tuple[Check, ...]:
        """What is to be known of the file, and what a restart does beside."""
        changes = self.beside if self.needs_restart else ()
        return (*self.notes, *(Check(Tone.WARN, change.text) for change in changes))

    @property
    def consent(self) -> Text:
        """All of `consents`, one after the other; empty if everything can be taken back."""
        return sentences(*self.consents)

    @property
    def size(self) -> int:
        """Bytes of all parts, in the form they are sent in."""
        return sum(len(part.data) for part in self.parts)

    @property
    def can_roll_back(self) -> bool | None:
        """Of all parts; one that cannot spoils it, None if one is not known to."""
        told = {part.can_roll_back for part in self.parts}
        return False if False in told else None if None in told else True

    @property
    def starts_a_test(self) -> bool:
        """One of the images that it is about runs on test after the restart, for certain."""
        starting = [part for part in self.parts if part.needs_restart] or self.parts
        return any(part.can_roll_back is True for part in starting)

    @property
    def overwrites_running(self) -> bool:
        return any(part.overwrites_running for part in self.parts)

    @property
    def enters_loader(self) -> bool:
        """Before anything is sent; what is planned then may be another plan."""
        return any(part.enters_loader for part in self.parts)

    @property
    def needs_restart(self) -> bool:
        return any(part.needs_restart for part in self.parts)

    @property
    def swap_seconds(self) -> float:
        return sum(part.swap_seconds for part in self.parts if part.needs_restart)

    @property
    def upload_seconds(self) -> float | None:
        """An estimate for all that is sent, where one can be made."""
        each = [part.upload_seconds for part in self.parts if part.action is Action.UPLOAD]
        known = [seconds for seconds in each if seconds is not None]
        return sum(known) if len(known) == len(each) else None

    @property
    def seconds(self) -> float | None:
        """An estimate of the whole, where one can be made."""
        upload = self.upload_seconds
        if upload is None:
            return None
        restart = self.restart_seconds if self.needs_restart else 0.0
        verify = self.verify_seconds if self.action is not Action.NOTHING else 0.0
        way_in = self.way_in_seconds if self.action is Action.UPLOAD else 0.0
        return way_in + upload + (restart or 0.0) + (verify or 0.0)

    @property
    def restarts(self) -> int:
        """How often the device is restarted: also into what takes the update."""
        enters = self.enters_recovery or self.enters_loader
        return int(self.needs_restart) + int(enters and self.action is Action.UPLOAD)


_EFFORT = (
    Action.NOTHING,
    Action.CONFIRM,
    Action.CLEAR,
    Action.RESTART,
    Action.MARK,
    Action.UPLOAD,
)


def of_named(name: ImageName, text: Coded) -> Coded:
    return text.within(Text("{image}: {text}", image=name.title, text=text))
