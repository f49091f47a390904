"""What a manufacturing system is to be told is on the disk until it has taken it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from app.station import rest
from app.station.hook_outbox import HookOutbox
from smp.errors import RecordError
from smp.text import Coded
from tests.helpers.clock import Clock

AWAY = rest.RestError(Coded("station-rest-unreachable", "It is away"), is_passing=True)
Open = Callable[..., Awaitable[HookOutbox]]


class Mes:
    """Takes what comes, once per key; `answer` is what it says then, or what is in the way."""

    def __init__(self) -> None:
        self.answer: rest.Answer | rest.RestError = rest.Answer(200)
        self.asked: list[str] = []
        self.taken: dict[str, rest.Call] = {}

    async def __call__(self, call: rest.Call) -> rest.Answer:
        await asyncio.sleep(0.1)
        self.asked.append(call.key)
        if isinstance(self.answer, rest.RestError):
            raise self.answer
        if self.answer.status < 300:
            if call.key in self.taken:
                return rest.Answer(409)
            self.taken[call.key] = call
        return self.answer


def call(key: str) -> rest.Call:
    return rest.Call("https://mes.example/done", {"unit": key}, 5.0, (("Auth", "$TOKEN"),), key)


@pytest.fixture
async def open_box(clock: Clock, tmp_path: Path) -> AsyncIterator[Open]:
    boxes: list[HookOutbox] = []

    async def open_(mes: rest.Caller | None = None, path: Path | None = None) -> HookOutbox:
        box = await HookOutbox.open(path or tmp_path / "line" / "results.jsonl", call=mes or Mes())
        boxes.append(box)
        return box

    yield open_
    for box in boxes:
        await box.close()


def on_disk(tmp_path: Path, name: str = "results.jsonl") -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / "line" / name).read_text("utf-8").splitlines()]


async def test_what_is_put_is_told_in_order_and_forgotten(open_box: Open, tmp_path: Path) -> None:
    mes = Mes()
    box = await open_box(mes)
    news: list[int] = []
    box.changed.listen(lambda: news.append(box.waiting))
    for key in "abc":
        await box.put(call(key))
    assert (box.waiting, len(on_disk(tmp_path))) == (3, 3)
    box.start()
    await asyncio.sleep(5)
    assert list(mes.taken) == ["a", "b", "c"]
    assert mes.taken["a"] == call("a")
    assert (box.waiting, on_disk(tmp_path)) == (0, [])
    assert news == [1, 2, 3, 2, 1, 0]
    await box.put(call("d"))
    await asyncio.sleep(1)
    assert list(mes.taken) == ["a", "b", "c", "d"]


async def test_who_closes_it_lets_it_tell_what_waits_as_long_as_it_is_taken(
    open_box: Open, clock: Clock
) -> None:
    mes = Mes()
    box = await open_box(mes)
    box.start()
    for key in "abc":
        await box.put(call(key))
    await box.close()
    assert list(mes.taken) == ["a", "b", "c"]
    mes.answer = AWAY
    again = await open_box(mes)
    again.start()
    await again.put(call("d"))
    await again.close()
    assert again.waiting == 1
    assert clock.now < 2


async def test_a_service_that_hangs_does_not_keep_it_open(open_box: Open, clock: Clock) -> None:
    async def hang(_: rest.Call) -> rest.Answer:
        await asyncio.sleep(3600)
        return rest.Answer(200)

    box = await open_box(hang)
    box.start()
    await box.put(call("a"))
    await box.close()
    assert clock.now == 5.0


async def test_no_secret_is_on_the_disk(open_box: Open, tmp_path: Path) -> None:
    box = await open_box()
    await box.put(call("a"))
    assert "$TOKEN" in (tmp_path / "line" / "results.jsonl").read_text("utf-8")


async def test_an_outage_is_outlasted_by_the_program_and_by_the_next_one(open_box: Open) -> None:
    mes = Mes()
    mes.answer = AWAY
    box = await open_box(mes)
    box.start()
    for key in "ab":
        await box.put(call(key))
    await asyncio.sleep(3600)
    assert box.problem is AWAY
    assert 10 < len(mes.asked) < 40  # it is not asked all the time
    assert set(mes.asked) == {"a"}
    await box.close()
    mes.answer = rest.Answer(200)
    again = await open_box(mes)
    assert again.waiting == 2
    again.start()
    await asyncio.sleep(5)
    assert list(mes.taken) == ["a", "b"]
    assert again.problem is None


async def test_killed_between_telling_and_noting_it_is_told_again_with_its_key(
    open_box: Open, tmp_path: Path
) -> None:
    mes = Mes()
    path = tmp_path / "line" / "results.jsonl"
    box = await open_box(mes)
    await box.put(call("a"))
    noted = path.read_bytes()
    box.start()
    await asyncio.sleep(1)
    await box.close()
    path.write_bytes(noted)  # as it was left by a kill
    again = await open_box(mes)
    again.start()
    await asyncio.sleep(1)
    assert (mes.asked, list(mes.taken)) == (["a", "a"], ["a"])
    assert again.waiting == 0


async def test_the_same_key_waits_once(open_box: Open, tmp_path: Path) -> None:
    box = await open_box()
    await box.put(call("a"))
    await box.put(call("a"))
    assert (box.waiting, len(on_disk(tmp_path))) == (1, 1)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_what_is_refused_for_what_it_says_is_set_aside(
    open_box: Open, tmp_path: Path, status: int
) -> None:
    mes = Mes()
    mes.answer = rest.Answer(status, {"reason": "no such order"})
    box = await open_box(mes)
    box.start()
    await box.put(call("a"))
    await asyncio.sleep(1)
    assert (box.waiting, box.refused) == (0, 1)
    assert box.problem is not None
    assert box.problem.why == "no such order"
    (aside,) = on_disk(tmp_path, "results.refused.jsonl")
    assert aside["status"] == status
    assert mes.asked == ["a"]


@pytest.mark.parametrize("status", [403, 404, 405])
async def test_what_is_refused_for_where_it_goes_is_kept(open_box: Open, status: int) -> None:
    mes = Mes()
    mes.answer = rest.Answer(status)
    box = await open_box(mes)
    box.start()
    await box.put(call("a"))
    await asyncio.sleep(10)
    assert box.waiting == 1
    mes.answer = rest.Answer(200)
    await asyncio.sleep(400)
    assert list(mes.taken) == ["a"]


async def test_torn_and_foreign_lines_lose_nothing_else(open_box: Open, tmp_path: Path) -> None:
    path = tmp_path / "line" / "results.jsonl"
    path.parent.mkdir()
    good = json.dumps({"call": dataclasses.asdict(call("b"))})
    odd = ["null", "[1]", "{}", '{"call": 5}', '{"call": {"url": 1}}', "[" * 100_000, "\x00\xff"]
    gone = json.dumps({"call": dataclasses.asdict(call("a"))})
    path.write_bytes("\n".join([*odd, gone, good, '{"done": "a"}', good[:50]]).encode("latin-1"))
    mes = Mes()
    box = await open_box(mes)
    assert box.waiting == 1
    box.start()
    await asyncio.sleep(1)
    assert list(mes.taken) == ["b"]


async def test_two_stations_do_not_share_one(open_box: Open) -> None:
    await open_box()
    with pytest.raises(RecordError) as caught:
        await open_box()
    assert caught.value.what.code == "station-outbox-in-use"


async def test_a_disk_that_takes_nothing_is_told_and_leaves_no_half_line(
    open_box: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = await open_box()
    await box.put(call("a"))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("app.station.hook_outbox.os.fsync", full)
        with pytest.raises(RecordError) as caught:
            await box.put(call("b"))
    assert caught.value.what.code == "station-outbox-unusable"
    assert "No space left" in caught.value.why
    assert len(on_disk(tmp_path)) == 1
    await box.put(call("c"))
    assert len(on_disk(tmp_path)) == 2
    assert box.waiting == 2


async def test_a_folder_that_cannot_be_used_is_told(open_box: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordError) as caught:
        await open_box(None, tmp_path / "file" / "results.jsonl")
    assert caught.value.what.code == "station-outbox-unusable"
