"""What forbids an update before the first byte is sent."""

from __future__ import annotations

from smp.commands.os import BootloaderMode
from smp.errors import MalformedPacket
from smp.image import HashCheck
from smp.packet import HEADER_SIZE
from smp.update.beside import Change
from smp.update.case import HIGHEST_WINS, Case
from smp.update.deeds import of_slot
from smp.update.demands import unmet
from smp.update.fit import too_large
from smp.update.kinds import NO_RESTART, Action, Obstacle, Remedy
from smp.update.phrases import listed, named

_AROUND_THE_LIST = 24
"""Bytes of an image list besides its entries: two keys, the status of a split image, brackets."""
START_THE_LOADER = (
    "Start the device into its firmware loader (often a button held while it is switched on), then "
    "choose it in the list again"
)


def obstacle(case: Case, beside: tuple[Change, ...] = ()) -> Obstacle | None:
    """The first of them; None if nothing forbids it.

    beside: what a restart does to other images.
    """
    found = _distrust(case) or _mute(case) or _no_such_image(case) or _unusable(case)
    if found is not None or case.action in NO_RESTART:
        return found
    return (
        _outside_the_loader(case)
        or _the_loader_itself(case)
        or _nameless(case)
        or _on_test(case, beside)
        or too_large(case)
        or unmet(case)
        or _downgrade(case)
        or _unlistable(case)
    )


def _distrust(case: Case) -> Obstacle | None:
    if case.signature is None or case.signature.is_from_key:
        return None
    return Obstacle(
        "The file is not signed with the key you trust",
        case.signature.words,
        "Use a file that is signed with that key, or check which key is the right one",
    )


def _mute(case: Case) -> Obstacle | None:
    """A device that cannot be updated, or does not say what it holds."""
    facts = case.facts
    if facts.state is not None:
        return None
    if facts.state_problem is not None:
        problem = facts.state_problem
        told = problem.what if isinstance(problem, MalformedPacket) else problem.detail
        return Obstacle(
            "The device does not tell which images it has",
            f"{problem.why} ({told})" if told else problem.why,
            problem.next_step,
        )
    if facts.mode is BootloaderMode.FIRMWARE_LOADER:
        return Obstacle(
            "The device runs its application, which takes no update",
            "Its updates are taken by a firmware loader, a small program that runs by itself",
            START_THE_LOADER,
        )
    return Obstacle(
        "This device cannot be updated over SMP",
        "Its firmware has no image management",
        "Ask the firmware's author to enable the image group, or use a debugger",
    )


def _no_such_image(case: Case) -> Obstacle | None:
    if case.is_wanted:
        return None
    facts = case.facts
    known = facts.slots or (facts.state is not None and facts.state.entries)
    numbers = sorted(facts.image_numbers) if known else []
    kind = "image number" if len(numbers) == 1 else "the image numbers"
    return Obstacle(
        f"This device has no image number {case.number}",
        f"It lists {kind} {listed([str(n) for n in numbers])}"
        if numbers
        else "It lists no image at all",
        "Choose the number of the image that this file is made for",
    )


def _outside_the_loader(case: Case) -> Obstacle | None:
    """An upload to the running application would go over the loader that lies in slot 1."""
    before = case.before
    is_loader_mode = case.facts.mode is BootloaderMode.FIRMWARE_LOADER
    if not is_loader_mode or case.facts.in_loader or before is None or not before.active:
        return None
    return Obstacle(
        "The device runs its application, not its firmware loader",
        "An update is taken by the firmware loader; the application could only overwrite that one",
        START_THE_LOADER,
    )


def _the_loader_itself(case: Case) -> Obstacle | None:
    """Its own image would go over the application."""
    active = case.facts.state.active(case.number) if case.facts.state is not None else None
    if not case.facts.in_loader or active is None or not case.image.goes_by(active.hash):
        return None
    return Obstacle(
        "This file is the firmware loader itself",
        f"It runs in slot {active.slot} now, and takes only the application, for slot 0",
        "Choose the application's file",
    )


def _unusable(case: Case) -> Obstacle | None:
    """What is wrong with the file for any device."""
    if case.image.hash_check is HashCheck.DIFFERS:
        return Obstacle(
            "The file is damaged",
            "Its contents do not match the hash inside it",
            "Get the file again from where it was built",
        )
    if case.image.hash_check is HashCheck.MISSING:
        return Obstacle(
            "The file cannot be identified",
            "It holds no hash, so nobody can prove that a device runs it",
            "Sign it again with a current imgtool",
        )
    if not case.image.is_bootable:
        return Obstacle(
            "This image cannot run by itself",
            "It is marked as not bootable",
            "Choose the application's image",
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
        what = "The device does not tell which of its images runs"
    elif case.before is not None and case.before.hash is None:
        what = "The device does not tell the hashes of its images"
    else:
        return None
    return Obstacle(
        what,
        "Nobody could prove afterwards that it runs this file",
        "Ask the firmware's author to have the image list complete, or use a debugger",
    )


def _on_test(case: Case, beside: tuple[Change, ...]) -> Obstacle | None:
    before = case.before
    if before is None or not before.active or before.confirmed or case.action is Action.RESTART:
        return None
    others = [entry for entry in case.entries if entry is not before]
    waiting = next((entry for entry in others if entry.pending), None)
    running = " ".join(f"The running image {before.version}".split())
    if waiting is not None:
        why = f"{of_slot(waiting)} waits for the next restart"
        does = f"which starts {named(waiting.version)}"
    elif others:
        why = f"the next restart returns to {of_slot(others[0])}"
        does = f"so that it returns to {named(others[0].version)}"
    else:
        why, does = "no image to return to is listed", "which may keep it"
    return Obstacle(
        f"{running} is not confirmed",
        ". ".join([f"It runs as a test, and {why}", *(it.text for it in beside)]),
        f"Confirm the running image, or restart the device, {does}",
        (Remedy.CONFIRM_RUNNING, Remedy.RESTART),
    )


def _unlistable(case: Case) -> Obstacle | None:
    """With one image more, the device's list would not fit into its buffer: nothing could be
    proven after the upload."""
    state, parameters = case.facts.state, case.facts.parameters
    if state is None or parameters is None or not state.entries or case.before is None:
        return None
    listed = any(entry.slot != case.before.slot for entry in case.entries)
    if case.action is not Action.UPLOAD or listed:
        return None
    each = -(-(state.answer_size - _AROUND_THE_LIST) // len(state.entries))
    needed = HEADER_SIZE + state.answer_size + each
    if needed <= parameters.buf_size:
        return None
    return Obstacle(
        "This device could not list its images any more",
        f"With {case.image.version} stored, its list would have about {needed} bytes, and its "
        f"buffers hold {parameters.buf_size}: nobody could prove the update",
        "Ask the firmware's author for larger buffers (CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE), or "
        "erase a slot that is not needed",
    )


def _downgrade(case: Case) -> Obstacle | None:
    running = case.running
    if running is None or case.returns or not case.image.version < running:
        return None
    has = f"The device {'runs' if case.is_running else 'has'} {case.running_text}"
    if case.facts.mode in HIGHEST_WINS:
        return Obstacle(
            f"{has} and would not start {case.image.version}",
            "Its bootloader runs the image with the higher version, whatever else it is told",
            "Use a file with a higher version",
        )
    if not case.facts.no_downgrade:
        return None
    return Obstacle(
        f"{has} and does not go back to {case.image.version}",
        "Its bootloader was built to refuse older versions",
        "Use a file with a higher version",
    )
