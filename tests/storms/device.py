"""Devices at one address: processes of `flashdesk simulate`, one at a time."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
from pathlib import Path

from smp.simulator import PROFILES, build_image
from smp.simulator.keys import demo_key
from smp.simulator.store import Flags
from tests.helpers.programs import ROOT, command, environment
from tests.storms.flash import Truth, read_truth
from tests.storms.plan import FACTORY, STRANGER, Storm

SLOT = 128 * 1024
_IMAGE = 24_000
_SPEED = 4


def firmware(storm: Storm) -> bytes:
    """The file of the storm's update."""
    from tests.storms.plan import VERSION

    key = None if storm.firmware == "unsigned" else demo_key()
    address = PROFILES[storm.profile].ram_address
    flags = Flags.RAM_LOAD if address else 0
    return build_image(
        VERSION,
        storm.size,
        words=storm.words,
        key=key,
        seed=str(storm.seed),
        flags=flags,
        load_address=address,
    )


class Device:
    """What answers at the storm's address. `here`: "ours", or "twin1", "stranger2", ... that took
    its place."""

    def __init__(self, storm: Storm, folder: Path) -> None:
        self._storm = storm
        self._folder = folder
        self.here = "ours"
        self._others = 0
        self.port = _free_port(udp=storm.transport == "udp")
        self._process: asyncio.subprocess.Process | None = None

    @property
    def flash(self) -> Path:
        if self._storm.transport == "sim":
            return self._folder / "simulated" / f"{self._storm.profile}.flash"
        return self._folder / f"{self.here}.flash"

    @property
    def is_on(self) -> bool:
        return self._process is not None

    def truth(self) -> Truth:
        """Of the device that is here; it must be off."""
        size = 480 * 1024 if self._storm.transport == "sim" else SLOT
        return read_truth(self.flash, size, self._storm.mode)

    async def on(self) -> None:
        """Also when nobody waits for it any more: a process half made would be left over."""
        if self._process is not None or self._storm.transport == "sim":
            return
        work = asyncio.ensure_future(self._start())
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work})
            raise

    async def _start(self) -> None:
        storm = self._storm
        version = FACTORY
        if self.here.startswith("stranger"):
            version = f"{STRANGER}.{self._others}"
        changes = {
            "speed": _SPEED, "slot_size": SLOT, "image_size": _IMAGE, "version": version,
        }  # fmt: skip
        listen = "udp" if storm.transport == "udp" else "tcp"
        with (self._folder / "device.log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command(
                    "simulate",
                    "--json",
                    "--listen",
                    f"{listen}:{self.port}",
                    "--profile",
                    storm.profile,
                    "--flash",
                    str(self.flash),
                    "--link",
                    storm.link,
                    "--seed",
                    str(storm.seed),
                    *(
                        word
                        for pair in changes.items()
                        for word in ("--set", "{}={}".format(*pair))
                    ),
                ),
                cwd=ROOT,
                env=environment(self._folder),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        assert await self._process.stdout.readline(), "the device does not start"

    async def off(self) -> None:
        """Its flash is kept as it is now."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            await process.wait()

    def freeze(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    async def replace(self, other: str) -> bytes:
        """Another one takes its place. Its flash as it comes. Cancelled, it does not come."""
        before = self.here
        await self.off()
        self._others += 1
        self.here = f"{other}{self._others}"
        try:
            await self.on()
            await self.off()
            content = self.flash.read_bytes()
            await self.on()
        except asyncio.CancelledError:
            await self.off()
            self.here = before
            raise
        return content


def _free_port(*, udp: bool) -> int:
    """Below those that the system gives away: nobody takes it while the device is off, also not
    a proxy that tries to connect to it, which would then talk to itself."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
