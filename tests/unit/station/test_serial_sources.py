"""A unit's serial number comes from where the job says, looks as it says, or is refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.station import rest
from app.station.job import SerialRule, SerialSource
from app.station.outcomes import StationError
from app.station.serial_sources import check_serial, read_list, take
from smp.errors import FileError, RecordError
from tests.helpers.attempts import Ledger, opened
from tests.helpers.clock import Clock

SCAN = SerialRule(SerialSource.SCAN, pattern="S2-####")


def test_a_scan_is_taken_without_what_the_scanner_puts_around_it() -> None:
    assert check_serial(SCAN, " S2-0042\r\n") == "S2-0042"


@pytest.mark.parametrize("text", ["S2-42", "s2-0042", "S2-00421", "4006381333931", "S2-００42"])
def test_what_does_not_look_like_one_is_refused(text: str) -> None:
    with pytest.raises(StationError) as caught:
        check_serial(SCAN, text)
    assert caught.value.what.code == "station-serial-unlike"
    assert "S2-####" in caught.value.why


@pytest.mark.parametrize("text", ["a" * 65, "a\x1b[2Jb", "a\u202eb", "a\nb", "a\0"])
def test_what_cannot_be_printed_is_no_serial_number(text: str) -> None:
    with pytest.raises(StationError, match="no serial number"):
        check_serial(SerialRule(SerialSource.SCAN), text)


@given(st.text())
def test_any_scan_is_taken_or_refused(text: str) -> None:
    with contextlib.suppress(StationError):
        assert check_serial(SerialRule(SerialSource.SCAN), text).isprintable()


def test_a_list_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    path.write_bytes("\ufeffS-1\r\n# reserve\n\n  S-2 \n".encode())
    assert read_list(path) == ("S-1", "S-2")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"S-1\nS-2\nS-1\n", "S-1 in line 3 was there before"),
        (b"S-1\nS\x1b[2J2\n", "Line 2 is no serial number"),
        (b"x" * 65, "Line 1 is no serial number"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"# empty\n" * (3 << 20), "more than 16,777,216 bytes"),
        (None, "No such file"),
    ],
    ids=["twice", "control", "long", "binary", "huge", "absent"],
)
def test_a_list_that_is_no_good_says_why(tmp_path: Path, data: bytes | None, why: str) -> None:
    path = tmp_path / "numbers.txt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(FileError) as caught:
        read_list(path)
    assert caught.value.what.code == "station-serial-list"
    assert why in caught.value.why


async def test_each_unit_gets_the_next_line_that_nobody_has(clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "numbers.txt").write_text("A\nB\n", "utf-8")
    rule = SerialRule(SerialSource.LIST, file="numbers.txt")
    job = opened(path=tmp_path / "job.toml", serial=rule)
    ledger = Ledger()
    for wanted in "AB":
        serial = await take(job, ledger, "k", facts={})
        assert serial is not None
        assert (serial.text, serial.pool) == (wanted, "Sensor 2")
    with pytest.raises(RecordError):
        await take(job, ledger, "k", facts={})


async def test_a_counter_has_the_jobs_format_and_pool(clock: Clock) -> None:
    rule = SerialRule(SerialSource.COUNTER, "line", "N{number:03d}", first=7, last=7)
    serial = await take(opened(serial=rule), Ledger(), "k", facts={})
    assert serial is not None
    assert (serial.text, serial.pool) == ("N007", "line")


async def test_a_job_without_serial_numbers_takes_none(clock: Clock) -> None:
    assert await take(opened(), Ledger(), "k", facts={}) is None


REST = SerialRule(SerialSource.REST, url="https://mes.example/serial", pattern="R-*")


async def test_a_service_gives_one_for_the_key_of_the_attempt(clock: Clock) -> None:
    asked: list[rest.Call] = []

    async def give(call: rest.Call) -> rest.Answer:
        asked.append(call)
        return rest.Answer(200, {"serial": "R-9"})

    serial = await take(opened(serial=REST), Ledger(), "k7", facts={"place": "1"}, call=give)
    assert serial is not None
    assert serial.text == "R-9"
    assert (asked[0].key, asked[0].body["place"]) == ("k7", "1")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (rest.Answer(200, {"serial": 9}), "station-serial-not-given"),
        (rest.Answer(200, {"error": "none left"}), "station-serial-not-given"),
        (rest.Answer(200, ["R-9"]), "station-serial-not-given"),
        (rest.Answer(204), "station-serial-not-given"),
        (rest.Answer(404, {"message": "no such order"}), "station-rest-refused"),
        (rest.Answer(200, {"serial": "X-9"}), "station-serial-unlike"),
    ],
)
async def test_a_service_that_gives_none_is_told_apart(
    clock: Clock, answer: rest.Answer, code: str
) -> None:
    async def give(call: rest.Call) -> rest.Answer:
        return answer

    with pytest.raises(StationError) as caught:
        await take(opened(serial=REST), Ledger(), "k", facts={}, call=give)
    assert caught.value.what.code == code
    assert rest.reason_in(answer.body) in caught.value.why
