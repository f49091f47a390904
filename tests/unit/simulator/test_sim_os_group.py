"""Group 0 beyond the transcripts."""

from __future__ import annotations

import pytest

from smp.packet import Op, Version
from smp.simulator import Bench, Cause
from smp.simulator.os_group import SystemFacts


def test_echo_without_text() -> None:
    assert Bench().ask(0, 0) == {"r": ""}
    assert Bench().ask(0, 0, {"d": "w"}, op=Op.WRITE) == {"r": "w"}
    assert Bench().ask(0, 0, {"d": 5}) == {"rc": 3}


def test_echo_of_bytes_that_are_no_utf8() -> None:
    answer = Bench().exchange(bytes.fromhex("0800000700000100a1616463ff00fe"))
    assert answer is not None
    assert answer[8:].hex() == "bf617263ff00feff"


@pytest.mark.parametrize(
    ("letters", "output"),
    [
        (None, "Zephyr"),
        ("", "Zephyr"),
        ("s", "Zephyr"),
        ("n", "board-7"),
        ("r", "v4.4.0"),
        ("v", "4.4.0"),
        ("m", "arm"),
        ("p", "cortex-m4"),
        ("i", "nrf52840dk/nrf52840"),
        ("o", "Zephyr"),
        ("vs", "Zephyr 4.4.0"),
    ],
)
def test_system_facts_by_letter(letters: str | None, output: str) -> None:
    bench = Bench("fast", facts=SystemFacts(node="board-7"))
    body = {} if letters is None else {"format": letters}
    assert bench.ask(0, 7, body) == {"output": output}


@pytest.mark.parametrize("letters", ["z", "sz", "A", "s s"])
def test_unknown_letter(letters: str) -> None:
    assert Bench().ask(0, 7, {"format": letters}) == {"err": {"group": 0, "rc": 2}}
    assert Bench().ask(0, 7, {"format": letters}, version=Version.V1) == {"rc": 3}


def test_bootloader_info() -> None:
    bench = Bench("swap-scratch")
    assert bench.ask(0, 8) == {"bootloader": "MCUboot"}
    assert bench.ask(0, 8, {"query": "mode"}) == {"mode": 1}
    assert bench.ask(0, 8, {"query": "colour"}) == {"err": {"group": 0, "rc": 3}}


def test_tasks_and_pools() -> None:
    bench = Bench()
    tasks = bench.ask(0, 2)["tasks"]
    assert tasks["sysworkq"]["prio"] == -1
    assert set(tasks["idle"]) == {"prio", "tid", "state", "stksiz", "stkuse", "runtime"}
    pool = bench.ask(0, 3)["tasks"]["0"]
    assert (pool["blksiz"], pool["nblks"], pool["nfree"]) == (384, 4, 2)


def test_clock_goes_on_through_time_but_not_through_a_reset() -> None:
    bench = Bench()
    assert bench.ask(0, 4) == {"err": {"group": 0, "rc": 4}}
    assert bench.ask(0, 4, {"datetime": "2026-12-31T23:59:30"}, op=Op.WRITE) == {}
    bench.advance(40.0)
    assert bench.ask(0, 4) == {"datetime": "2027-01-01T00:00:10"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2026-01-01T00:00:00", {}),
        ("2026-01-01T00:00:00.250", {}),
        ("2026-01-01T00:00:00+01:00", {}),
        ("2026-01-01T00:00:00.250+01:00", {"rc": 3}),
        ("2026-01-01T00:00:0", {"rc": 3}),
        ("2026-13-01T00:00:00", {"rc": 3}),
        ("2026-01-01T24:00:00", {"rc": 3}),
        ("not a time of any day", {"rc": 3}),
        ("2026-02-31T00:00:00", {"err": {"group": 0, "rc": 5}}),
    ],
)
def test_setting_the_clock(text: str, answer: dict[str, object]) -> None:
    assert Bench().ask(0, 4, {"datetime": text}, op=Op.WRITE) == answer


def test_commands_that_are_not_built_in() -> None:
    bench = Bench("fast", has_params=False, has_bootloader_info=False, has_clock=False)
    for command in (1, 4, 6, 8, 9):
        assert bench.ask(0, command) == {"rc": 8}
    assert bench.ask(0, 5) == {"rc": 8}  # a reset is a write


@pytest.mark.parametrize(
    ("body", "mode"),
    [({}, 0), ({"force": 1}, 0), ({"boot_mode": 1}, 1), ({"boot_mode": 255}, 255)],
)
def test_reset_parameters(body: dict[str, object], mode: int) -> None:
    bench = Bench()
    assert bench.ask(0, 5, body, op=Op.WRITE) == {}
    bench.advance(1.0)
    assert bench.device.boot_mode == mode
    assert bench.device.history[-1].cause is Cause.REQUESTED


def test_impossible_boot_mode_does_not_reset() -> None:
    bench = Bench("fast", has_boot_mode=True)
    assert bench.ask(0, 5, {"boot_mode": 256}, op=Op.WRITE) == {"rc": 3}
    bench.advance(5.0)
    assert len(bench.device.history) == 1


def test_a_boot_mode_is_nothing_to_firmware_that_knows_none() -> None:
    bench = Bench()
    assert bench.ask(0, 5, {"boot_mode": 256}, op=Op.WRITE) == {}
    bench.advance(5.0)
    assert len(bench.device.history) == 2


def test_memory_pools_may_be_left_out() -> None:
    assert Bench("fast", has_pools=False).ask(0, 3) == {"rc": 8}


def test_firmware_may_refuse_a_reset_that_is_not_forced() -> None:
    bench = Bench("fast", words="reset-refused")
    assert bench.ask(0, 5, op=Op.WRITE) == {"rc": 10}
    assert bench.ask(0, 5, {"force": False}, op=Op.WRITE) == {"rc": 10}
    bench.advance(5.0)
    assert len(bench.device.history) == 1
    assert bench.ask(0, 5, {"force": True}, op=Op.WRITE) == {}
    bench.advance(5.0)
    assert len(bench.device.history) == 2
