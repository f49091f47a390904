"""What a line controller writes, read strictly; what a station tells, written patiently."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli import speaker
from app.cli.line_commands import BadCommand, Command, Verb, read_command
from app.cli.speaker import Speaker
from app.cli.station import Headless
from app.station.refusal import StationRefusal


def test_a_command_is_read() -> None:
    assert read_command(b'{"command": "arm"}\r') == Command(Verb.ARM)
    line = b'{"command": "scan", "place": 3, "text": "S2", "id": 7, "more": {}}'
    assert read_command(line) == Command(Verb.SCAN, 7, "3", "S2")
    assert read_command(b'{"command": "stop", "hurry": true}').hurry


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("station-command-no-json", b"arm"),
        ("station-command-no-json", b'{"command": "status", "nr": NaN}'),
        ("station-command-no-object", b"[]"),
        ("station-command-unknown", b'{"command": "fly", "id": 3}'),
        ("station-command-bad-value", b'{"command": "start", "place": true, "id": 3}'),
        ("station-command-too-long", b" " * 70_000),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_what_is_no_command_is_told_with_words(code: str, line: bytes) -> None:
    with pytest.raises(BadCommand) as refusal:
        read_command(line)
    assert refusal.value.what.code == code
    assert refusal.value.next_step
    assert refusal.value.id == (3 if b"id" in line else None)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_comes_is_a_command_or_refused(line: bytes) -> None:
    with suppress(BadCommand):
        read_command(line)


async def test_a_slow_reader_misses_progress_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(speaker, "MOST", 3)
    read, may_go = [], threading.Event()

    def write(told: Any) -> None:
        may_go.wait()
        read.append(told)

    speaking = Speaker(write, lambda: None)
    for number in range(50):
        speaking.say({"event": "place", "place": "1", "phase": "uploading", "fraction": number})
    speaking.say({"event": "attempt", "place": "1"})
    speaking.say({"event": "place", "place": "1", "phase": "done", "result": "PASS"})
    may_go.set()
    await speaking.close()
    assert [each["event"] for each in read[-2:]] == ["attempt", "place"]
    assert len(read) < 10


async def test_a_reader_that_has_gone_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker, "speak_to_nobody", lambda: None)
    lost: list[int] = []

    def write(told: Any) -> None:
        raise BrokenPipeError

    speaking = Speaker(write, lambda: lost.append(1))
    for _ in range(3):
        speaking.say({"event": "attempt"})
    await speaking.close()
    await asyncio.sleep(0)
    assert lost == [1]


async def test_hands_are_for_simulated_units_only() -> None:
    premises: Any = SimpleNamespace(station=None, line=None)
    headless = Headless(premises, goes_on=False, as_json=True)
    for verb in (Verb.PLUG, Verb.PULL):
        with pytest.raises(StationRefusal) as refusal:
            await headless._do(Command(verb, place="1"))
        assert refusal.value.what.code == "station-not-simulated"
    await headless._speaker.close()
