"""The packet size that was found to work with a device, remembered from start to start.

One JSON file, read and written by the window and the command line; without it the next upload
only looks for the size again.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from smp.address import Address

MOST = 1000
_LARGEST = 0xFFFF

log = logging.getLogger(__name__)


class PacketSizes:
    """By the device's address, whatever its options say. `path` None: for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._sizes: dict[str, int] = {}
        self._is_read = path is None

    def of(self, address: Address) -> int | None:
        """Bytes, for `Client(packet_size=...)`; None if nothing is known."""
        if not self._is_read:
            self._read()
        return self._sizes.get(_key(address))

    def learn(self, address: Address, size: int | None) -> None:
        """`Client.packet_size` after an upload; None changes nothing. Blocking: one small file."""
        key = _key(address)
        if size is None or self.of(address) == size:
            return
        self._read()  # another program may have learnt something meanwhile
        self._sizes.pop(key, None)
        self._sizes[key] = size
        for oldest in list(self._sizes)[:-MOST]:
            del self._sizes[oldest]
        self._write()

    def _read(self) -> None:
        self._is_read = True
        if self._path is None:
            return
        try:
            stored = json.loads(self._path.read_text("utf-8"))
            self._sizes = {
                str(key): size
                for key, size in stored.items()
                if type(size) is int and 0 < size <= _LARGEST
            }
        except FileNotFoundError:
            return
        except (OSError, ValueError, AttributeError, RecursionError) as error:
            log.info("packet sizes cannot be read: %s", error)

    def _write(self) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._sizes), "utf-8")
            fresh.replace(self._path)
        except OSError as error:
            log.info("packet sizes cannot be kept: %s", error)


def _key(address: Address) -> str:
    """Options say how to get there, not who it is; `link` and `seed` make another simulated one."""
    if address.scheme == "sim":
        return str(address)
    return str(Address(address.scheme, address.target, address.port))
