"""Bluetooth LE: packets in GATT writes without response, answers in notifications.

A packet is cut into writes of at most ATT_MTU - 3 bytes, and no attribute is longer than 512; the
server joins them if it was built so, which cannot be asked. So packets start at one write each and
grow when that works. Answers come in pieces of any size and are joined by the header's length.

Source: Zephyr subsys/mgmt/mcumgr/transport/src/smp_bt.c, smp_reassembly.c, Kconfig.bluetooth;
Core Specification, volume 3, part F (ATT) and part G (GATT).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

from smp.errors import LinkError, LinkForbidden, LinkLost, LinkNeedsPairing, NoAnswer, TransferError
from smp.framing import PacketReceived, RawFraming
from smp.transport.base import Sink, Transport

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic

    from smp.bluetooth.finder import Finder
    from smp.bluetooth.radio import Radio

LONGEST_WRITE = 512
"""The longest an attribute may be (Core Specification, volume 3, part F, 3.2.9)."""
SEARCH = 12.0
"""Seconds to hear the device: Linux may report it once in a scan of 10 s."""
CONNECT = 12.0
SUBSCRIBE = 10.0
ATTEMPTS = 3
MTU_LIMIT = 3.0
"""Windows says 20 bytes for a while after connecting."""
LEAST_FOR_UPLOAD = 90
"""A first chunk with its hash and 32 bytes of the image does not fit into less."""
_MTU_POLL = 0.1
_GOODBYE = 10.0
_DEFAULT_ROOM = 20

log = logging.getLogger(__name__)


class BleTransport(Transport):
    """A device by its address (on macOS: identifier) or by its name.

    adapter: the radio to use where there are several (Linux: hci1).
    """

    kind = "ble"
    usual_rate = 20_000.0
    rto_floor = 0.3

    def __init__(self, target: str, *, adapter: str = "") -> None:
        self.target = target
        self.adapter = adapter
        self.name = target
        self._finder: Finder | None = None
        self._first_address = ""
        self._link: _Link | None = None
        self._hush = contextlib.ExitStack()
        self._ending: set[asyncio.Task[None]] = set()
        self._was_deaf = False
        """The last connection never brought an answer: what the system remembers of the device
        may be wrong."""

    @property
    def has_moved(self) -> bool:
        return self._finder is not None and self._finder.address != self._first_address

    def disown(self) -> None:
        if self._finder is not None:
            self._finder.disown()

    async def open(self, sink: Sink) -> None:
        await self.close()
        from smp.bluetooth.finder import Finder
        from smp.bluetooth.radio import Radio

        radio = Radio.of(self.adapter)
        if self._finder is None:
            self._finder = Finder(self.target, radio)
        link = await self._connect(radio, self._finder)
        link.sink = sink
        self._link = link
        self._finder.settle()
        self.name = self._finder.name or self.target
        self._first_address = self._first_address or self._finder.address

    async def _connect(self, radio: Radio, finder: Finder) -> _Link:
        """Find the device and set up everything on it, in several attempts."""
        fresh = self._was_deaf
        self._was_deaf = False
        drops = 0
        for attempt in range(1, ATTEMPTS + 1):
            device = await finder.find(SEARCH)
            if fresh and await _forget_services(device):
                device = await finder.find(SEARCH)
            link = _Link(finder.name or self.target, self)
            try:
                with radio.quiet():
                    await radio.hushed()
                    await link.open(device)
            except LinkError as error:
                await link.close()
                drops += isinstance(error, LinkLost)
                final = await _judge(error, device, link.name, is_new=fresh, drops=drops)
                if final is not None:
                    raise final from error
                if attempt == ATTEMPTS:
                    raise
                fresh = isinstance(error, LinkForbidden)
                log.info("%s: attempt %d failed: %s", link.name, attempt, error)
            except BaseException:
                await link.close()
                raise
            else:
                return link
        raise AssertionError("the last attempt returns or raises")

    def send(self, packet: bytes) -> None:
        if self._link is not None:
            self._link.send(packet)

    async def close(self) -> None:
        self.end_transfer()
        link, self._link = self._link, None
        if link is not None:
            self._was_deaf = not link.heard
            link.sink = None
            await link.close()
        if self._ending:
            await asyncio.wait(tuple(self._ending))

    def _lose(self, link: _Link, error: LinkError) -> None:
        """The connection went away by itself: tell, once, and let go of it in the background."""
        if self._link is not link:
            return
        self._link = None
        self.end_transfer()
        sink, link.sink = link.sink, None
        task = asyncio.get_running_loop().create_task(link.close(), name=f"closing {self.name}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        if sink is not None:
            sink.lost(error)

    # -- transfers ------------------------------------------------------------------------------

    async def begin_transfer(self) -> None:
        link = self._link
        if link is None:
            return
        from smp.bluetooth.radio import Radio

        await link.learn_room()
        radio = Radio.of(self.adapter)
        self.end_transfer()
        self._hush.enter_context(radio.quiet())
        await radio.hushed()

    def end_transfer(self) -> None:
        self._hush.close()

    def met_silence(self, packet_size: int) -> None:
        if self._link is not None and packet_size > self._link.room:
            self._link.subscribe_again()

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        """Whole buffers, which the server has to join from several writes, or one write."""
        room = self._link.room if self._link is not None else _DEFAULT_ROOM
        if buf_size is None:
            return (max(room, LEAST_FOR_UPLOAD),)
        one = min(room, buf_size)
        between = (size for size in (1024,) if one * 1.5 < size < buf_size / 1.5)
        sizes = (buf_size, *between, one)
        return tuple(dict.fromkeys(size for size in sizes if size >= LEAST_FOR_UPLOAD)) or (
            buf_size,
        )

    def first_size(self, sizes: tuple[int, ...]) -> int:
        """One write each, which every server takes; unless too little fits into one."""
        return len(sizes) - 1

    def silence(self) -> NoAnswer:
        return NoAnswer(
            f"No answer from {self.name}",
            why="The Bluetooth connection is there, but the device's SMP service stays silent",
            next_step="Restart the device and try again; if it stays, its firmware may want a "
            "pairing, or its author must look",
        )

    def upload_doubt(self, packet_size: int) -> TransferError | None:
        room = self._link.room if self._link is not None else _DEFAULT_ROOM
        if packet_size <= room:
            return None
        return TransferError(
            "The upload does not fit through this Bluetooth connection",
            why=f"One write holds {room} bytes here, too few for an upload, and the firmware does "
            "not join several",
            next_step="Use a cable, or ask the firmware's author to enable "
            "CONFIG_MCUMGR_TRANSPORT_BT_REASSEMBLY or a larger MTU",
        )

    def describe(self) -> dict[str, str]:
        facts = {}
        if self._finder is not None:
            facts["Bluetooth address"] = self._finder.address
        if self.adapter:
            facts["Adapter"] = self.adapter
        if self._link is not None:
            facts["MTU"] = str(self._link.room + 3)
        return facts


class _Link:
    """One connection: the GATT client, what waits to be written, what is half received."""

    def __init__(self, name: str, owner: BleTransport) -> None:
        self.sink: Sink | None = None
        self.heard = False
        """An answer came."""
        self.name = name
        self._owner = owner
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
        from bleak import BleakClient

        from smp.bluetooth.radio import CHARACTERISTIC
        from smp.bluetooth.words import dropped, explain

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
        from smp.bluetooth.pairing_watch import PairingWatch
        from smp.bluetooth.words import dropped, needs_pairing

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
        from smp.bluetooth.words import dropped

        self._gone.set()
        if self._client is client:
            self._owner._lose(self, dropped(self.name))  # noqa: SLF001 -- one mechanism

    # -- room -----------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Bytes that one write holds."""
        if self._characteristic is None:
            return _DEFAULT_ROOM
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
        while self.room <= _DEFAULT_ROOM and self._loop.time() < end:  # noqa: ASYNC110 -- no event
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
                    room = self.room
                    for at in range(0, len(packet), room):
                        await client.write_gatt_char(
                            characteristic, packet[at : at + room], response=False
                        )
        except Exception as error:  # noqa: BLE001 -- whatever bleak raises becomes ours
            from smp.bluetooth.words import explain

            self._owner._lose(self, explain(error, self.name))  # noqa: SLF001

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


async def _judge(
    error: LinkError, device: Any, name: str, *, is_new: bool, drops: int
) -> LinkError | None:
    """What to say if another attempt is no use, else None.

    is_new: the device's services were just read anew; drops: how often it hung up so far.
    """
    from smp.bluetooth.words import bond_lost

    wants_pairing = isinstance(error, LinkNeedsPairing)
    if (wants_pairing or drops == ATTEMPTS) and await _is_paired(device):
        # A device that lost its keys hangs up on the one who uses them.
        return bond_lost(name, error.detail)
    if wants_pairing or (isinstance(error, LinkForbidden) and is_new):
        return error
    return None


async def _forget_services(device: Any) -> bool:
    """Make the system read the device's services anew. False where it cannot be told to."""
    if sys.platform != "linux":
        return False
    from smp.bluetooth import bluez

    path = device.details["path"]
    try:
        if await bluez.is_paired(path):
            return False
        await bluez.forget(path)
    except Exception as error:  # noqa: BLE001 -- an attempt that may fail
        log.info("%s could not be forgotten: %r", path, error)
        return False
    return True


async def _is_paired(device: Any) -> bool:
    """Whether this computer keeps a bond with it; False where that cannot be asked."""
    if sys.platform != "linux":
        return False
    from smp.bluetooth import bluez

    try:
        return await bluez.is_paired(device.details["path"])
    except Exception as error:  # noqa: BLE001 -- then nothing is said of bonds
        log.info("asking whether it is paired: %r", error)
        return False


def _no_service(name: str) -> LinkError:
    return LinkForbidden(
        f"{name} offers no SMP over Bluetooth",
        why="Its firmware has no SMP service, or shows it to paired computers only",
        next_step="Check that it is the right device; where it has to be switched into an update "
        "mode, do that first",
    )
