"""A simulated product keeps what is saved, tells its statistics and answers its shell."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from smp.packet import Op
from smp.simulator import Bench, Extras, profile

SERIAL = "unit/serial"


def bench(**changes: Any) -> Bench:
    product = profile("product", slot_size=32 * 1024, image_size=3000, speed=100.0)
    return Bench(dataclasses.replace(product, extras=Extras(**changes)))


def read(made: Bench, name: str = SERIAL) -> Any:
    return made.ask(3, 0, {"name": name})


def write(made: Bench, value: bytes, name: str = SERIAL) -> Any:
    return made.ask(3, 0, {"name": name, "val": value}, op=Op.WRITE)


def test_what_is_written_is_used_at_once_and_what_is_saved_outlasts_a_restart() -> None:
    made = bench()
    assert read(made) == {"val": b""}
    assert write(made, b"S2-0042") == {}
    assert read(made) == {"val": b"S2-0042"}
    made.reset()
    assert read(made) == {"val": b""}
    write(made, b"S2-0042")
    assert made.ask(3, 3, {}, op=Op.WRITE) == {}
    made.power_off()
    made.linked.power_on(made.now)
    made.wait_for_boot()
    assert read(made) == {"val": b"S2-0042"}


def test_a_part_is_saved_by_itself_and_what_was_saved_can_be_loaded() -> None:
    made = bench()
    write(made, b"S2-0042")
    write(made, b"2026-11-27", "unit/date")
    made.ask(3, 3, {"name": SERIAL}, op=Op.WRITE)
    write(made, b"other")
    assert made.ask(3, 3, {}) == {}
    assert read(made) == {"val": b"S2-0042"}
    made.reset()
    assert read(made, "unit/date") == {"val": b""}


def test_some_are_used_from_the_next_restart_on_and_some_are_never_kept() -> None:
    made = bench(forgets=frozenset({SERIAL}))
    write(made, b"1", "unit/mode")
    write(made, b"S2-0042")
    assert read(made, "unit/mode") == {"val": b"0"}
    made.ask(3, 3, {}, op=Op.WRITE)
    made.reset()
    assert read(made, "unit/mode") == {"val": b"1"}
    assert read(made) == {"val": b""}


def test_one_that_is_hidden_is_written_and_never_told() -> None:
    made = bench(hidden=frozenset({SERIAL}))
    assert write(made, b"secret") == {}
    assert read(made) == {"err": {"group": 3, "rc": 4}}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("unit/nothing", {"err": {"group": 3, "rc": 3}}),
        ("other/serial", {"err": {"group": 3, "rc": 5}}),
        ("unit/" + "x" * 40, {"err": {"group": 3, "rc": 2}}),
        ("", {"rc": 3}),
    ],
)
def test_other_settings_are_refused(name: str, answer: object) -> None:
    made = bench()
    assert read(made, name) == answer
    assert write(made, b"1", name) == answer


def test_a_value_is_cut_as_it_is_wanted_and_a_long_one_is_not_taken() -> None:
    made = bench()
    write(made, b"S2-0042")
    assert made.ask(3, 0, {"name": SERIAL, "max_size": 2}) == {"val": b"S2", "max_size": 2}
    assert write(made, b"x" * 65) == {"err": {"group": 3, "rc": 6}}
    assert made.ask(3, 1, {"name": SERIAL}, op=Op.WRITE) == {"err": {"group": 3, "rc": 7}}
    assert made.ask(3, 2, {}, op=Op.WRITE) == {}


def test_statistics_count_the_starts() -> None:
    made = bench()
    assert made.ask(2, 1) == {"stat_list": ["unit"]}
    fields = {"starts": 1, "faults": 0, "battery_mv": 3301}
    assert made.ask(2, 0, {"name": "unit"}) == {"name": "unit", "fields": fields}
    made.reset()
    assert made.ask(2, 0, {"name": "unit"})["fields"]["starts"] == 2
    assert made.ask(2, 0, {"name": "other"}) == {"err": {"group": 2, "rc": 2}}


def test_its_shell_answers_what_it_knows() -> None:
    made = bench()
    write(made, b"S2-0042")
    run = lambda *words: made.ask(9, 0, {"argv": list(words)}, op=Op.WRITE)  # noqa: E731
    assert run("battery") == {"o": "3301 mV\n", "ret": 0}
    assert run("unit", "serial") == {"o": "S2-0042\n", "ret": 0}
    assert run("reboot", "now") == {"o": "reboot: command not found\n", "ret": -8}
    assert run() == {"err": {"group": 9, "rc": 3}}
    assert made.ask(9, 0, {"argv": "battery"}, op=Op.WRITE) == {"rc": 3}
