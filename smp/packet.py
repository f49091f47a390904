"""SMP packets: the 8-byte header, the CBOR map behind it, and back.

No I/O and no state: `bytes <-> Packet`. Source: SMP protocol specification of the Zephyr
project (doc/services/device_mgmt/smp_protocol.rst); what real servers accept and send beyond
it (reserved bits, indefinite-length maps, bytes behind the map) is honoured here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import cbor2

from smp.errors import MalformedPacket
from smp.text import Coded

HEADER_SIZE = 8
MAX_PAYLOAD = 0xFFFF
SEQUENCES = 256

_HEADER = struct.Struct(">BBHHBB")
_DEEPEST = 32

Body = dict[str, Any]
"""A decoded payload: text keys to CBOR values (int, bool, str, bytes, list, dict, float, None)."""


class Op(IntEnum):
    """Operation, bits 2-0 of the first header byte."""

    READ = 0
    READ_ANSWER = 1
    WRITE = 2
    WRITE_ANSWER = 3

    @property
    def answer(self) -> Op:
        """The operation a server answers this request with."""
        return Op.READ_ANSWER if self is Op.READ else Op.WRITE_ANSWER


class Version(IntEnum):
    """Protocol version, bits 4-3 of the first header byte."""

    V1 = 0
    V2 = 1


class Group(IntEnum):
    """Management groups a server may know; 64 and above belong to the application."""

    OS = 0
    IMAGE = 1
    STATISTICS = 2
    SETTINGS = 3
    LOG = 4
    CRASH = 5
    SPLIT = 6
    RUN = 7
    FILE_SYSTEM = 8
    SHELL = 9
    ENUMERATION = 10
    TRANSPORT = 11
    ZEPHYR_BASIC = 63
    FIRST_APPLICATION = 64


@dataclass(frozen=True, slots=True)
class Header:
    """The eight bytes before every payload. `length` counts payload bytes only.

    `op` and `version` are plain integers because a peer may send any value; compare them with
    `Op` and `Version`.
    """

    op: int
    group: int
    command: int
    sequence: int
    length: int
    version: int = Version.V2
    flags: int = 0

    def to_bytes(self) -> bytes:
        return _HEADER.pack(
            (self.version & 3) << 3 | (self.op & 7),
            self.flags,
            self.length,
            self.group,
            self.sequence,
            self.command,
        )

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Header:
        """Read the first eight bytes of `data`; reserved bits are ignored, as servers do.

        Raises `MalformedPacket` when fewer than eight bytes are there.
        """
        if len(data) < HEADER_SIZE:
            raise MalformedPacket(
                Coded(
                    "packet-too-short",
                    "{count} bytes are too few for an SMP header (8)",
                    count=len(data),
                )
            )
        first, flags, length, group, sequence, command = _HEADER.unpack_from(data)
        return cls(first & 7, group, command, sequence, length, first >> 3 & 3, flags)


@dataclass(frozen=True, slots=True)
class Packet:
    """One SMP message: header fields and the undecoded payload."""

    op: int
    group: int
    command: int
    sequence: int
    payload: bytes
    version: int = Version.V2
    flags: int = 0

    def to_bytes(self) -> bytes:
        if len(self.payload) > MAX_PAYLOAD:
            raise ValueError(f"a payload of {len(self.payload)} bytes exceeds {MAX_PAYLOAD}")
        header = Header(
            self.op,
            self.group,
            self.command,
            self.sequence,
            len(self.payload),
            self.version,
            self.flags,
        )
        return header.to_bytes() + self.payload

    @classmethod
    def from_bytes(cls, data: bytes) -> Packet:
        """Split one whole packet; bytes beyond the header's length are not part of it.

        Raises `MalformedPacket` when the header announces more than there is.
        """
        header = Header.from_bytes(data)
        end = HEADER_SIZE + header.length
        if len(data) < end:
            raise MalformedPacket(
                Coded(
                    "packet-length-wrong",
                    "{length} payload bytes are announced, {count} came",
                    length=header.length,
                    count=len(data) - HEADER_SIZE,
                )
            )
        return cls(
            header.op,
            header.group,
            header.command,
            header.sequence,
            data[HEADER_SIZE:end],
            header.version,
            header.flags,
        )

    def body(self) -> Body:
        """The payload as a map. Raises `MalformedPacket`; an empty payload is an empty map."""
        return decode_body(self.payload)


def encode_body(values: Mapping[str, object]) -> bytes:
    """A definite-length CBOR map with minimal integers, as every known server accepts it."""
    return cbor2.dumps(dict(values))


def decode_body(payload: bytes) -> Body:
    """Decode one CBOR map leniently: indefinite lengths, bad UTF-8 and bytes behind it are fine.

    Keys that are not text are dropped. Raises `MalformedPacket` for anything else than a map.
    """
    if not payload:
        return {}
    try:
        value = cbor2.loads(payload, str_errors="replace", max_depth=_DEEPEST)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, MemoryError) as error:
        raise MalformedPacket(
            Coded("packet-no-cbor", "The payload is not CBOR: {error}", error=str(error))
        ) from error
    if not isinstance(value, dict):
        raise MalformedPacket(
            Coded(
                "packet-no-map",
                "The payload is a CBOR {name}, not a map",
                name=type(value).__name__,
            )
        )
    return {key: item for key, item in value.items() if isinstance(key, str)}
