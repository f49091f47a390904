"""What holds of every verdict, whatever its words: it names what runs now and what ran before, and
carries its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.errors import (
    BeginningRefused,
    DeviceError,
    LinkForbidden,
    LinkLost,
    MalformedPacket,
    NoAnswer,
    OtherDevice,
    SmpError,
)
from smp.simulator.keys import demo_key
from smp.text import Coded, Text
from smp.update import slot_taken
from smp.update.boot_log import BootLog
from smp.update.endings import (
    broken,
    cancelled,
    good,
    late,
    loader,
    never_back,
    not_held,
    nothing_runs,
    other_image,
    recovery,
    refused,
    unfinished,
)
from smp.update.endings.broken import DamagedUpload, Reached
from smp.update.endings.overwriting import Taken
from smp.update.events import Step
from smp.update.leaving import Left
from smp.update.plan import Action, ImagePlan, Mode, Obstacle
from smp.update.restart import NeverBack, Return
from smp.update.verdict import Ending, Outcome, PartVerdict, Running, Verdict
from smp.update.watch import Fall, Sign
from tests.helpers.planning import OLD, device, entry, make_plan
from tests.helpers.updating import new_image

VERDICTS = Path(__file__).with_name("verdicts.txt")
IMAGE = new_image()
OTHER = b"hash of another image".ljust(32, b"-")
WAS = Running("1.3.0", OLD, True)
HALF, ALL = Taken(9_000, 20_000), Taken(20_000, 20_000)
GONE = LinkLost(Coded("gone", "It has gone"), why=Text("Somebody pulled the cable"))
SILENT = NoAnswer(Coded("silent", "It is silent"))
NO = DeviceError(8, request="the upload")
AWAY, ODD = NeverBack(90, None), NeverBack(90, NO)
STRANGER = OtherDevice("sensor-7")
DAMAGED, LISTED_NOT = DamagedUpload(is_listed=True), DamagedUpload(is_listed=False)
ODDLY, BUSY = MalformedPacket(Coded("odd", "It is odd")), DeviceError(6, request="the restart")
FORBIDDEN = LinkForbidden(Coded("no", "Not allowed"), next_step=Text("Join the group"))


def part(mode: Mode = Mode.CONFIRM, **changes: Any) -> ImagePlan:
    return replace(make_plan(device(), IMAGE, mode).last, **changes)


def ours(slot: int = 0, **more: Any) -> ImageEntry:
    return entry("1.4.2", slot, **{"hash": IMAGE.hash} | more)


def lists(*entries: ImageEntry, **more: Any) -> ImageState:
    return ImageState(entries, **more)


PART, ONLY_COPY = part(), part(overwrites_running=True)
SIGNED = part(file_image=new_image(key=demo_key()))
RUNS_ALREADY = part(action=Action.NOTHING)
RUNS, OURS = entry(), ours()
NEW, NEXT_DOOR = entry("5.0.0", hash=OTHER), entry("2.0.0", image=1)
ON_TEST, ON_TEST_OLD = ours(confirmed=False), entry(confirmed=False)
SAME, NEWER = entry("1.4.2"), entry("2.0.0")
MARKED = lists(RUNS, ours(1, pending=True))
UNMARKED = lists(RUNS, ours(1))
THREE = lists(*(entry(version, 1) for version in ("1.0.0", "1.1.0", "1.2.0")))
LOADER = lists(ImageEntry(0, 0, "1.3.0", OLD), has_flags=False)


def ended(
    error: SmpError, step: Step | None, plan: ImagePlan | None = PART, **more: Any
) -> Verdict:
    return broken.broken(error, Reached(step, plan, WAS, **more))


def left(step: Step | None, **more: Any) -> Verdict:
    given = {"part": PART, "is_marked": False, "restarts": False} | more
    return cancelled.cancelled(Left(step=step, **given), WAS)


class Restart:
    """What a restarter knows when the device is back."""

    asks, departures = 1, 0

    def __init__(
        self, *, shown: bool = True, agreed: bool = True, bootloader: bool = False, log: str = ""
    ) -> None:
        self.log = BootLog()
        self.log.text_received(log.encode())
        self.ends_in_bootloader, self.stood_aside = bootloader, int(bootloader)
        self.agreed, self._shown = agreed, shown

    def has_restarted(self, back: Return) -> bool:
        return self._shown


def runs_other(
    now: ImageState, marked: ImageState = MARKED, plan: ImagePlan = PART, **more: Any
) -> Verdict:
    restart: Any = Restart(**more)
    facts = device(mode=BootloaderMode.SWAP_OFFSET)
    verdict = other_image.wrong_image(plan, marked, Return(9.0, True, now), restart, facts, WAS)
    assert verdict is not None
    return verdict


def heard(text: str) -> BootLog:
    log = BootLog()
    log.text_received(text.encode())
    return log


REFUSES = "I: Starting bootloader\r\nE: Image in the secondary slot is not valid!\r\n"
NO_ROOM = "I: Starting bootloader\r\nW: Not enough free space to run swap upgrade\r\n"
NOT, UNKNOWN, DONE = Outcome.NOT_UPDATED, Outcome.UNKNOWN, Outcome.UPDATED
E = Ending

Told = tuple[Callable[[], Verdict], Outcome, Ending, ImageEntry | None, SmpError | None]

TOLD: list[Told] = [
    # good
    (lambda: good.proven(PART, OURS, WAS), DONE, E.PROVEN, OURS, None),
    (lambda: good.proven(part(Mode.TEST), ours(confirmed=False), WAS), DONE, E.PROVEN,
     ours(confirmed=False), None),
    (lambda: good.proven(part(Mode.TEST), OURS, WAS), DONE, E.PROVEN, OURS, None),
    (lambda: good.proven(part(action=Action.CONFIRM), OURS, WAS), DONE, E.CONFIRMED_ONLY, OURS,
     None),
    (lambda: good.already_running(PART, OURS, 5.0, WAS), Outcome.ALREADY_RUNNING, E.NOTHING_TO_DO,
     OURS, None),
    (lambda: good.already_running(part(Mode.TEST), ON_TEST, 0.0, WAS), Outcome.ALREADY_RUNNING,
     E.NOTHING_TO_DO, ON_TEST, None),
    (lambda: good.proven(part(Mode.TEST, can_roll_back=False), ON_TEST, WAS), DONE, E.PROVEN,
     ON_TEST, None),
    (lambda: good.proven(part(Mode.TEST, can_roll_back=None), ON_TEST, WAS), DONE, E.PROVEN,
     ON_TEST, None),
    # broken
    (lambda: ended(GONE, None), NOT, E.LINK_LOST, None, GONE),
    (lambda: ended(SILENT, Step.CHECK), NOT, E.SILENT, None, SILENT),
    (lambda: ended(NO, Step.UPLOAD), NOT, E.REFUSED_BY_DEVICE, RUNS, NO),
    (lambda: ended(GONE, Step.UPLOAD, part(starts_unmarked=True), taken=ALL), NOT, E.LINK_LOST,
     None, GONE),
    (lambda: ended(GONE, Step.UPLOAD, ONLY_COPY), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(GONE, Step.UPLOAD, ONLY_COPY, taken=HALF), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(SILENT, Step.UPLOAD, ONLY_COPY, taken=ALL), UNKNOWN, E.SILENT, None, SILENT),
    (lambda: ended(AWAY, Step.UPLOAD), UNKNOWN, E.NEVER_BACK, None, AWAY),
    (lambda: ended(STRANGER, Step.CHECK), NOT, E.OTHER_DEVICE, None, STRANGER),
    (lambda: ended(STRANGER, Step.UPLOAD, taken=HALF), NOT, E.OTHER_DEVICE, None, STRANGER),
    (lambda: ended(STRANGER, Step.RESTART), UNKNOWN, E.OTHER_DEVICE, None, STRANGER),
    (lambda: ended(STRANGER, Step.UPLOAD, ONLY_COPY, taken=HALF), UNKNOWN, E.OTHER_DEVICE, None,
     STRANGER),
    (lambda: ended(STRANGER, Step.RESTART, marked=MARKED), UNKNOWN, E.OTHER_DEVICE, None, STRANGER),
    (lambda: ended(STRANGER, Step.VERIFY, RUNS_ALREADY), UNKNOWN, E.OTHER_DEVICE, None, STRANGER),
    (lambda: ended(STRANGER, None, None), NOT, E.OTHER_DEVICE, None, STRANGER),
    (lambda: ended(LISTED_NOT, Step.UPLOAD), NOT, E.UPLOAD_DAMAGED, RUNS, LISTED_NOT),
    # unfinished
    (lambda: ended(GONE, Step.RESTART), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(SILENT, Step.RESTART, marked=MARKED), UNKNOWN, E.SILENT, None, SILENT),
    (lambda: ended(NO, Step.RESTART), NOT, E.REFUSED_BY_DEVICE, RUNS, NO),
    (lambda: ended(NO, Step.RESTART, part(starts_unmarked=True)), NOT, E.REFUSED_BY_DEVICE, RUNS,
     NO),
    (lambda: ended(NO, Step.RESTART, marked=MARKED), NOT, E.RESTART_REFUSED, RUNS, NO),
    (lambda: unfinished.not_marked(PART, WAS), NOT, E.NOT_MARKED, RUNS, None),
    (lambda: unfinished.not_restarted(PART, WAS, WAS, 1, 0), NOT, E.NOT_RESTARTED, RUNS, None),
    (lambda: unfinished.not_swapped(PART, BootLog(), WAS, WAS), NOT, E.NOT_SWAPPED, RUNS, None),
    (lambda: ended(GONE, Step.RESTART, part(starts_unmarked=True)), UNKNOWN, E.LINK_LOST, None,
     GONE),
    (lambda: ended(ODDLY, Step.RESTART, part(can_roll_back=False), marked=MARKED), NOT,
     E.RESTART_REFUSED, RUNS, ODDLY),
    (lambda: ended(BUSY, Step.RESTART, marked=UNMARKED), NOT, E.RESTART_REFUSED, RUNS, BUSY),
    (lambda: ended(ODDLY, Step.RESTART, marked=UNMARKED), NOT, E.RESTART_REFUSED, RUNS, ODDLY),
    (lambda: unfinished.not_restarted(PART, WAS, WAS, 3, 0), NOT, E.NOT_RESTARTED, RUNS, None),
    (lambda: unfinished.not_restarted(PART, WAS, WAS, 1, 1), NOT, E.NOT_RESTARTED_OR_NOT_SWAPPED,
     RUNS, None),
    (lambda: unfinished.not_restarted(PART, WAS, WAS, 3, 2), NOT, E.NOT_RESTARTED_OR_NOT_SWAPPED,
     RUNS, None),
    (lambda: runs_other(MARKED, log=NO_ROOM), NOT, E.NOT_SWAPPED, RUNS, None),
    # never back
    (lambda: never_back.never_back(AWAY, PART, WAS), UNKNOWN, E.NEVER_BACK, None, AWAY),
    (lambda: never_back.never_back(GONE, PART, WAS), UNKNOWN, E.NEVER_BACK, None, GONE),
    (lambda: never_back.never_back(ODD, PART, WAS), UNKNOWN, E.NO_IMAGE_STATE, None, ODD),
    (lambda: never_back.never_back(AWAY, part(can_roll_back=False), WAS), UNKNOWN, E.NEVER_BACK,
     None, AWAY),
    (lambda: never_back.never_back(AWAY, part(can_roll_back=None), WAS), UNKNOWN, E.NEVER_BACK,
     None, AWAY),
    (lambda: never_back.never_back(FORBIDDEN, PART, WAS), UNKNOWN, E.NEVER_BACK, None, FORBIDDEN),
    (lambda: ended(ODD, Step.UPLOAD), UNKNOWN, E.NO_IMAGE_STATE, None, ODD),
    # late
    (lambda: ended(GONE, Step.VERIFY, running=OURS), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(SILENT, Step.CONFIRM, running=OURS), UNKNOWN, E.SILENT, None, SILENT),
    (lambda: ended(AWAY, Step.CONFIRM, part(action=Action.CLEAR), running=OURS), UNKNOWN,
     E.NEVER_BACK, OURS, AWAY),
    (lambda: ended(NO, Step.CONFIRM, running=OURS), UNKNOWN, E.NOT_CONFIRMED, OURS, NO),
    (lambda: late.not_confirmed(PART, ours(confirmed=False), WAS), UNKNOWN, E.NOT_CONFIRMED,
     ours(confirmed=False), None),
    (lambda: ended(GONE, Step.VERIFY, RUNS_ALREADY, running=ON_TEST), UNKNOWN, E.LINK_LOST, None,
     GONE),
    (lambda: ended(GONE, Step.VERIFY, running=ON_TEST), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(GONE, Step.VERIFY, part(can_roll_back=None)), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(GONE, Step.VERIFY, part(can_roll_back=False)), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(GONE, Step.CONFIRM, running=ON_TEST), UNKNOWN, E.LINK_LOST, None, GONE),
    (lambda: ended(NO, Step.CONFIRM, running=ON_TEST), UNKNOWN, E.NOT_CONFIRMED, ON_TEST, NO),
    (lambda: ended(NO, Step.CONFIRM, part(can_roll_back=None), running=ON_TEST), UNKNOWN,
     E.NOT_CONFIRMED, ON_TEST, NO),
    (lambda: late.not_confirmed(part(can_roll_back=None), ON_TEST, WAS), UNKNOWN, E.NOT_CONFIRMED,
     ON_TEST, None),
    (lambda: late.not_confirmed(part(can_roll_back=False), ON_TEST, WAS), UNKNOWN,
     E.NOT_CONFIRMED, ON_TEST, None),
    # not held
    (lambda: not_held.not_held(PART, OURS, Fall(12.0, Sign.SILENCE), WAS), UNKNOWN, E.NOT_HELD,
     OURS, None),
    (lambda: not_held.rolled_back(PART, RUNS, WAS), NOT, E.ROLLED_BACK, RUNS, None),
    (lambda: not_held.rolled_back(PART, None, WAS), NOT, E.ROLLED_BACK, RUNS, None),
    (lambda: not_held.rolled_back(PART, NEW, WAS), NOT, E.ROLLED_BACK, NEW, None),
    (lambda: not_held.rolled_back(part(action=Action.NOTHING), RUNS, WAS), NOT, E.ROLLED_BACK,
     RUNS, None),
    (lambda: not_held.rolled_back(part(action=Action.NOTHING), None, WAS), UNKNOWN, E.ROLLED_BACK,
     None, None),
    (lambda: not_held.not_held(RUNS_ALREADY, ON_TEST, Fall(12.0, Sign.BOOT_TEXT), WAS), UNKNOWN,
     E.NOT_HELD, ON_TEST, None),
    (lambda: not_held.not_held(PART, ON_TEST, Fall(12.4, Sign.GONE), WAS), UNKNOWN, E.NOT_HELD,
     ON_TEST, None),
    # nothing runs
    (lambda: nothing_runs.no_active(PART, lists(), WAS), UNKNOWN, E.NO_IMAGE_STATE, None, None),
    (lambda: nothing_runs.no_active(PART, LOADER, WAS), NOT, E.REFUSED_AT_BOOT, None, None),
    (lambda: nothing_runs.no_active(PART, LOADER, WAS, ran=True), UNKNOWN, E.NOT_HELD, None, None),
    (lambda: nothing_runs.no_active(RUNS_ALREADY, THREE, WAS, ran=True), UNKNOWN, E.NO_IMAGE_STATE,
     None, None),
    (lambda: nothing_runs.no_active(PART, lists(ours(), has_flags=False), WAS), NOT,
     E.REFUSED_AT_BOOT, None, None),
    # other image
    (lambda: runs_other(lists(entry(active=False))), UNKNOWN, E.NO_IMAGE_STATE, None, None),
    (lambda: runs_other(lists(RUNS), bootloader=True), NOT, E.REFUSED_AT_BOOT, None, None),
    (lambda: runs_other(lists(entry(hash=None))), UNKNOWN, E.OTHER_IMAGE, entry(hash=None), None),
    (lambda: runs_other(lists(NEW)), NOT, E.OTHER_IMAGE, NEW, None),
    (lambda: runs_other(MARKED), NOT, E.NOT_SWAPPED, RUNS, None),
    (lambda: runs_other(MARKED, shown=False), NOT, E.NOT_RESTARTED, RUNS, None),
    (lambda: runs_other(UNMARKED, plan=part(returns=True)), NOT, E.NOT_SWAPPED, RUNS, None),
    (lambda: runs_other(UNMARKED, UNMARKED, shown=False), NOT, E.NOT_RESTARTED, RUNS, None),
    (lambda: runs_other(UNMARKED, UNMARKED), NOT, E.REFUSED_AT_BOOT, RUNS, None),
    (lambda: runs_other(lists(entry("2.0.0")), lists(entry("2.0.0"))), NOT, E.OLD_IMAGE_PREFERRED,
     entry("2.0.0"), None),
    (lambda: runs_other(UNMARKED), NOT, E.ROLLED_BACK, RUNS, None),
    (lambda: runs_other(lists(RUNS)), NOT, E.ROLLED_BACK_OR_REFUSED, RUNS, None),
    (lambda: runs_other(lists(RUNS), log=REFUSES), NOT, E.REFUSED_AT_BOOT, RUNS, None),
    (lambda: other_image.other_image_waits(PART, lists(OURS, entry(slot=1, pending=True)), WAS,
     Running.of(OURS)), UNKNOWN, E.OTHER_IMAGE, OURS, None),
    (lambda: runs_other(UNMARKED, plan=part(returns=True), marked=lists(ON_TEST_OLD, ours(1))),
     NOT, E.NOT_SWAPPED, RUNS, None),
    (lambda: runs_other(lists(ON_TEST_OLD, ours(1)), plan=part(returns=True)), NOT, E.NOT_SWAPPED,
     ON_TEST_OLD, None),
    (lambda: runs_other(lists(SAME), lists(SAME), shown=False), NOT, E.OLD_IMAGE_PREFERRED, SAME,
     None),
    (lambda: runs_other(lists(SAME), lists(SAME), shown=False, agreed=False), NOT,
     E.NOT_RESTARTED, SAME, None),
    (lambda: runs_other(lists(SAME), lists(SAME), part(starts_unmarked=True)), NOT,
     E.OLD_IMAGE_PREFERRED, SAME, None),
    (lambda: runs_other(lists(NEWER), lists(NEWER), part(starts_unmarked=True)), NOT,
     E.OLD_IMAGE_PREFERRED, NEWER, None),
    (lambda: other_image.other_image_waits(part(reverts=False), lists(OURS), WAS, Running.of(OURS)),
     UNKNOWN, E.OTHER_IMAGE, OURS, None),
    # overwriting
    (lambda: ended(DAMAGED, Step.UPLOAD, ONLY_COPY), UNKNOWN, E.UPLOAD_DAMAGED, None, DAMAGED),
    (lambda: left(Step.UPLOAD, part=ONLY_COPY, taken=HALF), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.UPLOAD, part=ONLY_COPY, state=lists(RUNS)), NOT, E.CANCELLED, None, None),
    (lambda: left(Step.UPLOAD, part=ONLY_COPY, state=lists(ours(active=False))), UNKNOWN,
     E.CANCELLED, None, None),
    (lambda: left(Step.UPLOAD, part=ONLY_COPY, taken=ALL), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.UPLOAD, part=ONLY_COPY), UNKNOWN, E.CANCELLED, None, None),
    # cancelled
    (lambda: cancelled.before(WAS), NOT, E.CANCELLED, RUNS, None),
    (lambda: left(Step.CONFIRM, state=lists(OURS)), UNKNOWN, E.CANCELLED, OURS, None),
    (lambda: left(Step.UPLOAD, state=lists(RUNS)), NOT, E.CANCELLED, RUNS, None),
    (lambda: left(Step.RESTART, state=lists(entry(active=False))), UNKNOWN, E.CANCELLED, None,
     None),
    (lambda: left(Step.RESTART, problem=GONE), UNKNOWN, E.CANCELLED, None, GONE),
    (lambda: left(Step.RESTART, problem=NO), UNKNOWN, E.CANCELLED, None, NO),
    (lambda: left(Step.UPLOAD, problem=STRANGER), NOT, E.CANCELLED, None, STRANGER),
    (lambda: left(Step.VERIFY, state=lists(OURS)), UNKNOWN, E.CANCELLED, OURS, None),
    (lambda: left(Step.VERIFY, part=RUNS_ALREADY, state=lists(ON_TEST)), UNKNOWN, E.CANCELLED,
     ON_TEST, None),
    (lambda: left(Step.VERIFY, part=part(can_roll_back=False), state=lists(ON_TEST)), UNKNOWN,
     E.CANCELLED, ON_TEST, None),
    (lambda: left(Step.VERIFY, part=part(can_roll_back=None), state=lists(ON_TEST)), UNKNOWN,
     E.CANCELLED, ON_TEST, None),
    (lambda: left(Step.RESTART, state=lists(NEW), restarts=True), NOT, E.CANCELLED, NEW, None),
    (lambda: left(Step.RESTART, state=MARKED), NOT, E.CANCELLED, RUNS, None),
    (lambda: left(Step.RESTART, state=lists(RUNS, NEXT_DOOR)), NOT, E.CANCELLED, RUNS, None),
    (lambda: left(Step.RESTART, state=lists(RUNS, entry("5.0.0", 1, hash=OTHER, pending=True))),
     NOT, E.CANCELLED, RUNS, None),
    (lambda: left(Step.RESTART, part=part(starts_unmarked=True), state=UNMARKED), NOT, E.CANCELLED,
     RUNS, None),
    (lambda: left(Step.CHECK, state=lists(ON_TEST_OLD, entry("1.0.0", 1, hash=OTHER))), NOT,
     E.CANCELLED, ON_TEST_OLD, None),
    (lambda: left(Step.RESTART, state=lists(RUNS), removing=ours(1)), NOT, E.CANCELLED, RUNS, None),
    (lambda: left(Step.RESTART, state=lists(RUNS), removing=ours(1, pending=True)), NOT,
     E.CANCELLED, RUNS, None),
    (lambda: left(Step.RESTART, state=LOADER), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.UPLOAD, was_hurried=True, restarts=True), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.RESTART, is_marked=True), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.RESTART, is_marked=True, restarts=True), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.RESTART, part=part(can_roll_back=False), restarts=True), UNKNOWN,
     E.CANCELLED, None, None),
    (lambda: left(Step.VERIFY, part=part(can_roll_back=None)), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.CONFIRM, problem=ODDLY), UNKNOWN, E.CANCELLED, None, ODDLY),
    (lambda: left(Step.CONFIRM, part=part(action=Action.CLEAR)), UNKNOWN, E.CANCELLED, None, None),
    (lambda: left(Step.UPLOAD, part=ONLY_COPY, taken=HALF, problem=STRANGER), UNKNOWN,
     E.CANCELLED, None, STRANGER),
    # a firmware loader
    (lambda: loader.started(PART, WAS), DONE, E.STARTED, ours(confirmed=None), None),
    (lambda: loader.started(PART, WAS, was_sent=False), Outcome.ALREADY_RUNNING, E.NOTHING_TO_DO,
     ours(confirmed=None), None),
    (lambda: loader.not_run(ONLY_COPY, None, BootLog(), WAS), NOT, E.REFUSED_AT_BOOT, None, None),
    (lambda: loader.restart_refused(NO, WAS), NOT, E.LOADER_NOT_STARTED, RUNS, NO),
    (lambda: loader.not_started(WAS), NOT, E.LOADER_NOT_STARTED, RUNS, None),
    (lambda: loader.not_found(GONE, WAS), UNKNOWN, E.NEVER_BACK, None, GONE),
    (lambda: loader.not_run(PART, ours(active=False), BootLog(), WAS), NOT, E.REFUSED_AT_BOOT,
     None, None),
    (lambda: loader.not_run(SIGNED, None, heard(REFUSES), WAS), NOT, E.REFUSED_AT_BOOT, None,
     None),
    (lambda: loader.not_back(PART, AWAY, WAS, is_known=True), UNKNOWN, E.NEVER_BACK, None, AWAY),
    (lambda: loader.not_back(PART, GONE, WAS, is_known=False), UNKNOWN, E.NEVER_BACK, None, GONE),
    # serial recovery
    (lambda: recovery.restart_refused(NO, WAS), NOT, E.RECOVERY_NOT_STARTED, RUNS, NO),
    (lambda: recovery.not_started(WAS), NOT, E.RECOVERY_NOT_STARTED, RUNS, None),
    (lambda: recovery.not_found(GONE, WAS, []), UNKNOWN, E.NEVER_BACK, None, GONE),
    (lambda: recovery.not_found(GONE, WAS, ["ttyACM3", "ttyACM4"]), UNKNOWN, E.NEVER_BACK, None,
     GONE),
]  # fmt: skip


@pytest.mark.parametrize(("make", "outcome", "ending", "running", "error"), TOLD)
def test_it_tells_what_runs_and_what_ran(
    make: Callable[[], Verdict],
    outcome: Outcome,
    ending: Ending,
    running: ImageEntry | None,
    error: SmpError | None,
) -> None:
    verdict = make()
    assert (verdict.outcome, verdict.ending) == (outcome, ending)
    assert verdict.parts == (PartVerdict(0, Running.of(running), WAS),)
    assert verdict.error is error


def words_of_all() -> str:
    """As verdicts.txt has them."""
    sections: list[str] = []
    for make, *_ in TOLD:
        verdict = make()
        ending = f"[{verdict.outcome.value}, {verdict.ending.value}]"
        sections.append(
            "\n".join([ending, verdict.headline, verdict.reason, f"> {verdict.next_step}", ""])
        )
    return "\n".join(sections)


def test_it_tells_it_in_these_words() -> None:
    """Word for word, so that a sentence that gets lost is missed."""
    anew = "after a change of words: python -m tests.unit.update.test_what_every_ending_tells"
    assert words_of_all() == VERDICTS.read_text("utf-8"), anew


@pytest.mark.parametrize(
    ("file", "runs", "ending"),
    [
        ("1.4.3", "1.4.2+4", E.REFUSED_AT_BOOT),
        ("1.4.2+5", "1.4.2+4", E.OLD_IMAGE_PREFERRED),
        ("1.4.2+4", "1.4.2+5", E.OLD_IMAGE_PREFERRED),
        ("1.4.2+5", "1.4.2.5", E.OLD_IMAGE_PREFERRED),
    ],
)
def test_a_build_number_makes_no_version_higher(file: str, runs: str, ending: Ending) -> None:
    """For most bootloaders that choose by version."""
    image = new_image(file)
    listed = lists(entry(runs), entry(file, 1, hash=image.hash))
    verdict = runs_other(listed, listed, part(file_image=image))
    assert (verdict.outcome, verdict.ending) == (NOT, ending)


def test_what_is_not_told_to_run_goes_by_the_files_version() -> None:
    state = lists(OURS, entry("5.0.0", 1, hash=OTHER, pending=True, permanent=True))
    verdict = other_image.other_image_waits(PART, state, WAS, None)
    assert verdict.headline == "Running 1.4.2, but 5.0.0 in slot 1 waits for the next restart"
    assert verdict.parts == (PartVerdict(0, None, WAS),)


# -- nothing was done -----------------------------------------------------------------------------


def test_a_file_that_cannot_be_used_is_told_by_its_error() -> None:
    verdict = refused.bad_input(GONE)
    assert (verdict.outcome, verdict.ending) == (NOT, E.BAD_INPUT)
    assert verdict.headline == GONE.what
    assert verdict.reason == "Nothing was sent. Somebody pulled the cable"
    assert (verdict.next_step, verdict.error, verdict.parts) == (GONE.next_step, GONE, ())


@pytest.mark.parametrize("before", [entry(), entry("2.0.0"), None])
def test_what_must_not_be_leaves_everything_as_it_is(before: ImageEntry | None) -> None:
    plan = make_plan(device(state=lists(*[before] if before else [])), IMAGE)
    obstacle = Obstacle(Coded("no", "It must not be"), Text("It is late"), Text("Come tomorrow"))
    for verdict in (refused.forbidden(plan, obstacle), refused.no_consent(plan, ())):
        assert (verdict.outcome, verdict.ending) == (NOT, E.FORBIDDEN)
        assert verdict.parts == (PartVerdict(0, Running.of(before), Running.of(before)),)
        still = f"Not updated: still running {before.version}" if before else "Not updated"
        assert verdict.headline == still
    verdict = refused.forbidden(plan, obstacle)
    assert (verdict.reason, verdict.next_step) == ("It must not be. It is late", "Come tomorrow")


# -- the error's own offer ------------------------------------------------------------------------


def test_what_helps_against_a_taken_slot_is_offered() -> None:
    error = slot_taken.on_test(ours(confirmed=False), detail="rc 3")
    verdict = ended(error, Step.UPLOAD)
    assert verdict.remedies == error.remedies != ()
    assert ended(NO, Step.UPLOAD).remedies == ()


@pytest.mark.parametrize(("code", "about_the_file"), [(3, True), (2, False)])
def test_a_beginning_that_was_refused_for_the_file_has_overwritten_nothing(
    code: int, about_the_file: bool
) -> None:
    error = BeginningRefused.of(DeviceError(code, request="the upload"))
    assert error.is_about_the_file == about_the_file
    verdict = ended(error, Step.UPLOAD, ONLY_COPY)
    assert (verdict.outcome is NOT) == about_the_file


@pytest.mark.parametrize("error", [GONE, SILENT, NO, ODDLY])
def test_who_was_never_reached_is_told_so(error: SmpError) -> None:
    verdict = broken.broken(error, Reached())
    is_away = error in (GONE, SILENT)
    assert ("cannot be reached" in verdict.headline) == is_away
    assert ("answers within a minute" in verdict.next_step) == (error is SILENT)
    assert error.next_step in verdict.next_step
    known = ended(error, Step.CHECK)
    assert "cannot be reached" not in known.headline
    assert "1.3.0" in known.headline


if __name__ == "__main__":
    VERDICTS.write_text(words_of_all(), "utf-8")
