"""The baud rate and the framing of a serial port, remembered from start to start.

Set by a person or found by trying; read and written by the window and the command line. They
belong to the USB device, wherever it is plugged in and whatever its port is called then. Of
devices that all have one serial number each socket is remembered, too.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from app.memory.json_file import JsonFile
from smp.address import Address
from smp.serial_ports import SerialPort
from smp.transport.line_search import Line
from smp.transport.stream import FRAMINGS

MOST = 1000
_FASTEST = 20_000_000
_SAID = ("baud", "framing")
SERIAL = ("serial", "usb")


class PortLines:
    """`path` None: for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[Line] = JsonFile(
            path, "baud rates", parse=_line, store=asdict, most=MOST
        )

    def of(self, address: Address, port: SerialPort | None) -> Line | None:
        """`port`: what is plugged in there, None if that is not known."""
        found = (self.file.get(key) for key in _keys(address, port))
        return next((line for line in found if line is not None), None)

    def applied(self, address: Address, port: SerialPort | None) -> Address:
        """The address with what is remembered of the port."""
        line = self.of(address, port) if address.scheme in SERIAL else None
        if line is None or "auto" in (address.options.get(name) for name in _SAID):
            return address
        said = {"baud": str(line.baud), "framing": line.framing}
        return replace(address, options={**address.options, **said})

    async def learn(self, address: Address, port: SerialPort | None, line: Line) -> None:
        """Remember it; returns when it is on the disk, or cannot be."""
        for key in _keys(address, port):
            await self.file.keep(key, line)


def _keys(address: Address, port: SerialPort | None) -> list[str]:
    """Under what it is remembered, the surest first. An address that says a rate itself is one of
    its own."""
    if any(address.options.get(name, "auto") != "auto" for name in _SAID):
        return [str(address)]
    if port is None or port.vid is None:
        return [str(Address(address.scheme, address.target))]
    which = "" if port.is_alone else f"#{port.interface_name or port.interface or port.name}"
    who = f"usb:{port.usb_id}:{port.serial_number or ''}"
    keys = [f"{who}@{port.hub_path}{which}"] if port.hub_path else []
    if port.serial_number:
        keys.append(f"{who}{which}")
    return keys or [f"{who}{which}={port.path}"]


def _line(stored: object) -> Line | None:
    if not isinstance(stored, dict):
        return None
    baud, framing = stored.get("baud"), stored.get("framing")
    if type(baud) is not int or not 0 < baud <= _FASTEST or framing not in FRAMINGS:
        return None
    return Line(baud, framing)
