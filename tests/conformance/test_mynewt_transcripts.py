"""The simulator gives the answers that real Apache Mynewt servers gave, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from smp.packet import Op
from smp.simulator import Bench, Mode, System, build_image
from smp.simulator.mynewt.memory import CORE_MAGIC, LogEntry

TRANSCRIPTS = Path(__file__).with_name("mynewt_transcripts.txt")
PLANTED = bytes.fromhex("3717d035d9b56658d5da2ae3d39be04477f27863187450d3a92872f4144adce5")
UPDATE = build_image("1.2.4", 4000)


def read_transcripts() -> dict[str, list[tuple[str, bytes]]]:
    found: dict[str, list[tuple[str, bytes]]] = {}
    name = ""
    for line in TRANSCRIPTS.read_text().splitlines():
        if line[:2] in ("> ", "< "):
            found[name].append((line[0], bytes.fromhex(line[2:])))
        elif line and not line.startswith("#"):
            name = line.split()[0]
            found[name] = []
    return found


TRANSCRIPTS_BY_NAME = read_transcripts()


def with_nothing(bench: Bench) -> None:
    bench.device.store.layout.slots[0].erase()


def with_its_image(bench: Bench) -> None:
    with_nothing(bench)
    bench.device.install(build_image("1.2.3.4", 4000, planted_hash=PLANTED))


def upload_begun(bench: Bench) -> None:
    assert bench.exchange(TRANSCRIPTS_BY_NAME["N9"][0][1]) is not None


def upload_gone_on(bench: Bench) -> None:
    upload_begun(bench)
    assert bench.exchange(TRANSCRIPTS_BY_NAME["N10"][0][1]) is not None


def with_test_pending(bench: Bench) -> None:
    bench.upload(UPDATE, 400)
    digest = bench.images()[1]["hash"]
    assert bench.ask(1, 0, {"hash": digest, "confirm": False}, op=Op.WRITE)["images"][1]["pending"]


def core_stored(bench: Bench) -> None:
    core = CORE_MAGIC + (1000).to_bytes(4, "little")
    bench.device.mynewt.core = core.ljust(1000, b"\0")


def second_entry(bench: Bench) -> None:
    memory = bench.device.mynewt
    old = bench.device.profile.system is System.OLD_MYNEWT
    memory.next_index = 10 if old else 11
    entry = LogEntry(9, 190000 if old else 10000, b"second entry", level=2)
    memory.logs["log"].append(entry)


def file_begun(bench: Bench) -> None:
    body = {"name": "/b.txt", "off": 0, "len": 11, "data": b"hello"}
    assert bench.ask(8, 0, body, op=Op.WRITE) == {"rc": 0, "off": 5}


BEFORE: dict[str, Callable[[Bench], None]] = {
    "N7": with_nothing,
    "N8": with_its_image,
    "N10": upload_begun,
    "N11": upload_gone_on,
    "N13": with_test_pending,
    "N15": core_stored,
    "N19": second_entry,
    "O20": second_entry,
    "N22": file_begun,
}


def server(name: str) -> Bench:
    system = System.OLD_MYNEWT if name.startswith("O") else System.MYNEWT
    return Bench("mynewt", system=system, speed=1000.0, baud=None, mode=Mode.SWAP_MOVE)


@pytest.mark.parametrize("name", [name for name in TRANSCRIPTS_BY_NAME if name != "N5"])
def test_packets_are_answered_as_by_the_real_server(name: str) -> None:
    bench = server(name)
    if name in BEFORE:
        BEFORE[name](bench)
    if name == "N14":
        core_stored(bench)
    asked = 0
    expected = list(TRANSCRIPTS_BY_NAME[name])
    while expected:
        way, packet = expected.pop(0)
        if way == ">":
            asked += 1
            if name == "N14" and asked == 2:
                bench.device.mynewt.core = b""
            answer = bench.exchange(packet)
        else:
            assert answer is not None
            assert answer.hex() == packet.hex()
            if name == "N24":
                bench.run_until(lambda: bool(bench.packets), 1.0)
                answer = bench.packets.pop(0) if bench.packets else None
    assert asked


def test_its_clock_is_told_as_by_the_real_server() -> None:
    bench = Bench("mynewt", on=False, baud=None)
    (_, request), (_, expected) = TRANSCRIPTS_BY_NAME["N5"]
    bench.power_on()
    started = bench.now
    bench.advance(1.522)
    answer = bench.exchange(request)
    assert bench.now - started < 1.53
    assert answer is not None
    assert answer.hex() == expected.hex()


def test_every_transcript_is_replayed() -> None:
    assert len(TRANSCRIPTS_BY_NAME) == 24
    assert set(BEFORE) <= set(TRANSCRIPTS_BY_NAME)
