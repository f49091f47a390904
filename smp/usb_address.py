"""A serial port named by the USB device that it belongs to, wherever it is and whatever its name.

    VID:PID                 1366:1015                   the only one of its kind
    VID:PID:SERIAL          1366:1015:000683            wherever it is plugged in
    VID:PID@LOCATION        1366:1015@1-2.4             whichever is plugged in there
    VID:PID@LOCATION        1366:1015@1-2.4:1.2         the same, one port of it

VID and PID are hexadecimal; what cannot stand in an address is percent-encoded in SERIAL. Of
several ports of one device the one is taken that says it is for updates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from smp.errors import AddressError, LinkError, LinkNotFound
from smp.serial_ports import SerialPort
from smp.text import NOTHING, Coded, Text, listed, outside

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,4}|[0-9a-fA-F]{4}")
_EXAMPLES = "usb:1366:1015, usb:1366:1015:000683 or usb:1366:1015@1-2.4"
_AS_THEY_ARE = ":@+,=-._~"
_LISTED = 6
"""So many ports are named in an error."""


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """See the module. `serial` and `location` are empty where nothing is said of them; so is
    `interface`, a name as the device gives it or a number ("SMP", "1.2", "2")."""

    vid: int
    pid: int
    serial: str = ""
    location: str = ""
    interface: str = ""

    @classmethod
    def parse(cls, text: str, interface: str = "") -> UsbAddress:
        """Raises `AddressError`."""
        match = re.fullmatch(r"([^:@]*):([^:@]*)(?::(.*)|@(.*))?", text, re.DOTALL)
        if match is None or "" in (match[1], match[2], match[3], match[4]):
            raise AddressError(
                Coded("usb-address-not-understood", "{text!r} names no USB device", text=text),
                why=Text(
                    "It is the vendor and the product, then the serial number or the place if "
                    "there are several of that kind"
                ),
                next_step=Text("Write for example {examples}", examples=_EXAMPLES),
            )
        serial = unquote(match[3] or "", errors="replace")
        return cls(_number(match[1]), _number(match[2]), serial, match[4] or "", interface)

    def __str__(self) -> str:
        """As it stands behind `usb:`, without the interface."""
        text = f"{self.vid:04x}:{self.pid:04x}"
        if self.serial:
            text += f":{quote(self.serial, safe=_AS_THEY_ARE, errors='replace')}"
        return f"{text}@{self.location}" if self.location else text

    def matching(self, ports: Iterable[SerialPort]) -> list[SerialPort]:
        """All ports that it may mean."""
        found = [port for port in ports if self._may_be(port)]
        exact = [port for port in found if port.serial_number == self.serial]
        return exact or found  # Windows writes serial numbers in capitals

    def find(self, ports: Sequence[SerialPort]) -> SerialPort:
        """The port it means now. Raises `LinkError`: `LinkNotFound` if there is none."""
        found = self.matching(ports)
        if not found:
            raise _not_there(self, ports)
        if len({_unit(port) for port in found}) == 1:
            best = min(port.role.value for port in found)
            found = [port for port in found if port.role.value == best]
        if len(found) > 1:
            raise _ambiguous(self, found, ports)
        return found[0]

    def _may_be(self, port: SerialPort) -> bool:
        if (port.vid, port.pid) != (self.vid, self.pid):
            return False
        if self.serial and self.serial.casefold() != (port.serial_number or "").casefold():
            return False
        if self.location and self.location not in _places(port):
            return False
        return not self.interface or self.interface.casefold() in _interfaces(port)


def address_of(port: SerialPort, ports: Sequence[SerialPort]) -> str:
    """The shortest address, with `usb:`, that means this port and no other of `ports`. Empty: the
    system tells nothing that sets it apart."""
    if port.vid is None or port.pid is None:
        return ""
    kind = UsbAddress(port.vid, port.pid)
    number, place = port.serial_number or "", port.hub_path or ""
    tries = [kind]
    tries += [replace(kind, serial=number)] if number else []
    tries += [replace(kind, location=place)] if place else []
    tries += [replace(each, interface=port.interface_name) for each in tries if port.interface_name]
    tries += [replace(kind, location=port.location)] if port.location else []
    for each in tries:
        if each.matching(ports) == [port]:
            asked = (
                f"?interface={quote(each.interface, safe='', errors='replace')}"
                if each.interface
                else ""
            )
            return f"usb:{each}{asked}"
    return ""


def _number(text: str) -> int:
    if _NUMBER.fullmatch(text):
        return int(text, 16)
    step = Text("Write four hexadecimal digits, as in usb:1366:1015")
    if re.fullmatch(r"[0-9]{1,5}", text) and int(text) <= 0xFFFF:
        step = Text(
            "Write {decimal} if it is a decimal number, which is not understood here",
            decimal=f"{int(text):04x}",
        )
        if len(text) < 4:
            step = Text(
                "Write {hexadecimal}, or {decimal} if it is a decimal number",
                hexadecimal=text.zfill(4),
                decimal=f"{int(text):04x}",
            )
    elif re.fullmatch(r"[0-9a-fA-F]{1,3}", text):
        step = Text("Write {hexadecimal}", hexadecimal=text.lower().zfill(4))
    raise AddressError(
        Coded(
            "usb-number-not-understood",
            "{text!r} is no number of a USB vendor or product",
            text=text,
        ),
        why=Text("They are hexadecimal and have four digits"),
        next_step=step,
    )


def _unit(port: SerialPort) -> object:
    """The same for the ports of one device."""
    return port.hub_path or port.path, port.serial_number


def _places(port: SerialPort) -> tuple[str, ...]:
    """Without and with its interface, whose configuration Windows does not tell: "1-2:x.2"."""
    whole = port.location or ""
    return (port.hub_path or "", whole, whole.replace(":x.", ":1."))


def _interfaces(port: SerialPort) -> tuple[str, ...]:
    number = port.interface or ""
    return (port.interface_name.casefold(), number, number.rpartition(".")[2])


def _facts(port: SerialPort) -> Text:
    """What a person can tell it by."""
    told = [outside(port.usb_id), outside(port.title) if port.title != port.name else NOTHING]
    if port.serial_number:
        told.append(Text("serial number {number}", number=port.serial_number))
    if port.hub_path:
        told.append(Text("hub {path}", path=port.hub_path))
    if port.interface_name:
        told.append(Text("interface {number}", number=port.interface_name))
    elif port.interface and not port.is_alone:
        told.append(Text("interface {number}", number=port.interface))
    return Text("{name} ({facts})", name=port.name, facts=listed(told))


def _all(ports: Sequence[SerialPort]) -> Text:
    named = listed([_facts(port) for port in ports[:_LISTED]], "; ")
    if len(ports) <= _LISTED:
        return named
    return Text("{ports} and {count} more", ports=named, count=len(ports) - _LISTED)


def _ambiguous(
    address: UsbAddress, found: Sequence[SerialPort], ports: Sequence[SerialPort]
) -> LinkError:
    clear = [text for port in found if (text := address_of(port, ports))]
    step = Text(
        "Unplug all but one, or name the port itself, for example {port}", port=found[0].path
    )
    if clear:
        step = Text("Write which one: {addresses}", addresses=listed(map(outside, clear), ", "))
    return LinkError(
        Coded("usb-device-ambiguous", "Several ports are usb:{address}", address=str(address)),
        why=Text("There are {ports}", ports=_all(found)),
        next_step=step,
    )


def _not_there(address: UsbAddress, ports: Sequence[SerialPort]) -> LinkNotFound:
    plugged = [port for port in ports if port.vid is not None]
    why = Text("No other serial port on USB is plugged in")
    if plugged:
        why = Text("Plugged in instead: {ports}", ports=_all(plugged))
    decimal = _as_decimal(address)
    if decimal is not None and (meant := [p for p in plugged if (p.vid, p.pid) == decimal]):
        why = Text(
            "Vendor and product are hexadecimal; as decimal numbers they would be {usb}, which is "
            "plugged in",
            usb=meant[0].usb_id,
        )
    return LinkNotFound(
        Coded("usb-device-not-there", "usb:{address} is not plugged in", address=str(address)),
        why=why,
        next_step=Text("Plug the device in, or name another one"),
    )


def _as_decimal(address: UsbAddress) -> tuple[int, int] | None:
    texts = f"{address.vid:04x}", f"{address.pid:04x}"
    return (int(texts[0]), int(texts[1])) if all(text.isdecimal() for text in texts) else None
