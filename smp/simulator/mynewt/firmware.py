"""A firmware of Apache Mynewt, put together."""

from __future__ import annotations

from collections.abc import Callable

from smp.simulator.mynewt.hands import Hands
from smp.simulator.mynewt.images import MynewtImages
from smp.simulator.mynewt.memory import Memory
from smp.simulator.mynewt.records import Records
from smp.simulator.mynewt.server import MynewtServer
from smp.simulator.mynewt.system import System
from smp.simulator.store import ImageStore
from smp.simulator.worker import BufferPool

POOL = 12
_IN_USE = 2
"""Buffers that receiving holds."""


def make_pool() -> BufferPool:
    pool = BufferPool(POOL)
    for _ in range(_IN_USE):
        pool.take()
    return pool


def make_server(
    memory: Memory,
    pool: BufferPool,
    *,
    old: bool,
    has_pools: bool,
    uptime: Callable[[float], float],
    reset: Callable[[int, float], None],
    crash: Callable[[float], None],
) -> MynewtServer:
    """With every group but that of the images. `crash` resets the device at that moment."""
    server = MynewtServer(memory, pool, crash, old=old)
    System(server, pool, uptime=uptime, reset=reset, has_pools=has_pools)
    Records(server, uptime=uptime)
    Hands(server, uptime=uptime, crash=crash)
    memory.note("reboot_log", b"\xa2crsndHARDccnt\x01", int(uptime(0.0)), kind="cbor")
    return server


def make_images(
    server: MynewtServer, store: ImageStore, running: int, *, lazy: bool
) -> MynewtImages:
    images = MynewtImages(store, running, server, lazy=lazy)
    images.register(server)
    return images
