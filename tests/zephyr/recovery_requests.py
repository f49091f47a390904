"""Requests to a serial recovery, made up from a seed: what it has, what it has not, and what can be
wrong with them in headers, CBOR and lines."""

from __future__ import annotations

import binascii
import random
from collections.abc import Callable, Iterator
from typing import Any

import cbor2

from smp.framing import CONTINUATION, START, console_lines, crc16
from smp.packet import HEADER_SIZE

_LARGEST = 1021
_FEW = 6
"""Lines that are sure to find a buffer however fast they come."""
NUMBERS = (0, 1, 2, 23, 24, 64, 255, 256, 65535, 65536, 2**31, 2**32 - 1, 2**32, 2**63, -1)
ODD: tuple[object, ...] = (
    None,
    True,
    False,
    1.5,
    "text",
    b"bytes",
    [],
    [1, [2]],
    {},
    {"a": {"b": b"c"}},
    -7,
    "",
)


def header(op: int, group: int, command: int, size: int, sequence: int, *, first: int = 8) -> bytes:
    """first: the bits of the first byte besides the operation."""
    head = bytes([first | op, 0]) + size.to_bytes(2, "big") + group.to_bytes(2, "big")
    return head + bytes([sequence, command])


class Requests:
    """`image`: what is uploaded, of `slot_size` bytes at most."""

    firsts: tuple[int, ...] = (0, 8, 8, 8, 16, 24)
    """Of headers: the bits besides the operation, the version among them."""
    sizes: tuple[int, ...] = (0, 1, 3, 4, 20, 32, 64, 66, 200, 333, 800)
    """Bytes in one part of an upload."""

    def __init__(self, seed: int, image: bytes, slot_size: int) -> None:
        self._random = random.Random(seed)
        self._image = image
        self._slot_size = slot_size
        self._offset = 0

    def packets(self, count: int) -> Iterator[bytes]:
        """Whole packets."""
        makers: list[Callable[[], bytes]] = [self._any_command, self._upload, self._upload]
        makers += [self._upload, self._list, self._wrong_header, self._odd_bytes]
        for _ in range(count):
            yield self._random.choice(makers)()

    def frames(self, count: int) -> Iterator[bytes]:
        """What a line carries, whole lines, mostly with something wrong."""
        for _ in range(count):
            packet = self._random.choice((self._any_command, self._upload, self._list))()
            yield self._spoil(packet)

    # -- packets ------------------------------------------------------------------------

    def encoded(self, body: dict[str, Any]) -> bytes:
        """In some order, of either length, sometimes with a key twice, cut or with more behind."""
        choose = self._random
        items = list(body.items())
        choose.shuffle(items)
        if choose.random() < 0.05:
            items.append(choose.choice(items) if items else ("off", 0))
        encoded = b"".join(cbor2.dumps(part) for item in items for part in item)
        if choose.random() < 0.5:
            made = b"\xbf" + encoded + b"\xff"
        else:
            made = bytes([0xA0 | len(items)]) + encoded
        if choose.random() < 0.05:
            made = made[: choose.randrange(len(made))]
        if choose.random() < 0.05:
            made += choose.randbytes(3)
        return made

    def _sequence(self) -> int:
        return self._random.randrange(250)

    def _made(self, op: int, group: int, command: int, body: bytes) -> bytes:
        first = self._random.choice(self.firsts)
        return header(op, group, command, len(body), self._sequence(), first=first) + body

    def _any_command(self) -> bytes:
        group = self._random.choice((0, 0, 1, 2, 3, 8, 9, 10, 63, 64, 65, 65535))
        command = self._random.randrange(12)
        if (group, command) in ((0, 5), (1, 1)):
            command = 7
        body = {self._random.choice("dxab"): self._random.choice(ODD)}
        return self._made(self._random.choice((0, 2)), group, command, cbor2.dumps(body))

    def _more(self) -> dict[str, Any]:
        """What the first part of an upload says besides."""
        return {}

    def _list(self) -> bytes:
        return self._made(0, 1, 0, self._random.choice((b"\xa0", b"", b"\xbf\xff", b"junk")))

    def _upload(self) -> bytes:
        choose = self._random
        size = choose.choice(self.sizes)
        offset = choose.choice((0, self._offset, self._offset, self._offset, 7, 10**6))
        body: dict[str, Any] = {"off": offset, "data": self._image[offset : offset + size]}
        if offset == 0:
            sizes = (len(self._image), len(self._image), self._slot_size, self._slot_size + 1, 100)
            body["len"] = choose.choice(sizes)
            body |= self._more()
        self._offset = offset // 4 * 4 + size // 4 * 4
        for name in ("sha", "upgrade", "image", "off", "len", "data", "x"):
            if choose.random() < 0.06:
                body[name] = choose.choice((*ODD, *NUMBERS))
            elif choose.random() < 0.04:
                body.pop(name, None)
        made = self.encoded(body)
        return self._made(choose.choice((2, 2, 2, 0)), 1, 1, made)[:_LARGEST]

    def _odd_bytes(self) -> bytes:
        size = self._random.randrange(40)
        return self._made(2, 1, 1, self._random.randbytes(size))

    def _wrong_header(self) -> bytes:
        body = cbor2.dumps({"d": "hi"})
        length = max(0, len(body) + self._random.choice((-9, -2, -1, 1, 2, 300)))
        op = self._random.choice((0, 1, 2, 3, 4, 5, 6, 7))
        first = self._random.choice((8, 0x28, 0xE8))
        made = header(op, 0, 6, length, self._sequence(), first=first) + body
        return made[: self._random.choice((len(made), len(made), 3, HEADER_SIZE))]

    # -- lines --------------------------------------------------------------------------

    def _spoil(self, packet: bytes) -> bytes:
        ways = (
            _as_it_should,
            self._one_bit,
            self._junk_before,
            self._no_start,
            self._other_width,
            self._line_lost,
            self._line_ends,
            self._spaces,
            self._longest,
            self._wrong_length,
            self._padded,
        )
        return self._random.choice(ways)(packet)

    def _one_bit(self, packet: bytes) -> bytes:
        made = bytearray(_as_it_should(packet))
        made[self._random.randrange(len(made))] ^= 1 << self._random.randrange(8)
        return bytes(made) + b"\n"

    def _junk_before(self, packet: bytes) -> bytes:
        junk = self._random.choice(
            (b"log text\n", b"\n", b"\n\n", b"x", b"\x06\tAA\n", b"\x04\x14AA\n")
        )
        return junk + _as_it_should(packet)

    def _no_start(self, packet: bytes) -> bytes:
        return _as_it_should(packet).replace(START, CONTINUATION)

    def _other_width(self, packet: bytes) -> bytes:
        """Parts of another length, each of them base64 by itself."""
        width = self._random.choice((2, 3, 4, 5, 30, 91, 92, 93, 94, 95, 96))
        return lines(packet, width if len(packet) < _FEW * width else 93)

    def _line_lost(self, packet: bytes) -> bytes:
        made = list(console_lines(packet))
        made.pop(self._random.randrange(len(made)))
        return b"".join(made)

    def _line_ends(self, packet: bytes) -> bytes:
        ending = self._random.choice((b"\r\n", b"\n\n", b"\n\r"))
        return _as_it_should(packet).replace(b"\n", ending) + b"\n"

    def _spaces(self, packet: bytes) -> bytes:
        made = _as_it_should(packet)
        at = self._random.choice((2, 6, 10, len(made) - 1))
        return made[:at] + b" " * self._random.choice((1, 2, 4)) + made[at:]

    def _longest(self, packet: bytes) -> bytes:
        """About as long as it takes at most."""
        size = self._random.randrange(1017, 1027)
        body = bytes(size - HEADER_SIZE)
        return _as_it_should(header(2, 1, 1, len(body), self._sequence()) + body)

    def _wrong_length(self, packet: bytes) -> bytes:
        return lines(packet, 93, wrong_by=self._random.choice((-3, -1, 1, 2, 40)))

    def _padded(self, packet: bytes) -> bytes:
        made = _as_it_should(packet)
        return made[:-1] + self._random.choice((b"=", b"==", b"===", b"A", b"AAAA", b"A=")) + b"\n"


def _as_it_should(packet: bytes) -> bytes:
    return b"".join(console_lines(packet))


def lines(packet: bytes, width: int, *, wrong_by: int = 0) -> bytes:
    """A frame in lines of `width` bytes. wrong_by: how far its length is off."""
    length = (len(packet) + 2 + wrong_by) & 0xFFFF
    frame = length.to_bytes(2, "big") + packet + crc16(packet).to_bytes(2, "big")
    return b"".join(
        (CONTINUATION if at else START) + binascii.b2a_base64(frame[at : at + width])
        for at in range(0, len(frame), width)
    )
