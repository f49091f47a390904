"""Simulated Apache Mynewt: what its transcripts do not show, and the harm that it bears."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smp.errors import NoAnswer
from smp.framing import console_lines
from smp.packet import Op, Packet, Version, encode_body
from smp.simulator import Bench, Cause, Harm, System, build_image
from smp.simulator.cbor import Refusal
from smp.simulator.mynewt.memory import CORE_MAGIC, LogEntry
from smp.simulator.mynewt.reader import read_map

NEW = build_image("1.4.0", 20_000)
GENERATIONS = pytest.mark.parametrize("system", [System.MYNEWT, System.OLD_MYNEWT])


def board(name: str = "mynewt", **changes: Any) -> Bench:
    usual: dict[str, Any] = {"baud": None, "speed": 1000.0, "slot_size": 96 * 1024}
    return Bench(name, **usual | {"image_size": 20_000} | changes)


def write(bench: Bench, group: int, command: int, body: dict[str, object]) -> dict[str, Any]:
    return bench.ask(group, command, body, op=Op.WRITE)


def request(group: int, command: int, body: dict[str, object], op: Op = Op.READ) -> bytes:
    return Packet(op, group, command, 7, encode_body(body), Version.V1).to_bytes()


# -- what it answers ----------------------------------------------------------------------


@GENERATIONS
@pytest.mark.parametrize("name", ["mynewt", "mynewt-uart"])
def test_an_image_is_tested_and_confirmed(name: str, system: System) -> None:
    bench = board(name, system=system)
    assert bench.upload(NEW, 32) == {"rc": 0, "off": len(NEW)}
    digest = bench.images()[1]["hash"]
    write(bench, 1, 0, {"hash": digest, "confirm": False})
    bench.reset()
    running = bench.images()[0]
    assert (running["version"], running["active"], running["confirmed"]) == ("1.4.0", True, False)
    write(bench, 1, 0, {"confirm": True})
    bench.reset()
    assert bench.images()[0]["confirmed"]
    assert not bench.device.mynewt.harms


def test_what_is_pending_is_neither_erased_nor_replaced() -> None:
    bench = board()
    bench.upload(NEW, 400)
    write(bench, 1, 0, {"hash": bench.images()[1]["hash"], "confirm": False})
    assert write(bench, 1, 5, {}) == {"rc": 6}
    assert bench.upload(NEW, 400) == {"rc": 2}
    assert write(bench, 1, 0, {"confirm": True})["images"][1]["pending"]
    old = board(system=System.OLD_MYNEWT)
    old.upload(NEW, 400)
    write(old, 1, 0, {"hash": old.images()[1]["hash"], "confirm": False})
    assert write(old, 1, 5, {}) == {"rc": 2}
    assert write(old, 1, 0, {"confirm": True}) == {"rc": 6}


def test_an_image_on_test_keeps_the_slots_as_they_are() -> None:
    bench = board()
    bench.upload(NEW, 400)
    write(bench, 1, 0, {"hash": bench.images()[1]["hash"], "confirm": False})
    bench.reset()
    first = bench.images()[1]["hash"]
    assert write(bench, 1, 5, {}) == {"rc": 6}
    assert bench.upload(NEW, 400) == {"rc": 2}
    assert write(bench, 1, 0, {"hash": first, "confirm": False}) == {"rc": 6}


def test_uploads_go_on_and_count_as_they_like() -> None:
    bench = board()
    body: dict[str, object] = {"off": 0, "len": len(NEW), "sha": b"s" * 32, "data": NEW[:64]}
    assert write(bench, 1, 1, body) == {"rc": 0, "off": 64}
    assert write(bench, 1, 1, body) == {"rc": 0, "off": 64}
    assert write(bench, 1, 1, {**body, "data": NEW[:16]}) == {"rc": 3}
    assert write(bench, 1, 1, {"off": 64, "data": NEW[64:94]}) == {"rc": 0, "off": 92}
    assert write(bench, 1, 1, {"off": 0, "len": 10_000_000, "data": NEW[:64]}) == {"rc": 1}
    assert bench.device.upload_progress == (92, len(NEW))
    bench.reset()
    assert write(bench, 1, 1, {"off": 64, "data": NEW[64:96]}) == {"rc": 0, "off": 0}


def test_a_core_dump_is_told_loaded_and_erased() -> None:
    bench = board()
    assert write(bench, 5, 0, {"t": "nonsense"}) == {"rc": 3}
    assert write(bench, 5, 0, {"t": "div0"}) == {}
    bench.advance(60.0)
    assert bench.device.history[-1].cause is Cause.CRASH
    first = bench.ask(1, 4)
    assert first["data"].startswith(CORE_MAGIC)
    assert first["len"] == 1400
    assert bench.ask(1, 4, {"off": 1024})["data"] == bench.device.mynewt.core[1024:]
    assert write(bench, 1, 4, {}) == {"rc": 0}
    assert bench.ask(1, 3) == {"rc": 5}


def test_long_answers_come_in_several_frames() -> None:
    bench = board()
    bench.output.clear()
    assert len(bench.ask(2, 0, {"name": "many"})["fields"]) == 150
    assert bytes(bench.output).count(b"\x06\x09") == 2


def test_logs_stop_where_an_answer_is_full() -> None:
    bench = board()
    memory = bench.device.mynewt
    memory.next_index = 12
    memory.logs["log"] = [LogEntry(at, at * 1000, b"x" * 60) for at in range(10)]
    memory.logs["log"].append(LogEntry(10, 10_000, b"y" * 600))
    memory.logs["log"].append(LogEntry(11, 11_000, b"the last"))
    answer = bench.ask(4, 0, {"log_name": "log"})
    shown = answer["logs"][0]["entries"]
    assert (answer["rc"], [entry["index"] for entry in shown]) == (1, list(range(len(shown))))
    assert 1 < len(shown) < 10
    assert bench.ask(4, 0, {"log_name": "log", "index": 10})["logs"][0]["entries"] == []
    last = bench.ask(4, 0, {"log_name": "log", "ts": -1})
    assert (last["rc"], last["logs"][0]["entries"][0]["msg"]) == (0, b"the last")
    assert bench.ask(4, 0, {"log_name": "nobody"}) == {"rc": 5}
    assert write(bench, 4, 1, {"log_name": "log"}) == {}
    assert bench.ask(4, 0, {"log_name": "log"})["logs"][0]["entries"] == []


def test_configuration_is_text_and_lasts_if_it_is_saved() -> None:
    bench = board()
    assert write(bench, 3, 0, {"name": "test/8", "val": "9"}) == {}
    assert write(bench, 3, 0, {"name": "test/8", "val": b"9"}) == {"rc": 3}
    assert write(bench, 3, 0, {"name": "nobody", "val": "9"}) == {"rc": 3}
    bench.reset()
    assert bench.ask(3, 0, {"name": "test/8"}) == {"val": "8"}
    write(bench, 3, 0, {"name": "test/8", "val": "7"})
    assert write(bench, 3, 0, {"save": True}) == {}
    bench.reset()
    assert bench.ask(3, 0, {"name": "test/8"}) == {"val": "7"}


def test_files_are_counted_and_never_closed() -> None:
    bench = board()
    assert write(bench, 8, 0, {"name": "/f", "off": 0, "data": b"ab"}) == {"rc": 3}
    assert write(bench, 8, 0, {"name": "/f", "off": 0, "len": 3, "data": b"ab"})["off"] == 2
    assert write(bench, 8, 0, {"name": "/f", "off": 2, "data": b"cd"}) == {"rc": 3}
    assert write(bench, 8, 0, {"name": "/f", "off": 2, "data": b"c"})["off"] == 3
    assert bench.ask(8, 0, {"name": "/f"}) == {"off": 0, "data": b"abc", "len": 3, "rc": 0}
    assert bench.ask(8, 0, {"name": "/nobody"}) == {"rc": 1}
    assert write(bench, 8, 4, {}) == {"rc": 8}


# -- its ports ------------------------------------------------------------------------------


def test_the_shell_says_nothing_to_lines_that_end_with_cr() -> None:
    lines = [line[:-1] + b"\r\n" for line in console_lines(request(0, 0, {"d": "hi"}))]
    bench, old = board(), board(system=System.OLD_MYNEWT)
    for device in (bench, old):
        device.write(b"".join(lines))
        device.advance(1.0)
    assert not bench.packets
    assert len(old.packets) == 1


def test_the_shell_sends_back_what_is_no_frame() -> None:
    bench = board()
    bench.output.clear()
    line = b"junk" + console_lines(request(0, 0, {"d": "hi"}))[0]
    bench.write(line)
    bench.advance(1.0)
    assert line.rstrip() in bytes(bench.output)
    assert b"compat> " in bytes(bench.output)


def test_only_the_uart_takes_a_wrong_checksum() -> None:
    (line,) = console_lines(request(0, 0, {"d": "hi"}))
    damaged = line[:-5] + (b"AAAA" if line[-5:-1] != b"AAAA" else b"BBBB") + b"\n"
    shell, uart = board(), board("mynewt-uart")
    for bench in (shell, uart):
        bench.write(damaged)
        bench.advance(1.0)
    assert not shell.packets
    assert uart.packets


# -- harm -----------------------------------------------------------------------------------


@GENERATIONS
def test_a_second_line_resets_the_uart(system: System) -> None:
    bench = board("mynewt-uart", system=system)
    lines = console_lines(request(0, 0, {"d": "x" * 100}))
    assert len(lines) == 2
    for line in lines:
        bench.write(line)
        bench.advance(0.1)
    assert bench.packets
    bench.write(b"".join(lines))
    bench.advance(0.0)
    assert bench.device.history[-1].cause is Cause.CRASH
    assert bench.device.mynewt.harms == {Harm.SECOND_LINE: 1}


def test_a_line_that_waits_for_an_erase_is_the_only_one() -> None:
    bench = board("mynewt-uart", speed=1.0, erase_time=1.5, start_time=5.0)
    bench.device.store.layout.slots[1].write(0, b"something")
    first = encode_body({"off": 0, "len": len(NEW), "data": NEW[:32]})
    (line, *_) = console_lines(Packet(Op.WRITE, 1, 1, 1, first).to_bytes())
    (echo,) = console_lines(request(0, 0, {"d": "hi"}))
    bench.write(line)
    bench.advance(0.1)
    bench.write(echo)
    bench.advance(0.1)
    assert not bench.device.mynewt.harms
    bench.write(echo)
    bench.advance(0.1)
    assert bench.device.mynewt.harms == {Harm.SECOND_LINE: 1}
    bench.advance(1.5)
    bench.write(echo)
    bench.advance(0.1)
    bench.write(echo)
    assert bench.device.mynewt.harms == {Harm.SECOND_LINE: 2}, "it had not come up yet"


@pytest.mark.parametrize(
    ("group", "command", "op", "body"),
    [
        (1, 1, Op.WRITE, {"off": -1, "data": b"x"}),
        (4, 0, Op.READ, {"index": -1}),
        (8, 0, Op.READ, {"name": "/f", "off": -5}),
    ],
)
def test_a_negative_number_resets_it(
    group: int, command: int, op: Op, body: dict[str, object]
) -> None:
    bench = board()
    with pytest.raises(NoAnswer):
        bench.ask(group, command, body, op=op, seconds=0.001)
    assert bench.device.mynewt.harms == {Harm.NEGATIVE_NUMBER: 1}
    assert bench.device.history[-1].cause is Cause.CRASH


def test_too_long_a_part_is_written_as_something_else() -> None:
    bench = board()
    body: dict[str, object] = {"off": 0, "len": len(NEW), "data": NEW[:516]}
    assert write(bench, 1, 1, body) == {"rc": 0, "off": 516}
    assert bench.device.store.layout.slots[1].read(0, 516) == bytes(516)
    assert bench.device.mynewt.harms == {Harm.GARBAGE_WRITTEN: 1}
    old = board(system=System.OLD_MYNEWT)
    assert write(old, 1, 1, body) == {"rc": 3}
    assert not old.device.mynewt.harms


def test_writing_the_slots_sizes_erases_a_header() -> None:
    bench = board()
    bench.upload(NEW, 400)
    assert bench.ask(1, 6) == {"rc": 8}
    assert len(bench.images()) == 2
    assert write(bench, 1, 6, {}) == {"rc": 0}
    assert len(bench.images()) == 1
    assert bench.device.mynewt.harms == {Harm.HEADER_ERASED: 1}


def test_buffers_of_an_answer_that_does_not_fit_are_lost() -> None:
    bench = board()
    pool = bench.ask(0, 3)["mpools"]["msys_1"]
    assert (pool["nblks"], pool["nfree"]) == (12, 9)
    assert bench.ask(2, 0, {"name": "too_many"}) == {"rc": 2}
    assert bench.ask(0, 3)["mpools"]["msys_1"]["nfree"] == 2
    assert bench.device.mynewt.harms == {Harm.BUFFERS_LOST: 1}


def test_too_long_a_packet_makes_the_uart_deaf() -> None:
    bench = board("mynewt-uart")
    for line in console_lines(request(0, 0, {"d": "x" * 1200})):
        bench.write(line)
        bench.advance(0.1)
    with pytest.raises(NoAnswer):
        bench.ask(0, 0, {"d": "hi"}, seconds=5.0)
    assert bench.device.mynewt.harms == {Harm.DEAF: 1}
    bench.reset()
    assert bench.ask(0, 0, {"d": "hi"}) == {"r": "hi"}


KEYS = ["off", "data", "len", "name", "val", "d", "hash", "confirm", "index", "t"]


# -- whatever comes ---------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_the_reader_refuses_or_reads(data: bytes) -> None:
    try:
        read_map(data)
    except Refusal:
        pass


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from([Op.READ, Op.WRITE]),
    st.dictionaries(
        st.sampled_from(
            ["off", "data", "len", "name", "val", "d", "hash", "confirm", "index", "t"]
        ),
        st.one_of(st.integers(0, 1 << 33), st.binary(max_size=40), st.text(max_size=8)),
        max_size=4,
    ),
)
def test_whatever_is_asked_it_answers(
    group: int, command: int, op: Op, body: dict[str, object]
) -> None:
    bench = board()
    bench.exchange(request(group, command, body, op))
    bench.advance(60.0)
    assert bench.ask(0, 0, {"d": "still here"}) == {"r": "still here"}
