"""A real update, in a real process, keeps the computer awake for as long as it writes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("logind is Linux'", allow_module_level=True)

from tests.helpers import images
from tests.helpers.desktop import Desktop, message_bus
from tests.helpers.programs import ROOT, command, environment, simulator


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
        await desktop.is_asked.wait()
        (asked,) = desktop.asked
        assert asked[1][1:] == ["Flashdesk", "A device is being updated", "block"]
        if end != "by itself":
            assert desktop.is_held()
            program.send_signal(getattr(signal, end))
        _, errors = await program.communicate()
        await desktop.let_go()
    assert program.returncode == {"by itself": 0, "SIGINT": 4, "SIGKILL": -9}[end], errors
    assert len(desktop.held) == 1
    desktop.close()


_SLEEPS = 4.0
"""Seconds: longer than any answer is waited for on these lines."""


@pytest.mark.parametrize(
    ("moment", "line"),
    [("progress", "udp"), ("progress", "serial"), ("restarting", "udp"), ("watching", "serial")],
)
def test_a_computer_that_falls_asleep_all_the_same_finds_its_way(
    tmp_path: Path, moment: str, line: str
) -> None:
    """The clock goes on meanwhile, as on Windows: every deadline has passed when it wakes up."""
    file = tmp_path / "app.bin"
    file.write_bytes(images.image("1.4.2", 20_000))
    listen = ("--listen", "udp:0") if line == "udp" else ()
    link = ("--profile", "fast", "--link", "baud=115200")
    with simulator(tmp_path, *link, *listen) as address:
        program = subprocess.Popen(
            command("update", str(file), "--device", address, "--json", "--watch", "3"),
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            text=True,
        )
        events = []
        with program:
            assert program.stdout is not None
            for text in program.stdout:
                event = json.loads(text)
                events.append(event)
                begun = event["event"] == moment and event.get("offset", 1) > 0
                if begun and sum(each["event"] == moment for each in events) == 2 - (
                    moment == "restarting"
                ):
                    program.send_signal(signal.SIGSTOP)
                    time.sleep(_SLEEPS)
                    program.send_signal(signal.SIGCONT)
    assert (program.returncode, events[-1]["outcome"]) == (0, "updated"), events[-1]
    assert events[-1]["running"]["confirmed"] is True


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
