"""What forbids an update before the first byte is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from smp.commands.os import BootloaderMode
from smp.errors import MalformedPacket
from smp.image import HashCheck
from smp.packet import HEADER_SIZE
from smp.survey import DeviceFacts
from smp.text import Coded, Text, outside, sentences
from smp.update.beside import Change
from smp.update.case import Case
from smp.update.choice import Candidate, candidate, passed_over
from smp.update.deeds import of_slot
from smp.update.demands import unmet
from smp.update.fit import too_large
from smp.update.kinds import NO_RESTART, Action, Check, Obstacle, Remedy, Tone
from smp.update.pairs import wrong_slot
from smp.update.phrases import listed, named
from smp.update.slot_taken import waits

_AROUND_THE_LIST = 24
"""Bytes of an image list besides its entries: two keys, the status of a split image, brackets."""
_HIGHER = Text("Use a file with a higher version")


def obstacle(case: Case, beside: tuple[Change, ...] = ()) -> Obstacle | None:
    """The first of them; None if nothing forbids it.

    beside: what a restart does to other images.
    """
    found = _distrust(case) or mute(case.facts) or _no_such_image(case) or _unusable(case)
    if found is not None or case.action in NO_RESTART:
        return found
    return (
        _the_loader_itself(case)
        or _nameless(case)
        or on_test(case, beside)
        or wrong_slot(case)
        or _taken(case)
        or too_large(case)
        or unmet(case)
        or _downgrade(case)
        or _unlistable(case)
    )


def forbidden(found: Iterable[Check], forbids: frozenset[str]) -> Obstacle | None:
    """What was found and only warns, but the job forbids it."""
    reasons = [it.text for it in found if it.text.code in forbids and it.tone is not Tone.OK]
    if not reasons:
        return None
    return Obstacle(
        Coded("forbidden-by-job", "What was found forbids this update, as the job says"),
        sentences(*reasons),
        Text("Use another file, or decide that this only warns"),
    )


def _distrust(case: Case) -> Obstacle | None:
    if case.signature is None or case.signature.is_from_key:
        return None
    return Obstacle(
        Coded("key-not-trusted", "The file is not signed with the key you trust"),
        case.signature.words,
        Text("Use a file that is signed with that key, or check which key is the right one"),
    )


def mute(facts: DeviceFacts) -> Obstacle | None:
    """A device that cannot be updated, or does not say what it holds."""
    if facts.state is not None or facts.behind_loader:
        return None
    if facts.state_problem is not None:
        problem = facts.state_problem
        is_odd = isinstance(problem, MalformedPacket)
        detail = problem.what if is_odd else outside(problem.detail)
        why = problem.why
        return Obstacle(
            Coded("images-not-told", "The device does not tell which images it has"),
            Text("{why} ({detail})", why=why, detail=detail) if detail else why,
            problem.next_step,
        )
    return Obstacle(
        Coded("no-image-management", "This device cannot be updated over SMP"),
        Text("Its firmware has no image management"),
        Text("Ask the firmware's author to enable the image group, or use a debugger"),
    )


def _no_such_image(case: Case) -> Obstacle | None:
    if case.is_wanted:
        return None
    facts = case.facts
    known = facts.slots or (facts.state is not None and facts.state.entries)
    numbers = sorted(facts.image_numbers) if known else []
    if not numbers:
        why = Text("It lists no image at all")
    elif len(numbers) == 1:
        why = Text("It lists image number {number}", number=numbers[0])
    else:
        why = Text(
            "It lists the image numbers {numbers}", numbers=listed([str(n) for n in numbers])
        )
    return Obstacle(
        Coded(
            "no-such-image-number", "This device has no image number {number}", number=case.number
        ),
        why,
        Text("Use a package that is made for this device")
        if case.told is not None and case.told.number is not None
        else Text("Choose the number of the image that this file is made for"),
    )


def _the_loader_itself(case: Case) -> Obstacle | None:
    """Its own image would go over the application."""
    state = case.facts.state
    if case.facts.mode is not BootloaderMode.FIRMWARE_LOADER or state is None:
        return None
    loader = next((entry for entry in state.of(case.number) if entry.slot == 1), None)
    if loader is None or not case.image.goes_by(loader.hash):
        return None
    return Obstacle(
        Coded("file-is-firmware-loader", "This file is the firmware loader itself"),
        Text("It has slot 1, and takes only the application, for slot 0"),
        Text("Choose the application's file"),
    )


def _unusable(case: Case) -> Obstacle | None:
    """What is wrong with the file for any device."""
    match case.image.hash_check:
        case HashCheck.DIFFERS:
            return Obstacle(
                Coded("file-contents-damaged", "The file is damaged"),
                Text("Its contents do not match the hash inside it"),
                Text("Get the file again from where it was built"),
            )
        case HashCheck.MISSING:
            return Obstacle(
                Coded("file-not-identified", "The file cannot be identified"),
                Text("It holds no hash, so nobody can prove that a device runs it"),
                Text("Sign it again with a current imgtool"),
            )
        case HashCheck.MATCHES | HashCheck.NOT_CHECKABLE:
            pass
        case _:
            assert_never(case.image.hash_check)
    if not case.image.is_bootable:
        return Obstacle(
            Coded("image-not-bootable", "This image cannot run by itself"),
            Text("It is marked as not bootable"),
            Text("Choose the application's image"),
        )
    return None


def _nameless(case: Case) -> Obstacle | None:
    """What runs afterwards could not be told from what runs now: a list without hashes, or one
    that leaves the running image out. Old firmware calls none but its own image the running one.
    """
    state = case.facts.state
    if state is None or not state.has_flags:
        return None
    loads = case.facts.mode is BootloaderMode.FIRMWARE_LOADER
    if case.before is None and case.entries and case.number == 0 and not loads:
        what = Coded("running-image-not-told", "The device does not tell which of its images runs")
    elif case.before is not None and case.before.hash is None:
        what = Coded("hashes-not-told", "The device does not tell the hashes of its images")
    else:
        return None
    return Obstacle(
        what,
        Text("Nobody could prove afterwards that it runs this file"),
        Text("Ask the firmware's author to have the image list complete, or use a debugger"),
    )


def on_test(case: Case, beside: tuple[Change, ...] = ()) -> Obstacle | None:
    """What runs as this number is not confirmed: a restart ends its test."""
    before = case.before
    if before is None or not before.active or before.confirmed or case.action is Action.RESTART:
        return None
    others = [entry for entry in case.entries if entry is not before]
    waiting = next((entry for entry in others if entry.pending), None)
    if waiting is not None:
        why = Text(
            "It runs as a test, and {image} waits for the next restart", image=of_slot(waiting)
        )
        step = Text(
            "Confirm the running image, or restart the device, which starts {version}",
            version=named(waiting.version),
        )
    elif others:
        why = Text(
            "It runs as a test, and the next restart returns to {image}", image=of_slot(others[0])
        )
        step = Text(
            "Confirm the running image, or restart the device, so that it returns to {version}",
            version=named(others[0].version),
        )
    else:
        why = Text("It runs as a test, and no image to return to is listed")
        step = Text("Confirm the running image, or restart the device, which may keep it")
    return Obstacle(
        Coded(
            "running-not-confirmed",
            "{image} is not confirmed",
            image=_running(before.version),
        ),
        sentences(why, *(it.text for it in beside)),
        step,
        (Remedy.CONFIRM_RUNNING, Remedy.RESTART),
    )


def _taken(case: Case) -> Obstacle | None:
    """Apache Mynewt neither replaces nor erases what waits for the next restart."""
    if not case.facts.family.is_mynewt or case.action is not Action.UPLOAD:
        return None
    waiting = next((entry for entry in case.entries if entry.pending), None)
    if waiting is None:
        return None
    found = waits(waiting, can_go=False)
    return Obstacle(found.what, found.why, found.next_step, found.remedies)


def _running(version: str) -> Text:
    if not version:
        return Text("The running image")
    return Text("The running image {version}", version=version)


def _unlistable(case: Case) -> Obstacle | None:
    """With one image more, the device's list would not fit into its buffer: nothing could be
    proven after the upload."""
    state, parameters = case.facts.state, case.facts.parameters
    if case.facts.in_recovery:
        return None  # it overwrites: nothing is listed besides
    if state is None or parameters is None or not state.entries or case.before is None:
        return None
    is_listed = any(entry.slot != case.before.slot for entry in case.entries)
    if case.action is not Action.UPLOAD or is_listed:
        return None
    each = -(-(state.answer_size - _AROUND_THE_LIST) // len(state.entries))
    stored = [str(version) for version in case.newly_listed]
    needed = HEADER_SIZE + state.answer_size + each * len(stored)
    if needed <= parameters.buf_size:
        return None
    return Obstacle(
        Coded("image-list-too-long", "This device could not list its images any more"),
        Text(
            "With {version} stored, its list would have about {needed} bytes, and its buffers hold "
            "{room}: nobody could prove the update",
            version=listed(stored) if len(stored) > 1 else stored[0],
            needed=needed,
            room=parameters.buf_size,
        ),
        Text(
            "Ask the firmware's author for larger buffers (CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE), "
            "or erase a slot that is not needed"
        ),
    )


def _downgrade(case: Case) -> Obstacle | None:
    running, before = case.running, case.before
    if running is None or before is None or case.returns:
        return None
    if case.is_running:
        has = Text("The device runs {version}", version=case.running_text)
    else:
        has = Text("The device has {version}", version=case.running_text)
    return passed_over(case.facts, candidate(case), Candidate.of(before), has, _HIGHER)
