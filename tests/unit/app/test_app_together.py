"""Several devices at once: who is asked and updated when, over a radio that carries few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.controllers import turns
from app.controllers.device import DeviceController, LinkState
from app.controllers.fleet import Fleet
from app.controllers.member import Part
from app.controllers.together import Together
from app.lib.tone import Tone
from app.presenters import sheet as show_sheet
from smp.client import Client
from smp.discovery import Discovery, Found, simulated
from smp.image import FirmwareFile, read_firmware
from smp.simulator import SimulatorHost, build_image, profile
from smp.simulator.loopback import LoopbackTransport
from smp.text import NOTHING, outside
from tests.helpers.clock import Clock
from tests.helpers.fake_air import Air, Pairing, install


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    made = install(monkeypatch)
    yield made
    made.close()


class Bench:
    """A fleet, and several of it."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[object]] = set()
        self.hosts: dict[str, SimulatorHost] = {}
        self.fleet = Fleet(self._client, self.spawn)
        self.together = Together(self.fleet, self.spawn, self._run)
        self.most = 0
        """Radio devices that were linked at the same time."""
        self.fleet.changed.listen(self._count)

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def put(self, **profiles: str) -> None:
        named = []
        for name, kind in profiles.items():
            host = SimulatorHost(profile(kind, speed=50.0, baud=None), "baud=0")
            self.hosts[f"sim:{name}"] = host
            named.append((name, outside(name), outside(kind)))
        for found in simulated(named):
            self.fleet.discovery.add(found)

    def device(self, name: str) -> DeviceController:
        (found,) = [d for d in self.fleet.devices.values() if d.name == name]
        return found

    def choose(self, *names: str, file: FirmwareFile | None = None) -> None:
        self.together.choose([self.device(name).key for name in names], file)

    def parts(self) -> dict[str, Part]:
        return {member.device.name: member.part for member in self.together.members}

    def _client(self, found: Found) -> Client:
        if found.key in self.hosts:
            return Client(LoopbackTransport(self.hosts[found.key]))
        return Client(found.address.transport())

    async def _run(self, device: DeviceController, consent: bool) -> None:
        await device.update(consent=consent)

    def _count(self) -> None:
        radios = [d for d in self.fleet.devices.values() if d.found.address.scheme == "ble"]
        self.most = max(self.most, sum(device.is_linked for device in radios))


@pytest.fixture
async def bench(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async def look(self: Discovery) -> None:
        """Not at this machine's serial ports."""

    monkeypatch.setattr(Discovery, "look", look)
    made = Bench()
    made.fleet.start()
    yield made
    made.together.turns.shut()
    await made.fleet.stop()
    for host in made.hosts.values():
        host.close()
    await asyncio.gather(*made.tasks)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(600):
        while not condition():  # noqa: ASYNC110 -- conditions over anything, in made-up time
            await asyncio.sleep(0.1)


async def asked(bench: Bench) -> None:
    await until(lambda: not any(part.is_being_asked for part in bench.parts().values()))


@pytest.fixture
def file(tmp_path: Path) -> FirmwareFile:
    path = tmp_path / "app.bin"
    path.write_bytes(build_image("1.4.2", 9_000))
    return read_firmware(path)


async def heard(air: Air, bench: Bench, count: int) -> list[str]:
    """So many devices over Bluetooth, by name."""
    names = [f"sensor-{at}" for at in range(count)]
    for name in names:
        air.add(name)
    bench.fleet.listen("")
    await until(lambda: {device.name for device in bench.fleet.devices.values()} == set(names))
    return names


async def test_over_one_adapter_few_are_connected_at_once_and_all_are_proven(
    air: Air, bench: Bench, file: FirmwareFile
) -> None:
    bench.choose(*await heard(air, bench, 7), file=file)
    waits = [m for m in bench.together.members if m.part is Part.QUEUED]
    assert waits
    said = show_sheet.row(waits[0], bench.together, gone=False, now=0.0)
    assert "4 at once over one Bluetooth adapter" in said.words
    await asked(bench)
    assert set(bench.parts().values()) == {Part.READY}, "also of those that were let go"
    assert {member.version for member in bench.together.members} == {"1.3.0"}
    assert not bench.together.update(consent=False)
    assert list(bench.parts().values()).count(Part.WAITS) >= 3
    await bench.together.ended()
    done = [member.result for member in bench.together.members]
    assert all(it is not None and it.verdict.is_good for it in done)
    assert bench.most <= turns.AT_ONCE
    facts = show_sheet.round_facts(bench.together)
    assert facts is not None
    assert facts.words == "7 of 7 done"


async def test_who_asks_for_pairing_is_left_out_by_name(
    air: Air, bench: Bench, file: FirmwareFile
) -> None:
    air.add("open")
    air.add("shy").pairing = Pairing.ENTER
    bench.fleet.listen("")
    await until(lambda: len(bench.fleet.devices) == 2)
    bench.choose("open", "shy", file=file)
    await asked(bench)
    assert bench.parts() == {"open": Part.READY, "shy": Part.PAIRING}
    left_out = bench.together.update(consent=False)
    assert show_sheet.names(left_out) == "shy"
    await bench.together.ended()
    facts = show_sheet.banner(bench.together.shown)
    assert facts is not None
    assert facts.headline == "1 of 2 done"
    assert "Left out: shy" in facts.sentence


async def test_who_waits_for_a_turn_can_be_cancelled_alone_or_with_all(
    air: Air, bench: Bench, file: FirmwareFile
) -> None:
    bench.choose(*await heard(air, bench, 6), file=file)
    await asked(bench)
    bench.together.update(consent=False)
    await until(lambda: list(bench.parts().values()).count(Part.RUNS) == 4)
    (one, other) = [m for m in bench.together.members if m.part is Part.WAITS]
    bench.together.cancel(one.device)
    assert one.part is Part.READY
    said = show_sheet.row(one, bench.together, gone=False, now=0.0)
    assert said.words == "Cancelled before it began"
    bench.together.cancel_all()
    await bench.together.ended()
    assert one.result is None
    assert other.result is None, "nobody takes the place of one that was cancelled"
    done = [m.result for m in bench.together.members if m.result is not None]
    assert len(done) == 4
    assert not any(it.verdict.is_good for it in done)


async def test_consents_are_said_once_with_whom_they_concern(
    bench: Bench, file: FirmwareFile
) -> None:
    bench.put(one="overwrite-only", two="demo", three="overwrite-only")
    bench.choose("one", "two", "three", file=file)
    await asked(bench)
    plan = show_sheet.plan(bench.together, file, NOTHING)
    assert plan.consent.startswith("For one, three: ")
    assert plan.consent.count("one, three") == len(set(_consents(bench)))
    assert plan.other is not None
    assert plan.other.words == "Only the other one"
    left_out = bench.together.update(consent=False)
    assert show_sheet.names(left_out) == "one, three"
    await bench.together.ended()
    assert bench.parts() == {"one": Part.ASKS, "two": Part.DONE, "three": Part.ASKS}
    assert not bench.together.update(consent=True)
    await bench.together.ended()
    assert set(bench.parts().values()) == {Part.DONE}


def _consents(bench: Bench) -> list[str]:
    plans = [member.plan for member in bench.together.members]
    return [sentence for plan in plans if plan is not None for sentence in plan.consents]


async def test_who_asks_for_more_than_was_agreed_to_is_not_touched(
    bench: Bench, file: FirmwareFile
) -> None:
    """Another device is behind the same address by the time that its turn comes."""
    bench.put(one="demo", two="demo")
    bench.choose("one", "two", file=file)
    await asked(bench)
    one = bench.device("one")
    bench.together.update(consent=False)  # its task has not begun
    await one.disconnect()
    bench.hosts[one.key].close()
    bench.hosts[one.key] = SimulatorHost(profile("overwrite-only", speed=50.0, baud=None), "baud=0")
    await bench.together.ended()
    assert bench.together.members[0].left_out == "It asks for more than was agreed to"
    assert bench.together.members[0].result is None
    assert bench.parts() == {"one": Part.ASKS, "two": Part.DONE}


async def test_one_that_goes_while_it_is_chosen_stays_and_comes_back(
    bench: Bench, file: FirmwareFile
) -> None:
    bench.put(one="demo", two="demo")
    bench.choose("one", "two", file=file)
    await asked(bench)
    two = bench.device("two")
    bench.fleet.discovery.remove(two.key)
    await two.disconnect()
    assert bench.parts() == {"one": Part.READY, "two": Part.AWAY}
    assert bench.fleet.is_gone(two)
    bench.together.update(consent=False)
    await bench.together.ended()
    assert bench.parts() == {"one": Part.DONE, "two": Part.AWAY}
    bench.put(two="demo")
    assert bench.device("two") is two
    bench.together.hand(file, again=True)
    await asked(bench)
    assert bench.parts()["two"] is Part.READY


async def test_what_runs_goes_on_while_others_are_looked_at_and_counts_with_them(
    bench: Bench, file: FirmwareFile
) -> None:
    bench.put(one="demo", two="demo", three="demo", four="demo")
    bench.choose("one", "two", file=file)
    await asked(bench)
    bench.together.update(consent=False)
    await until(lambda: bench.device("one").is_updating)
    bench.choose("three", "four", file=file)
    assert len(bench.together.members) == 4
    assert [m.device.name for m in bench.together.shown] == ["three", "four"]
    await asked(bench)
    bench.together.update(consent=False)
    await bench.together.ended()
    assert set(bench.parts().values()) == {Part.DONE}
    assert bench.device("one").link is LinkState.OFF, "nobody looks at it any more"
    bench.together.come_back(file)
    assert len(bench.together.shown) == 4


async def test_another_file_begins_a_round_of_its_own(
    bench: Bench, file: FirmwareFile, tmp_path: Path
) -> None:
    bench.put(one="demo", two="demo")
    bench.choose("one", "two", file=file)
    await asked(bench)
    bench.together.update(consent=False)
    await bench.together.ended()
    path = tmp_path / "next.bin"
    path.write_bytes(build_image("1.5.0", 9_000))
    bench.together.hand(read_firmware(path))
    assert set(bench.parts().values()) == {Part.READY}
    assert show_sheet.round_facts(bench.together) is None
    bench.together.update(consent=False)
    await bench.together.ended()
    assert {member.version for member in bench.together.members} == {"1.5.0"}


async def test_the_unit_before_leaves_nothing_in_the_table(
    bench: Bench, file: FirmwareFile
) -> None:
    bench.put(one="demo", two="demo")
    bench.choose("one", "two", file=file)
    await asked(bench)
    bench.together.update(consent=False)
    await bench.together.ended()
    member = bench.together.members[0]
    assert member.version == "1.4.2"
    member.device.exchange()
    bench.together.begin_anew(member.device)
    said = show_sheet.row(member, bench.together, gone=False, now=0.0)
    assert member.part is Part.NEXT
    assert (said.now, said.words) == ("", "The next unit is waited for")
    facts = show_sheet.banner(bench.together.shown)
    assert facts is not None
    assert (facts.headline, facts.sentence) == ("1 of 2 done", ""), "nobody was left out"


async def test_one_that_is_tried_again_counts_as_failed_no_more(
    bench: Bench, file: FirmwareFile
) -> None:
    bench.put(one="demo", two="demo")
    bench.choose("one", "two", file=file)
    await asked(bench)
    bench.together.update(consent=False)
    one = bench.device("one")
    await until(lambda: one.is_updating)
    bench.together.cancel(one)
    await bench.together.ended()
    assert show_sheet.sheet(bench.together, (), 0.0).tally == "1 of 2 done, 1 cancelled"
    said = show_sheet.row(bench.together.of(one), bench.together, gone=False, now=0.0)
    assert said.tone is Tone.NEUTRAL, "a person wanted it"
    bench.together.update(consent=False)
    await until(lambda: one.is_updating)
    assert show_sheet.sheet(bench.together, (), 0.0).tally == "1 of 2 done"
    await bench.together.ended()
    assert show_sheet.sheet(bench.together, (), 0.0).tally == "2 of 2 done"


async def test_one_that_is_back_is_not_said_to_be_away(bench: Bench, file: FirmwareFile) -> None:
    bench.put(one="demo", two="demo")
    bench.choose("one", "two", file=file)
    await asked(bench)
    one = bench.device("one")
    bench.together.update(consent=False)  # its task has not begun
    await one.disconnect()
    bench.hosts[one.key].close()
    bench.hosts[one.key].linked.link.requests.is_cut = True
    await bench.together.ended()
    member = bench.together.members[0]
    assert member.part is Part.AWAY
    bench.hosts[one.key].close()
    bench.hosts[one.key] = SimulatorHost(profile("demo", speed=50.0, baud=None), "baud=0")
    bench.together.hand(file, again=True)
    await asked(bench)
    said = show_sheet.row(member, bench.together, gone=False, now=0.0)
    assert said.chip is not None
    assert said.chip.words == "ready"
    assert said.tone is Tone.NEUTRAL, said.words


async def test_who_waits_gets_the_file_that_it_was_started_with(
    air: Air, bench: Bench, file: FirmwareFile, tmp_path: Path
) -> None:
    bench.choose(*await heard(air, bench, 6), file=file)
    await asked(bench)
    bench.together.update(consent=False)
    path = tmp_path / "next.bin"
    path.write_bytes(build_image("1.5.0", 9_000))
    bench.together.hand(read_firmware(path))
    await bench.together.ended()
    done = [device.sheet.last for device in bench.fleet.devices.values()]
    assert {it.version for it in done if it is not None} == {"1.4.2"}
    assert None not in done


async def test_who_looks_at_one_alone_finds_the_others_as_they_were(
    bench: Bench, file: FirmwareFile
) -> None:
    bench.put(one="demo", two="demo", three="demo")
    bench.choose("one", "two", "three", file=file)
    await asked(bench)
    bench.together.update(consent=False)
    three = bench.device("three")
    await until(lambda: three.is_updating)
    bench.together.cancel(three)
    await bench.together.ended()
    bench.together.leave(bench.device("one").key)
    await until(lambda: bench.device("two").link is LinkState.OFF)
    bench.together.come_back(file)
    await asked(bench)
    await bench.device("two").connect()  # it was pulled out, say
    assert bench.parts() == {"one": Part.DONE, "two": Part.DONE, "three": Part.READY}
    rows = show_sheet.sheet(bench.together, (), 0.0).rows
    assert [row.chip.words for row in rows if row.chip is not None] == ["updated"] * 2 + ["ready"]
    assert "Cancelled; not updated" in rows[2].words, "why it is to be done again"
    assert show_sheet.plan(bench.together, file, NOTHING).beside == "1 device, 2 done before"
