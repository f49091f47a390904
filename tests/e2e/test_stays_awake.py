"""A real update, in a real process, keeps the computer awake for as long as it writes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("logind is Linux'", allow_module_level=True)

from tests.helpers import images
from tests.helpers.desktop import Desktop, message_bus
from tests.helpers.programs import ROOT, command, environment


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    with message_bus(tmp_path) as address:
        yield address


@pytest.mark.parametrize("end", ["by itself", "SIGINT", "SIGKILL"])
async def test_until_the_verdict_however_that_comes(tmp_path: Path, bus: str, end: str) -> None:
    desktop = await Desktop.at(bus, "org.freedesktop.login1")
    file = tmp_path / "app.bin"
    file.write_bytes(images.image("1.4.2", 30_000 if end == "by itself" else 150_000))
    line = "sim:fast" if end == "by itself" else "sim:demo"
    program = await asyncio.create_subprocess_exec(
        *command("update", str(file), "--device", line),
        cwd=ROOT,
        env=environment(tmp_path, DBUS_SYSTEM_BUS_ADDRESS=bus, DBUS_SESSION_BUS_ADDRESS=bus),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        while not desktop.held:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        (asked,) = desktop.asked
        assert asked[1][1:] == ["Flashdesk", "A device is being updated", "block"]
        if end != "by itself":
            assert desktop.is_held()
            program.send_signal(getattr(signal, end))
        _, errors = await program.communicate()
        while desktop.is_held():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert program.returncode == {"by itself": 0, "SIGINT": 4, "SIGKILL": -9}[end], errors
    assert len(desktop.held) == 1
    desktop.close()


async def test_without_a_bus_an_update_is_an_update(tmp_path: Path) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(images.image("1.4.2", 9_000))
    nowhere = f"unix:path={tmp_path}/none"
    program = await asyncio.create_subprocess_exec(
        *command("update", str(file), "--device", "sim:fast"),
        cwd=ROOT,
        env=environment(
            tmp_path, DBUS_SYSTEM_BUS_ADDRESS=nowhere, DBUS_SESSION_BUS_ADDRESS=nowhere
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await program.communicate()
    assert (program.returncode, errors) == (0, b"")
    assert b"Running 1.4.2" in out
    assert os.fspath(tmp_path) not in out.decode()
