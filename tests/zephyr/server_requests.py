"""Requests to the server of a running firmware, made up from a seed: every command that the real
one and ours have, with what can be wrong in its fields, its CBOR and its header."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cbor2

from tests.zephyr.recovery_requests import NUMBERS, ODD, Requests, header

READ, WRITE = 0, 2
_ANY = (READ, WRITE)
_TEXTS = ("", "a", "x" * 23, "x" * 24, "a/b", "ünï", "x" * 31, "x" * 32, "x" * 33, "x" * 60)
_PIECES = (
    # Strings in pieces, tags, floats, undefined, simple values.
    "7f6161ff 7fff 5f4161ff c06161 d818a0 f93c00 fa3f800000 fb3ff0000000000000 f7 f6 f820 e0",
    # Numbers that are longer than they need be, lengths too, negative ones, two-byte booleans.
    "1805 190005 1a00000005 1b0000000000000005 780161 790001 5801ff 20 3863 f814 f815",
    # Nothing in them, nested, nothing behind them, reserved ones, a break.
    "9fff bfff 818180 a16161a0 bf6161bf6162f5ffff 81 a1 a16161 1c 3f 5f 9f bf ff",
    "81818181818180 a161618181a16161f6 9f9f9fffffff a1a001 a101a101a101a10102",
    # Lengths of eight bytes, and tags.
    "7b000000000000000161 5b000000000000000161 9b0000000000000000 bb0000000000000000",
    "9b0000000100000000 bb0000000100000000 7b000000010000000161 5b000000010000000161",
    "db000000000000000100 da0000000100",
)
"""Values, in hex."""
_BODIES = (
    "ff 80 01 f6 60 40 a0 bfff bf a1 a16161 a1616101ff b800 b900 ba00000000 bb0000000000000000",
    "b8016161 b801616101 bf616101 a0a0 00a0 a20102 a1410101 a1010161 d9d9f7a0 9fff a1ff bf01ff",
    "a1616101616202 b8ff616101 bb0000000100000000616101 a17f6161ff01 a178016101 a17900016101",
    "a17a0000000161f6 a17b000000000000000161f6",
)


def _bytes_of(lines: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(it) for line in lines for it in line.split())


@dataclass(frozen=True, slots=True)
class Command:
    """`fields`: by name, values that may be good. `ops`: what it is asked with, now and then
    with the other operation unless it `harms`."""

    group: int
    command: int
    fields: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    ops: tuple[int, ...] = _ANY
    harms: bool = False


_NAMES = {"name": ("a/b", "a", *_TEXTS)}
OS = (
    Command(0, 0, {"d": _TEXTS}),
    Command(0, 1, {"echo": (0, 1)}),
    Command(0, 2, ops=(READ,)),
    Command(0, 3),
    Command(0, 4, {"datetime": ("2026-01-02T03:04:05", "soon")}),
    # Whoever writes this one is restarted.
    Command(0, 5, {"force": (True,), "boot_mode": (0, 1)}, ops=(READ,), harms=True),
    Command(0, 6, ops=(READ,)),
    Command(
        0,
        7,
        {"format": ("", "s", "n", "r", "v", "b", "m", "p", "i", "o", "a", "sv", "vs", "z", "aZ")},
    ),
    Command(0, 8, {"query": ("mode", "bootloader", "")}, ops=(READ,)),
    *(Command(0, it) for it in (9, 10, 64, 255)),
)
SETTINGS = (
    Command(3, 0, _NAMES | {"val": (b"", b"x", b"x" * 40), "max_size": (0, 1, 16, 1000)}),
    Command(3, 1, _NAMES, ops=(WRITE,)),
    Command(3, 2, ops=(WRITE,)),
    Command(3, 3, _NAMES),
    Command(3, 4),
)
HASHES = (bytes(32), bytes(31), b"", bytes(33))
IMAGE = (
    Command(1, 0, ops=(READ,)),
    Command(1, 0, {"hash": HASHES, "confirm": (True, False)}, ops=(WRITE,)),
    *(Command(1, it) for it in (2, 3, 4, 7)),
    Command(1, 5, {"slot": (0, 1, 2, 3)}, ops=(WRITE,)),
    Command(1, 6, ops=(READ,)),
)
STRANGE = tuple(Command(group, 0) for group in (4, 5, 6, 7, 11, 62, 64, 65, 256, 65535))


def marks(running: bytes, other: bytes) -> tuple[Command, ...]:
    """What is asked of two images, by their hashes."""
    hashes = (running, other, *HASHES)
    return (
        Command(1, 0, {"hash": hashes, "confirm": (True, False)}, ops=(WRITE,)),
        Command(1, 0, {"hash": (other,)}, ops=(WRITE,)),
        Command(1, 0, {"confirm": (True,)}, ops=(WRITE,)),
        Command(1, 0, ops=(READ,)),
        Command(1, 5, {"slot": (0, 1)}),
    )


def chunks(image: bytes, size: int, first: dict[str, object]) -> Iterator[bytes]:
    """An upload as it should be. first: what its first part says, too."""
    for at in range(0, len(image), size):
        body: dict[str, object] = {"off": at, "data": image[at : at + size]}
        payload = cbor2.dumps(body | ({} if at else {"len": len(image)} | first))
        yield header(WRITE, 1, 1, len(payload), at % 250) + payload


class ServerRequests(Requests):
    """`commands`: what is asked for; `largest`: bytes of the largest packet. Each is whole or cut,
    and may hold a second one."""

    firsts = (0, 0, 0, *[8] * 9, 16, 24, 0xE8)
    sizes = (0, 1, 31, 32, 33, 64, 64, 100, 120)

    def __init__(
        self,
        seed: int,
        commands: tuple[Command, ...],
        *,
        largest: int,
        image: bytes = b"",
        slot_size: int = 0,
    ) -> None:
        super().__init__(seed, image, slot_size)
        self._commands = commands
        self._largest = largest

    def packets(self, count: int) -> Iterator[bytes]:
        makers: list[Callable[[], bytes]] = [self._asked] * 6
        makers += [self._bare, self._wrong_header, self._two, self._cut]
        if self._image:
            makers += [self._upload] * 3
        for _ in range(count):
            yield self._random.choice(makers)()[: self._largest]

    def _asked(self) -> bytes:
        choose = self._random
        command = self._command()
        body: dict[str, Any] = {}
        for name, good in command.fields.items():
            chance = choose.random()
            if chance < 0.6:
                body[name] = choose.choice(good)
            elif chance < 0.75:
                body[name] = choose.choice((*ODD, *NUMBERS))
            elif chance < 0.85:
                body[name] = choose.choice(_TEXTS)
        if choose.random() < 0.15:
            body[choose.choice(("x", "", "nobody knows", "D"))] = choose.choice(ODD)
        payload = self._peculiar(body) if choose.random() < 0.3 else self.encoded(body)
        return self._made(self._op(command), command.group, command.command, payload)

    def _command(self) -> Command:
        """Mostly one that takes something."""
        choose = self._random
        taking = [it for it in self._commands if it.fields]
        return choose.choice(taking if choose.random() < 0.7 else self._commands)

    def _op(self, command: Command) -> int:
        is_wrong = not command.harms and self._random.random() < 0.1
        return self._random.choice(_ANY if is_wrong else command.ops)

    def _more(self) -> dict[str, Any]:
        choose = self._random
        body: dict[str, Any] = {}
        if choose.random() < 0.4:
            body["sha"] = choose.choice((bytes(32), bytes(32), b"", bytes(31), bytes(33)))
        if choose.random() < 0.2:
            body["upgrade"] = choose.choice((True, False))
        if choose.random() < 0.2:
            body["image"] = choose.choice((0, 0, 1, 2))
        if choose.random() < 0.1:
            body["data"] = bytes(choose.choice((32, 64)))
        return body

    def _peculiar(self, body: dict[str, Any]) -> bytes:
        """One key has behind it what few encoders write."""
        name = self._random.choice((*body, "x"))
        pieces = [cbor2.dumps(it) + cbor2.dumps(value) for it, value in body.items() if it != name]
        pieces.append(cbor2.dumps(name) + self._random.choice(_bytes_of(_PIECES)))
        self._random.shuffle(pieces)
        inside = b"".join(pieces)
        if self._random.random() < 0.5:
            return b"\xbf" + inside + b"\xff"
        return bytes([0xA0 | len(pieces)]) + inside

    def _bare(self) -> bytes:
        choose = self._random
        command = self._command()
        few = choose.randbytes(choose.randrange(20))
        payload = choose.choice((*_bytes_of(_BODIES), b"", few))
        return self._made(self._op(command), command.group, command.command, payload)

    def _two(self) -> bytes:
        """One packet, two requests: the second one is looked at unless the first one failed."""
        return self._asked() + self._asked()

    def _cut(self) -> bytes:
        made = self._asked()
        return made[: self._random.randrange(len(made))]
