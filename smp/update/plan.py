"""The plan: what a file would do to a device, and what forbids it. Pure: facts in, plan out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.image import McubootImage, Version
from smp.image.trailer import Flag
from smp.survey import DeviceFacts
from smp.text import Coded, Text, sentences
from smp.update import pairs
from smp.update.beside import Change, changes
from smp.update.beside import consent as consent_beside
from smp.update.case import BY_VERSION, FROM_RAM, IN_PLACE, NOT_TOLD, ONE_SLOT, SWAPS, Case
from smp.update.checks import checks
from smp.update.consent import ENTERS_RECOVERY, consent, way_back
from smp.update.experience import BOOT, NONE, Experience
from smp.update.image_name import IMAGE_0, ImageName, names
from smp.update.job import Job, JobPart
from smp.update.kinds import NO_RESTART, Action, Check, Mode, Obstacle, Remedy, Tone
from smp.update.obstacles import forbidden, obstacle, on_test
from smp.update.seen import Memory

__all__ = [
    "Action",
    "Check",
    "ImagePlan",
    "Mode",
    "Obstacle",
    "Plan",
    "Remedy",
    "Tone",
    "make_plan",
]

_SWAP_RATE = 11_000.0
_COPY_RATE = 30_000.0
"""Bytes of image per second that are swapped or copied in a common flash; for estimates only."""


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
    restart_seconds: float | None = None
    verify_seconds: float | None = None
    """For watching and confirming, where that is known from an earlier update."""

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
        return replace(check, text=_of(part.name, check.text))

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
        return upload + (restart or 0.0) + (verify or 0.0)


_EFFORT = (
    Action.NOTHING,
    Action.CONFIRM,
    Action.CLEAR,
    Action.RESTART,
    Action.MARK,
    Action.UPLOAD,
)


def make_plan(
    facts: DeviceFacts,
    job: Job,
    *,
    rate: float | None = None,
    memory: Memory = lambda digest: None,
    experience: Experience = NONE,
) -> Plan:
    """Judge a job for the device.

    rate: expected bytes per second; memory: what files told that were seen before; experience:
    what earlier updates of this device took, which is believed more than arithmetic.
    """
    enters = _enters_recovery(facts, job)
    if enters:
        facts = replace(facts, in_recovery=True, state=facts.state or ImageState(()))
    outside = facts.in_recovery or facts.in_loader
    others = () if outside else changes(facts, {part.number for part in job.parts})
    chosen = pairs.chosen(facts, job.parts)
    called = names([(part.number, part.told) for part in chosen])
    judged = [
        _judge(facts, part, job, chosen, called[part.number], rate, memory, experience)
        for part in chosen
    ]
    parts = tuple(part for _, _, part in judged)
    consents = [ENTERS_RECOVERY] if enters else []
    consents += [sentence for _, wanted, _ in judged for sentence in wanted]
    plan = Plan(job.mode, parts, beside=others, notes=tuple(map(_noted, job.notes)))
    if plan.needs_restart:
        consents += consent_beside(others)
    return replace(
        plan,
        obstacle=_several(facts, parts)
        or _first_obstacle([(case, part.name) for case, _, part in judged], plan)
        or forbidden(plan.checks, job.forbids),
        consents=tuple(dict.fromkeys(consents)),
        enters_recovery=enters,
        restart_seconds=experience.restart_of(plan.size)
        or BOOT + sum(part.swap_seconds for part in parts),
        verify_seconds=experience.verify,
    )


def _enters_recovery(facts: DeviceFacts, job: Job) -> bool:
    """The application answers, and the way is wanted, or the only one because there is one slot.
    Not where all of it runs already."""
    if facts.in_recovery or facts.in_loader or facts.behind_loader:
        return False
    state = facts.state
    if state is None:
        return job.recovery and facts.state_problem is None
    running = [(state.active(part.number), part.file_image) for part in job.parts]
    if all(entry is not None and image.goes_by(entry.hash) for entry, image in running):
        return False
    return job.recovery or facts.runs_from_only_slot


def _noted(note: Text) -> Check:
    return Check(Tone.NEUTRAL, Coded("file-note", "{note}", note=note))


def _several(facts: DeviceFacts, parts: tuple[ImagePlan, ...]) -> Obstacle | None:
    """Several images are put in place by one restart where each waits in a slot of its own."""
    if len(parts) == 1:
        return None
    if facts.mode is BootloaderMode.FIRMWARE_LOADER:
        why = Text("Its firmware loader takes the application alone")
    elif facts.mode in ONE_SLOT:
        why = Text("It has one slot, which is overwritten at once")
    elif facts.in_recovery:
        why = Text("Its serial recovery overwrites one after the other")
    elif facts.mode in IN_PLACE | FROM_RAM:
        why = Text("Its bootloader starts one image, the one with the higher version")
    else:
        return None
    return Obstacle(
        Coded("several-images-at-once", "This device does not take several images at once"),
        why,
        Text("Update one image after the other, each with its number"),
    )


def _first_obstacle(cases: list[tuple[Case, ImageName]], plan: Plan) -> Obstacle | None:
    for case, name in cases:
        found = obstacle(case, plan.beside)
        if found is None and plan.needs_restart and not case.action.needs_restart:
            found = on_test(case)  # the restart for the others would end its test
        if found is not None:
            return replace(found, what=_of_image(case, name, found.what))
    return None


def _of_image(case: Case, name: ImageName, text: Coded) -> Coded:
    """What is said of one of several names it."""
    return _of(name, text) if case.arriving else text


def _of(name: ImageName, text: Coded) -> Coded:
    return text.within(Text("{image}: {text}", image=name.title, text=text))


def _judge(
    facts: DeviceFacts,
    part: JobPart,
    job: Job,
    chosen: tuple[JobPart, ...],
    name: ImageName,
    rate: float | None,
    memory: Memory,
    experience: Experience,
) -> tuple[Case, list[Coded], ImagePlan]:
    """One image of the job: what is looked at, what has to be agreed to, what happens to it."""
    image, number, mode = part.file_image, part.number, job.mode
    outside = facts.in_recovery or facts.in_loader
    state = facts.state
    entries = state.of(number) if state is not None else ()
    before = state.active(number) if state is not None else None
    if facts.in_loader or (before is None and facts.in_recovery):
        before = next((entry for entry in entries if entry.slot == 0), None)
    action = Action.UPLOAD if outside else _action(entries, before, image, mode)
    if facts.application_ran and before is not None and image.goes_by(before.hash):
        action = Action.RESTART
    if facts.behind_loader:
        action = Action.NOTHING if action in NO_RESTART else Action.UPLOAD
    waits_for_good = action is Action.RESTART and any(
        entry.permanent and entry.hash == image.hash for entry in entries
    )
    # Servers confirm only the application's own image by default: another one on test would return
    # to the old one at the restart after the next.
    stays = number > 0 and mode.keeps and action in (Action.UPLOAD, Action.MARK)
    effective = Mode.PERMANENT if waits_for_good or stays else mode
    data = _data(facts, image, effective)
    seen = memory(before.hash) if before is not None and before.hash else None
    others = {it.number: it.file_image for it in chosen if it is not part}
    case = Case(
        facts,
        image,
        number,
        len(data),
        before,
        entries,
        action,
        part.signature,
        seen,
        part.signer,
        others,
        part.told,
        part.slot,
        is_of_pair=any(it.number == number and it is not part for it in job.parts),
    )
    back = way_back(case, effective)
    is_final = effective.is_for_good or case.returns or case.is_first
    made = ImagePlan(
        file_image=image,
        number=number,
        slot=case.upload_slot,
        mode=mode,
        action=action,
        data=data,
        before=before,
        checks=tuple(checks(case)),
        way_back=back,
        enters_loader=action is Action.UPLOAD and facts.behind_loader,
        overwrites_running=action is Action.UPLOAD
        and (outside or facts.behind_loader or facts.mode in ONE_SLOT),
        starts_unmarked=None if facts.mode in NOT_TOLD else facts.mode in BY_VERSION,
        is_permanent=effective.is_for_good,
        can_roll_back=False if is_final else facts.can_roll_back,
        reverts=facts.can_roll_back,
        returns=case.returns,
        is_first=case.is_first,
        upload_seconds=experience.upload_of(len(data)) or (len(data) / rate if rate else None),
        swap_seconds=_swap_seconds(facts, image),
        name=name,
    )
    return case, [_of_image(case, name, sentence) for sentence in consent(case, effective)], made


def _data(facts: DeviceFacts, image: McubootImage, mode: Mode) -> bytes:
    """What is sent. A trailer that says "confirmed" would end the test before it began."""
    trailer = image.trailer
    keeps_itself = trailer is not None and trailer.image_ok is Flag.SET and not mode.is_for_good
    wants_trailer = facts.mode is BootloaderMode.DIRECT_XIP_REVERT and not keeps_itself
    return image.data if wants_trailer else image.unpadded()


def _action(
    entries: tuple[ImageEntry, ...], before: ImageEntry | None, image: McubootImage, mode: Mode
) -> Action:
    """What lies in the other slot is this file only by the file's own hash, in the form it was
    sent in; what runs may have been unpacked."""
    others = [entry for entry in entries if entry is not before]
    if before is not None and before.active and image.goes_by(before.hash):
        if not before.confirmed and mode.keeps:
            return Action.CONFIRM
        if any(entry.pending and not image.goes_by(entry.hash) for entry in others):
            return Action.CLEAR
        return Action.NOTHING
    waiting = next((entry for entry in others if entry.hash == image.hash), None)
    if waiting is None or before is None:
        return Action.UPLOAD
    comes_back = waiting.confirmed and not before.confirmed
    return Action.RESTART if waiting.pending or comes_back else Action.MARK


def _swap_seconds(facts: DeviceFacts, image: McubootImage) -> float:
    if facts.in_recovery:
        return 0.0
    size = max(image.size, image.installed_size or 0)
    if facts.mode in SWAPS or facts.mode is None:
        return size / _SWAP_RATE
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return size / _COPY_RATE
    return 0.0
