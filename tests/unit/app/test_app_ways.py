"""How a next step is done with this program: by the error's code, as a shell takes it."""

from __future__ import annotations

import shlex

import pytest

from app.cli.terminal import print_error
from app.log.device_log import DeviceLog
from app.presenters.done import verdict_banner
from app.ways import command, verdict_command, verdict_in_window
from smp.bluetooth.words import bond_lost, needs_pairing, no_bus, unreachable
from smp.errors import SmpError
from smp.text import NOTHING, Text
from smp.update.verdict import Ending, Outcome, Verdict


@pytest.mark.parametrize("name", ["sensor-7", "C0:DE:00:00:00:01", "my sensor", "a'; rm -rf ~ #"])
def test_pairing_is_one_line_whatever_the_device_calls_itself(name: str) -> None:
    for error in (needs_pairing(name, ""), bond_lost(name, "")):
        typed = shlex.split(command(error, windows=False))
        assert typed == ["flashdesk", "pair", "--device", f"ble:{name}"]
        assert "flashdesk" not in str(error), "the engine knows no program"


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("sensor-7", "ble:sensor-7"),
        ("my sensor", '"ble:my sensor"'),
        ('x" & calc', "ble:ADDRESS"),
        ("%PATH%", "ble:ADDRESS"),
    ],
)
def test_on_windows_no_name_runs_anything(name: str, device: str) -> None:
    typed = command(needs_pairing(name, ""), windows=True)
    assert typed == f"flashdesk pair --device {device}"


def ended(error: SmpError, step: str) -> Verdict:
    return Verdict(
        Outcome.NOT_UPDATED, Ending.LINK_LOST, Text("Not updated"), NOTHING, step, error=error
    )


def test_an_update_that_ends_so_has_it_too_but_not_beside_another_step() -> None:
    for error, typed, shown in (
        (needs_pairing("x", ""), "flashdesk pair --device ble:x", "press Pair"),
        (no_bus(""), "sudo apt install dbus bluez", "In a terminal: sudo apt install dbus bluez"),
        (unreachable("x"), "", ""),
    ):
        verdict = ended(error, f"{error.next_step}. Then begin again")
        assert verdict_command(verdict) == typed
        assert shown in verdict_in_window(verdict)
        assert verdict_in_window(verdict) in verdict_banner(verdict, 0.0).sentence
        other = ended(error, "Connect it with a cable")
        assert (verdict_command(other), verdict_in_window(other)) == ("", "")


def test_what_the_engine_says_stays_and_nothing_is_invented() -> None:
    assert command(no_bus(""), windows=False) == "sudo apt install dbus bluez"
    assert command(unreachable("sensor-7"), windows=False) == ""


def test_a_terminal_has_it_as_a_line_to_copy(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(needs_pairing("sensor-7", ""))
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "  Run: flashdesk pair --device ble:sensor-7"
    print_error(unreachable("sensor-7"))
    assert "Run:" not in capsys.readouterr().err


def test_the_log_of_a_device_has_it_too() -> None:
    journal = DeviceLog()
    for error in (no_bus("no socket"), needs_pairing("x", ""), unreachable("x")):
        journal.warn(error)
    said = [line.text for line in journal.lines]
    assert said[0].endswith("[no socket] In a terminal: sudo apt install dbus bluez")
    assert said[1].endswith("Connect to it again and press Pair.")
    assert said[2] == str(unreachable("x"))
