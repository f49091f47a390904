"""Checks of the ways to devices: the network, serial ports, Bluetooth."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from importlib import import_module

from app.checkup.part import INSTALL_AGAIN, Finding, failed, note, ok
from smp.errors import LinkError
from smp.text import NOTHING, Text, outside

_HOST = "127.0.0.1"
_WORD = b"flashdesk"
_LISTEN = 2.0
_FIREWALL = Text("Check the firewall and other protection on this computer")


async def udp() -> Finding:
    """A datagram to ourselves, on the loop that the devices use."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _: object) -> None:
            if not heard.done():
                heard.set_result(data)

    try:
        listening, _ = await loop.create_datagram_endpoint(Listener, local_addr=(_HOST, 0))
        with contextlib.closing(listening):
            port = listening.get_extra_info("sockname")[1]
            sending, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, remote_addr=(_HOST, port)
            )
            with contextlib.closing(sending):
                sending.sendto(_WORD)
                await asyncio.wait((heard,), timeout=3.0)
    except OSError as error:
        return _no_connection(error)
    if not heard.done():
        return failed(Text("A datagram to this computer itself does not arrive"), _FIREWALL)
    return ok(Text("Datagrams go out and arrive"))


async def tcp() -> Finding:
    """A connection to ourselves."""
    echoing: set[asyncio.Task[None]] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        echoing.add(task)
        writer.write(await reader.readexactly(len(_WORD)))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, _HOST, 0)
    try:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(_HOST, port)
        writer.write(_WORD)
        answer = await reader.read(len(_WORD))
        writer.close()
        await asyncio.wait(echoing)
    except OSError as error:
        return _no_connection(error)
    finally:
        server.close()
    if answer != _WORD:
        return failed(Text("A connection to this computer itself carries nothing"), _FIREWALL)
    return ok(Text("Connections are made and carry data"))


def _no_connection(error: OSError) -> Finding:
    reason = outside(error.strerror or str(error))
    return failed(Text("No connection to this computer itself: {reason}", reason=reason), _FIREWALL)


async def serial() -> Finding:
    """Can the ports be listed, and may this user open them?"""
    from smp import discovery

    ports = await asyncio.to_thread(discovery.serial_devices)
    barred = [port for port in ports if port.problem]
    if barred:
        return note(
            Text("There is no permission to open {name}", name=barred[0].address.target),
            barred[0].advice,
            barred[0].command,
        )
    if not ports:
        return ok(Text("The list works; no port is plugged in"))
    names = outside(", ".join(port.address.target for port in ports))
    if len(ports) == 1:
        return ok(Text("One port: {name}", name=names))
    return ok(Text("{count} ports: {names}", count=len(ports), names=names))


_BACKENDS = {
    "linux": ("bleak.backends.bluezdbus.scanner", "bleak.backends.bluezdbus.client"),
    "win32": ("bleak.backends.winrt.scanner", "bleak.backends.winrt.client"),
    "darwin": ("bleak.backends.corebluetooth.scanner", "bleak.backends.corebluetooth.client"),
}


async def bluetooth() -> Finding:
    """Is all of its software there, and what does the adapter say? A computer without one is as
    good as any."""
    await asyncio.to_thread(_load_bluetooth)
    from smp.discovery import BluetoothList

    air = BluetoothList("", lambda: None)
    try:
        await air.listen(_LISTEN)
        heard, problem, is_paused = len(air.devices), air.problem, air.is_paused
    finally:
        await air.close()
    if problem is not None:
        return _unusable(problem)
    if is_paused:
        return ok(Text("The adapter works for an update now"))
    return ok(Text("The adapter listens; {count} devices heard", count=heard))


def _load_bluetooth() -> None:
    """Raises ImportError where a package lacks what only a scan would miss."""
    if sys.platform == "win32":
        from bleak.backends.winrt.util import allow_sta

        allow_sta()
    for name in (*_BACKENDS.get(sys.platform, ()), "smp.bluetooth.radio"):
        import_module(name)


def _unusable(problem: LinkError) -> Finding:
    from smp.bluetooth.words import NoRadio

    if "ImportError" in problem.detail or "ModuleNotFoundError" in problem.detail:
        return failed(problem.what, INSTALL_AGAIN, problem.detail)
    step = NOTHING if isinstance(problem, NoRadio) else problem.next_step
    return note(problem.what, step, problem.detail)
