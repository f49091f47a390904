"""Where the help explains what is said: errors, verdicts, checks."""

from __future__ import annotations

import pytest

from app.presenters import places
from smp.errors import DeviceError, FileError, LinkLost, SmpError
from smp.text import NOTHING, Coded, Text
from smp.update.verdict import Ending, Outcome, Verdict

GONE = LinkLost(Coded("port-gone", "{name} has gone", name="ttyACM0"))
DAMAGED = FileError(Coded("file-damaged", "{name} is damaged", name="app.bin"))
REFUSED = DeviceError(9, group=1)


def verdict(ending: Ending, error: SmpError | None = None, step: Text = NOTHING) -> Verdict:
    headline = Text("Not updated")
    return Verdict(Outcome.NOT_UPDATED, ending, headline, next_step=step, error=error)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (verdict(Ending.ROLLED_BACK), "verdicts#rolled-back"),
        (verdict(Ending.LINK_LOST, GONE, GONE.next_step), "errors#port-gone"),
        (verdict(Ending.LINK_LOST, GONE, Text("Start it again")), "verdicts#link-lost"),
        (verdict(Ending.BAD_INPUT, DAMAGED), "errors#file-damaged"),
        (verdict(Ending.REFUSED_BY_DEVICE, REFUSED), "device-answers#answer-1-9"),
        (verdict(Ending.FORBIDDEN), "verdicts#forbidden"),
    ],
)
def test_a_verdict_leads_to_its_error_where_it_says_no_more_than_that(
    said: Verdict, place: str
) -> None:
    assert places.of_verdict(said) == place


def test_a_devices_answer_leads_to_its_number() -> None:
    assert places.of_error(DeviceError(8)) == "device-answers#answer-8"
    assert places.of_error(REFUSED) == "device-answers#answer-1-9"


def test_what_has_no_code_leads_nowhere() -> None:
    assert places.of_text(Text("anything")) == places.of_check(NOTHING) == ""
    assert places.of_check(Coded("not-signed", "Not signed")) == "checks#not-signed"
