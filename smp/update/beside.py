"""What a restart does to the other images of a device, before and after.

A bootloader deals with all its images at every start: what waits is started, whatever it waits for,
and what runs as a test without having been confirmed goes back. So an update of one image does more
than its file says.

Source: mcu-tools/mcuboot boot/bootutil/src/loader.c (context_boot_go, one pass an image).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.update.phrases import named

_BEFORE = ", as it was read last"


@dataclass(frozen=True, slots=True)
class Change:
    """`then` runs after the restart in place of `now`."""

    now: ImageEntry | None
    then: ImageEntry
    starts: bool
    """It waits for the restart; otherwise it ran before, and the test of `now` ends."""
    is_final: bool
    """Nothing returns from it."""
    is_known: bool
    """The device tells whether anything does."""

    @property
    def is_asked_for(self) -> bool:
        """It has to be agreed to before a restart."""
        return self.starts and (self.is_final or not self.is_known)

    @property
    def text(self) -> str:
        which = f"as image {self.then.image}"
        if not self.starts:
            assert self.now is not None
            return (
                f"The restart also ends the test of {named(self.now.version)} {which}, which is "
                f"not confirmed: it returns to {named(self.then.version)}"
            )
        kind = "for good" if self.is_final else "as a test"
        place = f" in place of {named(self.now.version)}" if self.now is not None else ""
        told = "" if self.is_known else ", and the device does not tell whether it can go back"
        return (
            f"The restart also starts {named(self.then.version)} {which}{place}, "
            f"{kind if self.is_known or self.is_final else 'where it waits'}{told}"
        )


def following(facts: DeviceFacts, number: int) -> ImageEntry | None:
    """What the device will have as image `number` after its next restart, if nothing is sent."""
    change = _change(facts, facts.state, number)
    if change is not None:
        return change.then
    state = facts.state
    if state is None:
        return None
    running = state.active(number)
    return running or next((entry for entry in state.of(number) if entry.slot == 0), None)


def changes(facts: DeviceFacts, number: int) -> tuple[Change, ...]:
    """What the next restart does to other images than this one."""
    return _changes(facts, facts.state, number)


def consent(found: Iterable[Change]) -> list[str]:
    """What of it has to be agreed to."""
    return [it.text for it in found if it.is_asked_for]


def remarks(
    facts: DeviceFacts | None,
    number: int,
    restarts: Iterable[tuple[ImageState, ImageState | None]],
    latest: ImageState | None,
    *,
    is_lost: bool = False,
) -> list[str]:
    """What became of the other images, and what waits for them now.

    restarts: the lists before and after each restart, the latter None where it was not read;
    latest: the newest list, None if there is none since the last restart. is_lost: the device does
    not answer any more, so that nobody knows whether it has restarted since.
    """
    if facts is None:
        return []
    told: list[str] = []
    for before, after in restarts:
        now = after or latest
        for each in _others(before, number):
            told += _doubtful(facts, before, each) if now is None else _became(before, now, each)
    if latest is not None and latest.has_flags:
        for each in _others(latest, number):
            told += (
                f"{text}{_BEFORE if is_lost else ''}" for text in _waiting(facts, latest, each)
            )
    return list(dict.fromkeys(told))


def _others(state: ImageState, number: int) -> list[int]:
    return sorted({entry.image for entry in state.entries} - {number})


def _changes(facts: DeviceFacts, state: ImageState | None, number: int) -> tuple[Change, ...]:
    others = _others(state, number) if state is not None else []
    found = (_change(facts, state, other) for other in others)
    return tuple(change for change in found if change is not None)


def _change(facts: DeviceFacts, state: ImageState | None, number: int) -> Change | None:
    if state is None or not state.has_flags:
        return None
    now = state.active(number)
    idle = [entry for entry in state.of(number) if not entry.active]
    is_known = facts.mode is not BootloaderMode.UNKNOWN
    waiting = next((entry for entry in idle if entry.pending), None)
    if waiting is not None:
        is_final = waiting.permanent or facts.can_roll_back is False
        return Change(now, waiting, True, is_final, is_known)
    if now is None or now.confirmed or facts.can_roll_back is False or not idle:
        return None
    return Change(now, idle[0], False, False, is_known)


# -- afterwards -----------------------------------------------------------------------------------


def _doubtful(facts: DeviceFacts, before: ImageState, number: int) -> list[str]:
    change = _change(facts, before, number)
    if change is None:
        return []
    version, which = named(change.then.version), f"image {number}"
    if change.starts:
        return [f"Whether {version}, which waited as {which}, was started, too, is not known"]
    return [f"Whether {which} returned to {version} is not known"]


def _became(before: ImageState, now: ImageState, number: int) -> list[str]:
    if not now.has_flags:
        return []
    was, runs = before.active(number), now.active(number)
    waited = next((e for e in before.of(number) if e.pending and not e.active), None)
    if runs is None:
        gone = was is not None
        return [f"Image {number} is not listed as running any more"] if gone else []
    if was is None or was.hash != runs.hash:
        place = f" in place of {named(was.version)}" if was is not None else ""
        if waited is not None and waited.hash == runs.hash:
            return [f"The restart also started {named(runs.version)} as image {number}{place}"]
        if was is not None and not was.confirmed:
            return [
                f"The restart also returned image {number} to {named(runs.version)}: "
                f"{named(was.version)} ran as a test and was not confirmed"
            ]
        return [f"Image {number} now runs {named(runs.version)}{place}"]
    if waited is not None and not any(e.pending for e in now.of(number)):
        return [
            f"{named(waited.version)} waited as image {number}; now it does not run and waits no "
            "more"
        ]
    return []


def _waiting(facts: DeviceFacts, state: ImageState, number: int) -> list[str]:
    """What the next restart does to it."""
    change = _change(facts, state, number)
    if change is None:
        return []
    then = named(change.then.version)
    if not change.starts:
        assert change.now is not None
        return [
            f"Image {number} runs {named(change.now.version)} as a test: the next restart returns "
            f"it to {then} unless it is confirmed"
        ]
    kind = "for good" if change.is_final else "as a test"
    return [f"{then} waits as image {number}: the next restart starts it {kind}"]
