"""What forbids an update before the first byte is sent."""

from __future__ import annotations

from smp.errors import MalformedPacket
from smp.image import HashCheck
from smp.update.case import Case
from smp.update.fit import too_large
from smp.update.kinds import NO_RESTART, Action, Obstacle, Remedy


def obstacle(case: Case) -> Obstacle | None:
    """The first of them; None if nothing forbids it."""
    found = _distrust(case) or _mute(case) or _no_such_image(case) or _unusable(case)
    if found is not None or case.action in NO_RESTART:
        return found
    return _on_test(case) or too_large(case) or _downgrade(case)


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
    return Obstacle(
        "This device cannot be updated over SMP",
        "Its firmware has no image management",
        "Ask the firmware's author to enable the image group, or use a debugger",
    )


def _no_such_image(case: Case) -> Obstacle | None:
    facts = case.facts
    entries = facts.state.entries if facts.state is not None else ()
    numbers = {slot.image for slot in facts.slots} or {e.image for e in entries} | {0}
    if case.number in numbers:
        return None
    return Obstacle(
        f"This device has no image number {case.number}",
        f"It has {', '.join(map(str, sorted(numbers)))}",
        "Choose another image number",
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


def _on_test(case: Case) -> Obstacle | None:
    before = case.before
    if before is None or not before.active or before.confirmed or case.action is Action.RESTART:
        return None
    return Obstacle(
        f"The running image {before.version} is not confirmed",
        "It runs as a test, and the other slot holds the image to return to",
        "Confirm the running image, or restart the device so that it returns to the old one",
        (Remedy.CONFIRM_RUNNING, Remedy.RESTART),
    )


def _downgrade(case: Case) -> Obstacle | None:
    running = case.running
    if running is None or not case.image.version < running or not case.facts.no_downgrade:
        return None
    return Obstacle(
        f"The device runs {case.running_text} and does not go back to {case.image.version}",
        "Its bootloader was built to refuse older versions",
        "Use a file with a higher version",
    )
