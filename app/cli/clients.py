"""Clients for the devices that a command names, with what is remembered of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.paths import simulated_folder, state_folder
from smp.address import Address

if TYPE_CHECKING:
    from app.memory.experiences import Experiences
    from app.memory.packet_sizes import PacketSizes
    from smp.client import Client


def client(address: Address, sizes: PacketSizes) -> Client:
    from smp.client import Client

    transport = address.transport(keep=simulated_folder())
    return Client(transport, packet_size=sizes.of(address))


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
