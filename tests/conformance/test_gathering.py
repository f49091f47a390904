"""Logs and core dumps, which take several requests, are read whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from smp.commands.logs import LogEntry
from smp.commands.mynewt import CorePart, Crash, CrashKind, EraseCore, FindCore, LoadCore
from smp.errors import DeviceError, TransferError
from smp.gathering import is_core, log_entries, read_core
from smp.simulator.mynewt import memory
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, small


@pytest.fixture(params=["mynewt", "mynewt-uart"])
async def scene(clock: Clock, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    made = Scene(small(request.param))
    await made.client.connect()
    yield made
    await made.close()


def fill(scene: Scene, *lengths: int) -> None:
    """A log with entries of these lengths."""
    kept = scene.device.mynewt
    kept.logs["log"] = [
        memory.LogEntry(at, at * 1000, b"x" * length) for at, length in enumerate(lengths)
    ]
    kept.next_index = len(lengths)


async def read(scene: Scene, **more: Any) -> list[int]:
    """The entries' lengths; negative: the index of one that was too large."""
    return [
        len(entry.message) if isinstance(entry, LogEntry) else -entry
        async for entry in log_entries(scene.client, "log", **more)
    ]


async def test_a_log_is_read_over_several_answers(scene: Scene) -> None:
    fill(scene, *[60] * 40)
    assert await read(scene) == [60] * 40
    assert await read(scene, since=38_000) == [60, 60]


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ((10, 600, 20), [10, -1, 20]),
        ((10, 600, 600, 600, 20), [10, -1, -2, -3, 20]),
        ((10, 600), [10, -1]),
        ((600,), [0]),
        ((), []),
    ],
)
async def test_entries_that_are_too_large_are_stepped_over(
    scene: Scene, lengths: tuple[int, ...], expected: list[int]
) -> None:
    """The same question would get the same answer for ever."""
    fill(scene, *lengths)
    assert await read(scene) == expected


async def test_reading_ends_where_nothing_fits(scene: Scene) -> None:
    fill(scene, *[600] * 200)
    assert len(await read(scene)) == 64


async def test_a_core_dump_is_read_whole(scene: Scene) -> None:
    assert not await scene.client.request(FindCore())
    with pytest.raises(DeviceError):
        await read_core(scene.client, lambda done, of: None)
    scene.device.mynewt.dump_core(3000)
    told: list[tuple[int, int]] = []
    core = await read_core(scene.client, lambda done, of: told.append((done, of)))
    assert core == scene.device.mynewt.core
    assert is_core(core)
    assert told[0] == (512, 3000)
    await scene.client.request(EraseCore())
    assert not await scene.client.request(FindCore())


async def test_a_crash_leaves_one(scene: Scene) -> None:
    await scene.client.request(Crash(CrashKind.DIVIDE_BY_ZERO))
    assert scene.device.mynewt.core


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([CorePart(0, b"x" * 8, 20), CorePart(8, b"", None)], "core-dump-broken-off"),
        ([CorePart(0, b"x" * 8, 20), CorePart(4, b"y", None)], "core-dump-other-part"),
    ],
)
async def test_what_does_not_come_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, parts: list[CorePart], code: str
) -> None:
    left = list(parts)

    async def request(asked: LoadCore) -> CorePart:
        return left.pop(0)

    monkeypatch.setattr(scene.client, "request", request)
    with pytest.raises(TransferError) as caught:
        await read_core(scene.client, lambda done, of: None)
    assert caught.value.what.code == code
