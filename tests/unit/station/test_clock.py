"""A computer's clock that is set back between two units is told in the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.station.bench import Bench
from app.station.journal_lines import Ended
from smp.client import Client
from smp.discovery import Found
from tests.helpers.stationing import MemoryRecords, job, open_around

NOW = 1_800_000_000.0


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    def never(found: Found) -> Client:
        raise AssertionError(found)

    monkeypatch.setattr("app.station.bench.time.time", lambda: NOW)
    records, opened = MemoryRecords(), open_around(job())
    return Bench(opened, records, never, tmp_path / "journal", "S1", None, None)


@pytest.mark.parametrize(
    ("before", "is_told"), [(None, False), (-60, False), (1, False), (60, True)]
)
def test_a_clock_that_went_back_is_told_of_the_next_attempt(
    bench: Bench, before: float | None, is_told: bool
) -> None:
    if before is not None:
        bench.count(Ended("k", "u", "PASS", NOW + before))
    words = str(bench.clock_remark())
    assert ("2027-01-15 08:01:00 UTC" in words) is is_told
    assert bool(words) is is_told
    bench.count(Ended("k2", "u2", "PASS", NOW))
    assert not bench.clock_remark(), "once"


def test_what_is_no_time_ends_nothing(bench: Bench) -> None:
    bench.count(Ended("k", "u", "PASS", 1e12))
    assert "set back" in str(bench.clock_remark())
