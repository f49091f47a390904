"""The plan: what a file would do to a device, and what forbids it. Pure: facts in, plan out."""

from __future__ import annotations

from dataclasses import replace

from smp.commands.image import ImageState
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update import pairs
from smp.update.beside import changes
from smp.update.beside import consent as consent_beside
from smp.update.case import FROM_RAM, IN_PLACE, ONE_SLOT, Case
from smp.update.consent import ENTERS_RECOVERY
from smp.update.estimates import way_in_seconds
from smp.update.experience import BOOT, NONE, WATCH, Experience
from smp.update.image_name import ImageName, names
from smp.update.image_plan import judge_part, of_image
from smp.update.job import Job
from smp.update.kinds import Action, Check, Mode, Obstacle, Remedy, Tone
from smp.update.obstacles import forbidden, obstacle, on_test
from smp.update.planned import ImagePlan, Plan
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
        judge_part(facts, part, job, chosen, called[part.number], rate, memory, experience)
        for part in chosen
    ]
    parts = tuple(part for _, _, part in judged)
    consents = [ENTERS_RECOVERY] if enters else []
    consents += [sentence for _, wanted, _ in judged for sentence in wanted]
    notes = [*map(_noted, job.notes), *_way(facts, enters=enters)]
    plan = Plan(job.mode, parts, beside=others, notes=tuple(notes))
    if plan.needs_restart:
        consents += consent_beside(others)
    return replace(
        plan,
        obstacle=(_out_of_reach(facts) if enters else None)
        or _several(facts, parts)
        or _first_obstacle([(case, part.name) for case, _, part in judged], plan)
        or forbidden(plan.checks, job.forbids),
        consents=tuple(dict.fromkeys(consents)),
        enters_recovery=enters,
        way_in_seconds=way_in_seconds(facts, enters_recovery=enters),
        restart_seconds=experience.restart_of(plan.size)
        or BOOT + sum(part.swap_seconds for part in parts),
        verify_seconds=experience.verify or (WATCH if job.watch is None else job.watch),
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


def _way(facts: DeviceFacts, *, enters: bool) -> list[Check]:
    """Where serial recovery takes the update. Of a firmware loader each image says it."""
    if enters:
        text = Coded(
            "goes-through-recovery",
            "The application does not take it itself: the device is restarted into its "
            "bootloader's serial recovery, which does, and restarted again in the end",
        )
        return [Check(Tone.NEUTRAL, text)]
    if facts.in_recovery:
        text = Coded(
            "recovery-takes-it",
            "The bootloader's serial recovery runs and takes it; afterwards it is restarted",
        )
        return [Check(Tone.OK, text)]
    return []


def _out_of_reach(facts: DeviceFacts) -> Obstacle | None:
    """Serial recovery would wait where nobody asks: the restart into it would be for nothing."""
    if not facts.leaves_link_in_recovery:
        return None
    return Obstacle(
        Coded("recovery-not-on-this-link", "Its serial recovery does not answer over this link"),
        Text(
            "Only the bootloader's serial recovery can take this, which answers at a serial port. "
            "Restarted into it, the device would be out of reach here"
        ),
        Text("Connect the device by its serial port or USB, and start the update there"),
    )


def _noted(note: Text) -> Check:
    return Check(Tone.NEUTRAL, Coded("file-note", "{note}", note=note))


def _several(facts: DeviceFacts, parts: tuple[ImagePlan, ...]) -> Obstacle | None:
    """Several images are put in place by one restart where each waits in a slot of its own."""
    if len(parts) == 1:
        return None
    if facts.in_recovery:
        if _tells_images(facts):
            return None  # each over what it has of it, then one restart
        why = Text("Its serial recovery does not tell which images it has")
    elif facts.mode is BootloaderMode.FIRMWARE_LOADER:
        why = Text("Its firmware loader takes the application alone")
    elif facts.mode in ONE_SLOT:
        why = Text("It has one slot, which is overwritten at once")
    elif facts.mode in IN_PLACE | FROM_RAM:
        why = Text("Its bootloader starts one image, the one with the higher version")
    else:
        return None
    return Obstacle(
        Coded("several-images-at-once", "This device does not take several images at once"),
        why,
        Text("Update one part of it at a time, each with its image number"),
    )


def _tells_images(facts: DeviceFacts) -> bool:
    """Several, by number: a recovery that was built for one takes any number for that one."""
    is_numbered = facts.state is not None and facts.state.is_numbered
    return is_numbered or len(facts.image_numbers) > 1


def _first_obstacle(cases: list[tuple[Case, ImageName]], plan: Plan) -> Obstacle | None:
    for case, name in cases:
        found = obstacle(case, plan.beside)
        if found is None and plan.needs_restart and not case.action.needs_restart:
            found = on_test(case)  # the restart for the others would end its test
        if found is not None:
            return replace(found, what=of_image(case, name, found.what))
    return None
