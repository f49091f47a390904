"""The packet size that was found to work with a device, remembered from start to start.

Read and written by the window and the command line; without it the next upload only looks for
the size again.
"""

from __future__ import annotations

from pathlib import Path

from app.memory.json_file import JsonFile
from smp.address import Address

MOST = 1000
_LARGEST = 0xFFFF


class PacketSizes:
    """By the device's address, whatever its options say. `path` None: for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[int] = JsonFile(path, "packet sizes", parse=_size, most=MOST)

    def of(self, address: Address) -> int | None:
        """Bytes, for `Client(packet_size=...)`; None if nothing is known."""
        return self.file.get(_key(address))

    async def learn(self, address: Address, size: int | None) -> None:
        """`Client.packet_size` after an upload; None changes nothing."""
        if size is not None:
            await self.file.keep(_key(address), size)


def _size(stored: object) -> int | None:
    return stored if type(stored) is int and 0 < stored <= _LARGEST else None


def _key(address: Address) -> str:
    """Options say how to get there, not who it is; `link` and `seed` make another simulated one."""
    if address.scheme == "sim":
        return str(address)
    return str(Address(address.scheme, address.target, address.port))
