"""How packets lie in GATT writes, and which sizes of them are worth a try. No I/O, no bleak.

Sources: Core Specification, volume 3, part F, 3.2.9 (no attribute is longer than 512 bytes);
Zephyr subsys/mgmt/mcumgr/transport/src/smp_bt.c, smp_reassembly.c.
"""

from __future__ import annotations

LONGEST_WRITE = 512
DEFAULT_ROOM = 20
"""Bytes that a write holds on every connection."""
LEAST_FOR_UPLOAD = 90
"""A first chunk with its hash and 32 bytes of the image does not fit into less."""
_BETWEEN = 1024


def pieces(packet: bytes, room: int) -> list[bytes]:
    """The writes that carry a packet where one of them holds `room` bytes."""
    return [packet[at : at + room] for at in range(0, len(packet), room)]


def packet_sizes(room: int, buf_size: int | None) -> tuple[int, ...]:
    """Whole buffers, which the server has to join from several writes, or one write."""
    if buf_size is None:
        return (max(room, LEAST_FOR_UPLOAD),)
    one = min(room, buf_size)
    between = (size for size in (_BETWEEN,) if one * 1.5 < size < buf_size / 1.5)
    sizes = (buf_size, *between, one)
    return tuple(dict.fromkeys(size for size in sizes if size >= LEAST_FOR_UPLOAD)) or (buf_size,)
