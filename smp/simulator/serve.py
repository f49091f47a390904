"""A simulated device that stands alone: `flashdesk simulate` is this and a few words.

    async with serve("pty", "demo", "corrupt=5e-5") as served:
        print(served.address)          # serial:/dev/pts/5
        await forever

`listen` is `pty`, `pty:PATH` (a link to the terminal that keeps its name), `udp`, `udp:PORT`,
`udp:HOST:PORT`, `tcp:PORT` or `tcp:HOST:PORT`; hosts are addresses of this computer, IPv6 ones in
brackets, and 127.0.0.1 if none is said.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from smp.errors import AddressError
from smp.simulator.device import SimulatedDevice
from smp.simulator.factory import geometry_of
from smp.simulator.flash_file import FlashFile
from smp.simulator.host import SimulatorHost
from smp.simulator.link import Quality
from smp.simulator.profiles import profile
from smp.simulator.sockets import TcpServer, UdpServer
from smp.simulator.traits import Framing, Profile
from smp.text import Coded, Text

_LISTEN = re.compile(r"(?P<kind>udp|tcp)(?::(?:(?P<host>\[[^\]]*\]|[^:\[\]]+):)?(?P<port>[0-9]+))?")
_HERE = "127.0.0.1"
_UDP_PORT = 1337


class Server(Protocol):
    async def open(self) -> None: ...
    def close(self) -> None: ...


class Served:
    """A device that others can reach."""

    def __init__(self, host: SimulatorHost, address: Callable[[], str]) -> None:
        self.host = host
        self._address = address

    @property
    def address(self) -> str:
        """Where, as the program's --device takes it; a terminal's name may change at a reset."""
        return self._address()

    @property
    def device(self) -> SimulatedDevice:
        return self.host.device


@asynccontextmanager
async def serve(
    listen: str = "pty",
    what: Profile | str = "demo",
    link: Quality | str = "",
    *,
    flash_file: Path | None = None,
    seed: int = 0,
) -> AsyncIterator[Served]:
    """Run a device and listen for clients until the block is left.

    With `flash_file` the flash is read from there, if the file exists, and kept in it. Raises
    `AddressError` for what makes no sense, `LinkError` where listening fails, `FileError`.
    """
    chosen = profile(what) if isinstance(what, str) else what
    kind, rest = _read_listen(listen)
    chosen = _reached_by(chosen, kind)
    kept = FlashFile(flash_file) if flash_file is not None else None
    try:
        device = make_device(chosen, kept, seed=seed)
        host = SimulatorHost(device, link)
        server, address = _make_server(host, kind, rest)
        host.start()
        try:
            await server.open()
            yield Served(host, address)
        finally:
            server.close()
            host.close()
    finally:
        if kept is not None:
            kept.close()


def make_device(what: Profile, kept: FlashFile | None, *, seed: int = 0) -> SimulatedDevice:
    """With the flash that was kept, if one was, and that it goes on being kept. Raises `FileError`.
    Blocking."""
    if kept is None:
        return SimulatedDevice(what, seed=seed)
    flash = kept.read(geometry_of(what.in_real_time()), seed=seed)
    device = SimulatedDevice(what, seed=seed, flash=flash)
    kept.keep(device.flash)
    return device


def _read_listen(text: str) -> tuple[str, tuple[str, int] | Path | None]:
    kind, _, rest = text.partition(":")
    if kind == "pty":
        return kind, Path(rest) if rest else None
    match = _LISTEN.fullmatch(text)
    port = int(match["port"] or (_UDP_PORT if match["kind"] == "udp" else 0)) if match else 1 << 16
    if match is None or port > 0xFFFF:
        raise AddressError(
            Coded(
                "simulated-no-place",
                '"{text}" is no place where a simulated device can listen',
                text=text,
            ),
            next_step=Text(
                "Write pty, pty:PATH, udp:PORT, udp:HOST:PORT, tcp:PORT or tcp:HOST:PORT"
            ),
        )
    return match["kind"], ((match["host"] or _HERE).strip("[]"), port)


def _reached_by(chosen: Profile, kind: str) -> Profile:
    """A network device on a terminal, or a serial one on UDP, speaks what is usual there."""
    if kind == "udp":
        return chosen.reached_by(Framing.UDP)
    return chosen if chosen.framing.is_stream else chosen.reached_by(Framing.CONSOLE)


def _make_server(
    host: SimulatorHost, kind: str, place: tuple[str, int] | Path | None
) -> tuple[Server, Callable[[], str]]:
    """The server, and how to ask it for its address."""
    raw = "?framing=raw" if host.device.profile.framing is Framing.RAW else ""
    if isinstance(place, tuple):
        server = UdpServer(host, *place) if kind == "udp" else TcpServer(host, *place)
        return server, lambda: f"{kind}:{_host_and_port(*server.address)}{raw}"
    try:
        from smp.simulator.pty import PtyServer
    except ImportError as error:
        raise AddressError(
            Coded("system-without-ptys", "This system has no pseudo-terminals"),
            next_step=Text("Let the device listen on tcp:PORT or udp:PORT"),
        ) from error
    terminal = PtyServer(host, link=place)
    return terminal, lambda: f"serial:{terminal.path}{raw}"


def _host_and_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
