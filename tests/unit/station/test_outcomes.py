"""What the engine and its errors say, in the words of a line."""

from __future__ import annotations

import pytest

from app.records.attempt import Result
from app.station import outcomes
from app.station.outcomes import Ended, UnfitUnit
from smp.errors import (
    DeviceError,
    FileError,
    LinkLost,
    NoAnswer,
    RecordError,
    SmpError,
    Unanswered,
)
from smp.text import NOTHING, Coded, Text
from smp.update.verdict import Ending, Outcome, Verdict


def verdict(ending: Ending, outcome: Outcome = Outcome.NOT_UPDATED) -> Verdict:
    return Verdict(outcome, ending, Text("Headline"), Text("Why"), Text("Do it"))


@pytest.mark.parametrize("ending", list(Ending))
def test_only_a_good_verdict_is_a_pass(ending: Ending) -> None:
    assert outcomes.of_verdict(verdict(ending)).result is not Result.PASS
    assert outcomes.of_verdict(verdict(ending, Outcome.UNKNOWN)).result is not Result.PASS
    good = outcomes.of_verdict(verdict(ending, Outcome.UPDATED))
    assert (good.result, good.code) == (Result.PASS, ending.value)


def test_endings_are_told_apart() -> None:
    results = {it: outcomes.of_verdict(verdict(it)).result for it in Ending}
    of = {result: {it for it in results if results[it] is result} for result in Result}
    assert of[Result.ABORTED] == {Ending.CANCELLED}
    assert of[Result.TIMEOUT] == {Ending.SILENT, Ending.NEVER_BACK}
    assert of[Result.ERROR] == {Ending.BAD_INPUT, Ending.LINK_LOST, Ending.OTHER_DEVICE}
    assert Ending.ROLLED_BACK in of[Result.FAIL]


def test_why_it_is_no_pass_comes_before_what_it_runs() -> None:
    """A small tile has room for a few words."""
    told = outcomes.of_verdict(verdict(Ending.REFUSED_AT_BOOT))
    assert (str(told.reason), str(told.next_step)) == ("Why. Headline", "Do it")
    for ending, outcome in (
        (Ending.CANCELLED, Outcome.NOT_UPDATED),
        (Ending.PROVEN, Outcome.UPDATED),
    ):
        assert outcomes.of_verdict(verdict(ending, outcome)).reason == "Headline. Why"


@pytest.mark.parametrize("ending", [Ending.ROLLED_BACK, Ending.NOT_HELD])
def test_an_operator_is_not_sent_to_the_firmwares_author(ending: Ending) -> None:
    assert outcomes.of_verdict(verdict(ending)).next_step == UnfitUnit.usual_step


WHAT = Coded("some-code", "Something")


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (NoAnswer(WHAT), Result.TIMEOUT),
        (Unanswered(Text("the thing")), Result.TIMEOUT),
        (DeviceError(3), Result.FAIL),
        (LinkLost(WHAT), Result.ERROR),
        (FileError(WHAT), Result.ERROR),
        (RecordError(WHAT), Result.ERROR),
        (UnfitUnit(WHAT), Result.FAIL),
        (outcomes.StationError(WHAT), Result.ERROR),
        (SmpError(WHAT, detail="errno 5"), Result.ERROR),
    ],
)
def test_an_error_has_its_result_its_code_and_a_next_step(error: SmpError, result: Result) -> None:
    ended = outcomes.of_error(error)
    assert (ended.result, ended.code) == (result, error.what.code)
    assert ended.next_step
    assert error.detail in ended.reason


def test_what_is_stopped_says_what_is_left() -> None:
    left = Ended(Result.ABORTED, "cancelled", Text("The old image runs"), Text("Look"))
    ended = outcomes.aborted(outcomes.CANCELLED, left)
    assert (ended.result, ended.code) == (Result.ABORTED, "station-cancelled")
    assert ended.reason == "The attempt was stopped by a person. The old image runs"
    assert ended.next_step == "Look"
    assert outcomes.aborted(outcomes.CANCELLED).next_step


@pytest.mark.parametrize("result", list(Result))
def test_without_a_record_nothing_is_a_pass(result: Result) -> None:
    ended = outcomes.unrecorded(RecordError(WHAT), Ended(result, "code", NOTHING))
    assert ended.result is (Result.ERROR if result is Result.PASS else result)
    assert ended.code == ("station-not-recorded" if result is Result.PASS else "code")
    assert "Something" in ended.reason
