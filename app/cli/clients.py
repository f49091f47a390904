"""Clients for the devices that a command names, with what is remembered of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.language import say
from app.paths import simulated_folder, state_folder
from smp.address import Address
from smp.text import Text

if TYPE_CHECKING:
    from app.memory.experiences import Experiences
    from app.memory.known_images import KnownImages
    from app.memory.packet_sizes import PacketSizes
    from smp.client import Client
    from smp.transport.base import Transport


def client(address: Address, sizes: PacketSizes) -> Client:
    from smp.client import Client

    transport = address.transport(keep=simulated_folder())
    if address.scheme in ("serial", "usb") and sys.stderr.isatty():
        _tell_what_is_tried(transport)
    return Client(transport, packet_size=sizes.of(address))


def _tell_what_is_tried(transport: Transport) -> None:
    from smp.transport.line_search import Attempt
    from smp.transport.serial import SerialTransport

    def tell(attempt: Attempt) -> None:
        words = Text(
            "Trying {baud} baud, {framing} framing ({number} of {total}) ...",
            baud=attempt.line.baud,
            framing=attempt.line.framing,
            number=attempt.number,
            total=attempt.total,
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
