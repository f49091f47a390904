"""`flashdesk --station JOB`: what it can be given with, and that each station is there once."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.commands import main
from app.requirements import Trouble
from app.station_window import open_station
from app.system.instance import Request, Unanswered
from app.system.place import Place
from smp.text import Text


def say(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--station", "a.toml", "--demo"], "leave out --demo"),
        (["--station", "a.toml", "--device", "udp:h", "x.bin"], "leave out --device, --file"),
        (["--station", "a.toml", "scan"], "leave out the command scan"),
        (["--name", "line 3"], "--name is that of a station"),
        (["--name", "line 3", "scan"], "--name is that of a station"),
        (["--station", "https://example.com/a.toml"], "is not a file on this computer"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], said: str) -> None:
    result = say(*words)
    assert result.exit_code == 2
    assert said in result.output


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Where stations meet; one is open at each."""
    asked: list[tuple[str, ...]] = []

    def meet(parts: list[str]) -> Place:
        asked.append(tuple(parts))
        return Place("nowhere", None)

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("app.system.place.meeting_place", meet)
    monkeypatch.setattr("app.system.instance.claim", lambda place, request: None)
    return asked


def test_a_station_that_is_open_comes_forward(places: list[tuple[str, ...]]) -> None:
    """One for each job and name."""
    for words in (["a.toml"], ["./a.toml"], ["b.toml"], ["a.toml", "--name", "line 4"]):
        result = say("--station", *words)
        assert result.exit_code == 0
        assert f"open already with {words[0][-6:]}: its window comes forward" in result.output
    assert places[0] == places[1]
    assert len(set(places)) == 3


def test_one_that_hangs_is_told(
    places: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(place: object, request: Request) -> None:
        raise Unanswered(None)

    monkeypatch.setattr("app.system.instance.claim", hangs)
    for display in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(display, raising=False)  # no box comes up
    result = say("--station", "a.toml")
    assert result.exit_code == 1
    assert "does not answer" in result.output


def test_the_window_gets_its_job_and_its_name(
    places: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[tuple[Path, str]] = []

    class First:
        def close(self) -> None:
            opened.append((Path("closed"), ""))

    def open_station(job: Path, name: str, **how: object) -> int:
        opened.append((job, name))
        return 2

    monkeypatch.setattr("app.system.instance.claim", lambda place, request: First())
    monkeypatch.setattr("app.station_window.open_station", open_station)
    job = tmp_path / "a.toml"
    assert say("--station", str(job), "--name", "line 3").exit_code == 2
    assert opened == [(job, "line 3"), (Path("closed"), "")]


def test_where_no_window_can_open_the_way_without_one_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[str] = []
    trouble = Trouble(Text("There is no display"), Text("Start it from a desktop"))
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path))
    monkeypatch.setattr("app.station_window.early.trouble", lambda: trouble)
    monkeypatch.setattr("app.station_window.alert", told.append)
    assert open_station(tmp_path / "a.toml", "") == 1
    (words,) = told
    assert "There is no display." in words
    assert "flashdesk station JOB" in words
    assert "flashdesk update" not in words
