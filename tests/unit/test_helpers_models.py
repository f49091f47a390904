"""The models that stand in for devices and networks: they do what the specification says."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import pytest

from smp.packet import Op, Packet, Version, encode_body
from tests.helpers.model_server import Manners, ModelServer, firmware
from tests.helpers.network import Fate, Way, by_chance, scripted
from tests.helpers.timeline import Timeline

FILE = firmware(1000)
SHA = b"s" * 32


class Bench:
    """A server, and whatever it answers."""

    def __init__(self, manners: Manners | None = None, limit: int | None = None) -> None:
        self.timeline = Timeline(0.0)
        self.answers: list[tuple[float, Packet]] = []
        manners = manners or Manners()
        manners.packet_limit = limit
        self.server = ModelServer(self.timeline, self._take, manners)
        self._sequence = itertools.count()

    def _take(self, data: bytes) -> None:
        self.answers.append((self.timeline.time(), Packet.from_bytes(data)))

    def send(
        self, body: dict[str, Any], command: int = 1, op: Op = Op.WRITE, version: int = 1
    ) -> None:
        payload = encode_body(body)
        packet = Packet(op, 1, command, next(self._sequence), payload, Version(version))
        self.server.receive(packet.to_bytes())

    def run(self) -> list[dict[str, Any]]:
        while (moment := self.timeline.next) is not None:
            self.timeline.step(moment)
        answers = [packet.body() for _, packet in self.answers]
        self.answers.clear()
        return answers

    def ask(self, body: dict[str, Any], **more: Any) -> dict[str, Any] | None:
        self.send(body, **more)
        answers = self.run()
        return answers[0] if answers else None


def first(length: int = 64, **more: Any) -> dict[str, Any]:
    return {"off": 0, "data": FILE[:length], "len": len(FILE), "sha": SHA} | more


def error(code: int) -> dict[str, Any]:
    return {"err": {"group": 1, "rc": code}}


def test_an_upload_as_in_the_transcripts() -> None:
    bench = Bench()
    assert bench.ask(first()) == {"off": 64}
    assert bench.ask({"off": 64, "data": FILE[64:72]}) == {"off": 72}
    assert bench.ask({"off": 64, "data": FILE[64:72]}) == {"off": 72}, "a duplicate"
    assert bench.ask({"off": 500, "data": b"x"}) == {"off": 72}, "a gap"
    assert bench.ask(first()) == {"off": 72}, "the same sha resumes"
    assert bench.ask(first(sha=b"t" * 32)) == {"off": 64}, "another sha starts over"
    assert bench.ask({"off": 64, "data": bytes(937)}) == error(31), "more than announced"
    assert bench.ask({"off": 64, "data": b"x"}) == {"off": 0}, "no upload any more"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"data": FILE[:64]}, 20),
        (first(31), 22),
        ({"off": 0, "data": FILE[:64]}, 21),
        (first(data=bytes(64)), 23),
        (first(sha=bytes(33)), 24),
        (first(len=1 << 30), 30),
    ],
)
def test_refused_first_chunks(body: dict[str, Any], code: int) -> None:
    assert Bench().ask(body) == error(code)


def test_version_1_gets_plain_numbers() -> None:
    assert Bench().ask(first(31), version=0) == {"rc": 3}
    assert Bench(Manners(too_old=True)).ask(first(), version=0) == {"rc": 12}
    assert Bench(Manners(versions=(0,))).ask(first()) is None


@pytest.mark.parametrize(("check", "match"), [(False, None), (True, False)])
def test_the_end_of_an_upload(check: bool, match: bool | None) -> None:
    bench = Bench(Manners(image_check=check))
    bench.ask(first())
    answer = bench.ask({"off": 64, "data": FILE[64:]})
    assert answer is not None
    assert answer["off"] == len(FILE)
    assert answer.get("match") is match, "the sha was made up"
    assert bench.server.slot == FILE


def test_recovery_takes_whole_units_and_never_resumes() -> None:
    bench = Bench(Manners(recovery=True, buf_count=1, unit=64))
    assert bench.ask(first(66)) == {"rc": 0, "off": 64}
    assert bench.ask({"off": 5000, "data": bytes(8)}) == {"rc": 0, "off": 64}
    assert bench.ask(first(64)) == {"rc": 0, "off": 64}
    assert bench.server.first_chunks == 2
    assert bench.ask({"off": 0, "data": FILE[:64]}) == {"rc": 3}
    assert bench.ask({"off": 64, "data": FILE[64:]}) == {"rc": 0, "off": 1000}


def test_a_restart_forgets_the_upload_and_is_silent_for_a_while() -> None:
    bench = Bench()
    bench.ask(first())
    bench.server.restart(dark=1.0)
    assert bench.ask({"off": 64, "data": b"x"}) is None
    bench.timeline.step(2.0)
    assert bench.ask({"off": 64, "data": b"x"}) == {"off": 0}


@pytest.mark.parametrize(
    ("pool", "at_once", "answered", "refused", "dropped"),
    [(4, 3, 3, 0, 0), (4, 4, 4, 1, 0), (4, 6, 4, 1, 2), (2, 1, 1, 0, 0), (2, 2, 2, 1, 0)],
)
def test_requests_and_answers_share_the_pool(
    pool: int, at_once: int, answered: int, refused: int, dropped: int
) -> None:
    """A pool full of requests has no buffer for the first answer: rc 2, and it is not executed."""
    bench = Bench(Manners(buf_count=pool))
    for _ in range(at_once):
        bench.send({}, command=0, op=Op.READ)
    answers = bench.run()
    assert len(answers) == answered
    assert [answer == {"rc": 2} for answer in answers].count(True) == refused
    assert (bench.server.refused, bench.server.dropped) == (refused, dropped)


def test_work_takes_time_and_requests_are_handled_in_order() -> None:
    bench = Bench(Manners(work=1.0, erase=10.0))
    for body in (first(), {"off": 64, "data": FILE[64:128]}):
        bench.send(body)
    while (moment := bench.timeline.next) is not None:
        bench.timeline.step(moment)
    assert [(when, packet.body()["off"]) for when, packet in bench.answers] == [(11, 64), (12, 128)]


def test_packets_that_are_too_large_meet_silence() -> None:
    bench = Bench(limit=100)
    assert bench.ask(first()) is None
    assert bench.ask({}, command=0, op=Op.READ) is not None


@pytest.mark.parametrize(
    ("fates", "arrivals"),
    [
        ([], [(1.0, b"a"), (1.0, b"b"), (1.0, b"c")]),
        ([Fate.LOST], [(1.0, b"b"), (1.0, b"c")]),
        ([Fate.ARRIVES, Fate.TWICE], [(1.0, b"a"), (1.0, b"b"), (1.0, b"b"), (1.0, b"c")]),
        ([Fate.OVERTAKEN], [(1.0, b"b"), (1.0, b"c"), (3.5, b"a")]),
        ([Fate.LATE], [(1.0, b"b"), (1.0, b"c"), (6.0, b"a")]),
    ],
)
def test_fates_of_packets(fates: list[Fate], arrivals: list[tuple[float, bytes]]) -> None:
    timeline, arrived = Timeline(0.0), []
    way = Way(timeline, scripted(fates), 1.0)
    way.deliver = lambda packet: arrived.append((timeline.time(), packet))
    for packet in (b"a", b"b", b"c"):
        way.carry(packet)
    while (moment := timeline.next) is not None:
        timeline.step(moment)
    assert arrived == arrivals


def test_a_line_carries_one_packet_after_the_other() -> None:
    timeline, arrived = Timeline(0.0), []
    way = Way(timeline, scripted([]), 0.5, bytes_per_second=10.0)
    way.deliver = lambda packet: arrived.append(timeline.time())
    for _ in range(3):
        way.carry(bytes(10))
    while (moment := timeline.next) is not None:
        timeline.step(moment)
    assert arrived == [1.5, 2.5, 3.5]


def test_chance_keeps_its_shares() -> None:
    fates = by_chance(Random(1), lost=0.2, twice=0.1)
    thrown = [next(fates) for _ in range(5000)]
    assert thrown.count(Fate.LOST) == pytest.approx(1000, rel=0.1)
    assert thrown.count(Fate.TWICE) == pytest.approx(500, rel=0.15)
    assert Fate.LATE not in thrown


def test_firmware_differs_by_seed_and_begins_like_an_image() -> None:
    assert firmware(100) == firmware(100)
    assert firmware(100) != firmware(100, seed=1)
    assert firmware(100).startswith(bytes.fromhex("3db8f396"))
    assert len(firmware(33)) == 33
