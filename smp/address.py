"""Addresses of devices as people write them.

    serial:PORT[?baud=N|auto&framing=console|raw|auto&dtr=on|off&rts=on|off]
    usb:VID:PID[:SERIAL|@LOCATION][?interface=NAME&...as serial]
    tcp:HOST:PORT[?framing=console|raw]
    udp:HOST[:PORT]
    ble:ADDRESS-OR-NAME[?adapter=hci1]
    sim:PROFILE[?link=baud=115200,loss=1%]

A question mark in a port's path is written %3F. IPv6 hosts stand in brackets where a port follows.
A bare /dev/..., another path from the root, or COM7 is a serial port. `usb:` is a serial port, too,
named by its USB device: VID and PID in four hexadecimal digits, SERIAL percent-encoded, LOCATION a
hub path ("1-2.4"), with the interface if need be ("1-2.4:1.2"); see `usb_address`. baud=auto tries
the usual rates, in both framings where none is said, framing=auto both framings; see
`transport.line_search`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from smp.errors import AddressError
from smp.hosts import check_host, split_host
from smp.text import NOTHING, Coded, Text
from smp.transport.base import Transport
from smp.transport.stream import FRAMINGS
from smp.usb_address import UsbAddress

SCHEMES = ("serial", "usb", "tcp", "udp", "ble", "sim")
DEFAULT_BAUD = 115200
UDP_PORT = 1337

_LINE = ("baud", "framing", "dtr", "rts")
_OPTIONS = {
    "serial": _LINE,
    "usb": ("interface", *_LINE),
    "tcp": ("framing",),
    "udp": (),
    "ble": ("adapter",),
    "sim": ("link", "seed"),
}
_WINDOWS_PORT = re.compile(r"(?:\\\\\.\\)?(com[0-9]+)(?=\?|$)", re.IGNORECASE)
_MARKS = re.compile("%(?:3F|25)", re.IGNORECASE)
"""How a question mark, and such a mark itself, stand in the path of a port."""
_AUTO = "auto"
_SWITCH = {"on": True, "1": True, "off": False, "0": False}
_EXAMPLES = (
    "serial:/dev/ttyACM0, usb:1366:1015, ble:sensor-7, udp:192.0.2.7, tcp:localhost:7000 or "
    "sim:demo"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed address. `target` is the port's path, the host, the radio's address or name."""

    scheme: str
    target: str
    port: int | None = None
    options: dict[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raises `AddressError` with what is wrong and an example."""
        text = text.strip()
        if text.startswith(("/", "\\\\.\\")) or _WINDOWS_PORT.match(text):
            text = f"serial:{text}"
        scheme, colon, rest = text.partition(":")
        scheme = scheme.lower()
        if not colon or scheme not in SCHEMES:
            raise AddressError(
                Coded("address-not-understood", "{text!r} is no device address", text=text),
                why=Text(
                    "It begins with one of {names}", names=", ".join(f"{s}:" for s in SCHEMES)
                ),
                next_step=Text("Write for example {examples}", examples=_EXAMPLES),
            )
        rest, _, query = rest.partition("?")
        options = _read_options(scheme, query, text)
        target, port = rest, None
        if scheme == "usb" and rest:
            target = str(UsbAddress.parse(rest, options.get("interface", "")))
        if scheme == "serial":
            target = _MARKS.sub(lambda mark: unquote(mark[0]), target)
        if scheme == "serial" and (windows := _WINDOWS_PORT.fullmatch(rest)):
            target = windows[1]
        if scheme in ("tcp", "udp"):
            target, port = split_host(rest)
        if not target:
            raise AddressError(
                Coded("address-names-no-device", "{text!r} names no device", text=text),
                next_step=Text("Write for example {examples}", examples=_EXAMPLES),
            )
        if scheme == "tcp" and port is None:
            raise AddressError(
                Coded("address-lacks-port", "{text!r} lacks a port number", text=text),
                next_step=Text("Write for example tcp:localhost:7000"),
            )
        if scheme == "udp" and port is None:
            port = UDP_PORT
        if scheme in ("tcp", "udp"):
            check_host(target)
        return cls(scheme, target, port, options)

    def __str__(self) -> str:
        host = f"[{self.target}]" if self.port is not None and ":" in self.target else self.target
        if self.scheme == "serial":
            host = _MARKS.sub(lambda mark: quote(mark[0][0]) + mark[0][1:], host).replace(
                "?", "%3F"
            )
        text = f"{self.scheme}:{host}"
        if self.port is not None and not (self.scheme == "udp" and self.port == UDP_PORT):
            text += f":{self.port}"
        if self.options:
            text += "?" + "&".join(f"{key}={_quoted(value)}" for key, value in self.options.items())
        return text

    def transport(self, keep: Path | None = None) -> Transport:
        """A new transport to it; nothing is opened yet.

        keep: folder in which simulated devices keep their flash between programs. Raises
        `AddressError` for what cannot be connected to.
        """
        options = self.options
        if self.scheme in ("serial", "usb"):
            from smp.transport.serial import SerialTransport

            baud = options.get("baud", str(DEFAULT_BAUD))
            framing = options.get("framing", _AUTO if baud == _AUTO else "console")
            usb = None
            if self.scheme == "usb":
                usb = UsbAddress.parse(self.target, options.get("interface", ""))
            return SerialTransport(
                self.target if usb is None else "",
                usb=usb,
                baud=None if baud == _AUTO else int(baud),
                framing=None if framing == _AUTO else framing,
                dtr=_SWITCH.get(options.get("dtr", "")),
                rts=_SWITCH.get(options.get("rts", "")),
            )
        if self.scheme == "tcp":
            from smp.transport.tcp import TcpTransport

            assert self.port is not None
            return TcpTransport(self.target, self.port, framing=options.get("framing", "console"))
        if self.scheme == "udp":
            from smp.transport.udp import UdpTransport

            return UdpTransport(self.target, self.port or UDP_PORT)
        if self.scheme == "sim":
            from smp.simulator.living import simulated

            return simulated(
                self.target, options.get("link", ""), int(options.get("seed", "0")), keep
            )
        from smp.transport.ble import BleTransport

        return BleTransport(self.target, adapter=options.get("adapter", ""))


def _quoted(value: str) -> str:
    """Percent signs stay as they are (loss=1%) where that cannot be misread."""
    return quote(re.sub("%(?=[0-9a-fA-F]{2})", "%25", value), safe="=,%/.")


def _is_number(text: str) -> bool:
    return re.fullmatch("[0-9]{1,18}", text) is not None


def _read_options(scheme: str, query: str, text: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    allowed = _OPTIONS[scheme]
    for key, value in options.items():
        if key not in allowed:
            raise AddressError(
                Coded(
                    "address-unknown-option",
                    "{text!r} has an unknown option {key!r}",
                    text=text,
                    key=key,
                ),
                why=(
                    Text("Possible here: {names}", names=", ".join(allowed))
                    if allowed
                    else Text("None is possible here")
                ),
                next_step=(
                    Text("Check it; a question mark that belongs to the port's path is written %3F")
                    if scheme == "serial"
                    else NOTHING
                ),
            )
        if value != _AUTO or key not in ("baud", "framing") or scheme == "tcp":
            _check_option(scheme, key, value)
    return options


def _check_option(scheme: str, key: str, value: str) -> None:
    if key == "baud" and not (_is_number(value) and 0 < int(value) <= 20_000_000):
        raise AddressError(
            Coded("address-bad-baud", "{value!r} is no baud rate", value=value),
            next_step=Text("Write for example baud=115200, or baud=auto"),
        )
    if key == "seed" and not _is_number(value):
        raise AddressError(
            Coded("address-bad-seed", "{value!r} is no seed", value=value),
            next_step=Text("Write a whole number"),
        )
    if key == "framing" and value not in FRAMINGS:
        raise AddressError(
            Coded("address-bad-framing", "{framing!r} is no framing", framing=value),
            next_step=(
                Text("Use framing=console or framing=raw")
                if scheme == "tcp"
                else Text("Use framing=console or framing=raw, or framing=auto to try both")
            ),
        )
    if key in ("dtr", "rts") and value not in _SWITCH:
        raise AddressError(
            Coded("address-bad-switch", "{key}={value!r} is not possible", key=key, value=value),
            next_step=Text("Use {key}=on or off", key=key),
        )
