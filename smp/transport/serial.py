"""Serial ports through pyserial, which opens and closes them; `serial_life` has the bytes."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from typing import TYPE_CHECKING

from smp.errors import LinkBusy, LinkError, LinkForbidden, LinkNotFound, NoAnswer
from smp.plain import plain
from smp.serial_ports import (
    SerialPort,
    holders,
    is_certain,
    join_command,
    join_group,
    list_serial_ports,
    may_have_holders,
    not_listed,
    owning_group,
    same_device,
    twin,
)
from smp.text import NOTHING, Coded, Text, outside
from smp.transport.base import Sink
from smp.transport.serial_life import WRITE_TIMEOUT, Life, new_life
from smp.transport.stream import StreamTransport
from smp.transport.windows import number_in
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
    """

    kind = "serial"
    usual_rate = 40_000.0

    def __init__(
        self,
        path: str = "",
        *,
        usb: UsbAddress | None = None,
        baud: int = DEFAULT_BAUD,
        framing: str = "console",
        dtr: bool | None = None,
        rts: bool | None = None,
    ) -> None:
        super().__init__(framing)
        self.path = path
        self.baud = baud
        self.port: SerialPort | None = None
        """The device: what was plugged in when it was opened first, or was proven to be it."""
        self._came_as: SerialPort | None = None
        """What was plugged in when it was last opened."""
        self._dtr = dtr
        self._rts = rts
        self._life: Life | None = None
        self._others: list[Text] = []
        """Programs that had the port open, too, when that was looked for."""
        self._look_again_at = 0.0
        self._usb = usb
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
        # A pseudo-terminal and a USB CDC port carry more than their nominal rate; only a real
        # UART paces what a device receives.
        self.bytes_per_second = self.baud / _BITS_PER_BYTE if has_uart else None
        self.paced = self.bytes_per_second is not None
        self._attach(sink)
        self._life = new_life(self, plug, loop)
        self._life.start()

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

    def adopt(self) -> None:
        self.port = self._came_as

    def send(self, packet: bytes) -> None:
        if self._life is not None:
            self._life.write(b"".join(self._framing.encode(packet)))

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
        if self._others:
            return NoAnswer(
                Coded("no-answer-on-port", "No answer on {name}", name=self.name),
                why=Text(
                    "{others} has this port open too and may be reading the answers",
                    others=self._others[0],
                ),
                next_step=Text("Close that program and try again"),
                is_explained=True,
            )
        return NoAnswer(
            Coded("no-answer-on-port", "No answer on {name}", name=self.name),
            why=Text(
                "The port is open at {baud} baud, but nothing behind it speaks SMP right now",
                baud=self.baud,
            ),
            next_step=Text(
                "Check that the device is powered and runs firmware with SMP (MCUmgr), "
                "that this is the right one of its ports, and the baud rate"
            ),
        )

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
            raise self._explain(error, port.path) from error
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
        names = (self.path, _behind(self.path))
        here = next((port for port in ports if port.path in names), None)
        if self.port is not None and self.port.vid is not None:
            found = same_device(self.port, ports)
            if found is None:
                raise _gone(self.port.path, twin(self.port, ports))
            return found
        if here is not None:
            return here
        if os.name == "posix" and not os.path.exists(self.path):  # noqa: PTH110 -- never raises
            raise _gone(self.path)
        return SerialPort(self.path)

    def _find_usb(self, usb: UsbAddress, ports: list[SerialPort]) -> SerialPort:
        """Where it was, as whatever it came back; a serial number finds it elsewhere, too."""
        before = self.port
        here = same_device(before, ports) if before is not None else None
        if here is not None:
            return here
        if before is not None and not usb.serial:
            raise _gone(before.path, twin(before, ports))
        return usb.find(ports)

    def _name_it(self, path: str) -> None:
        self.path = path
        self.name = SerialPort(path).name

    def _explain(self, error: BaseException, path: str) -> LinkError:
        name, detail = SerialPort(path).name, str(error)
        number = error.errno if isinstance(error, OSError) else None
        if number is None:
            number = number_in(detail)
        if number in (errno.EACCES, errno.EPERM) and os.name == "posix":
            group = owning_group(path)
            return LinkForbidden(
                Coded("port-no-permission", "No permission to open {name}", name=name),
                why=(
                    Text("Only members of the group {group!r} may use it", group=group)
                    if group
                    else NOTHING
                ),
                next_step=(
                    join_group(group)
                    if group
                    else Text("Ask for read and write permission on {path}", path=path)
                ),
                command=join_command(group) if group else "",
                detail=detail,
            )
        if number in (errno.EBUSY, errno.EAGAIN):
            others = holders(path)
            return LinkBusy(
                Coded("port-in-use", "{name} is in use", name=name),
                why=(
                    Text("{others} has it open", others=others[0])
                    if others
                    else Text("Another program has it open")
                ),
                next_step=Text("Close that program and try again"),
                detail=detail,
            )
        if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            return _gone(path)
        if number in (errno.ENOTTY, errno.EISDIR) or "inappropriate ioctl" in detail.lower():
            return LinkError(
                Coded("port-not-serial", "{path} is not a serial port", path=path),
                next_step=Text("Choose the path of a serial port"),
                detail=detail,
            )
        if isinstance(error, ValueError | OverflowError) or number == errno.EINVAL:
            return LinkError(
                Coded(
                    "port-baud-refused",
                    "{name} does not work at {baud} baud",
                    name=name,
                    baud=self.baud,
                ),
                next_step=Text("Choose another baud rate"),
                detail=detail,
            )
        return LinkError(
            Coded("port-not-openable", "The port {name} cannot be opened", name=name),
            why=outside(detail),
            next_step=Text("Unplug the device, plug it in again and try once more"),
            detail=repr(error),
        )

    # -- told by the life of the port ---------------------------------------------------------

    def arrived(self, life: Life, data: bytes) -> None:
        if life is self._life:
            self._feed(data)

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


def _behind(path: str) -> str:
    """What a symbolic link leads to now."""
    try:
        return os.path.realpath(path) if os.name == "posix" and path else path
    except (OSError, ValueError):
        return path


def _give_back(opening: asyncio.Future[tuple[serial.Serial, SerialPort, bool]]) -> None:
    """Nobody waits for the port any more that a thread was opening."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[0].close()


def _gone(path: str, other: SerialPort | None = None) -> LinkNotFound:
    name = SerialPort(path).name
    if other is not None:
        return LinkNotFound(
            Coded("port-not-there", "{name} is not there", name=name),
            why=Text(
                "A device with the same serial number is plugged in elsewhere ({name}). "
                "It may be another one of its kind, so it is not taken for this one",
                name=other.name,
            ),
            next_step=Text(
                "Plug the device back into the socket it was in, or choose the other one"
            ),
        )
    return LinkNotFound(
        Coded("port-not-there", "{name} is not there", name=name),
        why=Text("No device with that port is plugged in"),
        next_step=Text("Check the cable and the device's power, or choose another port"),
    )
