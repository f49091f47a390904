"""A hall: units on pseudo-terminals, which are seen as USB ports in sockets of hubs, and a station
that is a process, with a line controller that talks to it over its pipes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from smp.simulator.pty import PtyServer
from tests.helpers.programs import ROOT, environment
from tests.station.hand import View
from tests.station.units import Unit

JOB = """\
product = "Sensor 2"
firmware = "app.bin"
sha256 = "{sha256}"
watch = 0

[recognise]
usb = "2fe3:0100"

[serial]
source = "scan"
pattern = "S2-######"
{places}"""
_PLACE = """
[[place]]
name = "{name}"
at = "{at}"
"""
Json = dict[str, Any]


class Terminal(PtyServer):
    """A pseudo-terminal whose device may hear nothing."""

    is_deaf = False

    def _receive(self) -> None:
        if not self.is_deaf:
            super()._receive()
        else:
            os.read(self._master, 4096)


class Socket:
    """Of a hub: what is plugged into it, on a pseudo-terminal of its own."""

    def __init__(self, at: str, folder: Path) -> None:
        self.at = at
        self.unit: Unit | None = None
        self._folder = folder / f"usb-{at}"
        self.terminal: Terminal | None = None
        self._arrivals = 0
        self._name = ""

    async def plug(self, unit: Unit) -> None:
        self.pull()
        self.unit, self.terminal = unit, Terminal(unit.host)
        unit.host.start()
        unit.host.power_on()
        await self.terminal.open()

    def pull(self) -> None:
        if self.terminal is not None:
            self.terminal.close()
        if self.unit is not None:
            self.unit.host.power_off()
        self.unit = self.terminal = None

    def port(self) -> Json | None:
        """As pyserial has it; None while there is none."""
        unit, terminal = self.unit, self.terminal
        if unit is None or terminal is None or not terminal.name:
            self._name = ""
            return None
        name = f"{terminal.name}|{unit.number}"
        if name != self._name:
            self._name = name
            self._arrivals += 1
            (self._folder / str(self._arrivals)).mkdir(parents=True)
            self._device.joinpath("devnum").write_text(str(self._arrivals), "utf-8")
        return {
            "device": terminal.name,
            "product": "USB board",
            "description": "USB board",
            "manufacturer": "Flashdesk",
            "vid": 0x2FE3,
            "pid": 0x0100,
            "serial_number": unit.usb_serial,
            "location": self.at,
            "usb_device_path": str(self._device),
        }

    @property
    def _device(self) -> Path:
        """As the kernel's folder of it, another one each time that it comes."""
        return self._folder / str(self._arrivals)


class Hall:
    """A `Floor` of processes."""

    def __init__(self, folder: Path, places: int, image: bytes) -> None:
        self.folder = folder
        self.sockets = {str(n): Socket(f"7-1.{n}", folder) for n in range(1, places + 1)}
        (folder / "app.bin").write_bytes(image)
        rules = "".join(_PLACE.format(name=n, at=it.at) for n, it in self.sockets.items())
        sha256 = hashlib.sha256(image).hexdigest()
        self.job = folder / "job.toml"
        self.job.write_text(JOB.format(sha256=sha256, places=rules), "utf-8")
        self.database = folder / "records.sqlite"
        self.told: list[str] = []
        self.kills = 0
        self.restarts = 0
        self.statuses: list[int | None] = []
        self.views: dict[str, View] = {}
        self._ports = folder / "ports.json"
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._asked = 0
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._is_up = asyncio.Event()
        self._news = asyncio.Condition()
        self._one = asyncio.Lock()
        self._listed = ""

    # -- the station ------------------------------------------------------------------

    async def open(self) -> None:
        self._watching = asyncio.create_task(self._watch())
        await self._start()

    async def _start(self) -> None:
        self._show_ports()
        self.views = {name: View("unknown") for name in self.sockets}
        log = (self.folder / "station.log").open("a")
        with log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.station.process", str(self._ports)),
                *("station", str(self.job), "--json", "--operator", "Ann", "--shift", "early"),
                *("--station", "S1", "--db", str(self.database)),
                cwd=ROOT,
                env=environment(self.folder / "state"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=1 << 20,
            )
        self._reading = asyncio.create_task(self._read(self._process))
        await self._is_up.wait()

    async def kill(self) -> None:
        """As a power cut of the computer does, but that the units keep theirs."""
        async with self._one:
            process, reading = self._process, self._reading
            assert process is not None
            assert reading is not None
            self._is_up.clear()
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await reading
            self.kills += 1
            for answer in self._answers.values():
                if not answer.done():
                    answer.cancel()
            self._answers.clear()
            await self._start()

    async def stop(self) -> int:
        await self.ask("stop", "")
        process, reading = self._process, self._reading
        assert process is not None
        assert reading is not None
        await process.wait()
        await reading
        if self._watching is not None:
            self._watching.cancel()
        for socket in self.sockets.values():
            socket.pull()
        return process.returncode or 0

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            with suppress(ValueError):
                self._hear(json.loads(line))
            async with self._news:
                self._news.notify_all()

    def _hear(self, told: Json) -> None:
        identity = told.get("id")
        answer = self._answers.pop(identity, None) if isinstance(identity, int) else None
        if answer is not None and not answer.done():
            answer.set_result(told)
        match told["event"]:
            case "place":
                self.views[told["place"]] = View(
                    told["phase"], told["unit"], told["result"] or "", told["can_retry"]
                )
            case "attempt":
                self.told.append(told["key"])
            case "station" if told["operator"]:
                self._is_up.set()

    # -- hands and eyes ---------------------------------------------------------------

    async def plug(self, place: str, unit: Unit) -> None:
        await self.sockets[place].plug(unit)
        self._show_ports()

    async def pull(self, place: str) -> None:
        self.sockets[place].pull()
        self._show_ports()

    def deafen(self, place: str, deaf: bool) -> None:
        terminal = self.sockets[place].terminal
        if terminal is not None:
            terminal.is_deaf = deaf

    async def ask(self, command: str, place: str, text: str = "") -> str:
        self._asked += 1
        process, answer = self._process, asyncio.get_running_loop().create_future()
        self._answers[self._asked] = answer
        said = {"command": command, "place": place, "text": text, "id": self._asked}
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(said).encode() + b"\n")
            await process.stdin.drain()
            async with asyncio.timeout(60):
                told = await answer
        except (OSError, asyncio.CancelledError, TimeoutError):
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            await self._is_up.wait()
            return "killed"
        return str(told.get("code", "")) if told["event"] == "error" else ""

    def view(self, place: str) -> View:
        return self.views[place]

    async def news(self) -> None:
        async with self._news:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._news.wait()

    # -- ports ------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Ports vanish and come back while devices restart."""
        while True:
            self._show_ports()
            await asyncio.sleep(0.02)

    def _show_ports(self) -> None:
        ports = [port for it in self.sockets.values() if (port := it.port()) is not None]
        text = json.dumps(ports)
        if text != self._listed:
            self._listed = text
            fresh = self._ports.with_suffix(".new")
            fresh.write_text(text, "utf-8")
            fresh.replace(self._ports)
