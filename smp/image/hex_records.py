"""Intel HEX: records to bytes at addresses, leniently in what is harmless.

Blank lines, spaces, either line ending, small letters, comments behind a record and anything
behind the last record are taken; damaged records, overlaps and a missing end are not.

Source: Intel, Hexadecimal Object File Format Specification, revision A. The records themselves are
read by the library intelhex, in portions: it keeps each byte as an object.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from smp.errors import FileError
from smp.image.kinds import something_else
from smp.text import Text

LARGEST_HEX = 64 << 20
"""Bytes of text, a third of which are data. No device with SMP has flash of that size."""
LARGEST_GAP = 8 << 20
"""Bytes between two pieces that are filled; further apart they belong to different memories."""
LARGEST_FILL = 64 << 20
MOST_PIECES = 1 << 16
_PORTION = 4096
_PROBE = 4096
_ERASED = b"\xff"
_END, _SEGMENT, _LINEAR = "01", "02", "04"
_AGAIN = Text("Copy or download the file again, or build it again")


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes at an address, without a gap."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        return self.address + len(self.data)


def read_hex(data: bytes, name: str) -> list[Piece]:
    """By address. Raises `FileError`."""
    if len(data) > LARGEST_HEX:
        raise _broken(
            name,
            Text("an Intel HEX file that is far too large"),
            Text("Its contents would not fit into the flash of any device with SMP"),
        )
    pieces: list[Piece] = []
    portion: list[str] = []
    base = next_base = ""
    is_over = False
    # Line by line: a list of all of them takes a second, in which no other thread runs.
    for number, line in enumerate(io.TextIOWrapper(io.BytesIO(data), "latin-1"), 1):
        record = line.split(None, 1)[0] if line.strip() else ""
        if not record or record[0] in ";#":
            continue
        record = record.partition(";")[0]
        kind = record[7:9]
        portion.append(record)
        if kind in (_SEGMENT, _LINEAR):
            next_base = record
        if kind == _END or len(portion) >= _PORTION:
            pieces += _decode(base, portion, number, name)
            portion, base = [], next_base
            if len(pieces) > MOST_PIECES:
                raise _broken(
                    name,
                    Text("an Intel HEX file without order"),
                    Text("Its bytes are scattered over more places than flash has sectors"),
                )
        if kind == _END:
            is_over = True
            break
    if not is_over:
        raise _broken(
            name,
            Text("an Intel HEX file that is cut off"),
            Text("The record that ends such a file is missing"),
        )
    return _joined(pieces, name)


def _decode(base: str, records: list[str], last: int, name: str) -> list[Piece]:
    """`base`: the record that says where the addresses begin, as it stands before these.
    `last`: the line of the last of them."""
    from intelhex import IntelHex, IntelHexError

    lines = [base, *records] if base else records
    found = IntelHex()
    try:
        found.loadhex(io.StringIO("\n".join(lines)))
    except IntelHexError as error:
        raise _broken(
            name,
            Text("a damaged Intel HEX file"),
            Text("A record before line {line:,} cannot be read", line=last + 1),
            str(error),
        ) from error
    return [
        Piece(start, found.tobinstr(start=start, size=end - start))
        for start, end in found.segments()
    ]


def _joined(pieces: list[Piece], name: str) -> list[Piece]:
    """By address, neighbours as one. Raises `FileError` for what is there twice."""
    joined: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.address):
        before = joined[-1][-1] if joined else None
        if before is not None and piece.address < before.end:
            raise _broken(
                name,
                Text("a damaged Intel HEX file"),
                Text("Two records say what is to be at {at:#x}", at=piece.address),
            )
        if before is not None and piece.address == before.end:
            joined[-1].append(piece)
        else:
            joined.append([piece])
    return [Piece(those[0].address, b"".join(each.data for each in those)) for those in joined]


def filled(pieces: list[Piece]) -> list[Piece]:
    """Gaps filled as erased flash is, where they are no larger than `LARGEST_GAP`."""
    joined: list[list[bytes]] = []
    starts: list[int] = []
    end, budget = 0, LARGEST_FILL
    for piece in pieces:
        gap = piece.address - end
        if joined and gap <= min(LARGEST_GAP, budget):
            budget -= gap
            joined[-1] += [_ERASED * gap, piece.data]
        else:
            joined.append([piece.data])
            starts.append(piece.address)
        end = piece.end
    return [Piece(start, b"".join(those)) for start, those in zip(starts, joined, strict=True)]


def begins_with_record(data: bytes, line: re.Pattern[bytes], *, uncounted: int, total: int) -> bool:
    """The first byte of such a line counts all of its bytes but so many, and all of them add up to
    this."""
    match = line.match(data[:_PROBE])
    if match is None:
        return False
    record = bytes.fromhex(match[1].decode())
    return len(record) == record[0] + uncounted and sum(record) & 0xFF == total


def _broken(name: str, noun: Text, why: Text, detail: str = "") -> FileError:
    return FileError(something_else(name, noun), why=why, next_step=_AGAIN, detail=detail)
