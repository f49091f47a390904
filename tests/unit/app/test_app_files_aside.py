"""Files on drives that are slow, or gone: nobody waits for them who does not want to."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from pathlib import Path

import pytest

from app.controllers import file_watch
from app.controllers.file_watch import FileWatch, Stamp, Standing
from app.lib.aside import aside
from tests.helpers.leaks import running


async def test_what_was_done_aside_is_handed_back() -> None:
    assert await aside(lambda: 7) == 7
    with pytest.raises(ValueError, match="no"):
        await aside(lambda: (_ for _ in ()).throw(ValueError("no")))


async def test_work_that_hangs_can_be_left_and_does_not_keep_the_program() -> None:
    go_on = threading.Event()
    others = running()  # that of the test before may be about to end
    hanging = asyncio.ensure_future(aside(go_on.wait))
    await asyncio.sleep(0)
    (thread,) = [t for t in running() - others if t.name == "aside"]
    assert thread.daemon
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    go_on.set()
    thread.join(10)
    await asyncio.sleep(0)  # what it found is left alone


class Watched:
    """A file and everything that its watch has told."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_watch, "EVERY", 0.01)
        path.write_bytes(b"first")
        self.path = path
        self.told: asyncio.Queue[Standing] = asyncio.Queue()
        digest = hashlib.sha256(b"first").digest()
        self.watch = FileWatch(path, Stamp.of(path), digest, self.told.put_nowait)

    def put(self, data: bytes) -> None:
        """Another file in its place at once: what is still being written is looked at, too."""
        new = self.path.with_name("new")
        new.write_bytes(data)
        new.replace(self.path)

    async def next(self) -> Standing:
        async with asyncio.timeout(20):
            return await self.told.get()


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(tmp_path / "app.bin", monkeypatch)


async def test_every_change_of_the_standing_is_told(watched: Watched) -> None:
    watched.put(b"second")
    assert await watched.next() is Standing.CHANGED
    watched.path.unlink()
    assert await watched.next() is Standing.GONE
    watched.put(b"first")
    assert await watched.next() is Standing.SAME
    watched.put(b"other")
    assert await watched.next() is Standing.CHANGED
    watched.watch.stop()


async def test_a_drive_that_hangs_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, reached = threading.Event(), threading.Event()
    watched = Watched(tmp_path / "app.bin", monkeypatch)

    def hang(path: Path) -> Stamp:
        reached.set()
        go_on.wait(20)
        raise OSError("gone")

    monkeypatch.setattr(Stamp, "of", hang)
    await asyncio.to_thread(reached.wait, 20)
    watched.watch.stop()
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "watch app.bin":
            assert thread.daemon
            await asyncio.to_thread(thread.join, 20)
    await asyncio.sleep(0)
    assert watched.told.empty(), "nobody is told after the end"
