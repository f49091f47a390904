"""Nothing that may take long runs on the event loop, in a whole update from start to close."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.desk import Desk
from app.lib.theme import Theme
from app.memory.settings import Settings
from app.views.main_window import MainWindow
from smp.address import Address
from smp.simulator import build_image
from smp.update.verdict import Outcome
from tests.gui.stage import until
from tests.helpers.loop_guard import guarded
from tests.helpers.programs import simulator


@contextmanager
def device(listen: str, state: Path) -> Iterator[str]:
    """A device's address: of a process of its own, or in this one."""
    if listen == "sim":
        yield "sim:fast"
        return
    with simulator(state, "--listen", listen, "--profile", "fast") as address:
        yield address


@pytest.mark.parametrize("listen", ["pty", "udp:0", "tcp:0", "sim"])
async def test_a_whole_update_touches_no_file_on_the_loop(
    theme: Theme, tmp_path: Path, listen: str
) -> None:
    file = tmp_path / "app_1.4.2.bin"
    file.write_bytes(build_image("1.4.2", 16_000))
    settings = Settings(tmp_path / "flashdesk.ini")
    for number in range(4):
        settings.used(tmp_path / f"{number}.bin")
    settings.watch_seconds = 0.3
    window = MainWindow()
    window.show()
    with device(listen, tmp_path) as address, guarded() as guard:
        desk = Desk(window, settings, keep=tmp_path)
        await desk.recall()
        desk.start(bluetooth=True)
        desk.open_device(Address.parse(address))
        desk.open_file(file)
        (chosen,) = [d for d in desk.fleet.devices.values() if str(d.found.address) == address]
        await until(lambda: chosen.plan is not None)
        desk.show_now()
        window.firmware.plan.update_requested.emit(False)
        await until(lambda: chosen.track is not None)
        await chosen.ended()
        track = chosen.track
        assert track is not None
        assert track.verdict is not None
        assert track.verdict.outcome is Outcome.UPDATED
        window.close()
        await desk.closed.wait()
        await desk.tasks.cancel()
    window.deleteLater()
    assert not guard.calls, "\n".join(guard.calls)
    assert (tmp_path / "flashdesk.ini").exists()
    assert (tmp_path / "images.json").exists()


def test_the_guard_sees_what_blocks(tmp_path: Path) -> None:
    """It would be worth nothing otherwise."""
    file = tmp_path / "x"
    with guarded() as guard:
        file.write_text("x")
        file.is_file()
        list(tmp_path.iterdir())
        time.sleep(0)
    seen = [call.partition(":")[0] for call in guard.calls]
    assert seen == ["io.open", "posix.stat", "posix.listdir", "time.sleep"]


async def test_the_guard_sees_one_thread(tmp_path: Path) -> None:
    with guarded() as guard:
        await asyncio.to_thread((tmp_path / "x").write_text, "x")
        await asyncio.sleep(0.001)
    assert not guard.calls
