"""The contract between the engine and a link, open to links of your own.

A transport carries whole SMP packets. It may be opened again after it was closed or lost, and
then finds the same device again, wherever it went (another port name, another radio address).

    class MyLink(Transport):
        async def open(self, sink): ...     # connect; keep the sink
        def send(self, packet): ...         # queue one packet; never blocks, never raises
        async def close(self): ...          # idempotent

and for what comes back: `sink.received(packet)`, once for each whole packet, on the event loop's
thread. `sink.lost(error)` tells at most once per open that the link went away by itself.
Every exception that leaves a transport is a `smp.errors.LinkError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from smp.errors import LinkError, NoAnswer, TransferError
from smp.family import Family
from smp.packet import Header
from smp.text import Coded, Text
from smp.transport.whereabouts import Places, Whereabouts


class Sink(Protocol):
    """Where a transport delivers. The client is one."""

    def received(self, packet: bytes) -> None:
        """One whole packet, header first."""
        ...

    def text(self, data: bytes) -> None:
        """Console output of the device that is no SMP."""
        ...

    def damaged_frame(self, reason: str) -> None:
        """Something arrived and had to be dropped."""
        ...

    def lost(self, error: LinkError) -> None:
        """The link is gone; the transport has closed itself."""
        ...

    def expects(self, header: Header) -> bool:
        """Could a packet with this header be the answer to something asked?"""
        ...


class Transport(ABC):
    """A link to one device. The attributes may be set per class or per instance, also in `open`."""

    kind: str = "custom"
    """Short word for the kind of link: serial, tcp, udp, ble, sim."""
    name: str = "device"
    """What a person calls it: ttyACM0, 192.0.2.7."""
    rto_floor: float = 0.2
    """Seconds below which waiting for an answer is never cut short."""
    bytes_per_second: float | None = None
    """What the line carries at most, where that is known (a UART's baud / 10)."""
    usual_rate: float | None = None
    """Bytes of a file per second that such a link usually carries; for estimates only."""
    least_wait: float = 0.0
    """Seconds for which a request is waited for at least before anything else is sent. More than
    none for a device that bears one thing at a time; see `suit`."""
    paced: bool = False
    """The line itself limits the rate at which a server can be filled (a real UART)."""

    whereabouts: Whereabouts | None = None
    """What is known from earlier runs of devices whose firmware loader is elsewhere. Set before
    `open`; None: nothing, and nothing is kept."""

    is_console: bool = False
    """Lines of text on a serial port: what is behind it may be starting, and bear one line only
    until it has (a UART of Apache Mynewt; a second one resets it)."""
    has_lines: bool = True
    """Packets go in lines, or pieces, that a server can put aside while it works."""

    @abstractmethod
    async def open(self, sink: Sink) -> None:
        """Connect. Raises `LinkError` (not found, forbidden, busy; with the next step), and is
        closed then. A cancelled open leaves nothing behind."""

    @abstractmethod
    def send(self, packet: bytes) -> None:
        """Queue one packet. After a loss it does nothing."""

    @abstractmethod
    async def close(self) -> None:
        """Disconnect and release everything. Never raises."""

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        """Packet sizes (header included) worth trying, largest first.

        `buf_size` is what the server's parameters say, None if it does not tell. A transfer
        starts with the first and goes to the next when large packets meet silence.
        """
        largest = buf_size or 256
        return (largest, *(size for size in (1024, 256) if size < largest))

    def first_size(self, sizes: tuple[int, ...]) -> int:
        """Index into `packet_sizes` a transfer starts with; 0 is the largest."""
        return 0

    def wire_size(self, packet_size: int) -> int:
        """Bytes on the line for a packet of that many bytes."""
        return packet_size

    def send_time(self, packet_size: int) -> float:
        """Seconds that a packet of that many bytes is under way to the device, as far as known."""
        rate = self.bytes_per_second
        return self.wire_size(packet_size) / rate if rate else 0.0

    def suit(self, family: Family) -> None:  # noqa: B027 -- most links suit everybody
        """Such firmware answers: mind its manners from now on."""

    async def begin_transfer(self) -> None:  # noqa: B027 -- most links have nothing to do
        """A long transfer begins: find out what `packet_sizes` needs, put off what costs speed."""

    def end_transfer(self) -> None:  # noqa: B027
        """It ended, in whatever way."""

    def met_silence(self, packet_size: int) -> None:  # noqa: B027
        """A packet of that many bytes got no answer: make the server forget half of it."""

    def upload_doubt(self, packet_size: int) -> TransferError | None:
        """Why no upload can begin, if packets of that size are suspicious on this link."""
        return None

    @property
    def has_moved(self) -> bool:
        """It was opened again and found at another address than at first, or than it was adopted
        at: it may be another device, which what it tells of itself must show."""
        return False

    @property
    def is_another_at_its_place(self) -> bool:
        """It is where it was, and says of itself to be another device: firmware may have changed
        that at a restart, or somebody plugged another one in. Stronger proof is asked for then."""
        return False

    @property
    def stay(self) -> str:
        """Of what was there when it was opened last: another text each time that the system meets
        a device, and for each place. Empty: it does not tell."""
        return ""

    def adopt(self) -> None:  # noqa: B027
        """What answers now is proven to be the device, whatever it says of itself."""

    def disown(self) -> None:  # noqa: B027
        """What answers now is another device: look further the next time."""

    @property
    def places(self) -> Places | None:
        """Where its application and its firmware loader are, if they have two addresses and those
        are known, or the loader's name is."""
        return None

    @property
    def loader_name(self) -> str:
        """What its firmware loader calls itself, as it was heard or told last; empty: not known,
        or it is where the application is."""
        return ""

    def newcomers(self) -> tuple[str, ...]:
        """Names, or addresses, of devices of this kind that are there since `expect_loader` and
        were not before: where the place of what was started is not known, it may be that."""
        return ()

    def expect_loader(self, name: str | None) -> None:  # noqa: B027 -- most are where they were
        """The device is told to restart into its firmware loader, which calls itself `name`
        (empty: nobody told it a name) and may have another address: look for that one, too. None:
        it is about to start its application, at the address which that had, if that is known."""

    async def remember_places(self) -> None:
        """Keep `places` for the next run of the program. Never raises."""
        if self.whereabouts is not None and self.places is not None:
            await self.whereabouts.keep(self.places)

    async def look_into_silence(self) -> None:  # noqa: B027
        """A request got no answer: find out what `silence` can say, where that takes time."""

    def silence(self) -> NoAnswer:
        """What to say when the link is open and nobody answers. At once: the loop waits."""
        return NoAnswer(
            Coded("no-answer", "No answer from {name}", name=self.name),
            why=Text("The link is open, but nothing on the other side speaks SMP right now"),
            next_step=Text("Check that the device is powered and runs firmware with SMP (MCUmgr)"),
        )

    def describe(self) -> dict[str, str]:
        """Facts for those who look, e.g. {"baud": "115200"}; `facts.label` has the keys' names."""
        return {}
