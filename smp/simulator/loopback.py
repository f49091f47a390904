"""Simulated devices in this process, reached like real ones: same framing, same silences."""

from __future__ import annotations

import asyncio
import logging

from smp.bluetooth.writes import LONGEST_WRITE, packet_sizes, pieces
from smp.errors import LinkError, LinkLost, LinkNotFound
from smp.framing import Framing, RawFraming
from smp.simulator.host import HostPort, SimulatorHost
from smp.simulator.traits import Framing as PortKind
from smp.text import Coded, Text
from smp.transport.base import Sink
from smp.transport.stream import StreamTransport
from smp.transport.whereabouts import Place, Places

log = logging.getLogger(__name__)

_APPEARS_WITHIN = 3.0
_BOOTS_WITHIN = 60.0
"""A device that this program has just switched on may have an exchange of images to finish."""


class LoopbackTransport(StreamTransport):
    """A connection to a simulator host of this process."""

    kind = "sim"
    usual_rate = 60_000.0

    def __init__(self, host: SimulatorHost) -> None:
        self.host = host
        self._kind = host.device.profile.framing
        super().__init__("raw" if self._kind is PortKind.RAW else "console")
        self.is_console = self._kind is PortKind.CONSOLE
        self.name = host.device.profile.title
        self.rto_floor = 0.05 if self._kind is PortKind.UDP else 0.2
        quality = host.linked.quality
        if self._kind.is_stream and quality.baud:
            self.bytes_per_second = quality.baud / 10
            self.paced = True
        self._port: HostPort | None = None
        self._was_open = False
        self._application = Place(host.device.profile.name, host.device.profile.facts.node)
        self._places: Places | None = None
        self._loader_name = ""
        self._product: int | None = None
        """What was plugged in when it was opened first, or was proven to be the device."""
        self._came_as: int | None = None

    async def open(self, sink: Sink) -> None:
        await self.close()
        back = asyncio.Event()
        port = self.host.attach(self._arrived, self._gone, lambda name: back.set())
        try:
            if not port.is_present:
                async with asyncio.timeout(_APPEARS_WITHIN if self._was_open else _BOOTS_WITHIN):
                    await back.wait()
        except TimeoutError:
            port.close(was_connected=False)
            raise _absent(self.name) from None
        except BaseException:
            port.close(was_connected=False)
            raise
        name = self.host.device.loader_elsewhere
        if name is not None and not self._has_found(name):
            port.close(was_connected=False)
            raise _in_its_loader(self.name, name)
        self._port = port
        self._was_open = True
        self._came_as = port.product
        if self._product is None:
            self._product = port.product
        self._attach(sink)

    @property
    def is_another_at_its_place(self) -> bool:
        return self._came_as != self._product

    def send(self, packet: bytes) -> None:
        if self._port is None:
            return
        if self._kind.is_stream:
            super().send(packet)
        elif self._kind is PortKind.UDP:
            self._port.write(packet)
        else:
            for piece in pieces(packet, self._write_room()):
                self._port.write(piece)

    def _write(self, data: bytes) -> None:
        if self._port is not None:
            self._port.write(data)

    async def close(self) -> None:
        self._detach()
        self._release()

    def adopt(self) -> None:
        self._product = self._came_as

    @property
    def places(self) -> Places | None:
        if self._places is None and self.whereabouts is not None:
            self._places = self.whereabouts.of(self._application.address)
        return self._places

    @property
    def loader_name(self) -> str:
        return self._loader_name

    def expect_loader(self, name: str | None) -> None:
        loader = self.host.device.profile.loader
        if name is None or loader is None or not loader.is_elsewhere:
            return
        known = self.places or Places(self._application, Place())
        self._loader_name = name or known.loader.name
        self._places = known.renamed(self._loader_name)

    def _has_found(self, loader: str) -> bool:
        """The firmware loader that calls itself so, at its own address, is this device's."""
        address, known = f"{self._application.address}/loader", self.places
        if known is None or not known.is_loader(address, loader):
            return False
        self._places, self._loader_name = known.found(address), loader
        return True

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        if self._kind.is_stream:
            return super().packet_sizes(buf_size)
        if self._kind is PortKind.UDP:
            return (min(buf_size or 512, 1472),)
        return packet_sizes(self._write_room(), buf_size)

    def wire_size(self, packet_size: int) -> int:
        return super().wire_size(packet_size) if self._kind.is_stream else packet_size

    def describe(self) -> dict[str, str]:
        facts: dict[str, str] = {"simulated": self.host.device.profile.description}
        if self.bytes_per_second:
            facts["baud"] = str(self.host.linked.quality.baud)
        return facts

    def _write_room(self) -> int:
        return min(self.host.device.profile.ble_mtu - 3, LONGEST_WRITE)

    def _new_framing(self) -> Framing:
        if self._kind is PortKind.BLE:
            return RawFraming(self._expects)
        return super()._new_framing()

    def _arrived(self, data: bytes) -> None:
        if self._kind is not PortKind.UDP:
            self._feed(data)
        elif self._sink is not None:
            self._sink.received(data)

    def _gone(self) -> None:
        self._lose(
            LinkLost(
                Coded("simulated-gone", "{name} has vanished", name=self.name),
                why=Text("The simulated port vanished, as USB ports do"),
            ),
            self._release,
        )

    def _release(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()


def _in_its_loader(name: str, loader: str) -> LinkError:
    return LinkNotFound(
        Coded(
            "simulated-loader-elsewhere",
            "{name} is not there right now, its firmware loader is",
            name=name,
        ),
        why=Text(
            "The loader advertises as {loader} at an address of its own, and nothing here knows "
            "that it belongs to this device",
            loader=loader,
        ),
        next_step=Text(
            "Update it from where its loader was started. If that is not known any more, begin "
            "with a new simulated device: delete its file in the folder of simulated devices"
        ),
    )


def _absent(name: str) -> LinkError:
    return LinkNotFound(
        Coded("simulated-absent", "{name} is not there right now", name=name),
        why=Text("Its port has vanished, as that of a device that restarts or is off"),
        next_step=Text("Wait until it has restarted, then connect to it again"),
    )
