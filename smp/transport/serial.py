"""Serial ports through pyserial, which opens and closes them; `serial_life` has the bytes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from smp.errors import LinkError, NoAnswer
from smp.plain import plain
from smp.serial_ports import (
    SerialPort,
    behind,
    holders,
    is_certain,
    list_serial_ports,
    may_have_holders,
    not_listed,
    same_device,
    twin,
)
from smp.signal import Signal
from smp.text import Text
from smp.transport import serial_words as words
from smp.transport.base import Sink
from smp.transport.ear import Ear, Heard
from smp.transport.line_search import FRAMINGS, RATES, Attempt, Line, lines, search
from smp.transport.serial_life import WRITE_TIMEOUT, Life, new_life
from smp.transport.stream import StreamTransport
from smp.usb_address import UsbAddress

if TYPE_CHECKING:
    import serial

DEFAULT_BAUD = 115200
_BITS_PER_BYTE = 10
_NO_UARTS = ("/pts/", "ttyACM", "usbmodem", "ttyGS", "/ttys0")
"""Pseudo-terminals and USB CDC ports; those of macOS are ttys000 and cu.usbmodem."""
_LOOK_EVERY = 5.0

log = logging.getLogger(__name__)


class SerialTransport(StreamTransport):
    """A serial port by its path (/dev/ttyACM0, COM7).

    framing: "console" or "raw"; dtr, rts: state of these lines while open, None leaves them to
    the system (asserted). Some boards restart when they change. Opening again follows the USB
    device to whatever name it has then. usb: the device whose port it is, in place of a path.
    baud or framing None: what answers is found out when it is opened first (see `line_search`).
    """

    kind = "serial"
    usual_rate = 40_000.0

    def __init__(
        self,
        path: str = "",
        *,
        usb: UsbAddress | None = None,
        baud: int | None = DEFAULT_BAUD,
        framing: str | None = "console",
        dtr: bool | None = None,
        rts: bool | None = None,
    ) -> None:
        super().__init__(framing or "console")
        self.path = path
        self.baud = baud or DEFAULT_BAUD
        self.trying: Signal[Attempt] = Signal("a rate that is tried")
        """Told of each line before it is tried."""
        self._to_try: tuple[Line, ...] = ()
        self._ear = Ear()
        if baud is None or framing is None:
            self.try_lines(baud, framing)
        self.port: SerialPort | None = None
        """The device: what was plugged in when it was opened first, or was proven to be it."""
        self._came_as: SerialPort | None = None
        """What was plugged in when it was last opened."""
        self._dtr = dtr
        self._rts = rts
        self._life: Life | None = None
        self._has_uart = False
        self._others: list[Text] = []
        """Programs that had the port open, too, when that was looked for."""
        self._look_again_at = 0.0
        self._usb = usb
        self._asked = path
        self._name_it(path)
        if usb is not None:
            self.name = plain(f"usb:{usb}")

    async def open(self, sink: Sink) -> None:
        await self.close()
        loop = asyncio.get_running_loop()
        opening = asyncio.ensure_future(asyncio.to_thread(self._open))
        try:
            plug, port, has_uart = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_give_back)
            raise
        self._came_as = port
        if self.port is None or (is_certain(self.port, port) and not self.has_moved):
            self.port = port
        self._others, self._look_again_at = [], 0.0
        self._name_it(port.path)
        self._has_uart = has_uart
        self._set_pace()
        self._attach(sink)
        self._life = new_life(self, plug, loop)
        self._life.start()
        if self._to_try:
            await self._search(sink)

    @property
    def line(self) -> Line:
        """How it is opened, or what was found."""
        return Line(self.baud, self.framing)

    @property
    def still_to_try(self) -> tuple[Line, ...]:
        """What the next `open` tries, in order; empty: the line is known."""
        return self._to_try

    def try_lines(
        self,
        baud: int | None = None,
        framing: str | None = None,
        *,
        first: Line | None = None,
        without: Iterable[Line] = (),
    ) -> None:
        """At the next `open` find out what answers: at all usual rates, or at `baud` alone; in
        both framings, or in `framing` alone. `first`: what has worked before; `without`: what
        was tried just now. What is found is kept."""
        self._to_try = lines(
            RATES if baud is None else (baud,),
            FRAMINGS if framing is None else (framing,),
            first=first,
            without=without,
        )

    async def _search(self, sink: Sink) -> None:
        try:
            found = await search(self, self._to_try, self.trying.tell)
        except BaseException:
            await self.close()
            raise
        self._to_try = ()
        log.info("%s answers at %d baud, %s framing", self.name, found.baud, found.framing)
        self._ear = Ear()
        self._attach(sink)

    async def tune(self, line: Line, sink: Sink, ear: Ear) -> bool:
        """Go on with this line while the port stays open; what comes goes to these two. False: the
        port does not know the rate."""
        life = self._life
        if life is None:
            return False
        self._attach(sink)
        try:
            await asyncio.to_thread(life.set_rate, line.baud)
        except (OSError, ValueError, OverflowError) as error:
            log.info("%s does not work at %d baud: %r", self.name, line.baud, error)
            return False
        self.baud, self.framing, self._ear = line.baud, line.framing, ear
        self._set_pace()
        self._attach(sink)
        return True

    def write(self, data: bytes) -> None:
        """Bytes that are no packet."""
        if self._life is not None:
            self._life.write(data)

    def _set_pace(self) -> None:
        # A pseudo-terminal and a USB CDC port carry more than their nominal rate; only a real
        # UART paces what a device receives.
        self.bytes_per_second = self.baud / _BITS_PER_BYTE if self._has_uart else None
        self.paced = self._has_uart

    @property
    def has_moved(self) -> bool:
        before, now = self.port, self._came_as
        return before is not None and now is not None and before.hub_path != now.hub_path

    @property
    def is_another_at_its_place(self) -> bool:
        before, now = self.port, self._came_as
        if before is None or now is None or self.has_moved:
            return False
        return not is_certain(before, now)

    @property
    def stay(self) -> str:
        return self._came_as.stay if self._came_as is not None else ""

    def adopt(self) -> None:
        self.port = self._came_as

    def _write(self, data: bytes) -> None:
        if self._life is not None:
            self._life.write(data)

    async def close(self) -> None:
        self._detach()
        life, self._life = self._life, None
        if life is not None:
            await life.end()

    def describe(self) -> dict[str, str]:
        facts = {"port": plain(self.path), "baud": str(self.baud), "framing": self.framing}
        if self.port is not None and self.port.usb_id:
            facts["usb"] = self.port.usb_id
            if self.port.serial_number:
                facts["serial_number"] = plain(self.port.serial_number)
            if self.port.hub_path:
                facts["hub_path"] = self.port.hub_path
        return facts

    async def look_into_silence(self) -> None:
        """Who else has the port open? Silence repeats, and looking costs: not at each time."""
        now = asyncio.get_running_loop().time()
        if now >= self._look_again_at and may_have_holders(self.path):
            self._look_again_at = now + _LOOK_EVERY
            self._others = await asyncio.to_thread(holders, self.path)

    def silence(self) -> NoAnswer:
        heard = self._ear.heard
        if self._others and heard is not Heard.NOISE:
            return words.held(self.name, self._others[0])
        return words.silent(self.name, self.where, self.baud, heard)

    @property
    def where(self) -> str:
        """Its address without options."""
        return f"serial:{self._asked}" if self._usb is None else f"usb:{self._usb}"

    # -- opening, in a thread ---------------------------------------------------------------

    def _open(self) -> tuple[serial.Serial, SerialPort, bool]:
        import serial

        port = self._find()
        plug = serial.Serial()
        plug.port = port.path
        plug.timeout = None
        plug.write_timeout = WRITE_TIMEOUT
        if os.name == "posix":
            plug.exclusive = True
        if self._dtr is not None:
            plug.dtr = self._dtr
        if self._rts is not None:
            plug.rts = self._rts
        try:
            plug.baudrate = self.baud
            plug.open()
            plug.reset_input_buffer()
        except (OSError, ValueError, OverflowError) as error:
            plug.close()
            raise words.cannot_open(error, port.path, self.baud) from error
        return plug, port, _has_uart(plug, port)

    def _find(self) -> SerialPort:
        try:
            ports = list_serial_ports()
        except (OSError, ImportError, AttributeError) as error:
            if self._usb is not None:
                raise not_listed(error) from error
            log.info("the serial ports cannot be listed: %r", error)
            ports = []
        if self._usb is not None:
            return self._find_usb(self._usb, ports)
        # A link by serial number (/dev/serial/by-id) turns to a twin as soon as the device leaves.
        names = (self.path, behind(self.path))
        here = next((port for port in ports if port.path in names), None)
        if self.port is not None and self.port.vid is not None:
            found = same_device(self.port, ports)
            if found is None:
                raise words.gone(self.port.path, twin(self.port, ports))
            return found
        if here is not None:
            return here
        if os.name == "posix" and not os.path.exists(self.path):  # noqa: PTH110 -- never raises
            raise words.gone(self.path)
        return SerialPort(self.path)

    def _find_usb(self, usb: UsbAddress, ports: list[SerialPort]) -> SerialPort:
        """Where it was, as whatever it came back; a serial number finds it elsewhere, too."""
        before = self.port
        here = same_device(before, ports) if before is not None else None
        if here is not None:
            return here
        if before is not None and not usb.serial:
            raise words.gone(before.path, twin(before, ports))
        return usb.find(ports)

    def _name_it(self, path: str) -> None:
        self.path = path
        self.name = SerialPort(path).name

    # -- told by the life of the port ---------------------------------------------------------

    def arrived(self, life: Life, data: bytes) -> None:
        if life is self._life:
            self._ear.hear(data)
            if self._feed(data):
                self._ear.forget()

    def failed(self, life: Life, error: LinkError) -> None:
        if life is self._life:
            self._life = None
            self._lose(error, life.abandon)


def _has_uart(plug: serial.Serial, port: SerialPort) -> bool:
    """Whether bits go over a wire at the baud rate. A link may give a port any name: the system
    is asked what is open."""
    name = port.path
    if os.name == "posix":
        try:
            name = os.ttyname(plug.fileno())
        except OSError:
            return False
    return not any(word in name for word in _NO_UARTS)


def _give_back(opening: asyncio.Future[tuple[serial.Serial, SerialPort, bool]]) -> None:
    """Nobody waits for the port any more that a thread was opening."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[0].close()
