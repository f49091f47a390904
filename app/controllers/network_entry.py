"""What a person types as the address of a device, read as far as it goes.

The program's own notation is taken whole: what it prints can be pasted.
"""

from __future__ import annotations

import re

from app.facts.devices import NetworkEntry
from smp.address import SCHEMES, Address
from smp.errors import AddressError
from smp.hosts import check_host, read_port, split_host
from smp.text import Coded

_NETWORK = ("udp", "tcp")
_PORT = re.compile(r"/|\\\\\.\\|(?i:com)[0-9]+(\?|$)")
_PORT_NAME = re.compile(
    r"(tty(USB|ACM|S|AMA|GS|mxc|THS|O|PS|LP|STM)[0-9]+|"
    r"cu\.(usbmodem|usbserial|wchusbserial|SLAB_)[\w.-]*)(\?|$)"
)
"""As people call ports, without the folder that they are in."""


def read_entry(text: str, port: str, protocol: str) -> NetworkEntry:
    """`port` and `protocol` are the form's fields; what the text itself says goes before them."""
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not (colon and scheme in SCHEMES):
        scheme, rest = "", text
    rest = rest.removeprefix("//").rstrip("/") if scheme in _NETWORK else rest
    try:
        if scheme == "sim":
            raise AddressError(
                Coded("address-simulated-here", "Simulated devices cannot be added here")
            )
        if _PORT_NAME.match(text):
            text = f"/dev/{text}"
        if (scheme and scheme not in _NETWORK) or _PORT.match(text):
            return NetworkEntry(str(Address.parse(text)), needs_port=False)
        return _network(scheme or protocol, rest, port, bool(scheme))
    except AddressError as error:
        if not text:
            return NetworkEntry()
        return NetworkEntry(problem=error.text, help=f"#{error.what.code}")


def _network(scheme: str, rest: str, port: str, named: bool) -> NetworkEntry:
    place, question, query = rest.partition("?")
    host, number = split_host(place)
    if not host:
        raise AddressError(Coded("address-missing", "The address is missing"))
    check_host(host)
    whole = Address(scheme, host, number or read_port(port))
    address = Address.parse(f"{whole}{question}{query}")
    return NetworkEntry(str(address), port=number, protocol=scheme if named else "")
