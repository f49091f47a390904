"""`flashdesk image` and `flashdesk reset` as a script runs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.commands import main
from tests.helpers import images
from tests.helpers.programs import Ended, Json, run, simulator

DEVICE = ("--device", "sim:fast")


def result(ended: Ended) -> Json:
    assert ended.events, ended.errors
    assert ended.events[-1]["event"] == "result"
    assert all(event["schema"] == 1 for event in ended.events)
    return ended.events[-1]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The folder of a simulated device that runs 1.4.2 and has 1.3.0 stored."""
    file = tmp_path / "app.bin"
    file.write_bytes(images.image("1.4.2", 20_000))
    ended = run(tmp_path, "update", str(file), *DEVICE, "--json")
    assert ended.status == 0, ended.errors
    return tmp_path


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, tuple[str, str]]]:
    """The same, with a device that goes on running between the commands."""
    file = tmp_path / "app.bin"
    file.write_bytes(images.image("1.4.2", 20_000))
    with simulator(tmp_path, "--profile", "fast") as address:
        device = ("--device", address)
        ended = run(tmp_path, "update", str(file), *device, "--json")
        assert ended.status == 0, ended.errors
        yield tmp_path, device


def test_test_then_restart_then_confirm(running: tuple[Path, tuple[str, str]]) -> None:
    stored, device = running
    marked = run(stored, "image", "test", *device, "--json")
    assert (marked.status, result(marked)["outcome"]) == (0, "done")
    (act,) = marked.of("act")
    assert (act["slot"], act["version"], act["possible"]) == (1, "1.3.0", True)
    assert "as a test" in act["after"]
    again = run(stored, "image", "test", *device, "--json")
    assert (again.status, result(again)["outcome"]) == (0, "already")
    restarted = run(stored, "reset", *device, "--json")
    assert restarted.status == 0
    assert result(restarted)["running"]["version"] == "1.3.0"
    assert result(restarted)["running"]["confirmed"] is False
    assert restarted.of("restarting")
    kept = run(stored, "image", "confirm", *device, "--json")
    assert (kept.status, result(kept)["ending"]) == (0, "proven")
    assert result(kept)["running"]["confirmed"] is True


def test_what_runs_on_test_is_gone_back_from(running: tuple[Path, tuple[str, str]]) -> None:
    stored, device = running
    run(stored, "image", "test", *device)
    run(stored, "reset", *device)
    back = run(stored, "image", "go-back", *device, "--json")
    assert (back.status, result(back)["outcome"]) == (0, "done")
    assert result(back)["running"]["version"] == "1.4.2"


def test_erasing_needs_a_yes(stored: Path) -> None:
    refused = run(stored, "image", "erase", *DEVICE)
    assert refused.status == 1
    assert "has to be sent again" in refused.text
    assert "The option --yes agrees to it." in refused.text
    assert "1.3.0" in run(stored, "image", "list", *DEVICE).text
    erased = run(stored, "image", "erase", *DEVICE, "--yes", "--json")
    assert (erased.status, result(erased)["ending"]) == (0, "proven")
    listed = run(stored, "image", "list", *DEVICE, "--json")
    (told,) = listed.of("images")
    assert [image["version"] for image in told["images"]] == ["1.4.2"]
    assert {(act["act"], act["possible"]) for act in told["acts"]} == {
        ("test", False),
        ("confirm", True),
        ("erase", True),
        ("go-back", False),
    }


def test_what_is_not_possible_says_why(tmp_path: Path) -> None:
    ended = run(tmp_path, "image", "go-back", *DEVICE)
    assert ended.status == 1
    assert "No other image is stored" in ended.text
    assert "\x1b" not in ended.text
    runs = run(tmp_path, "image", "erase", *DEVICE, "--slot", "0", "--yes", "--json")
    assert runs.status == 1
    assert runs.of("act")[0]["obstacle"]["code"] == "slot-runs"
    other = run(tmp_path, "image", "confirm", *DEVICE, "--image", "3", "--json")
    assert other.of("act")[0]["obstacle"]["code"] == "no-such-image-number"


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    ended = run(tmp_path, "reset", "--device", "tcp:127.0.0.1:1", "--json")
    assert (ended.status, result(ended)["ending"]) == (3, "link-lost")
    assert result(ended)["error"]["code"] == "connection-refused"
    assert run(tmp_path, "image", "erase", "--device", "nowhere").status == 2


def test_firmware_without_boot_modes_and_plain_words(tmp_path: Path) -> None:
    asked = run(tmp_path, "reset", "--device", "sim:demo", "--recovery")
    assert asked.status == 1
    assert "The option --yes agrees to it." in asked.text
    ended = run(tmp_path, "reset", "--device", "sim:demo", "--recovery", "--yes")
    assert ended.status == 1
    assert "knows no boot mode" in ended.text
    restarted = run(tmp_path, "reset", *DEVICE)
    assert restarted.status == 0
    assert "Restarted: 1.3.0 runs, confirmed." in restarted.text


def test_every_act_has_help_and_is_completed() -> None:
    runner = CliRunner()
    for words in (["list"], ["test"], ["confirm"], ["erase"], ["go-back"]):
        shown = runner.invoke(main, ["image", *words, "--help"])
        assert shown.exit_code == 0
        assert "--device" in shown.output
    completed = runner.invoke(
        main,
        prog_name="flashdesk",
        env={
            "_FLASHDESK_COMPLETE": "bash_complete",
            "COMP_WORDS": "flashdesk image ",
            "COMP_CWORD": "2",
        },
    )
    for name in ("list", "test", "confirm", "erase", "go-back"):
        assert name in completed.output
    assert runner.invoke(main, ["image"]).exit_code == 2
