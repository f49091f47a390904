"""Clients for the devices that a command names, with what is remembered of them."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from app.language import say
from app.lib.wording import duration
from app.paths import simulated_folder, state_folder
from smp.address import Address
from smp.errors import LinkError
from smp.text import Text

if TYPE_CHECKING:
    from app.memory.experiences import Experiences
    from app.memory.known_images import KnownImages
    from app.memory.packet_sizes import PacketSizes
    from app.memory.port_lines import PortLines
    from smp.client import Client
    from smp.serial_ports import SerialPort
    from smp.transport.base import Transport


def client(address: Address, sizes: PacketSizes) -> Client:
    """Blocking: looks for what is remembered of a serial port, and of a firmware loader."""
    from smp.client import Client

    wanted = _as_remembered(address) if address.scheme in ("serial", "usb") else address
    transport = _with_places(wanted.transport(keep=simulated_folder()))
    if address.scheme in ("serial", "usb"):
        _tell_what_is_tried(transport)
    return Client(transport, packet_size=sizes.of(address))


async def keep_line(address: Address, client: Client) -> None:
    """Remember the rate and framing of a serial port that were found by trying."""
    if "auto" not in (address.options.get("baud"), address.options.get("framing")):
        return
    from smp.transport.serial import SerialTransport

    transport = client.transport
    if isinstance(transport, SerialTransport) and not transport.still_to_try:
        lines = await asyncio.to_thread(_port_lines)
        await lines.learn(address, transport.port, transport.line)


def _as_remembered(address: Address) -> Address:
    if address.options.keys() & {"baud", "framing"}:
        return address
    lines = _port_lines()
    return lines.applied(address, _plugged_in(address)) if lines.file.is_known else address


def _plugged_in(address: Address) -> SerialPort | None:
    """What the address means now; None where that is not clear."""
    from smp.serial_ports import list_serial_ports
    from smp.usb_address import UsbAddress

    try:
        ports = list_serial_ports()
        if address.scheme == "usb":
            interface = address.options.get("interface", "")
            return UsbAddress.parse(address.target, interface).find(ports)
    except (OSError, ImportError, AttributeError, LinkError):
        return None  # whoever opens it says what is wrong
    here = os.path.realpath(address.target) if os.name == "posix" else address.target
    return next((port for port in ports if port.path in (address.target, here)), None)


def _port_lines() -> PortLines:
    from app.memory.port_lines import PortLines

    lines = PortLines(state_folder() / "baud_rates.json")
    lines.file.load()
    return lines


def _with_places(transport: Transport) -> Transport:
    """Knowing where firmware loaders are that are elsewhere."""
    from app.memory.loader_places import KINDS, LoaderPlaces

    if transport.kind not in KINDS:
        return transport
    places = LoaderPlaces(state_folder() / "loaders.json")
    places.file.load()
    return places.tell(transport)


def _tell_what_is_tried(transport: Transport) -> None:
    from smp.transport.line_search import Attempt
    from smp.transport.serial import SerialTransport

    def tell(attempt: Attempt) -> None:
        words = Text(
            "Trying {baud} baud, {framing} framing ({number} of {total}, up to {time} more) ...",
            baud=attempt.line.baud,
            framing=attempt.line.framing,
            number=attempt.number,
            total=attempt.total,
            time=duration(attempt.seconds),
        )
        sys.stderr.write(f"{say(words)}\n")

    if isinstance(transport, SerialTransport):
        transport.trying.listen(tell)


def packet_sizes() -> PacketSizes:
    """What is remembered. Blocking."""
    from app.memory.packet_sizes import PacketSizes

    sizes = PacketSizes(state_folder() / "packet_sizes.json")
    sizes.file.load()
    return sizes


def known_experiences() -> Experiences:
    """What is remembered. Blocking."""
    from app.memory.experiences import Experiences

    experiences = Experiences(state_folder() / "experiences.json")
    experiences.file.load()
    return experiences


def known_images() -> KnownImages:
    """What is remembered. Blocking."""
    from app.memory.known_images import KnownImages

    images = KnownImages(state_folder() / "images.json")
    images.file.load()
    return images
