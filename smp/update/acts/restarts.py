"""What the next restart brings, whether into the firmware or into the bootloader."""

from __future__ import annotations

from dataclasses import replace

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.text import NOTHING, Coded, Text, sentences
from smp.update.acts.kinds import Judgement
from smp.update.acts.stored import Slots
from smp.update.beside import Change, changes
from smp.update.beside import consent as consent_beside
from smp.update.case import BY_VERSION
from smp.update.choice import Candidate
from smp.update.deeds import of_slot, of_slot_begun
from smp.update.phrases import named


def after_restart(slots: Slots) -> Judgement:
    """A restart is always possible: whoever answers can be asked for it."""
    facts, act = slots.facts, slots.act
    running = slots.running
    found = _changes(facts)
    own = next((it for it in found if it.then.image == act.image), None)
    others = [it for it in found if it is not own]
    consents = [*_own_consent(own), *consent_beside(others)]
    after = sentences(_own(slots, own), *(it.text for it in others))
    then = own.then if own is not None else running
    slot = then.slot if then is not None else 0
    return Judgement(act, after, consents=tuple(consents), entry=then, slot=slot, running=running)


def into_recovery(slots: Slots) -> Judgement:
    """What waits does not start, and what is on test is not returned from, before the restart
    after that."""
    facts = slots.facts
    if facts.mode is BootloaderMode.FIRMWARE_LOADER:
        after = Text(
            "The device restarts into its firmware loader, if its firmware knows that, and waits "
            "there"
        )
        return _stopping(slots, after, is_done=facts.in_loader)
    after = Text(
        "The device restarts into its bootloader, if its firmware knows that, and waits in serial "
        "recovery. Some leave it by themselves after a while"
    )
    made = _stopping(slots, after, is_done=facts.in_recovery)
    if not facts.leaves_link_in_recovery or made.is_done:
        return made
    return replace(made, consents=(*made.consents, _OUT_OF_REACH))


def _stopping(slots: Slots, after: Text, *, is_done: bool) -> Judgement:
    """The application is gone until somebody restarts the device, and it may be out of reach."""
    asked = Coded(
        "application-stops-until-restart",
        "Its application does not run until the device is restarted again; if it cannot be reached "
        "then, somebody has to switch it off and on",
    )
    consents = () if is_done else (asked,)
    return Judgement(slots.act, after, consents=consents, running=slots.running, is_done=is_done)


_OUT_OF_REACH = Coded(
    "recovery-out-of-reach",
    "Serial recovery answers at a serial port: over this link the device is not reached any more "
    "until it leaves it, or is switched off and on",
)


def _changes(facts: DeviceFacts) -> tuple[Change, ...]:
    return () if facts.in_recovery or facts.in_loader else changes(facts, ())


def _own_consent(own: Change | None) -> list[Coded]:
    """What has to be agreed to."""
    if own is None or not own.is_asked_for:
        return []
    if own.is_final:
        return [
            Coded(
                "restart-starts-for-good",
                "{version} waits: the restart starts it for good, and nothing returns from it by "
                "itself",
                version=named(own.then.version),
            )
        ]
    return [
        Coded(
            "restart-starts-not-told",
            "{version} waits: the restart starts it, and the device does not tell whether it can "
            "go back",
            version=named(own.then.version),
        )
    ]


def _unmarked(slots: Slots, running: ImageEntry) -> Text:
    """What becomes of an image that lies there without waiting, where versions may decide."""
    stored, mode = slots.stored_beside, slots.facts.mode
    if stored is None:
        return NOTHING
    wins = Candidate.of(stored).wins(Candidate.of(running))
    if wins is False:
        return NOTHING
    if slots.versions_may_decide and wins:
        return Text(
            "If its bootloader goes by version, which it does not tell, it starts {image} instead",
            image=of_slot(stored),
        )
    if mode in BY_VERSION:
        return Text(
            "It may start {image} instead: it runs the image with the higher version, and which is "
            "higher cannot be told for certain, since most do not compare build numbers",
            image=of_slot(stored),
        )
    if mode is not BootloaderMode.DIRECT_XIP_REVERT:
        return NOTHING
    if Candidate.of(running).is_lower_than(Candidate.of(stored)):
        return Text(
            "{image} has the higher version and is not marked: this bootloader erases it then",
            image=of_slot_begun(stored),
        )
    return Text(
        "This bootloader may start {image} instead if that is marked, and erase it if it is not: "
        "the device does not tell which",
        image=of_slot(stored),
    )


def _own(slots: Slots, own: Change | None) -> Text:
    """What it does to the image that the act is about."""
    facts, running = slots.facts, slots.running
    if facts.in_recovery:
        return Text("The device leaves serial recovery and starts its firmware")
    if facts.in_loader and not any(it.slot == 0 for it in slots.entries):
        return Text(
            "The device restarts, and most likely starts its firmware loader again: that lists no "
            "application"
        )
    if facts.in_loader:
        return Text("The device leaves its firmware loader and starts its application")
    if running is None:
        return Text("The device restarts. What it runs then it does not tell beforehand")
    now = named(running.version)
    if own is None:
        again = Text("The device restarts and runs {version} again", version=now)
        return sentences(again, _unmarked(slots, running))
    then = named(own.then.version)
    if not own.starts:
        return Text(
            "The device restarts, which ends the test of {now}, and runs {then} again",
            now=now,
            then=then,
        )
    if own.is_final:
        return Text(
            "The device restarts and runs {then} in place of {now}, for good", then=then, now=now
        )
    return Text(
        "The device restarts and runs {then} in place of {now}, as a test", then=then, now=now
    )
