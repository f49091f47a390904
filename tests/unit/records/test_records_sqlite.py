"""Records in a file of SQLite: what is written is there, once, and comes out as it was."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from app.records import extracting
from app.records.attempt import Attempt, Result
from app.records.extract import Extract
from app.records.filter import Filter
from app.records.records import Records
from app.records.serials import Serial, SerialState
from smp.errors import RecordError
from tests.helpers.recorded import NOON, attempt


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    opened = await Records.open(tmp_path / "r.sqlite", tmp_path / "out.jsonl", station="S1")
    yield opened
    await opened.close()


async def test_what_was_written_comes_out_as_it_was(records: Records) -> None:
    made = attempt("0042", Result.FAIL, remark="The clock went back")
    told: list[int] = []
    records.changed.listen(lambda: told.append(records.saved))

    assert await records.write(made)

    assert await records.attempts() == [made]
    assert (records.saved, records.waiting, records.problem, told) == (1, 0, None, [1])


async def test_the_same_attempt_twice_is_there_once(records: Records) -> None:
    made = attempt("0042")
    assert await records.write(made)
    assert await records.write(made)
    assert await records.attempts() == [made]


async def test_a_units_history_begins_with_the_oldest(records: Records) -> None:
    first, other, second = attempt("a", Result.ERROR), attempt("b"), attempt("a")
    for each in (second, other, first):
        await records.write(each)
    assert await records.unit("a") == [first, second]
    assert await records.unit("nobody") == []


async def test_serial_numbers_of_a_counter_follow_each_other(records: Records) -> None:
    first = await records.take_serial("sensor", "k1", format="S2-{number:04d}", first=7)
    second = await records.take_serial("sensor", "k2", format="S2-{number:04d}", first=7)
    again = await records.take_serial("sensor", "k1", format="S2-{number:04d}", first=7)
    other = await records.take_serial("lamp", "k3", format="L{number:x}", first=255)
    assert [s.text for s in (first, second, again, other)] == [
        "S2-0007",
        "S2-0008",
        "S2-0007",
        "Lff",
    ]


async def test_what_is_given_back_is_handed_out_again_and_what_is_used_is_not(
    records: Records,
) -> None:
    first = await records.take_serial("sensor", "k1")
    second = await records.take_serial("sensor", "k2")
    await records.use_serial(first)
    await records.give_back(second, "The unit was pulled out")
    await records.give_back(first, "too late")

    third = await records.take_serial("sensor", "k3")
    assert (third.text, third.key) == ("2", "k3")
    assert (await records.take_serial("sensor", "k4")).text == "3"
    await records.give_back(second, "by who has it no more")
    assert [s.key for s in await records.held()] == ["k3", "k4"]


async def test_a_counter_passes_over_what_was_scanned(records: Records) -> None:
    await records.claim_serial("sensor", "k1", "2")
    await records.give_back(await records.claim_serial("sensor", "k2", "3"), "not written")
    taken = [(await records.take_serial("sensor", f"t{n}")).text for n in range(3)]
    assert taken == ["1", "3", "4"]


async def test_a_counter_ends(records: Records) -> None:
    await records.take_serial("sensor", "k1", first=1, last=1)
    with pytest.raises(RecordError, match="All serial numbers of sensor are used") as caught:
        await records.take_serial("sensor", "k2", first=1, last=1)
    assert caught.value.what.code == "record-serials-used-up"
    assert records.problem is None


async def test_a_list_is_worked_off(records: Records) -> None:
    lines = ["a1", "", " a2 ", "a3"]
    first = await records.take_listed("sensor", "k1", lines)
    second = await records.take_listed("sensor", "k2", lines)
    assert (first.text, second.text, second.number) == ("a1", "a2", 2)
    await records.give_back(first, "not written")
    assert (await records.take_listed("sensor", "k3", lines)).text == "a1"
    assert (await records.take_listed("sensor", "k4", lines)).text == "a3"
    with pytest.raises(RecordError, match="of the list of sensor are used"):
        await records.take_listed("sensor", "k5", lines)


async def test_a_scanned_number_is_refused_while_it_is_held_and_once_it_has_passed(
    records: Records,
) -> None:
    serial = await records.claim_serial("sensor", "k1", "A-1")
    assert await records.claim_serial("sensor", "k1", "A-1") == serial
    with pytest.raises(RecordError, match=r"A-1 is at work already\. Station S1 has it"):
        await records.claim_serial("sensor", "k2", "A-1")
    await records.write(attempt("A-1", Result.FAIL, key="k1"))
    await records.use_serial(serial)

    again = await records.claim_serial("sensor", "k3", "A-1")
    await records.write(attempt("A-1", key="k3"))
    await records.use_serial(again)
    with pytest.raises(RecordError, match="A-1 has passed already"):
        await records.claim_serial("sensor", "k4", "A-1")
    assert await records.claim_serial("sensor", "k4", "A-1", duplicates=True)
    assert await records.claim_serial("lamp", "k5", "A-1")


async def test_a_number_that_a_unit_got_unasked_is_that_units_from_then_on(
    records: Records,
) -> None:
    """A scanner read it while the database was away."""
    serial = Serial("sensor", 0, "A-1", "k1")
    await records.give_back(Serial("sensor", 0, "A-2", "k2"), "pulled out")
    await records.write(attempt("A-1", key="k1"))
    await records.use_serial(serial)
    await records.use_serial(serial)
    assert [(it.serial, it.state) for it in await records.serials()] == [(serial, SerialState.USED)]
    with pytest.raises(RecordError, match="A-1 has passed already"):
        await records.claim_serial("sensor", "k3", "A-1")
    assert (await records.take_serial("sensor", "k4", format="A-{number}")).text == "A-2"


@pytest.mark.parametrize("form", ["S2", "{number}{number}", "{number.real}", "{0}", "{number:,}"])
async def test_a_form_that_is_none_is_refused(records: Records, form: str) -> None:
    with pytest.raises(RecordError, match="is no form of serial numbers"):
        await records.take_serial("sensor", "k1", format=form)


@pytest.mark.parametrize("text", ["", "a\nb", "x" * 300, "a\x00"])
async def test_a_number_that_cannot_be_printed_is_refused(records: Records, text: str) -> None:
    with pytest.raises(RecordError, match="is no serial number"):
        await records.claim_serial("sensor", "k1", text)


async def test_a_summary_counts_units_by_their_last_attempt(records: Records) -> None:
    for each in (
        attempt("a", Result.FAIL, code="wrong-version"),
        attempt("a"),
        attempt("b"),
        attempt("c", Result.TIMEOUT),
        attempt("c", Result.TIMEOUT),
        attempt(""),
        attempt("", Result.ABORTED, code="stopped"),
    ):
        await records.write(each)

    told = await records.summary()

    assert (told.attempts, told.units, told.good_units, told.good_at_once) == (7, 5, 3, 2)
    assert told.yield_ == pytest.approx(0.6)
    assert [(f.code, f.attempts, f.units) for f in told.failures] == [
        ("no-answer", 2, 1),
        ("stopped", 1, 1),
        ("wrong-version", 1, 1),
    ]
    assert told.failures[0].reason == "The device does not answer"
    assert sum(hour.passed for hour in told.hours) == 3
    assert [(step.name, step.mean) for step in told.steps] == [("upload", 10.0), ("check", 0.5)]
    assert dict(told.results)[Result.TIMEOUT] == 2
    assert told.mean_seconds == pytest.approx(12)


async def test_a_summary_of_nothing(records: Records) -> None:
    told = await records.summary()
    assert (told.attempts, told.yield_, told.mean_seconds, told.failures) == (0, None, None, ())


async def test_filters(records: Records) -> None:
    first = attempt("SN_001", operator="Ada", station="S1", place="1")
    second = attempt("SN%002", Result.FAIL, operator="Bob", station="S2", place="2", job="lamp")
    third = attempt("snX003", job_hash="cd" * 32)
    for each in (first, second, third):
        await records.write(each)

    async def found(**wanted: object) -> list[str]:
        return [each.unit for each in await records.attempts(Filter(**wanted))]  # type: ignore[arg-type]

    assert await found() == ["snX003", "SN%002", "SN_001"]
    assert await found(limit=1) == ["snX003"]
    assert await found(offset=1) == ["SN%002", "SN_001"]
    assert await found(limit=1, offset=1) == ["SN%002"]
    assert await found(unit="sn_") == ["SN_001"]
    assert await found(unit="sn?00*") == ["snX003", "SN%002", "SN_001"]
    assert await found(unit="%") == ["SN%002"]
    assert await found(result=Result.FAIL) == ["SN%002"]
    assert await found(operator="Bob") == ["SN%002"]
    assert await found(station="S1", place="1", job="sensor") == ["snX003", "SN_001"]
    assert await found(job="cdcdcdcd") == ["snX003"]
    assert await found(since=second.began) == ["snX003", "SN%002"]
    assert await found(until=second.began) == ["SN_001"]
    assert (await records.summary(Filter(result=Result.FAIL))).attempts == 1


async def test_what_has_passed_is_known_to_limits(records: Records) -> None:
    for each in (attempt("a"), attempt("a"), attempt("b", Result.FAIL), attempt("")):
        await records.write(each)
    assert await records.passed("a")
    assert not await records.passed("b")
    assert await records.counts("ab" * 32) == 2
    assert await records.counts("cd" * 32) == 0


async def test_hostile_texts_and_numbers_are_kept_harmless(records: Records) -> None:
    odd = attempt(
        "a\x00b\ud800\x1b[31m",
        reason="x" * 100_000,
        sent=2**80,
        began=float("nan"),
        ended=float("inf"),
    )
    assert await records.write(odd)
    (kept,) = await records.attempts()
    assert kept.unit == "ab\ufffd"
    assert (len(kept.reason), kept.sent, kept.began, kept.ended) == (2000, 2**63 - 1, 0.0, 0.0)


async def test_two_programs_share_a_file(tmp_path: Path, records: Records) -> None:
    other = await Records.open(tmp_path / "r.sqlite", tmp_path / "out2.jsonl", station="S2")
    try:
        taken = await asyncio.gather(
            *(
                each.take_serial("p", f"{each.station}{n}")
                for n in range(20)
                for each in (records, other)
            )
        )
        assert len({serial.text for serial in taken}) == 40
    finally:
        await other.close()


async def test_the_file_has_a_write_ahead_log(tmp_path: Path, records: Records) -> None:
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_what_is_taken_along_is_read_in_pieces_as_it_was_at_one_moment(
    tmp_path: Path, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another station writes meanwhile; attempts that began at once fall into two pieces."""
    monkeypatch.setattr(extracting, "_AT_ONCE", 2)
    made = [attempt(f"u{number}", began=NOON + number // 3) for number in range(7)]
    for each in made:
        assert await records.write(each)
    station = await Records.open(tmp_path / "r.sqlite", tmp_path / "2.jsonl", station="S2")
    loop = asyncio.get_running_loop()

    def use(extract: Extract) -> list[Attempt]:
        each = iter(extract.attempts)
        first = next(each)
        late = station.write(attempt("late", began=NOON - 1))
        assert asyncio.run_coroutine_threadsafe(late, loop).result()
        assert (extract.count, extract.left_out, extract.summary.attempts) == (7, 0, 7)
        assert (extract.steps, extract.measured) == (["check", "upload"], ["battery"])
        assert extract.values["station"] == ["S1"]
        return [first, *each]

    told = await records.take_along(Filter(), use)
    assert sorted(each.unit for each in told) == sorted(each.unit for each in made)
    assert [each.began for each in told] == sorted((it.began for it in made), reverse=True)
    assert await records.take_along(Filter(), lambda extract: list(extract.attempts)) == (
        await records.attempts()
    )
    wanted = Filter(serial="u1")
    assert await records.take_along(wanted, lambda it: (it.count, it.left_out)) == (1, 7)
    assert [each.unit for each in await records.attempts(wanted)] == ["u1"]
    await station.close()


async def test_attempts_chosen_by_how_they_ended_have_no_yield(records: Records) -> None:
    await records.write(attempt("a"))
    await records.write(attempt("b", Result.FAIL))
    for wanted, expected in (
        (Filter(), 0.5),
        (Filter(station="S1"), 0.5),
        (Filter(result=Result.FAIL), None),
        (Filter(code="updated"), None),
    ):
        told = await records.summary(wanted)
        assert (told.yield_, told.first_pass_yield) == (expected, expected)
