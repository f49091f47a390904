"""Hosts as people write them: split from their port, and told what is wrong with them.

Nothing is looked up. Sources: RFC 1123 (names), RFC 4291 and 4007 (IPv6, zones).
"""

from __future__ import annotations

import ipaddress
import re

from smp.errors import AddressError
from smp.text import Coded, Text

LARGEST_PORT = 65_535

_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?", re.ASCII)
_LONGEST_NAME = 253


def split_host(text: str) -> tuple[str, int | None]:
    """Host and port of "host", "host:7000", "[::1]:7000", "::1". Raises `AddressError`.

    The host is as it was written, see `check_host`; the port is None where there is none.
    """
    match = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", text, re.DOTALL)
    if match:
        host, number = match[1], match[2]
    elif "[" in text or "]" in text:
        raise AddressError(
            Coded("address-bad-brackets", "{text!r} has brackets in the wrong place", text=text),
            next_step=Text("Write for example udp:[::1]:1337"),
        )
    elif text.count(":") > 1:
        host, number = text, None
    else:
        host, _, number = text.partition(":")
    return host, read_port(number) if number else None


def read_port(text: str) -> int:
    """Raises `AddressError`."""
    if not (re.fullmatch("[0-9]{1,18}", text) and 0 < int(text) <= LARGEST_PORT):
        raise AddressError(
            Coded("address-bad-port", "{text!r} is an impossible port number", text=text),
            why=Text("Ports are numbered from 1 to {most}", most=LARGEST_PORT),
        )
    return int(text)


def check_host(host: str) -> None:
    """Raises `AddressError` for what can be neither an IP address nor a name."""
    if ":" in host:
        _check_ipv6(host)
    elif re.fullmatch(r"[0-9.]+", host):
        _check_ipv4(host)
    else:
        _check_name(host)


def _check_ipv4(host: str) -> None:
    parts = host.split(".")
    if len(parts) != 4 or not all(parts):
        raise AddressError(
            Coded("address-bad-ip", "{host} is no IP address", host=host),
            why=Text("It has four numbers with dots between them"),
            next_step=Text("Write for example 192.0.2.7"),
        )
    if wrong := [part for part in parts if len(part) > 3 or int(part) > 255]:
        raise AddressError(
            Coded("address-bad-ip", "{host} is no IP address", host=host),
            why=Text("Each of its four numbers is 0 to 255, not {number}", number=wrong[0]),
            next_step=Text("Check the number"),
        )
    if any(len(part) > 1 and part[0] == "0" for part in parts):
        plainly = ".".join(str(int(part)) for part in parts)
        raise AddressError(
            Coded("address-ambiguous", "{host} can be read in two ways", host=host),
            why=Text("Numbers that begin with 0 are taken as octal by some programs"),
            next_step=Text("Write {address}", address=plainly),
        )


def _check_ipv6(host: str) -> None:
    bare, percent, zone = host.partition("%")
    try:
        address = ipaddress.IPv6Address(bare)
    except ValueError:
        raise AddressError(
            Coded("address-bad-ipv6", "{host} is no IPv6 address", host=host),
            why=Text("It has up to eight groups of hexadecimal digits with colons between them"),
            next_step=Text("Write for example 2001:db8::7, with a port [2001:db8::7]:1337"),
        ) from None
    if percent and not re.fullmatch(r"[\w.:-]+", zone):
        raise AddressError(
            Coded(
                "address-bad-interface",
                "{host} names no network interface behind the %",
                host=host,
            ),
            next_step=Text("Write for example {bare}%eth0", bare=bare),
        )
    if address.is_link_local and not zone:
        raise AddressError(
            Coded(
                "address-needs-interface",
                "{host} needs the network interface it is reached by",
                host=host,
            ),
            why=Text(
                "Addresses that begin with fe80 are the same on every interface of this computer"
            ),
            next_step=Text("Add the interface, for example {host}%eth0", host=host),
        )


def _check_name(host: str) -> None:
    if blank := next((letter for letter in host if letter.isspace()), ""):
        raise AddressError(
            Coded("address-bad-host-name", "{host!r} is no host name", host=host),
            why=Text("It holds a space") if blank == " " else Text("It holds a blank"),
            next_step=Text("Write an IP address or one name, for example sensor-7.local"),
        )
    try:
        spelled = host.rstrip(".").encode("idna").decode()
    except UnicodeError:
        spelled = ""
    labels = spelled.split(".")
    good = bool(spelled) and len(spelled) <= _LONGEST_NAME
    if not good or not all(_LABEL.fullmatch(label.replace("_", "-")) for label in labels):
        odd = next((c for c in host if not (c.isalnum() or c in "-._")), "")
        raise AddressError(
            Coded("address-bad-host-name", "{host!r} is no host name", host=host),
            why=(
                Text("A name has no {letter!r} in it", letter=odd)
                if odd
                else Text("Its parts are too long or empty")
            ),
            next_step=Text(
                "Write an IP address or a name, for example 192.0.2.7 or sensor-7.local"
            ),
        )
