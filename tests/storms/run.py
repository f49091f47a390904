"""One storm from its first blow to its last verdict."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.programs import ROOT, command, environment
from tests.storms.device import Device, firmware
from tests.storms.judge import lies
from tests.storms.lines import Line, PtyLine, TcpLine, UdpLine
from tests.storms.plan import Blow, Storm, What, When

RUNS = 5
"""Times that somebody starts the update, at most; the blows are over by then, or are left out."""
_PATIENCE = 240.0
"""Seconds for one client; then it is interrupted, and it is said."""
Json = dict[str, Any]


@dataclass
class Result:
    """`lies`: what a verdict said that is not so; `notes`: what is no lie and no good either."""

    storm: Storm
    seconds: float = 0.0
    runs: list[str] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    healed: bool = False

    def to_json(self) -> Json:
        return {
            "seed": self.storm.seed, "storm": str(self.storm), "seconds": round(self.seconds, 1),
            "runs": self.runs, "lies": self.lies, "notes": self.notes, "healed": self.healed,
        }  # fmt: skip


class Weather:
    """Deals the blows, one after the other, each when its moment has come."""

    def __init__(self, storm: Storm, device: Device, line: Line | None) -> None:
        self.left = list(storm.blows)
        self.dealt: list[Blow] = []
        self.came: bytes | None = None
        """The flash of a stranger as it came, until a client is started that may mean it."""
        self._device = device
        self._line = line
        self._client: asyncio.subprocess.Process | None = None
        self._news = asyncio.Event()
        self._step = ""
        self._part = 0.0

    def notice(self, event: Json) -> None:
        """The client tells."""
        if event["event"] == "step" and event["state"] == "started":
            self._step = event["step"]
        elif event["event"] == "progress":
            self._part = event["offset"] / max(1, event["total"])
        self._news.set()

    async def rage(self, client: asyncio.subprocess.Process) -> None:
        """For one run of the client."""
        self._client, self._step, self._part = client, "", 0.0
        while self.left:
            blow = self.left[0]
            await self._moment(blow)
            self.left.pop(0)
            self.dealt.append(blow)
            await self._deal(blow)

    async def calm(self) -> None:
        """What lasts is over: the device is on, and reached."""
        self._device.thaw()
        if self._line is not None:
            self._line.lost = False
            await self._line.plug()
        await self._device.on()

    async def _moment(self, blow: Blow) -> None:
        if blow.when is When.PROGRESS:
            await self._until(lambda: self._part >= blow.value)
        elif blow.when is When.STEP:
            await self._until(lambda: self._step == blow.step)
            await asyncio.sleep(blow.value)
        else:
            await asyncio.sleep(blow.value)

    async def _until(self, condition: Any) -> None:
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def _deal(self, blow: Blow) -> None:
        device, line, client = self._device, self._line, self._client
        assert client is not None
        match blow.what:
            case What.KILL | What.INTERRUPT:
                sort = signal.SIGKILL if blow.what is What.KILL else signal.SIGINT
                if client.returncode is None:
                    client.send_signal(sort)
                return
            case What.TWIN | What.STRANGER:
                content = await device.replace(blow.what.name.lower())
                self.came = content if blow.what is What.STRANGER else None
                return
            case What.POWER:
                await device.off()
            case What.FREEZE:
                device.freeze()
            case What.SILENCE if line is not None:
                line.lost = True
            case What.UNPLUG if line is not None:
                line.unplug()
        await asyncio.sleep(blow.seconds)
        await self.calm()


async def run_storm(storm: Storm, folder: Path) -> Result:
    """`folder` is its own. Nothing is left running."""
    result, began = Result(storm), time.monotonic()
    file = _file(storm, folder)
    device = Device(storm, folder)
    line = _line(storm, device, folder)
    weather = Weather(storm, device, line)
    try:
        await device.on()
        if line is not None:
            await line.open()
        address = line.address if line is not None else f"sim:{storm.profile}?link={storm.link}"
        for _ in range(RUNS):
            is_over = not weather.left
            await _run(storm, weather, device, file, address, result)
            if result.healed or (is_over and storm.firmware != "good"):
                break
    except (OSError, AssertionError) as error:
        result.notes.append(f"the storm broke: {error!r}")
    else:
        if storm.firmware == "good" and not result.healed:
            result.notes.append("a calm update at the end did not bring the image onto it")
    finally:
        await device.off()
        if line is not None:
            await line.close()
    result.seconds = time.monotonic() - began
    return result


async def _run(
    storm: Storm, weather: Weather, device: Device, file: Path, address: str, result: Result
) -> None:
    """One client to its end, and what its verdict is worth."""
    weather.came = None
    before = len(weather.dealt)
    first = ["--first", "restart"] if result.runs else []
    if storm.firmware == "crash":
        first += ["--watch", "10"]  # the usual time; a short watch may miss what comes and goes
    with (file.parent / "client.log").open("a") as log:
        client = await asyncio.create_subprocess_exec(
            *command("update", str(file), "--device", address, "--json", "--yes", *first),
            cwd=ROOT,
            env=environment(file.parent),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=1 << 20,
        )
    rage = asyncio.ensure_future(weather.rage(client))
    last: Json = {}
    record = (file.parent / "events.jsonl").open("a")
    try:
        async with asyncio.timeout(_PATIENCE):
            assert client.stdout is not None
            async for text in client.stdout:
                record.write(text.decode())
                last = json.loads(text)
                weather.notice(last)
            await client.wait()
    except TimeoutError:
        result.notes.append(f"no verdict within {_PATIENCE:.0f} s, last {last.get('event')}")
        client.kill()
        await client.wait()
    finally:
        record.close()
        rage.cancel()
        await asyncio.wait({rage})
        if not rage.cancelled() and rage.exception() is not None:
            result.notes.append(f"the storm broke: {rage.exception()!r}")
    if last.get("event") != "verdict":
        result.runs.append("killed")
        dealt = {blow.what for blow in weather.dealt[before:]}
        is_killed = client.returncode == -9 and What.KILL in dealt
        # On a slow machine before it had said anything: there is nothing that could be a lie.
        is_early = client.returncode == 4 and What.INTERRUPT in dealt and not last
        if not is_killed and not is_early:
            result.notes.append(f"ended {client.returncode} without a verdict")
        await weather.calm()
        return
    result.runs.append(last["outcome"])
    await device.off()
    truth = device.truth()
    found = lies(storm, last, truth, truth_hash(file))
    if weather.came is not None and device.flash.read_bytes() != weather.came:
        result.notes.append("a device that nobody picked was written to")
    result.lies += [f"run {len(result.runs)}: {lie} [{last['headline']}]" for lie in found]
    result.healed = last["outcome"] in ("updated", "already-running") and not found
    await weather.calm()


def truth_hash(file: Path) -> str:
    """The hash of the file's image, as its own bytes say."""
    from tests.storms.flash import image_at

    found = image_at(file.read_bytes(), 0)
    assert found is not None
    return found.hash


def _file(storm: Storm, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "update.bin"
    file.write_bytes(firmware(storm))
    return file


def _line(storm: Storm, device: Device, folder: Path) -> Line | None:
    if storm.transport == "sim":
        return None
    if storm.transport == "udp":
        return UdpLine(device.port)
    raw = storm.profile == "raw"
    if storm.transport == "tcp":
        return TcpLine(device.port, raw=raw)
    vanishes = storm.profile in ("usb", "ble-like")
    return PtyLine(device.port, folder / "port", vanishes=vanishes, raw=raw)
