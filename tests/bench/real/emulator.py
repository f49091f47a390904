"""A process between client and server that behaves like a link: a terminal or a UDP proxy.

It tells on its first line where the client finds it, and what it did when its input is closed.
"""

from __future__ import annotations

import json
import math
import os
import select
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smp.address import Address
from tests.bench.real.lines import Datagrams, Line, Quality

Story = dict[str, float]
_LARGEST = 65536


@contextmanager
def linked(server: Address, quality: Quality) -> Iterator[tuple[Address, Story]]:
    """The address behind which the server is found over this link; the story is told at the end:
    what was lost, doubled, flipped, and how many ms late it delivered at worst."""
    if quality.is_direct:
        yield server, {}
        return
    told = {"address": str(server), "quality": quality.as_json()}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.real.emulator", json.dumps(told)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    story: Story = {}
    try:
        assert process.stdout is not None
        yield Address.parse(process.stdout.readline().strip()), story
        story |= json.loads(process.communicate(timeout=5)[0])
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    told: dict[str, Any] = json.loads(sys.argv[1])
    server, quality = Address.parse(told["address"]), Quality(**told["quality"])
    story = _datagrams(server, quality) if server.scheme == "udp" else _line(server, quality)
    sys.stdout.write(json.dumps(story))


def _say_where(address: str) -> None:
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


def _line(server: Address, quality: Quality) -> Story:
    master, slave = os.openpty()
    far = os.open(server.target, os.O_RDWR | os.O_NOCTTY)
    for end in (slave, far):
        tty.setraw(end)
    for end in (master, far):
        os.set_blocking(end, False)
    _say_where(f"serial:{os.ttyname(slave)}")
    there, back = Line(quality, "there"), Line(quality, "back")
    ways = ((master, there, far), (far, back, master))
    latest = 0.0
    while True:
        now = time.monotonic()
        reading = [source for source, line, _ in ways if line.room(now) > 0]
        wake = min(
            *(line.due() for _, line, _ in ways),
            *(line.room_at() for _, line, _ in ways if line.room(now) <= 0),
            math.inf,
        )
        timeout = None if wake == math.inf else max(0.0, wake - now)
        ready, _, _ = select.select([sys.stdin, *reading], [], [], timeout)
        if sys.stdin in ready:
            return {
                "flipped": there.flipped + back.flipped,
                "lost": there.lost + back.lost,
                "late_ms": round(1000 * latest),
            }
        now = time.monotonic()
        for source, line, target in ways:
            if source in ready:
                line.put(os.read(source, line.room(now) or 1), now)
            if line.due() <= now:
                latest = max(latest, now - line.due())
                _pass_on(line, target, now)


def _pass_on(line: Line, target: int, now: float) -> None:
    data = line.take(now)
    try:
        written = os.write(target, data)
    except BlockingIOError:
        written = 0
    except OSError:
        return  # the client has closed its end: nobody is there to take it
    if written < len(data):
        line.put_back(data[written:], now + 0.002)


def _datagrams(server: Address, quality: Quality) -> Story:
    near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    near.bind(("127.0.0.1", 0))
    far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    far.connect((server.target, server.port))
    _say_where(f"udp:127.0.0.1:{near.getsockname()[1]}")
    there, back = Datagrams(quality, "there"), Datagrams(quality, "back")
    client: Any = None
    latest = 0.0
    while True:
        wake = min(there.due(), back.due())
        timeout = None if wake == math.inf else max(0.0, wake - time.monotonic())
        ready, _, _ = select.select([sys.stdin, near, far], [], [], timeout)
        now = time.monotonic()
        if sys.stdin in ready:
            return {
                "lost": there.lost + back.lost,
                "doubled": there.doubled + back.doubled,
                "late_ms": round(1000 * latest),
            }
        if near in ready:
            data, client = near.recvfrom(_LARGEST)
            there.put(data, now)
        if far in ready:
            back.put(far.recv(_LARGEST), now)
        if wake <= now:
            latest = max(latest, now - wake)
        for datagram in there.take(now):
            far.send(datagram)
        for datagram in back.take(now):
            near.sendto(datagram, client)


if __name__ == "__main__":
    main()
