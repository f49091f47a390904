"""What is shown of a station: each place by itself, the whole above and below."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from app.facts.station import TileKind
from app.lib.tone import Tone
from app.presenters.station import StationPresenter, header
from app.presenters.station_tile import BEGIN, PLUG, PULL, RETRY, STOP, tile
from app.records.attempt import Result
from app.station.standing import Phase, PlaceStanding
from smp.text import NOTHING, Text
from tests.helpers import scripted_station as script
from tests.helpers.texts import english


def test_every_phase_is_said_in_words() -> None:
    said = set()
    for phase in Phase:
        facts = tile(PlaceStanding("3", "1-2.3", phase))
        assert facts.headline, phase
        assert facts.kind.is_verdict is False
        assert (facts.kind is TileKind.WORKING) is phase.is_work
        said.add(facts.headline)
    assert len(said) >= len(Phase) - 1  # an end without a record is about its record, too


@pytest.mark.parametrize(
    ("result", "kind", "word"),
    [
        (Result.PASS, TileKind.PASSED, "PASS"),
        (Result.FAIL, TileKind.FAILED, "FAIL"),
        (Result.ERROR, TileKind.FAILED, "FAIL"),
        (Result.TIMEOUT, TileKind.FAILED, "FAIL"),
        (Result.ABORTED, TileKind.STOPPED, "STOPPED"),
    ],
)
def test_a_verdict_is_a_colour_and_a_word(result: Result, kind: TileKind, word: str) -> None:
    facts = tile(replace(script.FAILED, result=result))
    assert (facts.kind, facts.headline) == (kind, word)
    assert ("ERROR" in facts.foot) is (result is Result.ERROR)


def test_what_is_said_twice_is_said_once() -> None:
    usual = replace(script.UPLOADING, words=Text("Sending the firmware"))
    assert tile(usual).line == ""
    silent = replace(script.UPLOADING, words=Text("It has not answered for 4 s"))
    assert tile(silent).line == "It has not answered for 4 s"


def test_what_is_not_recorded_is_no_pass() -> None:
    facts = tile(replace(script.PASSED, is_unrecorded=True))
    assert (facts.kind, facts.headline) == (TileKind.FAILED, "FAIL")
    assert facts.line == "It is not recorded, so it is no pass"
    unwritten = tile(replace(script.PASSED, result=None))
    assert not unwritten.kind.is_verdict
    assert "PASS" not in repr(unwritten)


def test_a_failed_unit_says_why_and_offers_one_thing() -> None:
    facts = tile(script.FAILED)
    assert facts.line == "The unit was pulled out at 38 %"
    assert facts.action is not None
    assert (facts.action.key, facts.action.words) == (RETRY, "Try again")
    assert tile(replace(script.FAILED, can_retry=False)).action is None


def test_what_can_be_done_by_hand() -> None:
    def offered(place: PlaceStanding, *, is_simulated: bool = False) -> str:
        action = tile(place, is_simulated=is_simulated).action
        return action.key if action is not None else ""

    assert offered(PlaceStanding("1", phase=Phase.PRESENT)) == BEGIN
    wanted = PlaceStanding("1", phase=Phase.PRESENT, words=Text("Scan its serial number"))
    assert offered(wanted) == ""
    assert offered(wanted, is_simulated=True) == PULL
    assert offered(script.UPLOADING) == offered(script.HELD) == STOP
    for phase in (Phase.STOPPING, Phase.RECORDING):
        assert offered(replace(script.UPLOADING, phase=phase)) == ""
    assert offered(script.EMPTY) == offered(script.PASSED) == ""
    assert offered(script.EMPTY, is_simulated=True) == PLUG
    assert offered(script.PASSED, is_simulated=True) == PULL
    assert offered(script.FAILED, is_simulated=True) == RETRY


def test_nothing_of_a_unit_stays_when_it_leaves() -> None:
    show = StationPresenter()
    for before in (*script.EIGHT, replace(script.PASSED, is_unrecorded=True)):
        first = show.present(script.standing(replace(before, name="1", at="1-2")))
        assert first.tiles[0].name == "1"
        after = show.present(script.standing(PlaceStanding("1", "1-2")))
        assert after.tiles == (tile(PlaceStanding("1", "1-2")),)
        for field in fields(after.tiles[0]):
            if field.name not in ("name", "kind", "headline"):
                assert getattr(after.tiles[0], field.name) == field.default, field.name


def test_what_did_not_change_is_the_same_and_not_said_anew() -> None:
    said: list[object] = []

    def spoken(facts: object) -> object:
        said.append(facts)
        return facts

    show = StationPresenter(spoken)
    first = show.present(script.standing(*script.EIGHT))
    said.clear()
    moved = replace(script.UPLOADING, fraction=0.62)
    second = show.present(script.standing(script.PASSED, moved, *script.EIGHT[2:]))
    changed = [
        at for at, (a, b) in enumerate(zip(first.tiles, second.tiles, strict=True)) if a is not b
    ]
    assert changed == [1]
    assert said == [second.header, second.tiles[1], second.footer]


def test_the_figures_promise_no_more_than_is_so() -> None:
    def figures(**changed: object) -> list[str]:
        facts = header(script.standing(**changed), NOTHING, Tone.NEUTRAL)
        return [counter.figure for counter in facts.counters]

    assert figures() == ["187", "3", "98.4\u202f%", "46"]
    assert figures(yield_=None, per_hour=None)[2:] == ["–", "–"]
    assert figures(yield_=0.9999)[2] == "99.9\u202f%"
    assert figures(yield_=1.0)[2] == "100\u202f%"
    assert figures(yield_=0.0)[2] == "0\u202f%"
    assert figures(limit=1_400)[0] == "187 of 1,400"


def test_who_works_at_what_is_in_one_line() -> None:
    facts = header(script.standing(), NOTHING, Tone.NEUTRAL)
    assert facts.details == (
        "firmware 1.4.2 · job 51be 07d2, locked · operator M. K. · shift early"
    )
    open_job = header(script.standing(is_locked=False, shift=""), NOTHING, Tone.NEUTRAL)
    assert "not locked" in open_job.details
    assert "shift" not in open_job.details


def test_the_foot_says_what_is_wrong_before_all_else() -> None:
    show = StationPresenter()
    quiet = show.present(script.standing()).footer
    assert (quiet.armed, quiet.tone) == ("Armed", Tone.NEUTRAL)
    assert "190 saved, 0 waiting" in quiet.status
    assert "Slowest step: upload, 31\u202fs" in quiet.status
    behind = show.present(script.standing(waiting=12, is_armed=False)).footer
    assert (behind.armed, behind.tone) == ("Not armed", Tone.WARN)
    assert "Nothing starts by itself" in behind.status
    away = show.present(script.standing(trouble=Text("The database is away"))).footer
    assert (away.status, away.tone) == ("The database is away", Tone.BAD)
    ending = show.present(script.standing(*script.EIGHT, is_stopping=True)).footer
    assert ending.status == "The station ends when 3 units are done"
    one = show.present(script.standing(script.UPLOADING, is_stopping=True)).footer
    assert one.status == "The station ends when 1 unit is done"


def test_all_that_is_said_can_be_said_in_another_language() -> None:
    for place in script.EIGHT:
        facts = tile(place)
        for text in (facts.headline, facts.line, facts.advice, facts.foot, facts.left):
            assert not list(english(text)), text
