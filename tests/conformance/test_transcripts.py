"""The simulator gives the answers that real servers gave, byte for byte (transcripts.txt)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smp.simulator import Bench, Mode, SimulatedDevice, build_image, profile
from smp.simulator.os_group import SystemFacts
from smp.simulator.server import Request, Server

TRANSCRIPTS = Path(__file__).with_name("transcripts.txt")
KB = 1024


@dataclass
class Exchange:
    title: str
    after_reset: bool
    request: bytes = b""
    answers: list[bytes] = field(default_factory=list)


def read_sections() -> dict[str, list[Exchange]]:
    sections: dict[str, list[Exchange]] = {}
    section = ""
    after_reset = False
    for line in TRANSCRIPTS.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line[1]
            sections[section] = []
        elif line.startswith("!"):
            assert line == "! reset"
            after_reset = True
        elif line.startswith(">"):
            sections[section][-1].request = wire_bytes(line[2:])
        elif line.startswith("<"):
            sections[section][-1].answers.append(wire_bytes(line[2:]))
        else:
            sections[section].append(Exchange(line, after_reset))
            after_reset = False
    return sections


def wire_bytes(text: str) -> bytes:
    marker, space, rest = text.partition(" ")
    return bytes.fromhex(marker) + (rest.encode() + b"\n" if space else b"")


SECTIONS = read_sections()
SERIAL_SERVER = SystemFacts(
    release="684c9e8f32e4",
    version="4.4.0",
    machine="posix",
    processor="x86",
    board="native_sim/native",
)


def with_shell(server: Server) -> None:
    def help_text(request: Request) -> dict[str, Any]:
        return {"o": "  a line of help\r\n" * 25, "ret": 0}

    server.register(9, 0, write=help_text)


def serial_server() -> Bench:
    chosen = profile("fast", has_bootloader_info=False, facts=SERIAL_SERVER)
    return Bench(device=SimulatedDevice(chosen, more_groups=with_shell))


def ram_load_server() -> Bench:
    planted = bytes.fromhex("18779b16a62c10405e239b096eae0c54c8b097a260978b21b4cec75f149a617e")
    bench = Bench(
        "fast",
        on=False,
        mode=Mode.RAM_LOAD,
        slot_size=512 * KB,
        tells_max_size=False,
        validates=False,
    )
    bench.device.install(build_image("0.0.0", 9000, planted_hash=planted))
    bench.power_on()
    return bench


def swap_offset_server() -> Bench:
    """With the update uploaded, as the transcript's first line says."""
    old = bytes.fromhex("1baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a")
    new = bytes.fromhex("7f2a016ad10e3474db90a1e342e021e761005867733f45a6a812b01cee323630")
    bench = Bench("fast", on=False, mode=Mode.SWAP_OFFSET, validates=False)
    bench.device.install(build_image("0.0.0", 30_000, planted_hash=old))
    bench.power_on()
    update = build_image("1.2.3+4", 0xBFF4, planted_hash=new)
    assert len(update) == 49692
    assert bench.upload(update, 160) == {"off": 49692}
    return bench


BENCHES = {
    "A": serial_server,
    "C": ram_load_server,
    "D": swap_offset_server,
    "E": serial_server,
}


def replay(bench: Bench, exchanges: list[Exchange]) -> Iterator[tuple[str, bytes | None, bytes]]:
    for exchange in exchanges:
        if exchange.after_reset:
            bench.reset()
        assert len(exchange.answers) == 1
        yield exchange.title, bench.exchange(exchange.request), exchange.answers[0]


@pytest.mark.parametrize("section", ["A", "C", "D"])
def test_packets_are_answered_as_by_the_real_server(section: str) -> None:
    played = 0
    for title, got, expected in replay(BENCHES[section](), SECTIONS[section]):
        assert got is not None, title
        assert got.hex() == expected.hex(), title
        played += 1
    assert played == {"A": 11, "C": 14, "D": 9}[section]


def test_bytes_on_the_wire_are_those_of_the_real_server() -> None:
    bench = serial_server()
    (exchange,) = SECTIONS["E"]
    bench.output.clear()
    bench.write(exchange.request)
    bench.advance(1.0)
    assert bytes(bench.output) == b"".join(exchange.answers)
