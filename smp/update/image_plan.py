"""What an update would do to one image of the device. Pure: facts in, plan out."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import McubootImage
from smp.image.trailer import Flag
from smp.survey import DeviceFacts
from smp.text import Coded
from smp.update.case import BY_VERSION, NOT_TOLD, ONE_SLOT, Case
from smp.update.checks import checks
from smp.update.consent import consent, way_back
from smp.update.estimates import erase_seconds, swap_seconds
from smp.update.experience import Experience
from smp.update.image_name import ImageName
from smp.update.job import Job, JobPart
from smp.update.kinds import NO_RESTART, Action, Mode
from smp.update.planned import ImagePlan, of_named
from smp.update.seen import Memory


def judge_part(
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
        upload_seconds=experience.upload_of(len(data))
        or (erase_seconds(case) + len(data) / rate if rate else None),
        swap_seconds=swap_seconds(facts, image),
        name=name,
    )
    return case, [of_image(case, name, sentence) for sentence in consent(case, effective)], made


def of_image(case: Case, name: ImageName, text: Coded) -> Coded:
    """What is said of one of several names it."""
    return of_named(name, text) if case.arriving else text


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
