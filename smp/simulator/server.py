"""The SMP server: headers, versions, errors and the size of answers, in Zephyr's manner.

One call of `Server.handle` is one request, as the work queue takes it from a packet; who calls
keeps the buffers and the time. Source: Zephyr subsys/mgmt/mcumgr/smp/src/smp.c.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smp import codes
from smp.packet import HEADER_SIZE, Header, Op, Packet, Version
from smp.simulator.cbor import Kind, Refusal, decode_fields, encode
from smp.simulator.flash import FlashFault

Answer = Mapping[str, object]


class CoreError(Exception):
    """`{"rc": code}`: MGMT_ERR, whatever the request's version."""

    def __init__(self, code: int) -> None:
        super().__init__(f"rc {code}")
        self.code = code


class GroupError(Exception):
    """`{"err": {"group", "rc"}}` in version 2; in version 1 a core code and perhaps a text."""

    def __init__(self, group: int, code: int, reason: str = "") -> None:
        super().__init__(f"group {group} code {code}")
        self.group = group
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler is given. `payload` reaches to the end of the packet, not of the request."""

    header: Header
    payload: bytes
    now: float

    def fields(self, **kinds: Kind) -> dict[str, Any]:
        """The parameters that are there. Anything malformed, an empty payload too, is rc 3."""
        try:
            return decode_fields(self.payload, kinds)
        except Refusal as error:
            raise CoreError(codes.EINVAL) from error


Handler = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Manners:
    """How this server was built."""

    buf_size: int = 384
    version_one: bool = True
    """The original protocol is built in; otherwise its requests get rc 12."""
    version_two: bool = True
    """False: an old server that takes the version for reserved bits and answers as of old."""
    canonical: bool = False
    """Maps and lists of definite length."""
    reasons: bool = True
    """Group errors in version 1 come with their text."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one request. `rest` is what follows it in the packet, if it may be looked at.

    `answer` None: nothing is sent.
    """

    answer: bytes | None
    rest: bytes = b""


@dataclass(slots=True)
class Server:
    """Handlers by group, command and operation, and how they are called."""

    manners: Manners
    handlers: dict[tuple[int, int], dict[int, Handler]] = field(default_factory=dict)

    def register(
        self, group: int, command: int, *, read: Handler | None = None, write: Handler | None = None
    ) -> None:
        both = ((Op.READ, read), (Op.WRITE, write))
        self.handlers[group, command] = {int(op): call for op, call in both if call is not None}

    def handle(self, packet: bytes, now: float) -> Handled:
        """Answer the first request of a packet. Raises `PowerCut` if a handler brings it about."""
        if len(packet) < HEADER_SIZE:
            return Handled(None)
        header = Header.from_bytes(packet)
        payload = packet[HEADER_SIZE:]
        if len(payload) < header.length:
            return Handled(self._refusal(header, codes.ECORRUPT))
        try:
            try:
                values = self._execute(header, payload, now)
            except GroupError as error:
                if header.version == Version.V1 or not self.manners.version_two:
                    code = codes.v1_of(error.group, error.code)
                    if code != codes.EOK:
                        return Handled(self._refusal(header, code, error.reason))
                    values = {}
                else:
                    values = {"err": {"group": error.group, "rc": error.code}}
            answer = self._pack(header, values)
        except CoreError as error:
            return Handled(self._refusal(header, error.code))
        return Handled(answer, payload[header.length :])

    def no_memory(self, packet: bytes) -> bytes:
        """What a request gets that found no buffer for its answer. It was not executed."""
        return self._refusal(Header.from_bytes(packet), codes.ENOMEM)

    def needs_answer_buffer(self, packet: bytes) -> bool:
        """Errors seen before a handler is called are sent in the request's own buffer."""
        if len(packet) < HEADER_SIZE:
            return False
        header = Header.from_bytes(packet)
        return header.op in (Op.READ, Op.WRITE) and len(packet) >= HEADER_SIZE + header.length

    def _execute(self, header: Header, payload: bytes, now: float) -> Answer:
        if header.op not in (Op.READ, Op.WRITE):
            raise CoreError(codes.ENOTSUP)
        if self.manners.version_two:
            if header.version == Version.V1 and not self.manners.version_one:
                raise CoreError(codes.UNSUPPORTED_TOO_OLD)
            if header.version > Version.V2:
                raise CoreError(codes.UNSUPPORTED_TOO_NEW)
        handler = self.handlers.get((header.group, header.command), {}).get(header.op)
        if handler is None:
            raise CoreError(codes.ENOTSUP)
        try:
            return handler(Request(header, payload, now))
        except FlashFault as error:
            raise CoreError(codes.EUNKNOWN) from error

    def _pack(self, request: Header, values: Answer) -> bytes:
        answer = self._frame(request, values)
        if len(answer) > self.manners.buf_size:
            raise CoreError(codes.EMSGSIZE)
        return answer

    def _refusal(self, request: Header, code: int, reason: str = "") -> bytes:
        values: dict[str, object] = {"rc": code}
        if reason and self.manners.reasons:
            values["rsn"] = reason
        return self._frame(request, values)

    def _frame(self, request: Header, values: Answer) -> bytes:
        payload = encode(values, canonical=self.manners.canonical)
        version = min(request.version, Version.V2) if self.manners.version_two else Version.V1
        op = Op.READ_ANSWER if request.op == Op.READ else Op.WRITE_ANSWER
        return Packet(
            op, request.group, request.command, request.sequence, payload, version
        ).to_bytes()
