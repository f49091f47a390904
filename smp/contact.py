"""One device that is reached: its connections, the handshake, whose firmware it is.

A device can be connected to again after its link was lost; its transport finds it again. All
methods belong to one event loop. Every exception is an `SmpError`.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self, TypeVar

from smp import codes
from smp.commands.base import Request
from smp.commands.os import Parameters, ReadParameters
from smp.connection import Connection, Watcher
from smp.errors import DeviceError, LinkLost, MalformedPacket, NoAnswer, TransferError
from smp.family import Family
from smp.framing import packet_in_lines
from smp.packet import HEADER_SIZE, Version, encode_body
from smp.recognition import recognise
from smp.signal import Listeners
from smp.text import Coded, Text
from smp.timing import Patience
from smp.transfer.limits import Limits
from smp.transport.base import Transport

A = TypeVar("A")

_HANDSHAKE = Patience((0.5, 1.0, 2.5), adaptive=False)
_HANDSHAKE_GENTLE = Patience((20.0,), adaptive=False)
"""A device that bears one line only may be starting: the one that it got is answered then."""
_FIRST_LINE = Patience((6.0,), adaptive=False)
"""Nothing is known of the device yet, and it may bear one line only while it starts. Opening the
port starts some. What is silent for longer is asked again."""
_AFTER_TEXT = 1.5
"""Seconds: a port that prints text is no such UART; what has just booted is there by then."""
_HANDSHAKE_AGAIN = Patience((1.0, 2.5), adaptive=False)
_RECOGNITION = Patience((1.5, 1.5), adaptive=False)
_HANDSHAKE_V1 = Patience((2.0,), adaptive=False)


class _TextHeard(Watcher):
    """Notices that the port prints."""

    def __init__(self) -> None:
        self.text = asyncio.Event()

    def text_received(self, data: bytes) -> None:
        if data.strip():
            self.text.set()


class Contact:
    """See the module. `transport` may be any implementation of the contract."""

    def __init__(
        self,
        transport: Transport,
        *,
        version: Version | None = None,
        packet_size: int | None = None,
    ) -> None:
        """`version` None: SMP version 2, falling back to 1 if nobody answers.

        packet_size: bytes that an earlier client found this device to hold (`packet_size`).
        """
        self.transport = transport
        self.limits = Limits(transport, packet_size)
        """What the device and the link bear, as far as it is known."""
        self.watchers: Listeners[Watcher] = Listeners(transport.name)
        """Who is told of packets, console text and a lost link. Add and remove freely."""
        self._version = version
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()
        self._recognising = asyncio.Lock()
        self._family: Family | None = None
        """Whose firmware answers on this connection; None: not asked."""
        self._refusal: DeviceError | None = None
        """What was answered instead of the buffers' sizes."""
        self._has_met = False
        """It has answered, on this connection or an earlier one."""

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.disconnect()

    @property
    def is_connected(self) -> bool:
        return self._connection is not None and self._connection.error is None

    async def connect(self) -> None:
        """Open the link and ask the device for its buffers, which proves that it speaks SMP.

        Raises `LinkError` when the link cannot be opened and `NoAnswer` when nobody answers; the
        link is closed again then. Who calls while another call is under way shares its success.
        """
        shared = self._connecting.locked()
        async with self._connecting:
            if not (shared and self.is_connected):
                await self._connect()

    async def _connect(self) -> None:
        await self.disconnect()
        self.limits.parameters = None
        pinned = self._version
        version = Version.V2 if pinned is None else pinned
        connection = Connection(self.transport, version, self.watchers)
        try:
            await connection.open()
            await self._shake_hands(connection)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    async def disconnect(self) -> None:
        """Close the link. What is under way fails with `LinkLost`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def ask_parameters(self, patience: Patience) -> None:
        """Ask again for the buffers, which other firmware may have changed."""
        await self._take_parameters(self._live(), patience)

    @property
    def version(self) -> Version:
        """The SMP version in use."""
        if self._connection is not None:
            return self._connection.session.version
        return Version.V2 if self._version is None else self._version

    @property
    def round_trip(self) -> float:
        """The smoothed round trip in seconds, 0 before the first answer."""
        return (self._connection and self._connection.session.rtt.smoothed) or 0.0

    @property
    def parameters(self) -> Parameters | None:
        """The server's buffers, None if it does not tell."""
        return self.limits.parameters

    @property
    def packet_size(self) -> int | None:
        """The packet size in bytes that uploads have found to work, None before the first."""
        return self.limits.packet_size

    async def _shake_hands(self, connection: Connection) -> None:
        # Who took one line at a time the last time may be starting now.
        one_line = self.transport.least_wait or self.packet_size == packet_in_lines(1)
        is_unknown = not self._has_met and self.packet_size is None
        try:
            if one_line:
                await self._take_parameters(connection, _HANDSHAKE_GENTLE)
            elif is_unknown and self.transport.is_console:
                await self._meet(connection)
            else:
                await self._take_parameters(connection, _HANDSHAKE)
        except NoAnswer:
            if self._version is not None:
                raise
            # Servers from before SMP version 2 may drop what they do not know.
            connection.session.version = Version.V1
            await self._take_parameters(connection, _HANDSHAKE_V1)

    async def _meet(self, connection: Connection) -> None:
        """For the first time, on a port where one line may be all that a starting device bears."""
        ear = _TextHeard()
        self.watchers.add(ear)
        asking = asyncio.ensure_future(self._take_parameters(connection, _FIRST_LINE))
        hearing = asyncio.ensure_future(ear.text.wait())
        try:
            await asyncio.wait({asking, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                await asyncio.wait({asking}, timeout=_AFTER_TEXT)
            has_met = asking.done() and not isinstance(asking.exception(), NoAnswer)
            if has_met:
                await asking
        finally:
            self.watchers.remove(ear)
            for task in (asking, hearing):
                task.cancel()
            await asyncio.gather(asking, hearing, return_exceptions=True)
        if not has_met:
            again = _HANDSHAKE if ear.text.is_set() else _HANDSHAKE_AGAIN
            await self._take_parameters(connection, again)

    async def _take_parameters(self, connection: Connection, patience: Patience) -> None:
        request = ReadParameters()
        packet = await connection.ask(request, patience=patience)
        self._has_met = True
        self.limits.begin()
        self._family = self._refusal = None
        connection.session.limit = 1
        try:
            parameters = request.answer(packet.body())
        except MalformedPacket:
            return
        except DeviceError as error:
            too_old = error.group is None and error.code == codes.UNSUPPORTED_TOO_OLD
            if too_old and connection.session.version is Version.V1:
                connection.session.version = Version.V2
                await self._take_parameters(connection, patience)
            else:
                self._refusal = error
            return
        self.limits.take(parameters)
        connection.session.limit = self.limits.in_flight

    async def recognise(self) -> Family:
        """Whose firmware answers, and from now on its manners. Asked once a connection, and only
        where the device does not tell its buffers. Raises `LinkError`."""
        async with self._recognising:
            if self._family is None:
                self._family = await self._recognise()
        return self._family

    async def _recognise(self) -> Family:
        connection = self._live()
        family = Family.OTHER
        if self.limits.parameters is None:
            family = await recognise(
                lambda request: self._ask(request, _RECOGNITION), self._refusal
            )
        self.limits.family = family
        self.transport.suit(family)
        if family.is_mynewt and self._version is None:
            # It has one version, whatever it answers; some send back whatever bits came.
            connection.session.version = Version.V1
        return family

    async def _ask(self, request: Request[A], patience: Patience | None = None) -> A:
        connection = self._live()
        self._check_size(request)
        packet = await connection.ask(request, patience=patience)
        return request.answer(packet.body())

    def _check_size(self, request: Request[Any]) -> None:
        """Too long a packet meets silence at best; a server on a raw link may crash on it."""
        largest = self.limits.largest_packet
        if largest is None:
            return
        size = HEADER_SIZE + len(encode_body(request.body()))
        if size > largest:
            raise TransferError(
                Coded("request-too-long", "The request does not fit into the device's buffers"),
                why=Text(
                    "It has {size} bytes, the device takes {largest}", size=size, largest=largest
                ),
                next_step=Text("Send less at once"),
            )

    def _live(self) -> Connection:
        if self._connection is None:
            raise LinkLost(
                Coded("not-connected", "The device is not connected"),
                next_step=Text("Connect to it first"),
            )
        if self._connection.error is not None:
            raise self._connection.error
        return self._connection
