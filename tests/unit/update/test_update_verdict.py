"""Verdicts: what a script gets."""

from __future__ import annotations

import json

import pytest

from smp.commands.image import ImageEntry
from smp.errors import DeviceError, FileError
from smp.text import Coded, Text
from smp.update.endings.refused import bad_input
from smp.update.verdict import Ending, ExitStatus, Outcome, Running, Verdict, only_part


@pytest.mark.parametrize(
    ("outcome", "ending", "status"),
    [
        (Outcome.UPDATED, Ending.PROVEN, 0),
        (Outcome.UPDATED, Ending.CONFIRMED_ONLY, 0),
        (Outcome.ALREADY_RUNNING, Ending.NOTHING_TO_DO, 0),
        (Outcome.NOT_UPDATED, Ending.FORBIDDEN, 1),
        (Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE, 1),
        (Outcome.NOT_UPDATED, Ending.UPLOAD_DAMAGED, 1),
        (Outcome.NOT_UPDATED, Ending.ROLLED_BACK, 1),
        (Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT, 1),
        (Outcome.NOT_UPDATED, Ending.LINK_LOST, 3),
        (Outcome.NOT_UPDATED, Ending.SILENT, 3),
        (Outcome.NOT_UPDATED, Ending.CANCELLED, 4),
        (Outcome.UNKNOWN, Ending.CANCELLED, 4),
        (Outcome.UNKNOWN, Ending.NEVER_BACK, 5),
        (Outcome.UNKNOWN, Ending.LINK_LOST, 5),
        (Outcome.UNKNOWN, Ending.NOT_CONFIRMED, 5),
    ],
)
def test_exit_statuses(outcome: Outcome, ending: Ending, status: int) -> None:
    assert Verdict(outcome, ending, Text("x")).exit_status == ExitStatus(status)


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("ending", list(Ending))
def test_status_0_is_for_good_outcomes_alone(outcome: Outcome, ending: Ending) -> None:
    verdict = Verdict(outcome, ending, Text("x"))
    assert (verdict.exit_status == 0) == verdict.is_good
    assert verdict.is_good == (outcome in (Outcome.UPDATED, Outcome.ALREADY_RUNNING))


def test_the_json_object_is_whole_and_plain() -> None:
    entry = ImageEntry(0, 0, "1.4.2", b"\x01" * 32, active=True, confirmed=True)
    verdict = Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_BY_DEVICE,
        Text("Not updated"),
        Text("because"),
        Text("do this"),
        parts=only_part(Running.of(entry), Running("1.3.0", None, None)),
        seconds=12.3456,
        error=DeviceError(9, group=1),
    )
    told = json.loads(json.dumps(verdict.to_json()))
    assert told == {
        "event": "verdict",
        "outcome": "not-updated",
        "ending": "refused-by-device",
        "headline": "Not updated",
        "reason": "because",
        "next_step": "do this",
        "running": {"version": "1.4.2", "hash": "01" * 32, "confirmed": True},
        "was": {"version": "1.3.0", "hash": None, "confirmed": None},
        "parts": [
            {
                "number": 0,
                "running": {"version": "1.4.2", "hash": "01" * 32, "confirmed": True},
                "was": {"version": "1.3.0", "hash": None, "confirmed": None},
            }
        ],
        "seconds": 12.3,
        "detail": "NO_FREE_SLOT (group 1, code 9)",
        "error": {
            "code": "device-refused-request",
            "values": {},
            "what": "The device refused the request",
            "why": told["error"]["why"],
            "next_step": told["error"]["next_step"],
            "command": "",
            "detail": "NO_FREE_SLOT (group 1, code 9)",
            "answer": {"group": 1, "code": 9, "name": "NO_FREE_SLOT", "reason": ""},
        },
    }
    assert "No slot is free" in told["error"]["why"]


def test_nothing_known_is_null() -> None:
    told = Verdict(Outcome.UNKNOWN, Ending.NEVER_BACK, Text("Unknown")).to_json()
    assert told["running"] is None
    assert told["was"] is None
    assert told["detail"] == ""
    assert Running.of(None) is None


def test_outcomes_are_the_four_words_of_the_command_line() -> None:
    assert {outcome.value for outcome in Outcome} == {
        "updated",
        "already-running",
        "not-updated",
        "unknown",
    }


def test_endings_are_stable_words() -> None:
    values = [ending.value for ending in Ending]
    assert len(values) == len(set(values))
    assert all(value == value.lower() and " " not in value for value in values)


def test_input_that_cannot_be_used_is_told_as_a_verdict_of_its_own() -> None:
    verdict = bad_input(
        FileError(Coded("no-image", "This is no image"), why=Text("It is a picture"))
    )
    assert verdict.ending is Ending.BAD_INPUT
    assert verdict.exit_status is ExitStatus.USAGE
    assert "Nothing was sent" in verdict.reason
