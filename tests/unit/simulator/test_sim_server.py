"""Header rules, versions, errors, several requests in a packet, answers that do not fit."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest

from smp.packet import Op, Packet, Version, decode_body, encode_body
from smp.simulator import Bench, Framing, SimulatedDevice, profile
from smp.simulator.server import GroupError, Request, Server


def udp(**changes: Any) -> Bench:
    return Bench("fast", framing=Framing.UDP, **{"buf_size": 2048} | changes)


def echo(text: str, *, op: int = 0, version: int = 1, sequence: int = 7) -> bytes:
    return Packet(op, 0, 0, sequence, encode_body({"d": text}), version).to_bytes()


def rc_of(packet: bytes | None) -> object:
    assert packet is not None
    return decode_body(packet[8:])


def test_answer_repeats_what_identifies_the_request() -> None:
    bench = udp()
    answer = bench.exchange(Packet(2, 0, 0, 250, encode_body({"d": "x"}), 0).to_bytes())
    assert answer is not None
    packet = Packet.from_bytes(answer)
    assert (packet.op, packet.group, packet.command, packet.sequence) == (3, 0, 0, 250)
    assert packet.version == 0


@pytest.mark.parametrize("op", [1, 3, 4, 5, 6, 7])
def test_other_operations_are_answered_as_writes(op: int) -> None:
    answer = udp().exchange(echo("x", op=op))
    assert rc_of(answer) == {"rc": 8}
    assert answer is not None
    assert answer[0] == 0x0B


def test_reserved_bits_and_flags_are_ignored() -> None:
    request = bytearray(echo("x"))
    request[0] |= 0xE0
    request[1] = 0xFF
    answer = udp().exchange(bytes(request))
    assert answer is not None
    assert answer[:2] == b"\x09\x00"


@pytest.mark.parametrize("version", [2, 3])
def test_future_versions(version: int) -> None:
    answer = udp().exchange(echo("x", version=version))
    assert rc_of(answer) == {"rc": 13}
    assert answer is not None
    assert answer[0] >> 3 & 3 == 1


def test_first_version_can_be_left_out() -> None:
    bench = udp(version_one=False)
    assert rc_of(bench.exchange(echo("x", version=0))) == {"rc": 12}
    assert rc_of(bench.exchange(echo("x"))) == {"r": "x"}


def test_old_server_takes_the_version_for_reserved_bits() -> None:
    bench = udp(version_two=False)
    answer = bench.exchange(echo("x"))
    assert answer is not None
    assert answer[0] == 0x01
    assert bench.ask(0, 7, {"format": "Z"}) == {"rc": 3}


def test_truncated_packet_is_corrupt() -> None:
    assert rc_of(udp().exchange(echo("hello")[:-1])) == {"rc": 9}


@pytest.mark.parametrize("size", range(8))
def test_less_than_a_header_is_ignored(size: int) -> None:
    bench = udp()
    assert bench.exchange(echo("x")[:size], 5.0) is None
    assert rc_of(bench.exchange(echo("x"))) == {"r": "x"}


def test_several_requests_in_a_packet_are_answered_each() -> None:
    bench = udp()
    bench.packets.clear()
    bench.write(b"".join(echo(str(n), sequence=n) for n in range(5)))
    bench.advance(1.0)
    assert [rc_of(packet) for packet in bench.packets] == [{"r": str(n)} for n in range(5)]
    assert [packet[6] for packet in bench.packets] == list(range(5))


def test_first_error_ends_a_packet() -> None:
    bench = udp()
    bench.packets.clear()
    unknown = Packet(0, 0, 99, 2, b"\xa0").to_bytes()
    bench.write(echo("a", sequence=1) + unknown + echo("b", sequence=3))
    bench.advance(1.0)
    assert [rc_of(packet) for packet in bench.packets] == [{"r": "a"}, {"rc": 8}]


def test_group_error_ends_a_packet_in_version_1_only() -> None:
    def wrong(version: int) -> bytes:
        return Packet(0, 0, 7, 2, encode_body({"format": "Z"}), version).to_bytes()

    bench = udp()
    for version, answers in ((1, 2), (0, 1)):
        bench.packets.clear()
        bench.write(wrong(version) + echo("b", version=version))
        bench.advance(1.0)
        assert len(bench.packets) == answers


def test_empty_payload_is_an_empty_map_only_where_nothing_is_read() -> None:
    bench = udp(has_clock=True)
    for command, answer in ((6, None), (2, None), (0, 3), (7, 3), (8, 3)):
        reply = bench.exchange(Packet(0, 0, command, 1, b"").to_bytes())
        body = rc_of(reply)
        assert isinstance(body, dict)
        assert body.get("rc") == answer


def test_canonical_answers() -> None:
    answer = udp(canonical_cbor=True).exchange(Packet(0, 0, 6, 1, b"\xa0").to_bytes())
    assert answer is not None
    assert answer[8:] == cbor2.dumps({"buf_size": 2048, "buf_count": 4})


@pytest.mark.parametrize(("size", "fits"), [(369, True), (370, False)])
def test_answer_that_does_not_fit(size: int, fits: bool) -> None:
    """The answer to an echo is one byte longer than the request: indefinite length."""
    bench = Bench("fast", framing=Framing.RAW)
    answer = bench.ask(0, 0, {"d": "x" * size})
    assert answer == ({"r": "x" * size} if fits else {"rc": 7})


def test_groups_can_be_added_and_their_errors_are_translated() -> None:
    def refuse(request: Request) -> dict[str, Any]:
        raise GroupError(63, 3, "why")

    def register(server: Server) -> None:
        server.register(63, 0, write=refuse)

    chosen = profile("fast", framing=Framing.UDP)
    bench = Bench(device=SimulatedDevice(chosen, more_groups=register))
    assert bench.ask(63, 0, op=Op.WRITE) == {"err": {"group": 63, "rc": 3}}
    # Its translation is 0: a client of version 1 cannot see it.
    assert bench.ask(63, 0, op=Op.WRITE, version=Version.V1) == {}
    assert bench.ask(63, 0) == {"rc": 8}


def test_reasons_can_be_left_out() -> None:
    bad = {"off": 0, "data": bytes(32), "len": 100}
    told = udp().ask(1, 1, bad, op=Op.WRITE, version=Version.V1)
    assert told == {"rc": 1, "rsn": "magic mismatch"}
    untold = udp(reasons=False).ask(1, 1, bad, op=Op.WRITE, version=Version.V1)
    assert untold == {"rc": 1}
