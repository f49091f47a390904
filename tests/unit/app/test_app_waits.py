"""What a terminal says while a device is waited for."""

from __future__ import annotations

import pytest

from app.cli.waits import Waits
from smp.update.events import Awaited, CameBack, Restarting, UpdateEvent, Waiting, WentSilent


def lines(*told: tuple[float, UpdateEvent], until: float = 100.0) -> list[tuple[float, str]]:
    """What is said, and when, on a clock that is looked at each half second."""
    waits, said, events, now = Waits(), [], list(told), 0.0
    while now <= until:
        while events and events[0][0] <= now:
            waits.take(events.pop(0)[1], now)
        if line := waits.due(now):
            said.append((now, str(line).replace("\u202f", " ")))
        now += 0.5
    return said


@pytest.mark.parametrize(
    ("into", "what"),
    [
        (Awaited.APPLICATION, "its firmware"),
        (Awaited.LOADER, "its firmware loader"),
        (Awaited.RECOVERY, "its serial recovery"),
    ],
)
def test_a_restart_that_takes_long_says_what_is_waited_for(into: Awaited, what: str) -> None:
    said = lines((0.0, Restarting(12.0, 40.0, into)), (1.0, WentSilent(1.0)))
    assert said == [
        (12.0, f"Not back after 12 s; waiting for {what} up to 28 s more"),
        (22.0, f"Not back after 22 s; waiting for {what} up to 18 s more"),
        (32.0, f"Not back after 32 s; waiting for {what} up to 8 s more"),
    ]


def test_a_restart_in_time_says_nothing_more() -> None:
    assert lines((0.0, Restarting(12.0, 40.0)), (11.0, CameBack(11.0))) == []


def test_a_device_that_does_not_answer_is_counted_down() -> None:
    told = [(float(at), Waiting(45.0 - at)) for at in range(0, 45, 3)]
    assert lines(*told)[:2] == [
        (10.0, "No answer for 10 s; waiting for the device up to 35 s more"),
        (20.0, "No answer for 20 s; waiting for the device up to 25 s more"),
    ]
