"""A program that is killed, or told to end, while a firmware loader takes the update: the next one
finds the loader at the address of the device, though it has another name and address there.

The simulated device lives in the program: it loses its power, and its loader the name it was given.
"""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from smp.simulator import firmware_for, profile
from tests.helpers.programs import Json, run, run_until

RADIO = "sim:loader-radio"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.bin"
    path.write_bytes(firmware_for(profile("loader-radio"), "2.0.0", 150_000))
    return path


def in_the_middle(event: Json) -> bool:
    """With more than a second to come: who ends it may be late."""
    return bool(event["event"] == "progress" and event["offset"] >= 10_000)


def test_killed_while_the_loader_takes_it(tmp_path: Path, file: Path) -> None:
    update = ("update", str(file), "--device", RADIO, "--yes", "--json")
    killed = run_until(tmp_path, in_the_middle, *update)
    assert killed.status == -signal.SIGKILL
    kept = json.loads((tmp_path / "loaders.json").read_text("utf-8"))
    assert kept["sim:loader-radio"]["loader"]["name"].startswith("FW-")
    shown = run(tmp_path, "info", "--device", RADIO, "--json")
    assert shown.status == 0
    assert [it["slot"] for it in shown.events[-1]["images"] if it["active"]] == [1]
    last = run(tmp_path, *update)
    assert (last.status, last.verdict["ending"]) == (0, "started")
    assert last.verdict["running"]["version"] == "2.0.0"


def test_cancelled_while_the_loader_takes_it(tmp_path: Path, file: Path) -> None:
    update = ("update", str(file), "--device", RADIO, "--yes", "--json")
    ended = run_until(tmp_path, in_the_middle, *update, by=signal.SIGINT)
    assert (ended.status, ended.verdict["outcome"]) == (4, "unknown")
    kept = json.loads((tmp_path / "loaders.json").read_text("utf-8"))
    name = kept["sim:loader-radio"]["loader"]["name"]
    assert f"advertises as {name}: the next update of this device" in ended.verdict["reason"]
    last = run(tmp_path, *update)
    assert (last.status, last.verdict["ending"]) == (0, "started")
