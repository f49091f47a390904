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
from typing import TYPE_CHECKING, Any

from smp.bluetooth.writes import DEFAULT_ROOM, packet_sizes
from smp.errors import LinkError, LinkForbidden, LinkLost, LinkNeedsPairing, NoAnswer, TransferError
from smp.text import Coded, Text
from smp.transport.base import Sink, Transport
from smp.transport.facts import RADIO_ADDRESS
from smp.transport.whereabouts import Places

if TYPE_CHECKING:
    from smp.bluetooth.finder import Finder
    from smp.bluetooth.link import Link
    from smp.bluetooth.radio import Radio

SEARCH = 12.0
"""Seconds to hear the device: Linux may report it once in a scan of 10 s."""
ATTEMPTS = 3

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
        self._link: Link | None = None
        self._hush = contextlib.ExitStack()
        self._ending: set[asyncio.Task[None]] = set()
        self._was_deaf = False
        """The last connection never brought an answer: what the system remembers of the device
        may be wrong."""

    @property
    def has_moved(self) -> bool:
        return self._finder is not None and self._finder.address != self._first_address

    def adopt(self) -> None:
        if self._finder is not None:
            self._first_address = self._finder.address

    def disown(self) -> None:
        if self._finder is not None:
            self._finder.disown()

    def expect_loader(self, name: str | None) -> None:
        if self._finder is not None:
            self._finder.expect_loader(name)
            if name is None:
                self.adopt()

    @property
    def places(self) -> Places | None:
        return self._finder.places if self._finder is not None else None

    @property
    def loader_name(self) -> str:
        return self._finder.loader_name if self._finder is not None else ""

    def newcomers(self) -> tuple[str, ...]:
        return self._finder.newcomers() if self._finder is not None else ()

    async def open(self, sink: Sink) -> None:
        await self.close()
        from smp.bluetooth.finder import Finder
        from smp.bluetooth.radio import Radio

        radio = Radio.of(self.adapter)
        if self._finder is None:
            self._finder = Finder(self.target, radio, self.whereabouts)
        link = await self._connect(radio, self._finder)
        link.sink = sink
        self._link = link
        self._finder.settle()
        self.name = self._finder.name or self.target
        if not self._first_address or self._finder.is_in_known_place:
            self._first_address = self._finder.address

    async def _connect(self, radio: Radio, finder: Finder) -> Link:
        """Find the device and set up everything on it, in several attempts."""
        from smp.bluetooth.link import Link

        fresh = self._was_deaf
        self._was_deaf = False
        drops = 0
        for attempt in range(1, ATTEMPTS + 1):
            device = await finder.find(SEARCH)
            if fresh and await _forget_services(device):
                device = await finder.find(SEARCH)
            link = Link(finder.name or self.target, self._lose)
            try:
                with radio.paused():
                    await radio.stopped()
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

    def _lose(self, link: Link, error: LinkError) -> None:
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
        self._hush.enter_context(radio.paused())
        await radio.stopped()

    def end_transfer(self) -> None:
        self._hush.close()

    def met_silence(self, packet_size: int) -> None:
        if self._link is not None and packet_size > self._link.room:
            self._link.subscribe_again()

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        room = self._link.room if self._link is not None else DEFAULT_ROOM
        return packet_sizes(room, buf_size)

    def first_size(self, sizes: tuple[int, ...]) -> int:
        """One write each, which every server takes; unless too little fits into one."""
        return len(sizes) - 1

    def silence(self) -> NoAnswer:
        return NoAnswer(
            Coded("no-answer", "No answer from {name}", name=self.name),
            why=Text(
                "The Bluetooth connection is there, but the device's SMP service stays silent"
            ),
            next_step=Text(
                "Restart the device and try again; if it stays, its firmware may want a "
                "pairing, or its author must look"
            ),
        )

    def upload_doubt(self, packet_size: int) -> TransferError | None:
        room = self._link.room if self._link is not None else DEFAULT_ROOM
        if packet_size <= room:
            return None
        return TransferError(
            Coded(
                "bluetooth-upload-too-narrow",
                "The upload does not fit through this Bluetooth connection",
            ),
            why=Text(
                "One write holds {room} bytes here, too few for an upload, and the "
                "firmware does not join several",
                room=room,
            ),
            next_step=Text(
                "Use a cable, or ask the firmware's author to enable "
                "CONFIG_MCUMGR_TRANSPORT_BT_REASSEMBLY or a larger MTU"
            ),
        )

    def describe(self) -> dict[str, str]:
        facts = {}
        if self._finder is not None:
            facts[RADIO_ADDRESS] = self._finder.address
        if self.adapter:
            facts["adapter"] = self.adapter
        if self._link is not None:
            facts["mtu"] = str(self._link.room + 3)
        return facts


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
