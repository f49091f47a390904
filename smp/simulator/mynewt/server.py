"""The SMP server of Mynewt: no version, no group errors, nothing checked that could be checked.

Sources: apache/mynewt-mcumgr smp/src/smp.c, mgmt/src/mgmt.c; apache/mynewt-core 1.7
mgmt/newtmgr/src/newtmgr.c.
"""

from __future__ import annotations

from collections.abc import Callable

from smp import codes
from smp.packet import HEADER_SIZE, Header, Op
from smp.simulator.cbor import Refusal, encode
from smp.simulator.flash import FlashFault
from smp.simulator.mynewt.memory import Harm, Memory
from smp.simulator.mynewt.reader import Value, read_map
from smp.simulator.server import Answer, CoreError, Handled, Manners, Request, Server
from smp.simulator.worker import BufferPool

LONGEST_PART = 512
"""Bytes of data in one request, of one answer."""
_BLOCK = 256
"""Bytes of an answer that one buffer holds, about."""
_KEPT = 2
"""Buffers that are left after an answer that did not fit."""


class Died(Exception):
    """The firmware has asserted: no answer comes any more."""


class MynewtServer(Server):
    """`crash` resets the device at that moment, for what a handler could not bear."""

    __slots__ = ("_crash", "_pool", "memory", "old")

    def __init__(
        self, memory: Memory, pool: BufferPool, crash: Callable[[float], None], *, old: bool
    ) -> None:
        super().__init__(Manners())
        self.memory = memory
        self.old = old
        self._pool = pool
        self._crash = crash

    # -- for the groups -----------------------------------------------------------------

    def fields(self, request: Request, *, needed: bool = True) -> dict[str, Value]:
        """The request's map. `needed`: an empty payload is refused."""
        if not request.payload and not needed:
            return {}
        try:
            return read_map(request.payload)
        except Refusal as error:
            raise CoreError(codes.ENOMEM if self.old else codes.EINVAL) from error

    def unsigned(self, fields: dict[str, Value], key: str, now: float) -> int | None:
        """A number that may not be negative: where it is, the device dies of it."""
        value = fields.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        if value < 0:
            self.die(Harm.NEGATIVE_NUMBER, now)
        return value

    def part(self, data: bytes) -> bytes:
        """What is written of a part of a file: from 513 bytes on, something else."""
        if len(data) <= LONGEST_PART:
            return data
        if self.old:
            raise CoreError(codes.EINVAL)
        self.memory.harms[Harm.GARBAGE_WRITTEN] += 1
        return bytes(len(data))

    def die(self, harm: Harm, now: float) -> None:
        self.memory.harms[harm] += 1
        self._crash(now)
        raise Died

    # -- requests -------------------------------------------------------------------------

    def handle(self, packet: bytes, now: float) -> Handled:
        if len(packet) < HEADER_SIZE:
            return Handled(None)
        header = Header.from_bytes(packet)
        rest = b""
        try:
            values = self._answer(header, packet[HEADER_SIZE:], now)
        except Died:
            return Handled(None)
        except CoreError as error:
            values = {"rc": error.code}
        except FlashFault:
            values = {"rc": codes.EUNKNOWN}
        else:
            if not self.old:
                rest = packet[HEADER_SIZE + -(-header.length // 4) * 4 :]
        answer = self._packed(packet[0], header, values)
        if -(-len(answer) // _BLOCK) > self._pool.free:
            while self._pool.free > _KEPT:
                self._pool.take()
            self.memory.harms[Harm.BUFFERS_LOST] += 1
            answer, rest = self._packed(packet[0], header, {"rc": codes.ENOMEM}), b""
        return Handled(answer, rest if len(rest) >= HEADER_SIZE else b"")

    def needs_answer_buffer(self, packet: bytes) -> bool:
        """The pool is asked when the answer is made."""
        return False

    def _answer(self, header: Header, payload: bytes, now: float) -> Answer:
        if header.op not in (Op.READ, Op.WRITE):
            raise CoreError(codes.EINVAL)
        handler = self.handlers.get((header.group, header.command), {}).get(header.op)
        if handler is None:
            raise CoreError(codes.ENOENT if self.old else codes.ENOTSUP)
        return handler(Request(header, payload, now))

    def _packed(self, first: int, request: Header, values: Answer) -> bytes:
        """Old firmware sends the version and what is reserved back as it came."""
        payload = encode(values)
        op = Op.READ_ANSWER if request.op == Op.READ else Op.WRITE_ANSWER
        plain = Header(op, request.group, request.command, request.sequence, len(payload), 0)
        answer = plain.to_bytes() + payload
        return bytes([first & 0xF8 | op]) + answer[1:] if self.old else answer
