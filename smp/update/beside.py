"""What a restart does to the other images of a device, before and after.

A bootloader deals with all its images at every start: what waits is started, whatever it waits for,
and what runs as a test without having been confirmed goes back. So an update of one image does more
than its file says.

Source: mcu-tools/mcuboot boot/bootutil/src/loader.c (context_boot_go, one pass an image).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update.case import BY_VERSION
from smp.update.choice import Candidate
from smp.update.phrases import begun, named


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
    def text(self) -> Coded:
        if not self.starts:
            assert self.now is not None
            return Coded(
                "restart-ends-other-test",
                "The restart also ends the test of {version} as image {number}, which is not "
                "confirmed: it returns to {old}",
                version=named(self.now.version),
                number=self.then.image,
                old=named(self.then.version),
            )
        started = _as_image(self.then, self.now)
        if self.is_known and self.is_final:
            return Coded(
                "restart-starts-other-for-good",
                "The restart also starts {image}, for good",
                image=started,
            )
        if self.is_known:
            return Coded(
                "restart-starts-other-test",
                "The restart also starts {image}, as a test",
                image=started,
            )
        if self.is_final:
            return Coded(
                "restart-starts-other-probably-final",
                "The restart also starts {image}, for good, and the device does not tell whether "
                "it can go back",
                image=started,
            )
        return Coded(
            "restart-starts-other-not-told",
            "The restart also starts {image}, where it waits, and the device does not tell whether "
            "it can go back",
            image=started,
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


def changes(facts: DeviceFacts, numbers: Collection[int]) -> tuple[Change, ...]:
    """What the next restart does to other images than these."""
    state = facts.state
    others = _others(state, numbers) if state is not None else []
    found = (_change(facts, state, other) for other in others)
    return tuple(change for change in found if change is not None)


def consent(found: Iterable[Change]) -> list[Coded]:
    """What of it has to be agreed to."""
    return [it.text for it in found if it.is_asked_for]


def remarks(
    facts: DeviceFacts | None,
    numbers: Collection[int],
    restarts: Iterable[tuple[ImageState, ImageState | None]],
    latest: ImageState | None,
    *,
    is_lost: bool = False,
) -> list[Text]:
    """What became of other images than `numbers`, and what waits for them now.

    restarts: the lists before and after each restart, the latter None where it was not read;
    latest: the newest list, None if there is none since the last restart. is_lost: the device does
    not answer any more, so that nobody knows whether it has restarted since.
    """
    if facts is None:
        return []
    told: list[Text] = []
    for before, after in restarts:
        now = after or latest
        for each in _others(before, numbers):
            told += _doubtful(facts, before, each) if now is None else _became(before, now, each)
    if latest is not None and latest.has_flags:
        for each in _others(latest, numbers):
            for waits in _waiting(facts, latest, each):
                told.append(
                    Text("{remark}, as it was read last", remark=waits) if is_lost else waits
                )
    return list(dict.fromkeys(told))


def _others(state: ImageState, numbers: Collection[int]) -> list[int]:
    return sorted({entry.image for entry in state.entries}.difference(numbers))


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
    if now is not None and idle and facts.mode in BY_VERSION:
        # Lists show as waiting only what has the higher version; slot 0 wins among equal ones.
        starts = Candidate.of(idle[0]).wins(Candidate.of(now))
        return Change(now, idle[0], True, True, is_known) if starts else None
    if now is None or now.confirmed or facts.can_roll_back is False or not idle:
        return None
    return Change(now, idle[0], False, False, is_known)


# -- afterwards -----------------------------------------------------------------------------------


def _as_image(entry: ImageEntry, old: ImageEntry | None) -> Text:
    """An image by its number, and what ran as that before."""
    version, number = named(entry.version), entry.image
    if old is None:
        return Text("{version} as image {number}", version=version, number=number)
    return Text(
        "{version} as image {number} in place of {old}",
        version=version,
        number=number,
        old=named(old.version),
    )


def _doubtful(facts: DeviceFacts, before: ImageState, number: int) -> list[Text]:
    change = _change(facts, before, number)
    if change is None:
        return []
    version = named(change.then.version)
    if change.starts:
        return [
            Text(
                "Whether {version}, which waited as image {number}, was started, too, is not known",
                version=version,
                number=number,
            )
        ]
    return [
        Text(
            "Whether image {number} returned to {version} is not known",
            number=number,
            version=version,
        )
    ]


def _became(before: ImageState, now: ImageState, number: int) -> list[Text]:
    if not now.has_flags:
        return []
    was, runs = before.active(number), now.active(number)
    waited = next((e for e in before.of(number) if e.pending and not e.active), None)
    if runs is None:
        gone = was is not None
        if not gone:
            return []
        return [Text("Image {number} is not listed as running any more", number=number)]
    if was is None or was.hash != runs.hash:
        return [_runs_now(number, was, runs, waited)]
    if waited is not None and not any(e.pending for e in now.of(number)):
        return [
            Text(
                "{version} waited as image {number}; now it does not run and waits no more",
                version=begun(waited.version),
                number=number,
            )
        ]
    return []


def _runs_now(
    number: int, was: ImageEntry | None, runs: ImageEntry, waited: ImageEntry | None
) -> Text:
    """Another image than before."""
    version = named(runs.version)
    if waited is not None and waited.hash == runs.hash:
        return Text("The restart also started {image}", image=_as_image(runs, was))
    if was is None:
        return Text("Image {number} now runs {version}", number=number, version=version)
    if not was.confirmed:
        return Text(
            "The restart also returned image {number} to {version}: {tried} ran as a test and was "
            "not confirmed",
            number=number,
            version=version,
            tried=named(was.version),
        )
    return Text(
        "Image {number} now runs {version} in place of {old}",
        number=number,
        version=version,
        old=named(was.version),
    )


def _waiting(facts: DeviceFacts, state: ImageState, number: int) -> list[Text]:
    """What the next restart does to it."""
    change = _change(facts, state, number)
    if change is None:
        return []
    then = named(change.then.version)
    if not change.starts:
        assert change.now is not None
        return [
            Text(
                "Image {number} runs {version} as a test: the next restart returns it to {old} "
                "unless it is confirmed",
                number=number,
                version=named(change.now.version),
                old=then,
            )
        ]
    then = begun(change.then.version)
    if change.is_final:
        return [
            Text(
                "{version} waits as image {number}: the next restart starts it for good",
                version=then,
                number=number,
            )
        ]
    return [
        Text(
            "{version} waits as image {number}: the next restart starts it as a test",
            version=then,
            number=number,
        )
    ]
