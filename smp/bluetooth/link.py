"""One connection over Bluetooth LE: the GATT client, what waits to be sent, what is half read."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from smp.bluetooth.pairing_watch import PairingWatch
from smp.bluetooth.radio import CHARACTERISTIC
from smp.bluetooth.words import dropped, explain, needs_pairing
from smp.bluetooth.writes import DEFAULT_ROOM, LONGEST_WRITE, pieces
from smp.errors import LinkError, LinkForbidden
from smp.framing import PacketReceived, RawFraming
from smp.text import Coded, Text
from smp.transport.base import Sink

CONNECT = 12.0
SUBSCRIBE = 10.0
MTU_LIMIT = 3.0
"""Windows says 20 bytes for a while after connecting."""
_MTU_POLL = 0.1
_GOODBYE = 10.0

log = logging.getLogger(__name__)


class Link:
    """See the module. `on_lost` hears of an end that nobody here wanted."""

    def __init__(self, name: str, on_lost: Callable[[Link, LinkError], None]) -> None:
        self.sink: Sink | None = None
        self.heard = False
        """An answer came."""
        self.name = name
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._client: BleakClient | None = None
        self._characteristic: BleakGATTCharacteristic | None = None
        self._framing = RawFraming(lambda header: self.sink is None or self.sink.expects(header))
        self._queue: deque[bytes] = deque()
        self._again = False
        self._more = asyncio.Event()
        self._gone = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._opened = 0.0
        self._room: int | None = None

    # -- its life -------------------------------------------------------------------------------

    async def open(self, device: Any) -> None:
        """Connect, find the service, subscribe. Raises `LinkError`; `close` is still due then."""
        client = BleakClient(
            device, self._dropped, timeout=CONNECT, winrt={"use_cached_services": False}
        )
        try:
            await client.connect()
            self._client = client
            if client.is_connected:
                self._gone.clear()  # bleak tries again by itself after some failures
            found = self._client.services.get_characteristic(CHARACTERISTIC)
            if found is None:
                raise _no_service(self.name)
            self._characteristic = found
            await self._subscribe()
            await self._ask_room(found)
        except Exception as error:
            raise explain(error, self.name) from error
        if self._gone.is_set():
            raise dropped(self.name, "while connecting")
        self._opened = self._loop.time()
        self._writer = self._loop.create_task(self._write(), name=f"writing to {self.name}")

    async def _subscribe(self) -> None:
        """Ask for answers. Some systems never tell that this failed: a pairing that is wanted, a
        link that drops and a deadline end it, too."""
        assert self._client is not None
        assert self._characteristic is not None
        async with PairingWatch() as watch:
            asked = self._client.start_notify(self._characteristic, self._notified)
            tasks = [
                asyncio.ensure_future(wait)
                for wait in (asked, watch.wanted.wait(), self._gone.wait())
            ]
            try:
                await asyncio.wait(tasks, timeout=SUBSCRIBE, return_when=asyncio.FIRST_COMPLETED)
                if watch.wanted.is_set():
                    raise needs_pairing(self.name, "asked for by the system")
                if self._gone.is_set():
                    raise dropped(self.name, "while subscribing")
                if not tasks[0].done():
                    raise TimeoutError("no answer to the subscription")
                await tasks[0]
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Let go of everything. Never raises; may be called at any moment."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None
        client, self._client = self._client, None
        if client is not None:
            try:
                async with asyncio.timeout(_GOODBYE):
                    await client.disconnect()
            except Exception as error:  # noqa: BLE001 -- it is gone anyway
                log.info("%s: disconnecting: %r", self.name, error)

    def _dropped(self, client: BleakClient) -> None:
        self._gone.set()
        if self._client is client:
            self._on_lost(self, dropped(self.name))

    # -- room -----------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Bytes that one write holds."""
        if self._characteristic is None:
            return DEFAULT_ROOM
        known = self._room or self._characteristic.max_write_without_response_size
        return min(known, LONGEST_WRITE)

    async def _ask_room(self, characteristic: BleakGATTCharacteristic) -> None:
        """bleak remembers the MTU of an earlier connection; BlueZ knows this one's."""
        if sys.platform != "linux":
            return
        from smp.bluetooth import bluez

        try:
            self._room = await bluez.attribute_mtu(characteristic.obj[0]) - 3
        except Exception as error:  # noqa: BLE001 -- older systems do not tell
            log.info("%s: the MTU is not told: %r", self.name, error)

    async def learn_room(self) -> None:
        """Wait until the system knows the MTU; the least one may be true."""
        if self._room is not None:
            return
        end = self._opened + MTU_LIMIT
        while self.room <= DEFAULT_ROOM and self._loop.time() < end:  # noqa: ASYNC110 -- no event
            await asyncio.sleep(_MTU_POLL)

    # -- writing --------------------------------------------------------------------------------

    def send(self, packet: bytes) -> None:
        self._queue.append(packet)
        self._more.set()

    def subscribe_again(self) -> None:
        """Make the server forget half a packet that it may hold."""
        self._again = True
        self._more.set()

    async def _write(self) -> None:
        client, characteristic = self._client, self._characteristic
        assert client is not None
        assert characteristic is not None
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                if self._again:
                    self._again = False
                    await client.stop_notify(characteristic)
                    self._framing.reset()
                    await client.start_notify(characteristic, self._notified)
                while self._queue:
                    packet = self._queue.popleft()
                    for piece in pieces(packet, self.room):
                        await client.write_gatt_char(characteristic, piece, response=False)
        except Exception as error:  # noqa: BLE001 -- whatever bleak raises becomes ours
            self._on_lost(self, explain(error, self.name))

    # -- reading --------------------------------------------------------------------------------

    def _notified(self, _: BleakGATTCharacteristic, data: bytearray) -> None:
        for frame in self._framing.receive(bytes(data), self._loop.time()):
            if self.sink is None:
                return
            if isinstance(frame, PacketReceived):
                self.heard = True
                self.sink.received(frame.data)
            else:
                self.sink.damaged_frame(getattr(frame, "reason", "text in place of a packet"))


def _no_service(name: str) -> LinkError:
    return LinkForbidden(
        Coded("bluetooth-no-smp", "{name} offers no SMP over Bluetooth", name=name),
        why=Text("Its firmware has no SMP service, or shows it to paired computers only"),
        next_step=Text(
            "Check that it is the right device; where it has to be switched into an "
            "update mode, do that first"
        ),
    )
