"""Verdicts by how far an update had come: outcome and ending, and the words that matter in them.

The conformance tests come to most of these through a device; here are those that need a device
which does something odd at one moment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.errors import (
    DeviceError,
    LinkForbidden,
    LinkLost,
    MalformedPacket,
    NoAnswer,
    OtherDevice,
    SmpError,
)
from smp.text import Coded, Text
from smp.update.boot_log import BootLog
from smp.update.endings import broken as breaking
from smp.update.endings.broken import DamagedUpload, Reached
from smp.update.endings.cancelled import cancelled, outside
from smp.update.endings.good import already_running, proven
from smp.update.endings.loader import cancelled_out_of_it
from smp.update.endings.never_back import never_back
from smp.update.endings.not_held import not_held, rolled_back
from smp.update.endings.other_image import wrong_image
from smp.update.endings.overwriting import NOTHING_TAKEN, Taken
from smp.update.endings.recovery import left_by_itself
from smp.update.endings.unfinished import not_restarted
from smp.update.entering import LoaderLeft
from smp.update.events import Step
from smp.update.leaving import Left
from smp.update.plan import Action, ImagePlan, Mode
from smp.update.restart import NeverBack, Return
from smp.update.verdict import Ending, Outcome, Running, Verdict
from smp.update.watch import Fall, Sign
from tests.helpers.planning import OLD, device, entry, make_plan
from tests.helpers.updating import new_image

IMAGE = new_image()
OTHER = b"hash of another image".ljust(32, b"-")
WAS = Running("1.3.0", OLD, True)
HALF, ALL = Taken(9_000, 20_000), Taken(20_000, 20_000)
NEXT = "the next restart"


def plan(mode: Mode = Mode.CONFIRM, **changes: Any) -> ImagePlan:
    """Of the only image."""
    return replace(make_plan(device(), IMAGE, mode).last, **changes)


def broken(
    error: SmpError, step: Step | None, part: ImagePlan | None, was: Running | None, **more: Any
) -> Verdict:
    return breaking.broken(error, Reached(step, part, was, **more))


def ours(slot: int = 0, **more: Any) -> ImageEntry:
    return entry("1.4.2", slot, **{"hash": IMAGE.hash} | more)


def said(verdict: Verdict) -> str:
    return f"{verdict.headline}. {verdict.reason}. {verdict.next_step}"


def left(step: Step | None, **more: Any) -> Left:
    given = {"part": plan(), "is_marked": False, "restarts": False} | more
    return Left(step=step, **given)


def state(*entries: ImageEntry) -> ImageState:
    return ImageState(entries)


# -- never back -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rolls_back", "words"),
    [(True, "it returns to the old one"), (False, "serial recovery"), (None, "may return")],
)
def test_a_device_that_stays_away_after_the_restart(rolls_back: bool | None, words: str) -> None:
    verdict = never_back(NeverBack(90, None), plan(can_roll_back=rolls_back), WAS)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    assert words in verdict.next_step
    assert verdict.reason == "It did not answer for 90 s after the restart"
    assert verdict.was == WAS


@pytest.mark.parametrize("step", [Step.CHECK, Step.UPLOAD])
def test_a_device_that_stays_away_before_anything_of_the_file_could_start(step: Step) -> None:
    verdict = broken(NeverBack(90, None), step, plan(can_roll_back=True), WAS)
    assert verdict.ending is Ending.NEVER_BACK
    assert "returns" not in verdict.next_step


@pytest.mark.parametrize(
    ("rolls_back", "started", "returns"),
    [(True, True, True), (True, False, False), (False, True, False), (None, True, False)],
)
def test_a_device_that_is_back_and_tells_nothing(
    rolls_back: bool | None, started: bool, returns: bool
) -> None:
    error = NeverBack(90, DeviceError(8))
    verdict = never_back(error, plan(can_roll_back=rolls_back), WAS, started=started)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NO_IMAGE_STATE)
    assert ("returns to the old image" in verdict.next_step) == returns


def test_who_may_not_use_the_link_any_more_is_told_how_he_may() -> None:
    error = LinkForbidden(
        Coded("not-allowed", "Not allowed"),
        why=Text("The port belongs to root"),
        next_step=Text("Join the group"),
    )
    verdict = never_back(error, plan(), WAS)
    assert verdict.next_step == "Join the group"
    assert "The port belongs to root" in verdict.reason or "Not allowed" in verdict.reason
    assert never_back(LinkForbidden(Coded("not-allowed", "Not allowed")), plan(), WAS).next_step


# -- broken -----------------------------------------------------------------------------------


def test_a_damaged_upload_over_the_only_copy() -> None:
    error = DamagedUpload(is_listed=True)
    verdict = broken(error, Step.UPLOAD, plan(overwrites_running=True), WAS, taken=ALL)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.UPLOAD_DAMAGED)
    assert "the old image is overwritten" in verdict.headline
    beside = broken(error, Step.UPLOAD, plan(), WAS, taken=ALL)
    assert (beside.outcome, beside.ending) == (Outcome.NOT_UPDATED, Ending.UPLOAD_DAMAGED)


@pytest.mark.parametrize(
    ("step", "changes", "outcome", "words"),
    [
        (None, {}, Outcome.NOT_UPDATED, "Nothing of 1.4.2 was sent"),
        (Step.CHECK, {}, Outcome.NOT_UPDATED, "Nothing of 1.4.2 was sent"),
        (Step.UPLOAD, {}, Outcome.NOT_UPDATED, "9,000 of 20,000 bytes"),
        (Step.UPLOAD, {"overwrites_running": True}, Outcome.UNKNOWN, "overwritten as far as that"),
        (Step.RESTART, {}, Outcome.UNKNOWN, "1.4.2 may be marked"),
        (Step.VERIFY, {"action": Action.NOTHING}, Outcome.UNKNOWN, "1.4.2 ran on the device that"),
        (Step.CONFIRM, {"action": Action.CONFIRM}, Outcome.UNKNOWN, "1.4.2 ran on the device that"),
    ],
)
def test_another_device_answers(
    step: Step | None, changes: dict[str, Any], outcome: Outcome, words: str
) -> None:
    error = OtherDevice("sensor-7")
    verdict = broken(error, step, plan(**changes), WAS, taken=HALF)
    assert (verdict.outcome, verdict.ending) == (outcome, Ending.OTHER_DEVICE)
    assert words in verdict.reason
    assert verdict.running is None
    marked = broken(error, Step.RESTART, plan(), WAS, marked=state(ours(1, pending=True)))
    assert "was marked for the restart" in marked.reason


@pytest.mark.parametrize("step", [Step.CHECK, Step.UPLOAD])
def test_still_running_is_only_said_of_who_answers(step: Step) -> None:
    for error in (LinkLost(Coded("gone", "gone")), NoAnswer(Coded("silent", "silent"))):
        away = broken(error, step, plan(), WAS)
        assert "still" not in away.headline
        assert away.running is None
    there = broken(DeviceError(1, request="the upload"), step, plan(), WAS)
    assert "still running" in there.headline
    assert there.running == WAS


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (LinkLost(Coded("gone", "gone")), Ending.LINK_LOST),
        (NoAnswer(Coded("silent", "silent")), Ending.SILENT),
        (NeverBack(90, None), Ending.NEVER_BACK),
    ],
)
@pytest.mark.parametrize(("rolls_back", "returns"), [(True, "returns"), (None, "may return")])
def test_silence_after_the_new_image_was_seen(
    error: SmpError, ending: Ending, rolls_back: bool | None, returns: str
) -> None:
    verdict = broken(error, Step.VERIFY, plan(can_roll_back=rolls_back), WAS)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, ending)
    assert f"without confirmation it {returns} to the old image" in verdict.next_step
    final = broken(error, Step.VERIFY, plan(can_roll_back=False), WAS)
    assert "old image" not in said(final)
    assert "It was not confirmed" in final.reason
    kept = broken(error, Step.CONFIRM, plan(can_roll_back=rolls_back), WAS, running=ours())
    assert "one to stay" in kept.reason
    asked = broken(error, Step.CONFIRM, plan(), WAS, running=ours(confirmed=False))
    assert "whether it did is not known" in asked.reason


@pytest.mark.parametrize(
    ("unmarked", "marked", "words"),
    [
        (True, None, "its bootloader may start it at a restart"),
        (False, None, "may be marked"),
        (False, state(ours(1, pending=True)), "is marked"),
    ],
)
def test_a_link_lost_before_the_restart(
    unmarked: bool, marked: ImageState | None, words: str
) -> None:
    made = plan(starts_unmarked=unmarked)
    verdict = broken(LinkLost(Coded("gone", "gone")), Step.RESTART, made, WAS, marked=marked)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.LINK_LOST)
    assert words in verdict.reason


def test_silence_while_another_image_was_being_removed() -> None:
    made = plan(action=Action.CLEAR)
    verdict = broken(LinkLost(Coded("gone", "gone")), Step.CONFIRM, made, WAS, running=ours())
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.LINK_LOST)
    assert "another image may wait for the next restart" in verdict.headline
    early = broken(LinkLost(Coded("gone", "gone")), Step.VERIFY, made, WAS, running=ours())
    assert "1.4.2 ran, then the device went silent" in early.headline


@pytest.mark.parametrize(
    ("rolls_back", "kept", "words"),
    [
        (True, False, f"{NEXT} returns to the old image"),
        (None, False, f"{NEXT} may return to the old image"),
        (False, False, ""),
        (True, True, ""),
    ],
)
def test_a_device_that_refuses_to_keep_the_new_image(
    rolls_back: bool | None, kept: bool, words: str
) -> None:
    made, runs = plan(can_roll_back=rolls_back), ours(confirmed=kept)
    verdict = broken(DeviceError(8), Step.CONFIRM, made, WAS, running=runs)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NOT_CONFIRMED)
    assert words in verdict.reason
    assert ("old image" in verdict.reason) == bool(words)
    assert verdict.running == Running.of(runs)


@pytest.mark.parametrize("pending", [True, False])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DeviceError(6), "the restart was refused"),
        (MalformedPacket(Coded("no-cbor", "no CBOR")), "the restart did not come about"),
    ],
)
def test_a_restart_that_was_refused_or_did_not_come_about(
    error: SmpError, words: str, pending: bool
) -> None:
    """A bootloader that chooses by version needs no mark."""
    marked = state(entry(), ours(1, pending=pending))
    verdict = broken(error, Step.RESTART, plan(), WAS, marked=marked)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.RESTART_REFUSED)
    assert words in verdict.reason
    assert ("and marked" in verdict.reason) == pending


@pytest.mark.parametrize(
    ("asks", "departures", "ending"),
    [
        (1, 0, Ending.NOT_RESTARTED),
        (3, 0, Ending.NOT_RESTARTED),
        (1, 1, Ending.NOT_RESTARTED_OR_NOT_SWAPPED),
        (3, 2, Ending.NOT_RESTARTED_OR_NOT_SWAPPED),
    ],
)
def test_a_device_that_was_asked_so_often_and_does_not_show_a_restart(
    asks: int, departures: int, ending: Ending
) -> None:
    verdict = not_restarted(plan(), WAS, WAS, asks, departures)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, ending)
    assert ("went away" in verdict.reason) == bool(departures)
    assert ("2 times after" in verdict.reason) == (departures == 2)


# -- good, and not for long -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rolls_back", "words"),
    [
        (True, f"{NEXT} returns to the old image"),
        (None, f"{NEXT} may return to the old image"),
        (False, "listed as the one to stay"),
    ],
)
def test_an_image_on_test_and_what_a_restart_does_to_it(
    rolls_back: bool | None, words: str
) -> None:
    made, runs = plan(Mode.TEST, can_roll_back=rolls_back), ours(confirmed=False)
    for verdict in (proven(made, runs, WAS), already_running(made, runs, 5.0, WAS)):
        assert verdict.is_good
        assert "as a test" in verdict.headline
        assert words in verdict.next_step


@pytest.mark.parametrize(
    ("confirmed", "rolls_back", "sign", "words"),
    [
        (True, True, Sign.SILENCE, "Nothing returns"),
        (False, False, Sign.SILENCE, "Nothing returns"),
        (False, True, Sign.BOOT_TEXT, "and yet the device did not return"),
        (False, True, Sign.SILENCE, "a restart should return"),
    ],
)
def test_an_image_that_does_not_hold(
    confirmed: bool, rolls_back: bool, sign: Sign, words: str
) -> None:
    fall = Fall(12.0, sign)
    verdict = not_held(plan(can_roll_back=rolls_back), ours(confirmed=confirmed), fall, WAS)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NOT_HELD)
    assert words in verdict.reason
    assert "12 s later" in verdict.reason
    assert ("does not hold" in verdict.headline) is sign.is_proof
    assert ("a link that loses much" in verdict.reason) is not sign.is_proof


@pytest.mark.parametrize(
    ("sign", "is_blamed"),
    [
        (Sign.BOOT_TEXT, False),
        (Sign.VITALS, False),
        (Sign.CLOCK, False),
        (Sign.GONE, True),
        (Sign.SILENCE, True),
    ],
)
def test_who_only_fell_silent_is_not_said_to_fall(sign: Sign, is_blamed: bool) -> None:
    verdict = not_held(plan(), ours(confirmed=True), Fall(12.0, sign), WAS)
    assert ("whether it holds is not known" in verdict.headline) is is_blamed
    assert ("another cable" in verdict.next_step) is is_blamed


# -- cancelled --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "running", "changes", "words"),
    [
        (Step.CONFIRM, ours(), {}, "The new image already runs and is confirmed"),
        (Step.VERIFY, ours(), {}, "It was not watched to the end"),
        (Step.VERIFY, ours(), {"action": Action.NOTHING}, "This file's image already runs"),
        (Step.VERIFY, ours(confirmed=False), {"can_roll_back": False}, "nothing returns"),
        (Step.VERIFY, ours(confirmed=False), {"can_roll_back": None}, f"{NEXT} may return"),
        (Step.VERIFY, ours(confirmed=False), {"can_roll_back": True}, f"{NEXT} returns"),
    ],
)
def test_cancelled_while_the_new_image_runs(
    step: Step, running: ImageEntry, changes: dict[str, Any], words: str
) -> None:
    verdict = cancelled(left(step, part=plan(**changes), state=state(running)), WAS)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.CANCELLED)
    assert words in said(verdict)
    assert verdict.running == Running.of(running)


@pytest.mark.parametrize(
    ("entries", "more", "words"),
    [
        ((entry(),), {}, "Nothing is marked for the next restart"),
        ((entry(),), {"restarts": True}, "may still do so"),
        ((entry(), entry("2.0.0", 0, 1)), {}, "Nothing is marked as image 0"),
        ((entry(), ours(1, pending=True)), {}, "did not let it be removed"),
        ((entry(), entry("2.0.0", 1, hash=OTHER, pending=True)), {}, "Another image, 2.0.0"),
        ((entry(), ours(1)), {"part": plan(starts_unmarked=True)}, "may start it at a restart"),
        ((entry(), ours(1)), {"part": plan(starts_unmarked=None)}, "may start it at a restart"),
        ((entry(), ours(1)), {}, "Nothing is marked for the next restart"),
        ((entry(confirmed=False), entry("1.0.0", 1)), {}, f"{NEXT} returns to 1.0.0"),
        ((entry(),), {"removing": entry("2.0.0", 1, pending=True)}, f"2.0.0 waited for {NEXT}"),
        ((entry(),), {"removing": entry("2.0.0", 1)}, "2.0.0 is on the device"),
    ],
)
def test_cancelled_while_the_old_image_runs(
    entries: tuple[ImageEntry, ...], more: dict[str, Any], words: str
) -> None:
    verdict = cancelled(left(Step.RESTART, state=state(*entries), **more), WAS)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.CANCELLED)
    assert "still running" in verdict.headline
    assert words in verdict.reason


@pytest.mark.parametrize(
    ("step", "more", "words"),
    [
        (None, {}, "whole or in part"),
        (Step.UPLOAD, {"restarts": True}, "It was asked to restart"),
        (
            Step.UPLOAD,
            {"part": plan(overwrites_running=True), "taken": HALF},
            "keeps no copy of its old",
        ),
        (Step.RESTART, {}, "may be marked for its next restart"),
        (Step.RESTART, {"is_marked": True}, "is marked for its next restart"),
        (Step.RESTART, {"restarts": True}, "which it was asked for"),
        (Step.VERIFY, {}, "was running; it was not confirmed"),
        (Step.CONFIRM, {}, "asked to keep it"),
        (Step.CONFIRM, {"part": plan(action=Action.CLEAR)}, "asked to remove it"),
    ],
)
def test_cancelled_and_another_device_answers(
    step: Step | None, more: dict[str, Any], words: str
) -> None:
    verdict = cancelled(left(step, problem=OtherDevice("sensor-7"), **more), WAS)
    assert verdict.ending is Ending.CANCELLED
    assert "another device answers now" in verdict.headline
    assert words in verdict.reason
    early = step in (None, Step.UPLOAD) and "keeps no copy" not in words
    assert (verdict.outcome is Outcome.NOT_UPDATED) == early


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (NOTHING_TAKEN, "answered no part"),
        (HALF, "taken 9,000 of 20,000"),
        (ALL, "taken all 20,000"),
    ],
)
def test_where_no_application_was_none_is_overwritten(taken: Taken, words: str) -> None:
    none = plan(overwrites_running=True, before=None)
    error = LinkLost(Coded("gone", "It has gone"))
    gone = cancelled(left(Step.UPLOAD, part=none, taken=taken), None)
    for verdict in (gone, broken(error, Step.UPLOAD, none, None, taken=taken)):
        assert words in verdict.reason
        assert "old image" not in said(verdict)
    damage = broken(DamagedUpload(is_listed=True), Step.UPLOAD, none, None, taken=ALL)
    assert "old image" not in said(damage)


def test_cancelled_when_the_firmware_loader_has_ended() -> None:
    """What it listed as the application answers."""
    over, listed = plan(overwrites_running=True), replace(WAS, is_active=False)
    gone = LoaderLeft("sensor-7")
    before = cancelled(left(Step.UPLOAD, part=over, problem=gone), listed)
    assert (before.outcome, before.ending) == (Outcome.NOT_UPDATED, Ending.CANCELLED)
    assert before.headline == "Cancelled; not updated: still running 1.3.0"
    assert before.running == WAS
    half = cancelled(left(Step.UPLOAD, part=over, problem=gone, taken=HALF), listed)
    assert (half.outcome, half.running) == (Outcome.UNKNOWN, None)
    assert "the old one, or the new one" in half.reason
    broke = broken(gone, Step.UPLOAD, over, listed, taken=HALF)
    assert (broke.outcome, broke.running) == (Outcome.UNKNOWN, None)


@pytest.mark.parametrize(
    ("rolls_back", "words"),
    [
        (True, "finishes or undoes what was begun"),
        (False, "this cannot be taken back"),
        (None, "is not known"),
    ],
)
def test_cancelled_in_the_restart_and_nobody_answers(rolls_back: bool | None, words: str) -> None:
    made = plan(can_roll_back=rolls_back)
    for marked in (True, False):
        verdict = cancelled(left(Step.RESTART, part=made, is_marked=marked, restarts=True), WAS)
        assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.CANCELLED)
        assert words in verdict.reason
        assert ("1.4.2 is on it and is marked" in verdict.reason) == marked


# -- another image runs -----------------------------------------------------------------------


class Restart:
    """What a restarter knows when the device is back."""

    ends_in_bootloader = False
    stood_aside = 0
    asks, departures = 1, 0

    def __init__(self, *, seen: bool = True) -> None:
        self.log = BootLog()
        self.agreed = self._seen = seen

    def has_restarted(self, back: Return) -> bool:
        return self._seen


def judged(made: ImagePlan, back: ImageState, marked: ImageState, *, seen: bool = True) -> Verdict:
    restart: Any = Restart(seen=seen)
    verdict = wrong_image(made, marked, Return(9.0, seen, back), restart, device(), WAS)
    assert verdict is not None
    return verdict


MARKED = state(entry(), ours(1, pending=True))
UNMARKED = state(entry(), ours(1))


def test_a_device_that_tells_no_hash_any_more_proves_nothing() -> None:
    verdict = judged(plan(), state(entry(hash=None)), MARKED)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_IMAGE)


def test_an_image_that_nobody_here_sent_is_neither_new_nor_old() -> None:
    verdict = judged(plan(), state(entry("5.0.0", hash=OTHER)), MARKED)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.OTHER_IMAGE)
    assert "5.0.0" in verdict.headline


@pytest.mark.parametrize(
    ("confirmed", "seen", "ending", "words"),
    [
        (True, False, Ending.NOT_SWAPPED, "was confirmed meanwhile"),
        (False, True, Ending.NOT_SWAPPED, "still runs as a test after a restart"),
        (False, False, Ending.NOT_RESTARTED, "was asked"),
    ],
)
def test_a_device_that_was_to_return_and_did_not(
    confirmed: bool, seen: bool, ending: Ending, words: str
) -> None:
    listed = state(entry(confirmed=confirmed), ours(1, confirmed=True))
    verdict = judged(plan(returns=True), listed, listed, seen=seen)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, ending)
    assert words in verdict.reason


@pytest.mark.parametrize(
    ("running", "unmarked", "ending", "words"),
    [
        ("1.3.0", True, Ending.REFUSED_AT_BOOT, "although its version is higher"),
        ("odd", False, Ending.REFUSED_AT_BOOT, "built for another slot"),
        ("1.4.2", True, Ending.OLD_IMAGE_PREFERRED, "the same version number"),
        ("1.4.2", False, Ending.OLD_IMAGE_PREFERRED, "the same version number, and most"),
        ("2.0.0", True, Ending.OLD_IMAGE_PREFERRED, "a lower version number"),
        ("2.0.0", None, Ending.OLD_IMAGE_PREFERRED, "a lower version number, and most"),
    ],
)
def test_a_bootloader_that_chooses_by_itself_chose_the_old_image(
    running: str, unmarked: bool | None, ending: Ending, words: str
) -> None:
    listed = state(entry(running), ours(1))
    verdict = judged(plan(starts_unmarked=unmarked), listed, listed)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, ending)
    assert words in verdict.reason
    assert judged(plan(), listed, listed, seen=False).ending is Ending.NOT_RESTARTED


@pytest.mark.parametrize("lists", [True, False])
def test_what_ran_when_the_device_was_asked_first_and_runs_no_longer(lists: bool) -> None:
    runs = entry() if lists else None
    verdict = rolled_back(plan(action=Action.NOTHING), runs, WAS)
    assert verdict.ending is Ending.ROLLED_BACK
    assert verdict.outcome is (Outcome.NOT_UPDATED if lists else Outcome.UNKNOWN)
    assert verdict.running == Running.of(runs)


# -- in another place, and out of it again -----------------------------------------------------


def test_a_device_left_outside_its_application_is_not_said_to_run_it() -> None:
    verdict = outside(WAS, is_outside=True)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.CANCELLED)
    assert verdict.running is None
    assert "off and on" in verdict.next_step
    back = outside(WAS, is_outside=False)
    assert (back.outcome, back.running) == (Outcome.NOT_UPDATED, WAS)


@pytest.mark.parametrize("was", [WAS, None])
def test_a_loader_that_ended_when_somebody_cancelled(was: Running | None) -> None:
    untouched = cancelled_out_of_it(plan(), NOTHING_TAKEN, was)
    assert untouched.outcome is Outcome.NOT_UPDATED
    assert ("1.3.0" in untouched.headline) == (was is not None)
    assert "runs as before" in untouched.reason
    begun = cancelled_out_of_it(plan(), HALF, was)
    assert (begun.outcome, begun.running) == (Outcome.UNKNOWN, None)
    assert "9,000 of 20,000 bytes" in begun.reason


def test_a_recovery_that_leaves_by_itself_each_time_is_counted() -> None:
    verdict = left_by_itself(WAS, 3)
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.RECOVERY_NOT_STARTED)
    assert verdict.running == WAS
    assert "3 times" in verdict.reason
