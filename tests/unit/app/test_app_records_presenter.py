"""An attempt as a row and in its details: no word of it says what nobody has seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.presenters import records as show
from app.records.attempt import Attempt, Result

ATTEMPT = Attempt(
    "k1",
    0.0,
    60.0,
    Result.PASS,
    "proven",
    "Running 1.4.2",
    from_version="1.3.0",
    to_version="1.4.2",
)


def told(result: Result) -> tuple[str, dict[str, str]]:
    """What it is said to run, and its versions."""
    attempt = replace(ATTEMPT, result=result)
    groups = {str(title): pairs for title, pairs in show.details(attempt).groups}
    firmware = {str(pair.title): pair.value for pair in groups["Firmware"]}
    return show.row_of(attempt).version, firmware


def test_what_has_passed_runs_what_the_file_brings() -> None:
    version, firmware = told(Result.PASS)
    assert version == "1.4.2"
    assert (firmware["Before"], firmware["After"]) == ("1.3.0", "1.4.2")


@pytest.mark.parametrize("result", [it for it in Result if it is not Result.PASS])
def test_of_others_it_is_not_said_that_they_run_it(result: Result) -> None:
    version, firmware = told(result)
    assert version == ""
    assert "After" not in firmware
    assert (firmware["Before"], firmware["File"]) == ("1.3.0", "1.4.2")
