"""A station's journal: what was under way when the program was killed is in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.station.journal import Journal
from app.station.journal_lines import Past, entry, past_of
from app.station.refusal import StationRefusal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "station.journal"


def begin(journal: Journal, key: str = "k1", **more: object) -> None:
    journal.write("begun", key=key, place="3", began=100.0, scanned="S2-1", **more)


def past_at(path: Path) -> Past:
    """As the next start finds it."""
    journal = Journal(path)
    try:
        return journal.open()
    finally:
        journal.close()


def test_an_attempt_without_an_end_was_under_way(path: Path) -> None:
    journal = Journal(path)
    assert journal.open().unfinished == ()
    begin(journal, facts={"operator": "Ann"})
    begin(journal, "k2")
    journal.write(
        "went",
        key="k1",
        phase="uploading",
        until=107.5,
        unit="S2-1",
        steps=[["checking", 2.5], ["uploading", 5]],
        facts={"from_version": "1.3.0"},
    )
    facts = {"steps": [["check", 1.0]], "job": "ab", "shift": "early"}
    journal.write("ended", key="k2", who="S2-2", result="PASS", ended=110.0, **facts)
    journal.write("bound", place="3", at="1-2.4")
    journal.close()

    past = past_at(path)
    (begun,) = past.unfinished
    assert (begun.key, begun.place, begun.scanned, begun.phase) == ("k1", "3", "S2-1", "uploading")
    assert (begun.began, begun.until) == (100.0, 107.5)
    assert begun.steps == (("checking", 2.5), ("uploading", 5.0))
    assert begun.facts == {"operator": "Ann", "from_version": "1.3.0"}
    (ended,) = past.ended
    assert (ended.who, ended.result, ended.job, ended.shift) == ("S2-2", "PASS", "ab", "early")
    assert past.bound == {"3": "1-2.4"}


def test_a_torn_line_and_foreign_ones_are_passed_over(path: Path) -> None:
    journal = Journal(path)
    journal.open()
    begin(journal)
    journal.close()
    with path.open("ab") as file:
        file.write(
            b'\x00\xff{"v": 1, "event": "ended", "key": "k1"}\n[1]\n{"v": 2, "event": "ended"}'
        )
        file.write(b'\n{"v": 1, "event": "ended", "key": "k1", "resu')
    again = Journal(path)
    assert [each.key for each in again.open().unfinished] == ["k1"]
    again.write("ended", key="k1", who="x", result="ABORTED", ended=1.0)
    again.close()
    assert past_at(path).unfinished == ()


def test_a_second_station_is_refused_until_the_first_has_ended(path: Path) -> None:
    first = Journal(path)
    first.open()
    with pytest.raises(StationRefusal) as refusal:
        Journal(path)
    assert refusal.value.what.code == "station-runs-already"
    first.close()
    Journal(path).close()


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    with pytest.raises(StationRefusal) as refusal:
        Journal(tmp_path / "file" / "station.journal")
    assert refusal.value.what.code == "station-journal-unusable"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said_and_leaves_no_half_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(path)
    journal.open()
    begin(journal)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StationRefusal) as refusal:
            begin(journal, "k2")
    assert refusal.value.what.code == "station-journal-full"
    begin(journal, "k3")
    journal.close()
    assert [each.key for each in past_at(path).unfinished] == ["k1", "k3"]


def test_a_long_life_is_shortened_and_keeps_what_counts(path: Path) -> None:
    path.parent.mkdir()
    lines = [{"v": 1, "event": "bound", "place": "1", "at": "1-1"}]
    for number in range(4_000):
        lines.append({"v": 1, "event": "begun", "key": f"k{number}", "place": "1", "began": 1.0})
        lines.append({"v": 1, "event": "ended", "key": f"k{number}", "who": "a", "result": "PASS"})
    lines.append({"v": 1, "event": "begun", "key": "open", "place": "1", "began": 2.0})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    journal = Journal(path)
    past = journal.open()
    journal.close()
    assert len(path.read_text("utf-8").splitlines()) < 4_000
    again = past_at(path)
    assert again.unfinished == past.unfinished
    assert again.bound == past.bound
    assert again.ended == past.ended[-len(again.ended) :]


JSON = st.sampled_from(
    [
        None,
        True,
        -1,
        1e300,
        float("nan"),
        "",
        "k",
        [],
        [[]],
        [["a", 1], ["b", "c"], 7],
        {},
        {"a": 1},
    ]
)
NAMES = ("key", "place", "began", "until", "steps", "facts", "unit", "who", "ended", "at")


LINES = st.fixed_dictionaries(
    {"event": st.sampled_from(["begun", "went", "ended", "bound"])},
    optional=dict.fromkeys(NAMES, JSON),
)


@given(st.lists(LINES))
def test_whatever_stands_in_it_is_borne(lines: list[dict[str, object]]) -> None:
    past_of(lines)


@given(st.binary())
def test_whatever_a_line_is_it_is_read_or_passed_over(data: bytes) -> None:
    read = entry(data)
    assert read is None or read["v"] == 1
