"""Who answers SMP behind the virtual peripheral: a simulated device, or a server over UDP."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cbor2

from smp.packet import HEADER_SIZE, Group, Header
from smp.simulator import (
    DeviceState,
    Framing,
    SimulatedDevice,
    SimulatorHost,
    profile,
)
from smp.simulator.changes import changed
from tests.zephyr import servers

PERFECT = "latency=0s,rate=0B/s"
"""The radio is emulated elsewhere (`air`), unless somebody asks for loss."""
_PARAMETERS = (Group.OS, 6)

log = logging.getLogger(__name__)


class Joiner:
    """Pieces of SMP packets, in order -> whole packets, by the length in the header."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        self._held += piece
        packets = []
        while len(self._held) >= HEADER_SIZE:
            size = HEADER_SIZE + Header.from_bytes(self._held).length
            if len(self._held) < size:
                break
            packets.append(bytes(self._held[:size]))
            del self._held[:size]
        return packets

    def clear(self) -> None:
        self._held.clear()


class Backend(ABC):
    """`on_answer` gets whole packets, `on_gone` a reset, `on_back` the firmware's return."""

    on_answer: Callable[[bytes], None]
    on_gone: Callable[[], None]
    on_back: Callable[[], None]

    @abstractmethod
    async def open(self) -> None:
        """Power on; `on_back` is called when the firmware answers."""

    @abstractmethod
    def write(self, data: bytes) -> None: ...

    @abstractmethod
    def hang_up(self) -> None:
        """The client is gone: half a packet is forgotten, so are answers on their way."""

    @abstractmethod
    def close(self) -> None: ...

    def press_reset(self) -> None:
        raise ValueError("this device has no reset button")

    def set_power(self, *, on: bool) -> None:
        raise ValueError("this device has no power switch")

    def facts(self) -> dict[str, Any]:
        """What is in the device, for tests."""
        return {}


class Simulated(Backend):
    """A simulated device on MCUboot. `changes` are NAME=VALUE of its profile."""

    def __init__(
        self, name: str, changes: list[str], *, image: bytes | None, link: str, seed: int
    ) -> None:
        # How a packet is cut into notifications depends on the MTU that the link agrees on, so
        # the simulator's own cut is the coarsest, and joined again here.
        chosen = changed(profile(name), ["vanishes=yes", "ble_mtu=517", *changes])
        device = SimulatedDevice(chosen.reached_by(Framing.BLE), seed=seed)
        if image is not None:
            device.install(image)
        self._host = SimulatorHost(device, ",".join(filter(None, (PERFECT, link))))
        self._joiner = Joiner()

    @property
    def device(self) -> SimulatedDevice:
        return self._host.device

    async def open(self) -> None:
        self._port = self._host.attach(
            self._on_output, lambda: self.on_gone(), lambda _name: self.on_back()
        )

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def hang_up(self) -> None:
        self.device.disconnected()
        self._host.linked.link.clear()
        self._joiner.clear()

    def close(self) -> None:
        self._host.close()

    def press_reset(self) -> None:
        self._host.press_reset()

    def set_power(self, *, on: bool) -> None:
        if on:
            self._host.power_on()
        else:
            self._host.power_off()

    def facts(self) -> dict[str, Any]:
        device = self.device
        report = device.history[-1].report if device.history else None
        infos = [device.store.find_info(slot) for slot in range(len(device.store.layout.slots))]
        return {
            "state": device.state.name,
            "is_running": device.state is DeviceState.RUNNING,
            "boots": len(device.history),
            "running": report.running if report is not None else None,
            "slots": [
                info and {"version": str(info.version), "hash": info.hash.hex()} for info in infos
            ],
            "upload": device.upload_progress,
        }

    def _on_output(self, piece: bytes) -> None:
        for packet in self._joiner.feed(piece):
            self.on_answer(packet)


class Udp(Backend, asyncio.DatagramProtocol):
    """Whole packets to a server over UDP, and its datagrams back.

    Zephyr's UDP transport takes datagrams of at most 1500 bytes whatever buffer size the server
    reports, so a larger one is lowered to what this path really carries.
    """

    LARGEST = 1500

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._joiner = Joiner()
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, remote_addr=self._server
        )
        self.on_back()

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        for packet in self._joiner.feed(data):
            self._transport.sendto(packet)

    def hang_up(self) -> None:
        self._joiner.clear()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, _address: Any) -> None:
        if len(data) >= HEADER_SIZE:
            self.on_answer(self._lowered(data))

    def error_received(self, error: OSError) -> None:
        log.warning("SMP server %s: %s", self._server, error)

    def _lowered(self, data: bytes) -> bytes:
        header = Header.from_bytes(data)
        if (header.group, header.command) != _PARAMETERS:
            return data
        body = cbor2.loads(data[HEADER_SIZE:])
        if body.get("buf_size", 0) <= self.LARGEST:
            return data
        payload = cbor2.dumps({**body, "buf_size": self.LARGEST})
        return data[:2] + len(payload).to_bytes(2, "big") + data[4:HEADER_SIZE] + payload


class RealServer(Udp):
    """One of the prebuilt Zephyr servers that speak UDP, started for this device alone."""

    def __init__(self, target: str, config: str) -> None:
        super().__init__("", 0)
        self._folder = tempfile.TemporaryDirectory()
        self._stack = ExitStack()
        self._which = (target, config)

    async def open(self) -> None:
        served = servers.serve(*self._which, folder=Path(self._folder.name))
        address = await asyncio.to_thread(self._stack.enter_context, served)
        self._server = (address.target, address.port or 1337)
        await super().open()

    def close(self) -> None:
        super().close()
        self._stack.close()
        self._folder.cleanup()
