"""What a device keeps, from a terminal: logs, statistics, configuration, the core dump."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.programs import run, simulator


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """One device that several commands find as the ones before left it."""
    with simulator(tmp_path, "--profile", "mynewt", "--listen", "tcp:0") as found:
        yield found


def test_logs_are_listed_shown_and_cleared(tmp_path: Path, address: str) -> None:
    listed = run(tmp_path, "logs", "-d", address)
    assert listed.text.split() == ["reboot_log", "testlog", "log"]
    (names,) = run(tmp_path, "logs", "-d", address, "--json").events
    assert names["names"] == ["reboot_log", "testlog", "log"]
    (entry,) = run(tmp_path, "logs", "reboot_log", "-d", address, "--json").events
    assert (entry["event"], entry["kind"], entry["level"]) == ("log-entry", "cbor", 1)
    assert bytes.fromhex(entry["hex"]).startswith(b"\xa2")
    assert "INFO" in run(tmp_path, "logs", "reboot_log", "-d", address).text
    assert run(tmp_path, "logs", "reboot_log", "--clear", "-d", address).status == 0
    assert not run(tmp_path, "logs", "reboot_log", "-d", address).text.strip()


def test_a_log_that_is_not_there_is_not_cleared(tmp_path: Path) -> None:
    ended = run(tmp_path, "logs", "nobody", "--clear", "-d", "sim:mynewt", "--json")
    assert (ended.status, ended.events[-1]["code"]) == (3, "no-such-log")
    assert run(tmp_path, "logs", "--clear", "-d", "sim:mynewt").status == 2


def test_statistics_are_shown(tmp_path: Path) -> None:
    told = run(tmp_path, "statistics", "-d", "sim:mynewt-uart", "--json").events
    by_name = {event["name"]: event for event in told}
    assert by_name["demo"]["figures"] == {"num_a": 1, "num_b": 70000}
    assert by_name["too_many"]["error"]["code"] == "device-refused"
    assert "num_b  70000" in run(tmp_path, "statistics", "demo", "-d", "sim:mynewt").text
    assert run(tmp_path, "statistics", "nobody", "-d", "sim:mynewt").status == 3
    assert run(tmp_path, "statistics", "-d", "sim:demo").status == 3


def test_configuration_is_changed_and_read_again(tmp_path: Path, address: str) -> None:
    assert run(tmp_path, "config", "test/8", "-d", address).text.strip() == "8"
    (told,) = run(tmp_path, "config", "test/8", "9", "--save", "-d", address, "--json").events
    assert (told["name"], told["value"], told["saved"]) == ("test/8", "9", True)
    assert run(tmp_path, "config", "test/8", "-d", address).text.strip() == "9"
    assert run(tmp_path, "config", "test/8", "odd", "-d", address).status == 3
    assert run(tmp_path, "config", "test/8", "--save", "-d", address).status == 2


def test_configuration_of_other_firmware_is_left_alone(tmp_path: Path) -> None:
    (told,) = run(tmp_path, "config", "a", "b", "-d", "sim:demo", "--json").events
    assert told["code"] == "config-not-text"


def test_a_core_dump_that_is_not_there_is_told(tmp_path: Path) -> None:
    (told,) = run(tmp_path, "coredump", "-d", "sim:mynewt", "--json").events
    assert told["stored"] is False
    file = tmp_path / "core"
    assert run(tmp_path, "coredump", str(file), "-d", "sim:mynewt").status == 1
    assert not file.exists()
