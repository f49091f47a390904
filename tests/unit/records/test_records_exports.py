"""Records as files: for spreadsheets, programs, browsers and floors that read OpenHTF."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.records import csv_export, html_report, json_export, openhtf
from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.records.coding import cleaned, from_json, to_json
from app.records.entry import from_line, to_line
from app.records.extract import Scope
from app.records.filter import Filter
from app.records.summary import FailureCount, HourCount, StepMean, Summary
from app.records.taking_along import Form, form_of, writer
from smp.errors import RecordError
from tests.helpers.recorded import NOON, attempt, extract

CLOCK = time.strftime("%Y-%m-%d %H:%M", time.localtime(NOON))
EVIL = '=HYPERLINK("http://x")</td><script>alert(1)</script>'
SUMMARY = Summary(
    attempts=3,
    units=2,
    good_units=1,
    good_at_once=1,
    results=((Result.PASS, 1), (Result.FAIL, 2)),
    failures=(FailureCount("wrong", EVIL, 2, 1),),
    hours=(HourCount(1_700_000_000 // 3600 * 3600, 1, 2),),
    steps=(StepMean("upload", 10.0, 11.0, 3),),
    began=NOON,
    ended=NOON + 600,
    mean_seconds=12.0,
)


def rows(attempts: list[Attempt]) -> list[dict[str, str]]:
    text = "".join(csv_export.table(extract(attempts)))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


# -- CSV -----------------------------------------------------------------------------------------


def test_a_table_has_a_column_for_each_step_and_measurement() -> None:
    first = attempt("0042", began=NOON, ended=NOON + 12)
    second = attempt(
        "0043",
        Result.FAIL,
        steps=(StepTime("check", 0.5),),
        measurements=(Measurement("battery", "2.7", "V", low="2.9", result=Result.FAIL),),
    )
    told = rows([first, second])
    assert told[0]["began_utc"] == "2023-11-14T22:13:20Z"
    assert (told[0]["unit"], told[0]["result"], told[0]["seconds"]) == ("0042", "PASS", "12.000")
    assert (told[0]["step upload (s)"], told[1]["step upload (s)"]) == ("10.000", "")
    assert (told[1]["measured battery"], told[1]["measurements_failed"]) == ("2.7 V", "battery")
    assert told[0]["key"] == first.key


@pytest.mark.parametrize("mark", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1"])
def test_no_spreadsheet_takes_a_text_for_a_formula(mark: str) -> None:
    (told,) = rows([attempt(mark, reason=mark, measurements=(Measurement(mark, mark),))])
    assert told["unit"] == f"'{mark}"
    assert told["reason"] == f"'{mark}"
    assert told[f"measured {mark}"] == f"'{mark}"


def test_a_negative_number_stays_a_number() -> None:
    (told,) = rows([attempt("a", measurements=(Measurement("temperature", "-12.5"),))])
    assert told["measured temperature"] == "-12.5"


@given(st.text(), st.text())
def test_whatever_a_unit_says_stays_in_its_cell(unit: str, reason: str) -> None:
    (told,) = rows([attempt(unit, reason=reason)])
    assert None not in told
    for value in (told["unit"], told["reason"]):
        assert not value.lstrip().startswith(("=", "@"))
        assert "\n" not in value
        assert "\r" not in value


# -- JSON ----------------------------------------------------------------------------------------


def test_json_has_all_of_it(tmp_path: Path) -> None:
    made = attempt("0042", Result.FAIL)
    json_export.write(extract([made], SUMMARY), tmp_path / "r.json")
    told = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert told["schema"] == 1
    assert told["summary"]["yield"] == 0.5
    assert told["summary"]["failures"][0]["code"] == "wrong"
    assert from_json(told["attempts"][0]) == made
    assert told["attempts"][0]["began_utc"].endswith("Z")


def test_json_says_of_what_it_is_a_part() -> None:
    wanted = Filter(since=NOON, result=Result.FAIL, serial="0042")
    scope = Scope("hall", wanted, there=5, waiting=2)
    told = json.loads("".join(json_export.text(extract([attempt("0042")], scope=scope), NOON)))
    assert told["made_utc"] == "2023-11-14T22:13:20Z"
    assert told["scope"] == {
        "database": "hall",
        "filter": {
            "since": NOON,
            "result": "FAIL",
            "serial": "0042",
            "since_utc": "2023-11-14T22:13:20Z",
        },
        "attempts": 1,
        "there": 5,
        "left_out": 4,
        "waiting": 2,
    }
    told = json.loads("".join(json_export.text(extract([], scope=Scope("hall")), NOON)))
    assert (told["scope"]["filter"], told["attempts"]) == ({}, [])


_TEXT = st.text(max_size=300)
_TIME = st.floats(allow_nan=True, allow_infinity=True)


@given(
    st.builds(
        Attempt,
        key=st.text("abc123-", min_size=1, max_size=20),
        began=_TIME,
        ended=_TIME,
        result=st.sampled_from(Result),
        code=_TEXT,
        reason=_TEXT,
        unit=_TEXT,
        sent=st.integers(),
        steps=st.lists(st.builds(StepTime, _TEXT, _TIME), max_size=2).map(tuple),
        measurements=st.lists(st.builds(Measurement, _TEXT, _TEXT), max_size=2).map(tuple),
    )
)
def test_any_attempt_survives_its_way_and_every_form(made: Attempt) -> None:
    kept = cleaned(made)
    assert cleaned(kept) == kept
    assert from_json(json.loads(json.dumps(to_json(kept)))) == kept
    line = to_line(made)
    assert line.count(b"\n") == 1
    assert from_line(line) == kept
    assert list(csv_export.table(extract([kept])))
    assert html_report.page(extract([kept]))
    json.loads("".join(json_export.text(extract([kept]), NOON)))
    json.dumps(openhtf.record(kept), allow_nan=False)


@given(st.binary(max_size=200))
def test_a_line_that_is_none_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ValueError):
        from_line(data)


@pytest.mark.parametrize(
    "change",
    [
        {"result": "GOOD"},
        {"began": "soon"},
        {"steps": [5]},
        {"steps": {}},
        {"sent": 1.5},
        {"key": ""},
    ],
)
def test_an_attempt_with_something_else_in_it_is_none(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        from_json({**to_json(attempt("a")), **change})


def test_an_attempt_of_another_version_is_read() -> None:
    told = to_json(attempt("a"))
    told["later"] = "unknown"
    del told["remark"]
    assert from_json(told).unit == "a"
    del told["key"]
    with pytest.raises(ValueError, match="without key"):
        from_json(told)


# -- HTML ----------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """Whether every element is closed in its place, and which there are."""

    VOID = ("meta", "br", "img")
    ALONE = ("rect", "line")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag not in (*self.VOID, *self.ALONE):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def test_a_report_has_yield_failures_hours_steps_and_every_attempt() -> None:
    made = [attempt("0042"), attempt(EVIL, Result.FAIL, reason=EVIL, job=EVIL, operator=EVIL)]
    page = html_report.page(extract(made, SUMMARY), now=NOON)
    told = seen(page)
    assert not told.tags & {"script", "img", "a", "link", "iframe"}
    words = " ".join(told.words)
    for part in ("50.0\u202f%", "0042", "✓ PASS", "✗ FAIL", "upload", "What failed", EVIL):
        assert part in words, part
    assert "http" not in page.replace("http-equiv", "").replace("http://x", "")


def test_a_report_of_nothing_says_so() -> None:
    words = " ".join(seen(html_report.page(extract([]), now=NOON)).words)
    assert "Nothing failed" in words
    assert "–" in words


def test_not_quite_all_is_not_rounded_up_to_all() -> None:
    told = Summary(units=100_000, good_units=99_999, good_at_once=99_999, attempts=100_000)
    page = html_report.page(extract([], told), now=NOON)
    assert "99.9\u202f%" in page
    assert "100\u202f%" not in page.replace("width:100%", "")


def test_a_long_list_is_cut_and_says_so() -> None:
    page = html_report.page(extract([attempt("a")] * 2_003), now=NOON)
    assert page.count("✓ PASS") == 2_000
    assert "3 older attempts are left out" in page


@pytest.mark.parametrize(
    ("scope", "said", "not_said"),
    [
        (Scope("hall", there=2), ["All attempts in hall"], ["part", "left out", "wait"]),
        (
            Scope("hall", Filter(since=NOON, result=Result.FAIL, unit=EVIL), there=1_402),
            [f"Only a part of hall: begun {CLOCK} or later, Result: FAIL, Unit: {EVIL}"],
            ["All attempts in", "wait"],
        ),
        (
            Scope("hall", Filter(until=NOON, station="S1", job="sensor"), there=1_402),
            [f"begun before {CLOCK}, Job: sensor, Station: S1", "1,400 of 1,402 attempts are left"],
            ["All attempts in", "wait"],
        ),
        (Scope("hall", there=2, waiting=3), ["All attempts in hall", "3 records wait"], ["part"]),
    ],
)
def test_a_report_says_of_what_it_is_a_part(
    scope: Scope, said: list[str], not_said: list[str]
) -> None:
    page = html_report.page(extract([attempt("a"), attempt("b")], scope=scope), now=NOON)
    words = " ".join(seen(page).words)
    for part in said:
        assert part in words
    for part in not_said:
        assert f" {part}" not in words


def test_a_report_of_failures_alone_has_no_yield() -> None:
    told = replace(SUMMARY, has_all_ends=False)
    page = html_report.page(extract([], told), now=NOON)
    assert "50.0\u202f%" in html_report.page(extract([], SUMMARY), now=NOON)
    assert "50.0\u202f%" not in page
    assert json_export.summary_json(told)["yield"] is None


# -- OpenHTF -------------------------------------------------------------------------------------


def test_an_openhtf_record_is_as_openhtf_writes_it() -> None:
    made = attempt(
        "0042",
        Result.FAIL,
        began=NOON,
        ended=NOON + 12,
        steps=(StepTime("check", 0.5), StepTime("upload", 10.0, Result.TIMEOUT)),
        measurements=(
            Measurement("battery", "2.7", "V", low="2.9", high="3.3", result=Result.FAIL),
            Measurement("battery", "0042", wanted="0042"),
        ),
    )
    told = openhtf.record(made)
    assert list(told) == [
        *("dut_id", "station_id", "start_time_millis", "end_time_millis", "outcome"),
        *("outcome_details", "marginal", "metadata", "phases", "subtests", "branches"),
        *("diagnosers", "diagnoses", "log_records", "code_info"),
    ]
    assert (told["dut_id"], told["station_id"], told["outcome"]) == ("0042", "S1", "FAIL")
    assert told["start_time_millis"] == 1_700_000_000_000
    assert told["outcome_details"] == [
        {"code": "no-answer", "description": "The device does not answer"}
    ]
    phases = told["phases"]
    assert isinstance(phases, list)
    assert [phase["name"] for phase in phases] == ["check", "upload", "measurements"]
    assert [phase["outcome"] for phase in phases] == ["PASS", "ERROR", "FAIL"]
    assert phases[1]["start_time_millis"] == phases[0]["end_time_millis"] == 1_700_000_000_500
    assert phases[1]["result"] == {"phase_result": None}
    assert phases[2]["measurements"] == {
        "battery": {
            "name": "battery",
            "outcome": "FAIL",
            "measured_value": 2.7,
            "validators": ["2.9 <= x <= 3.3"],
            "units": {"name": "volt", "code": "VLT", "suffix": "V"},
        },
        "battery_2": {
            "name": "battery_2",
            "outcome": "PASS",
            "measured_value": "0042",
            "validators": ["'x' is equal to '0042'"],
        },
    }


def test_openhtf_records_get_a_file_each(tmp_path: Path) -> None:
    made = [attempt("../../etc/passwd"), attempt(""), attempt("0042")]
    openhtf.write(extract(made), tmp_path / "records")
    names = sorted(path.name for path in (tmp_path / "records").iterdir())
    assert len(names) == 3
    assert all(json.loads((tmp_path / "records" / name).read_text("utf-8")) for name in names)
    assert list(tmp_path.iterdir()) == [tmp_path / "records"]
    openhtf.write(extract(made[:1]), tmp_path / "one.json")
    assert json.loads((tmp_path / "one.json").read_text("utf-8"))["outcome"] == "PASS"


# -- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", Form)
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, form: Form) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="cannot be written") as caught:
        writer(form)(extract([attempt("a")]), tmp_path / "file" / "out")
    assert caught.value.what.code == "record-export-failed"


def test_names_tell_their_form() -> None:
    names = ("a.csv", "A.CSV", "a.html", "a.HTM", "a.json", "a.txt", "a")
    assert [form_of(Path(name)) for name in names] == [
        *(Form.CSV, Form.CSV, Form.HTML, Form.HTML, Form.JSON, None, None)
    ]
