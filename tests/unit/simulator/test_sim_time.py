"""Who drives the clock late, in large steps or small ones, gets the same course of events."""

from __future__ import annotations

from smp.framing import console_lines
from smp.packet import Packet, encode_body
from smp.simulator import LinkedDevice, SimulatedDevice, profile, quality_of
from smp.simulator.agenda import Agenda


def test_actions_come_in_order_and_at_their_own_time() -> None:
    agenda = Agenda()
    seen: list[tuple[str, float]] = []

    def first(when: float) -> None:
        seen.append(("first", when))
        agenda.at(2.0, lambda at: seen.append(("made by it", at)))

    agenda.at(3.0, lambda when: seen.append(("last", when)))
    agenda.at(1.0, first)
    never = agenda.at(1.5, lambda when: seen.append(("never", when)))
    never.cancel()
    assert agenda.next_timer() == 1.0
    agenda.handle_timer(10.0)
    assert seen == [("first", 1.0), ("made by it", 2.0), ("last", 3.0)]
    assert agenda.next_timer() is None


def test_actions_at_the_same_time_come_as_they_were_set() -> None:
    agenda = Agenda()
    seen: list[int] = []
    for number in range(20):
        agenda.at(1.0, lambda when, number=number: seen.append(number))
    agenda.handle_timer(1.0)
    assert seen == list(range(20))


def test_cleared_agenda_does_nothing() -> None:
    agenda = Agenda()
    entry = agenda.at(1.0, lambda when: None)
    agenda.clear()
    entry.cancel()
    assert agenda.next_timer() is None


def life(step: float | None) -> list[object]:
    """Half a minute of a device: a boot, requests, a reset; looked at every `step` seconds."""
    chosen = profile("demo", chatty=0.7, prompt=True, image_size=20_000)
    quality = quality_of(chosen, "latency=3ms,corrupt=1e-3,seed=4")
    linked = LinkedDevice(SimulatedDevice(chosen, seed=4), quality)
    linked.power_on(0.0)
    events: list[object] = []
    moments = [2.0 + number * 0.1 for number in range(40)] + [30.0]
    now = 0.0
    for number, moment in enumerate(moments):
        while now < moment:
            timer = linked.next_timer()
            ahead = timer if step is None and timer is not None else now + (step or moment)
            now = min(max(ahead, now), moment)
            linked.handle_timer(now)
            events += linked.drain()
        command = 5 if number == 20 else 0
        packet = Packet(2, 0, command, number, encode_body({"d": "hello" * 20})).to_bytes()
        linked.write(b"".join(console_lines(packet)), now)
    return events


def test_the_same_life_however_it_is_looked_at() -> None:
    event_by_event = life(None)
    assert len(event_by_event) > 100
    assert life(0.013) == event_by_event
    assert life(1000.0) == event_by_event
