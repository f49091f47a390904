"""What the SMP server is reached through: the contract, and ports for whole messages.

A port takes what the link delivers, finds packets in it, takes a buffer for each, and cuts
answers into what goes out. `UdpPort` and `BlePort` are here, the UART is in `uart`.

Sources: Zephyr subsys/mgmt/mcumgr/transport/src/smp_udp.c, smp_bt.c, smp_reassembly.c.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from smp.packet import HEADER_SIZE, Header
from smp.simulator.worker import BufferPool, Peer

Submit = Callable[[bytes, Peer, float], None]


class Port(ABC):
    """One life of a port, from boot to reset. `submit` is given packets with their buffer."""

    is_stream = False
    """Bytes without boundaries; otherwise every piece is a message of its own."""

    def __init__(self, pool: BufferPool, buf_size: int, submit: Submit) -> None:
        self._pool = pool
        self._buf_size = buf_size
        self._submit = submit

    @abstractmethod
    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        """The link delivered this. Never raises, whatever it is."""

    @abstractmethod
    def pieces(self, answer: bytes) -> list[bytes]:
        """What goes out for one answer, in order."""

    def _deliver(self, packet: bytes, peer: Peer, now: float) -> None:
        if self._pool.take():
            self._submit(packet, peer, now)


class UdpPort(Port):
    """One datagram is one packet; what is longer than the receive buffer is cut."""

    def __init__(self, pool: BufferPool, buf_size: int, submit: Submit, *, mtu: int) -> None:
        super().__init__(pool, buf_size, submit)
        self._mtu = mtu

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        if data:
            # Zephyr copies unchecked what a buffer smaller than the MTU cannot hold.
            self._deliver(data[: min(self._mtu, self._buf_size)], peer, now)

    def pieces(self, answer: bytes) -> list[bytes]:
        return [answer]


class BlePort(Port):
    """GATT: write commands in, notifications out, both of at most ATT_MTU - 3 bytes.

    Without reassembly every write is a packet. With it a packet may span several writes; there
    is one buffer for the whole transport and no time-out, so half a packet spoils the next one.
    """

    def __init__(
        self, pool: BufferPool, buf_size: int, submit: Submit, *, mtu: int, reassembly: bool
    ) -> None:
        super().__init__(pool, buf_size, submit)
        self._room = mtu - 3
        self._reassembly = reassembly
        self._packet: bytearray | None = None
        self._missing = 0

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        if not data or len(data) > self._room:
            return
        if not self._reassembly:
            if len(data) <= self._buf_size:
                self._deliver(data, peer, now)
            return
        if self._packet is None and not self._start(data):
            return
        assert self._packet is not None
        if len(data) > self._missing:
            return
        self._packet += data
        self._missing -= len(data)
        if self._missing == 0:
            packet, self._packet = bytes(self._packet), None
            self._submit(packet, peer, now)

    def clear(self) -> None:
        """Notifications were switched off, or the link dropped: half a packet is forgotten."""
        if self._packet is not None:
            self._packet = None
            self._pool.give()

    def pieces(self, answer: bytes) -> list[bytes]:
        room = self._room
        return [answer[at : at + room] for at in range(0, len(answer), room)]

    def _start(self, data: bytes) -> bool:
        if len(data) < HEADER_SIZE:
            return False
        size = HEADER_SIZE + Header.from_bytes(data).length
        if size > self._buf_size or len(data) > size or not self._pool.take():
            return False
        self._packet = bytearray()
        self._missing = size
        return True
