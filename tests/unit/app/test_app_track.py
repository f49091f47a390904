"""An update in trouble, as it is told: every figure and word on made-up time."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from app.controllers.progress import MOVES, Move, Progress
from app.controllers.track import Happening, Track
from app.facts.run import DoneFigures, UploadFigures, WaitFigures
from app.lib.wording import THIN
from app.presenters import run as show_run
from app.presenters import run_words
from smp.errors import LinkLost, NoAnswer
from smp.machine import IllegalStep
from smp.text import Coded, Text
from smp.update.events import (
    AskedAgain,
    CameBack,
    Cancelling,
    ConnectingAgain,
    Finished,
    LinkDropped,
    LinkRestored,
    PlanMade,
    Restarting,
    StartedOver,
    Step,
    StepFailed,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Waiting,
    Watching,
)
from smp.update.job import Job, JobPart
from smp.update.plan import make_plan
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.planning import device, entry
from tests.helpers.updating import new_image

TOTAL = 200_000


class Run:
    """A track and its clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.track = Track(self.now)
        self.offset = 0
        self.losses = 0

    def tell(self, *events: UpdateEvent) -> None:
        for event in events:
            self.track.take(event, self.now)

    def begin(self) -> None:
        self.tell(StepStarted(Step.CHECK), StepFinished(Step.CHECK))
        self.tell(StepStarted(Step.UPLOAD), UploadBegan(TOTAL))

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.track.tick(self.now)

    def send(self, seconds: float, rate: float = 8_000) -> None:
        for _ in range(round(seconds * 20)):
            self.now += 0.05
            self.answer(self.offset + round(rate * 0.05))
            self.track.tick(self.now)

    def answer(self, offset: int) -> None:
        self.offset = offset
        self.tell(UploadProgressed(offset, TOTAL, 0, 3, 3, 380, 0, self.losses))

    def ask_again(self, times: int, silent: float) -> None:
        self.losses += 1
        self.tell(AskedAgain(times, silent, self.losses))

    def end(self, outcome: Outcome = Outcome.UPDATED, ending: Ending = Ending.PROVEN) -> None:
        self.tell(Finished(Verdict(outcome, ending, headline=Text("It is over"))))

    @property
    def words(self) -> str:
        return run_words.trouble(self.track, self.now)

    @property
    def figures(self) -> object:
        facts = show_run.run(self.track, self.now)
        assert facts is not None
        return facts.figures


@pytest.fixture
def run() -> Run:
    made = Run()
    made.begin()
    return made


def test_a_quiet_upload_says_nothing_of_trouble(run: Run) -> None:
    run.send(10)
    assert run.words == ""
    assert run.track.rate == pytest.approx(8_000, rel=0.05)
    figures = run.figures
    assert isinstance(figures, UploadFigures)
    assert figures.left == pytest.approx((TOTAL - run.offset) / 8_000, rel=0.05)


@pytest.mark.parametrize("resumed", [0, 4_000])
def test_the_bytes_of_several_images_are_counted_together(run: Run, resumed: int) -> None:
    """How far the one came says nothing of the other, which is larger or smaller."""
    first, second = (
        UploadProgressed(8_000, 8_000, 0, 3, 3, 380, 0, 0, 1),
        UploadProgressed(10_000, TOTAL, resumed, 3, 3, 380, 0, 0, 0),
    )
    run.now += 1
    run.tell(first, UploadBegan(TOTAL, 0))
    run.now += 1
    run.tell(second)
    run.now += 1
    assert run.track.mean(run.now) == pytest.approx((8_000 + 10_000 - resumed) / 3)


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_left_is_left_of_all_images(run: Run, number: int) -> None:
    facts = device(entry("2.0.0"), entry("1.3.0", image=1, hash=b"n" * 32))
    later = new_image("2.1.0", 400_000)
    job = Job((JobPart(new_image("1.4.0", TOTAL), 1), JobPart(later, 0)))
    plan = make_plan(facts, job)
    run.tell(PlanMade(plan))
    for _ in range(100):
        run.now += 0.05
        run.offset += 400
        run.tell(UploadProgressed(run.offset, TOTAL, 0, 3, 3, 380, 0, 0, number))
        run.track.tick(run.now)
    rest = TOTAL - run.offset + (len(plan.last.data) if number == 1 else 0)
    assert run.track.left(run.now) == pytest.approx(rest / 8_000, rel=0.05)


def test_silence_is_said_within_two_seconds_and_counted(run: Run) -> None:
    run.send(5)
    run.ask_again(1, 0.8)
    run.wait(2)
    assert run.words == f"No answer for 2{THIN}s, asking again"
    figures = run.figures
    assert isinstance(figures, UploadFigures)
    assert (figures.rate, figures.left) == (0.0, None)
    assert figures.trouble == run.words
    run.ask_again(2, 2.0)
    run.ask_again(3, 2.0)
    run.wait(3)
    assert run.words == f"No answer for 5{THIN}s, asking again, 3rd time"
    run.send(1)
    assert run.words == ""


def test_a_part_that_is_lost_is_no_silence(run: Run) -> None:
    run.send(5)
    run.wait(0.5)
    run.ask_again(1, 0.5)
    assert run.words == ""
    run.send(2)
    assert run.track.meter is not None
    assert not run.track.meter.outages


def test_before_it_is_asked_again_nobody_says_so(run: Run) -> None:
    run.send(5)
    run.wait(2)
    assert run.words == f"No answer for 2{THIN}s"


def test_a_silence_is_a_gap_with_one_mark_where_it_began(run: Run) -> None:
    run.send(5)
    for times in range(1, 6):
        run.wait(2)
        run.ask_again(times, 2.0 * times)
    run.send(3)
    facts = show_run.run(run.track, run.now)
    assert facts is not None
    assert facts.graph is not None
    (gap,) = facts.graph.gaps
    assert gap.begin == pytest.approx(5.0, abs=0.1)
    assert gap.end == pytest.approx(15.05, abs=0.1)
    assert gap.words == f"no answer for 10{THIN}s"
    (mark,) = facts.graph.marks
    assert (mark.words, mark.count) == ("5 resent", 5)
    assert 5.0 <= mark.at <= 8.0
    inside = [
        rate
        for time, rate in zip(facts.graph.times, facts.graph.rates, strict=True)
        if gap.begin < time < gap.end
    ]
    assert set(inside) == {0.0}


def test_a_lost_link_is_counted_until_the_upload_goes_on(run: Run) -> None:
    run.send(5)
    run.tell(
        LinkDropped(LinkLost(Coded("cable-pulled", "The cable was pulled"))), ConnectingAgain(1)
    )
    run.wait(3)
    assert run.words == f"Not connected for 3{THIN}s, connecting again"
    run.tell(ConnectingAgain(2))
    assert run.words.endswith("connecting again, 2nd time")
    run.tell(LinkRestored(3.0))
    run.wait(2)
    assert "Connected again, waiting" in run.words
    figures = run.figures
    assert isinstance(figures, UploadFigures)
    assert (figures.rate, figures.left) == (0.0, None), "nothing is sent yet"
    run.send(2)
    assert run.words == ""
    assert [it.kind for it in run.track.incidents] == [Happening.RECONNECTED]


def test_silence_that_ends_the_link_is_still_called_silence(run: Run) -> None:
    run.send(5)
    run.ask_again(4, 20.0)
    run.wait(20)
    run.tell(
        LinkDropped(NoAnswer(Coded("device-stopped-answering", "The device stopped answering"))),
        ConnectingAgain(3),
    )
    assert run.words == f"No answer for 20{THIN}s, connecting again, 3rd time"


def test_starting_over_is_announced_and_counted_and_the_mean_is_of_what_was_sent(run: Run) -> None:
    run.send(10)
    run.tell(StartedOver(2))
    run.answer(1_000)
    run.send(5)
    assert run.words == "The device lost the upload: sending from the beginning, 2nd time"
    assert run.track.mean(run.now) == pytest.approx(8_000, rel=0.05)
    assert run.track.meter is not None
    assert run.track.meter.sent == 80_000 + 1_000 + 40_000
    run.send(10)
    assert run.words == ""
    (mark,) = run.track.incidents
    assert (mark.kind, mark.count) == (Happening.STARTED_OVER, 2)


def test_a_long_erase_does_not_spoil_the_estimate(run: Run) -> None:
    run.wait(20)
    assert run.words == "", "the device makes room"
    assert isinstance(run.figures, WaitFigures)
    run.send(3)
    figures = run.figures
    assert isinstance(figures, UploadFigures)
    assert figures.left == pytest.approx((TOTAL - run.offset) / 8_000, rel=0.1)


def test_a_device_that_is_only_busy_still_makes_room(run: Run) -> None:
    run.answer(0)
    run.wait(20)
    assert run.words == ""
    assert isinstance(run.figures, WaitFigures)


def test_making_room_takes_about_as_long_as_the_last_time(run: Run) -> None:
    run.track.erase_expected = 8.0
    run.wait(3)
    figures = run.figures
    assert isinstance(figures, WaitFigures)
    assert (figures.left, figures.at_most) == (pytest.approx(5.0, abs=0.2), False)
    run.wait(7)
    longer = run.figures
    assert isinstance(longer, WaitFigures)
    assert (longer.left, longer.at_most) == (pytest.approx(30.0, abs=0.2), True)


def test_a_restart_between_two_attempts_is_no_silence(run: Run) -> None:
    """What is in the way of the first part may go with a restart."""
    run.answer(0)
    run.wait(3)
    run.tell(Restarting(5.0, 60.0))
    run.wait(6)
    assert run.words == ""
    figures = run.figures
    assert isinstance(figures, WaitFigures)
    assert "new image" not in figures.words, "it restarts as it is"
    run.tell(CameBack(6.0))
    run.wait(10)
    run.send(6)
    assert run.track.meter is not None
    assert not run.track.meter.outages
    assert run.track.meter.pace(run.now) == pytest.approx(8_000, rel=0.05)
    assert run.track.learnt().restart is None


def test_a_first_chunk_that_meets_silence_is_said(run: Run) -> None:
    run.wait(40)
    run.ask_again(1, 40.0)
    run.wait(1)
    assert run.words == f"No answer for 41{THIN}s, asking again"


def test_a_limit_that_is_passed_was_none(run: Run) -> None:
    run.track.limit = 7_758.0
    run.send(1, 30_000)
    assert run.track.limit == 7_758.0, "not yet sure"
    run.send(3, 30_000)
    assert run.track.limit is None


def test_a_limit_that_holds_stays(run: Run) -> None:
    run.track.limit = 7_758.0
    run.send(12, 7_850)
    assert run.track.limit == 7_758.0


def test_what_is_told_ends_with_the_run(run: Run) -> None:
    run.send(4)
    run.tell(StepFinished(Step.UPLOAD), StepStarted(Step.RESTART), Restarting(20.0, 100.0))
    run.wait(5)
    figures = run.figures
    assert isinstance(figures, WaitFigures)
    assert figures.left == pytest.approx(15.0, abs=0.2)
    run.wait(20)
    longer = run.figures
    assert isinstance(longer, WaitFigures)
    assert longer.at_most
    assert longer.left == pytest.approx(75.0, abs=0.2)
    assert "longer" in longer.words
    run.tell(CameBack(25.0), StepFinished(Step.RESTART), StepStarted(Step.VERIFY))
    run.tell(Watching(10.0, 10.0))
    run.wait(4)
    watched = run.figures
    assert isinstance(watched, WaitFigures)
    assert watched.left == pytest.approx(6.0, abs=0.2)
    run.tell(Watching(0.0, 10.0), StepFinished(Step.VERIFY))
    run.tell(StepStarted(Step.CONFIRM), StepFinished(Step.CONFIRM))
    run.end()
    done = run.figures
    assert isinstance(done, DoneFigures)
    assert done.upload == pytest.approx(4.0, abs=0.1)
    assert done.restart == pytest.approx(25.0, abs=0.2)
    assert done.verify == pytest.approx(4.0, abs=0.2)
    facts = show_run.run(run.track, run.now + 500)
    assert facts is not None
    assert facts.graph is not None
    assert facts.graph.elapsed == pytest.approx(4.0, abs=0.1), "the axis ends with the upload"


def test_a_failed_run_tells_only_of_what_went_well(run: Run) -> None:
    run.send(4)
    run.tell(StepFinished(Step.UPLOAD), StepStarted(Step.RESTART), Restarting(5.0, 60.0))
    run.wait(60)
    run.tell(StepFailed(Step.RESTART))
    run.end(Outcome.UNKNOWN, Ending.NEVER_BACK)
    done = run.figures
    assert isinstance(done, DoneFigures)
    assert (done.restart, done.verify) == (None, None)


def test_an_upload_that_failed_in_silence_counts_the_silence(run: Run) -> None:
    run.send(4)
    run.wait(26)
    run.tell(StepFailed(Step.UPLOAD))
    run.end(Outcome.NOT_UPDATED, Ending.LINK_LOST)
    done = run.figures
    assert isinstance(done, DoneFigures)
    assert done.upload == pytest.approx(30.0, abs=0.2)
    assert done.mean == pytest.approx(32_000 / 30, rel=0.05)
    facts = show_run.run(run.track, run.now)
    assert facts is not None
    assert facts.graph is not None
    assert facts.graph.times[-1] == pytest.approx(30.0, abs=0.2)
    assert facts.graph.gaps[0].end == pytest.approx(30.0, abs=0.2)


def test_waiting_and_stopping_count_down() -> None:
    run = Run()
    run.tell(StepStarted(Step.CHECK), Waiting(20.0))
    run.wait(5)
    figures = run.figures
    assert isinstance(figures, WaitFigures)
    assert (figures.left, figures.at_most) == (pytest.approx(15.0, abs=0.2), True)
    run.begin()
    run.send(2)
    run.tell(Cancelling(20.0))
    run.wait(3)
    stopping = run.figures
    assert isinstance(stopping, WaitFigures)
    assert stopping.left == pytest.approx(17.0, abs=0.2)
    assert "Stopping" in stopping.words


def test_resent_parts_are_counted_over_all_connections(run: Run) -> None:
    run.losses = 7
    run.send(2)
    run.losses = 2
    run.tell(LinkDropped(LinkLost(Coded("gone", "gone"))), LinkRestored(1.0))
    run.send(2)
    assert run.track.resent == 9


def test_thousands_of_losses_stay_few_marks(run: Run) -> None:
    for _ in range(3_000):
        run.now += 1.2
        run.losses += 1
        run.answer(run.offset + 40)
    assert run.track.resent == 3_000
    assert sum(it.count for it in run.track.incidents) == 3_000
    assert len(run.track.incidents) <= 200


def test_steps_end_as_the_verdict_says(run: Run) -> None:
    run.send(1)
    run.end(Outcome.NOT_UPDATED, Ending.CANCELLED)
    assert run.track.steps[Step.UPLOAD] is Progress.STOPPED
    assert replace(run.track, verdict=None).verdict is None


# -- how far a step is ----------------------------------------------------------------------------

REACHED: dict[Progress, tuple[UpdateEvent, ...]] = {
    Progress.PENDING: (),
    Progress.CURRENT: (StepStarted(Step.UPLOAD),),
    Progress.DONE: (StepStarted(Step.UPLOAD), StepFinished(Step.UPLOAD)),
    Progress.SKIPPED: (StepFinished(Step.UPLOAD, skipped=True),),
    Progress.FAILED: (StepStarted(Step.UPLOAD), StepFailed(Step.UPLOAD)),
    Progress.STOPPED: (
        StepStarted(Step.UPLOAD),
        Finished(Verdict(Outcome.NOT_UPDATED, Ending.CANCELLED, headline=Text("Cancelled"))),
    ),
    Progress.UNKNOWN: (
        StepStarted(Step.UPLOAD),
        Finished(Verdict(Outcome.UNKNOWN, Ending.NEVER_BACK, headline=Text("Unknown"))),
    ),
}
HAPPENS: dict[Move, UpdateEvent] = {
    Move.BEGUN: StepStarted(Step.UPLOAD),
    Move.DONE: StepFinished(Step.UPLOAD),
    Move.SKIPPED: StepFinished(Step.UPLOAD, skipped=True),
    Move.FAILED: StepFailed(Step.UPLOAD),
    Move.ENDED_WELL: Finished(Verdict(Outcome.UPDATED, Ending.PROVEN, headline=Text("Updated"))),
    Move.ENDED_BADLY: Finished(Verdict(Outcome.NOT_UPDATED, Ending.SILENT, headline=Text("Not"))),
    Move.ENDED_BY_HAND: REACHED[Progress.STOPPED][-1],
    Move.ENDED_IN_DOUBT: REACHED[Progress.UNKNOWN][-1],
}
_ENDS = (Move.ENDED_WELL, Move.ENDED_BADLY, Move.ENDED_BY_HAND, Move.ENDED_IN_DOUBT)


@pytest.mark.parametrize(("progress", "move"), list(product(Progress, Move)))
def test_a_step_moves_as_its_table_says_and_no_other_way(progress: Progress, move: Move) -> None:
    track = Track(0.0)
    for event in REACHED[progress]:
        track.take(event, 1.0)
    assert track.steps[Step.UPLOAD] is progress
    then = MOVES.get((progress, move))
    if then is not None:
        track.take(HAPPENS[move], 2.0)
        assert track.steps[Step.UPLOAD] is then
    elif move in _ENDS:
        track.take(HAPPENS[move], 2.0)
        assert track.steps[Step.UPLOAD] is progress, "a verdict leaves what was over as it was"
    else:
        with pytest.raises(IllegalStep):
            track.take(HAPPENS[move], 2.0)
        assert track.steps[Step.UPLOAD] is progress
