"""A socket of a hub, with simulated devices plugged into it one after the other.

    bay = Bay("1-2.4")
    bay.plug(SimulatorHost("fast"), serial_number="000683")
    client = Client(BayTransport(bay))
    bay.pull()

A transport belongs to the socket: it is opened again with whatever is there then, and tells, as a
serial port does, that it says to be another one. Twins that say the same cannot be told apart by
it; that something came anew shows in `arrivals`.
"""

from __future__ import annotations

from collections.abc import Callable

from smp.errors import LinkNotFound
from smp.signal import Signal
from smp.simulator.host import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from smp.text import Coded, Text
from smp.transport.base import Sink


class Bay:
    """See the module. `at`: its hub path."""

    def __init__(self, at: str) -> None:
        self.at = at
        self.changed: Signal[()] = Signal("a socket")
        """A port has come or gone there."""
        self.host: SimulatorHost | None = None
        self.serial_number = ""
        """What the device in it says of itself on USB; twins have the same one."""
        self.arrivals = 0
        """Grows each time that a port appears."""
        self.is_deaf = False
        """What is sent to it is lost, whatever is plugged in."""
        self._was_there = False
        self._unlisten: Callable[[], None] = lambda: None

    @property
    def is_there(self) -> bool:
        """Its port is listed: a board on USB restarts without one."""
        return self.host is not None and not self.host.device.is_gone

    @property
    def port_name(self) -> str:
        """What a system would call the port now; another one after each restart."""
        return f"{self.at}/{self.host.device.port_name if self.host is not None else 'none'}"

    @property
    def stay(self) -> str:
        """As `Transport.stay`."""
        return f"{self.at}#{self.arrivals}"

    def plug(self, host: SimulatorHost, serial_number: str = "") -> None:
        """Give it power there. What is in it is pulled out so quickly that nobody sees it."""
        if self.host is not None:
            self._take_out().unplug()
            self._was_there = False
        self.host, self.serial_number, self.is_deaf = host, serial_number, False
        self._unlisten = host.changed.listen(self._look)
        host.start()
        host.power_on()
        self._look()

    def pull(self) -> SimulatorHost | None:
        """Take out what is in it, in whatever it is doing: its flash stays as it is then."""
        host = self._take_out() if self.host is not None else None
        if host is not None:
            host.unplug()
        self._look()
        return host

    def _take_out(self) -> SimulatorHost:
        host, self.host = _occupant(self), None
        self._unlisten()
        return host

    def _look(self) -> None:
        if self.is_there == self._was_there:
            return
        self._was_there = self.is_there
        self.arrivals += self._was_there
        self.changed.tell()


class BayTransport(LoopbackTransport):
    """See the module. Raises `LinkNotFound` where nothing is plugged in."""

    def __init__(self, bay: Bay) -> None:
        self._bay = bay
        super().__init__(_occupant(bay))
        self._ours = self._here = bay.serial_number
        self._stay = ""

    async def open(self, sink: Sink) -> None:
        await self.close()
        self.host = _occupant(self._bay)
        await super().open(sink)
        self._here, self._stay = self._bay.serial_number, self._bay.stay

    @property
    def stay(self) -> str:
        return self._stay

    @property
    def is_another_at_its_place(self) -> bool:
        return self._here != self._ours or super().is_another_at_its_place

    def adopt(self) -> None:
        self._ours = self._here
        super().adopt()

    def send(self, packet: bytes) -> None:
        if not self._bay.is_deaf:
            super().send(packet)


def _occupant(bay: Bay) -> SimulatorHost:
    if bay.host is None:
        raise LinkNotFound(
            Coded("simulated-place-empty", "Nothing is plugged in at {place}", place=bay.at),
            next_step=Text("Plug the device in again, at the same place"),
        )
    return bay.host
