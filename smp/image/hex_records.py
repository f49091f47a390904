"""Intel HEX: records to bytes at addresses, leniently in what is harmless.

Blank lines, spaces, either line ending, small letters, comments behind a record and words behind
the last record are taken; damaged records, overlaps, a missing end and records behind it are not.

Source: Intel, Hexadecimal Object File Format Specification, revision A. The records themselves are
read by the library intelhex, in portions: it keeps each byte as an object.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from smp.errors import FileError
from smp.image.hex_faults import fault, is_broken_off
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
_LOOKS = 8
"""Lines by which a text is recognised."""
_ERASED = b"\xff"
_DATA, _END, _SEGMENT, _LINEAR = "00", "01", "02", "04"
_STARTS = frozenset({"03", "05"})
"""They say where a processor starts, which is of no use here."""
_RECORD = re.compile(r":[0-9A-Fa-f]{8}")
_LARGEST_ADDRESS = 0xFFFF_FFFF
_DAMAGED = Text("a damaged Intel HEX file")
_CUT_OFF = Text("an Intel HEX file that is cut off")
_JOINED = Text("more than one Intel HEX file")
_ONE_OF_THEM = Text(
    "Choose one of the files that it was put together from, or have them merged by a tool that "
    "knows the format, such as mergehex"
)
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
    """By address. Raises `FileError`, which names the line."""
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
    records = _records(data)
    for number, record in records:
        if wrong := fault(record, number):
            ends_here = is_broken_off(record) and next(records, None) is None
            noun = _CUT_OFF if ends_here and not is_over else _DAMAGED
            raise _broken(name, noun, wrong, f"{number}: {record}")
        kind = record[7:9]
        if is_over and kind != _END:
            raise _broken(name, _JOINED, _behind_end(number), next_step=_ONE_OF_THEM)
        if kind in (_SEGMENT, _LINEAR):
            next_base = record
        if kind not in _STARTS:
            portion.append(record)
        if kind == _END or len(portion) >= _PORTION:
            pieces += _decode(base, portion, data, name)
            portion, base = [], next_base
            if len(pieces) > MOST_PIECES:
                raise _broken(
                    name,
                    Text("an Intel HEX file without order"),
                    Text("Its bytes are scattered over more places than flash has sectors"),
                )
        is_over = is_over or kind == _END
    if not is_over:
        raise _broken(
            name, _CUT_OFF, Text("The record that ends such a file (:00000001FF) is missing")
        )
    return _joined(pieces, data, name)


def _records(data: bytes) -> Iterator[tuple[int, str]]:
    """Each with the number of its line, from 1 on. Behind the record that ends the file only what
    begins like one."""
    is_over = False
    # Line by line: a list of all of them takes a second, in which no other thread runs.
    for number, line in enumerate(io.TextIOWrapper(io.BytesIO(data), "latin-1"), 1):
        record = line.split(None, 1)[0] if line.strip() else ""
        if not record or record[0] in ";#" or (is_over and not _RECORD.match(record)):
            continue
        record = record.partition(";")[0]
        yield number, record
        is_over = is_over or record[7:9] == _END


def _decode(base: str, records: list[str], data: bytes, name: str) -> list[Piece]:
    """`base`: the record that says where the addresses begin, as it stands before these, of which
    each is whole. `data`: the file, to find lines in."""
    from intelhex import AddressOverlapError, IntelHex, IntelHexError

    lines = [base, *records] if base else records
    found = IntelHex()
    try:
        found.loadhex(io.StringIO("\n".join(lines)))
    except AddressOverlapError as error:
        raise _twice(int(error.address), data, name) from error
    except IntelHexError as error:  # pragma: no cover -- `fault` has looked at each
        raise _broken(name, _DAMAGED, Text("A record cannot be read"), str(error)) from error
    pieces = [
        Piece(start, found.tobinstr(start=start, size=end - start))
        for start, end in found.segments()
    ]
    for piece in pieces:
        if piece.end > _LARGEST_ADDRESS + 1:
            raise _broken(name, _DAMAGED, _beyond(data))
    return pieces


def _joined(pieces: list[Piece], data: bytes, name: str) -> list[Piece]:
    """By address, neighbours as one. Raises `FileError` for what is there twice."""
    joined: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.address):
        before = joined[-1][-1] if joined else None
        if before is not None and piece.address < before.end:
            raise _twice(piece.address, data, name)
        if before is not None and piece.address == before.end:
            joined[-1].append(piece)
        else:
            joined.append([piece])
    return [Piece(those[0].address, b"".join(each.data for each in those)) for those in joined]


def _placed(data: bytes) -> Iterator[tuple[int, range]]:
    """Line and addresses of each record of data, where every record is whole."""
    base = 0
    for number, record in _records(data):
        kind, length = record[7:9], int(record[1:3], 16)
        if kind == _SEGMENT:
            base = int(record[9:13], 16) << 4
        elif kind == _LINEAR:
            base = int(record[9:13], 16) << 16
        elif kind == _DATA:
            at = base + int(record[3:7], 16)
            yield number, range(at, at + length)
        elif kind == _END:
            return


def _twice(address: int, data: bytes, name: str) -> FileError:
    those = (line for line, places in _placed(data) if address in places)
    first, second = next(those), next(those)
    why = Text(
        "Lines {first:,} and {second:,} both say what is to be at {at:#x}",
        first=first,
        second=second,
        at=address,
    )
    return _broken(name, _DAMAGED, why)


def _beyond(data: bytes) -> Text:
    line = next(line for line, places in _placed(data) if places.stop > _LARGEST_ADDRESS + 1)
    return Text(
        "Line {line:,} goes beyond the last address that there is ({last:#x})",
        line=line,
        last=_LARGEST_ADDRESS,
    )


def _behind_end(line: int) -> Text:
    return Text(
        "Line {line:,} follows the record that ends the file: it is several files, one behind the "
        "other",
        line=line,
    )


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


def looks_like_records(data: bytes, record: re.Pattern[bytes]) -> bool:
    """Most of the first lines begin like one, whatever else is wrong with them; empty lines and
    comments count for nothing."""
    lines = data[:_PROBE].split(b"\n" if b"\n" in data[:_PROBE] else b"\r")
    first = [line.strip() for line in lines if line.strip() and line.strip()[:1] not in b";#"]
    looked = first[:_LOOKS]
    return sum(record.match(line) is not None for line in looked) * 2 > len(looked)


def as_text(data: bytes) -> bytes:
    """Without a mark at its start, and where an editor of Windows made it UTF-16, as one byte a
    character."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("latin-1", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def _broken(
    name: str, noun: Text, why: Text, detail: str = "", next_step: Text = _AGAIN
) -> FileError:
    return FileError(something_else(name, noun), why=why, next_step=next_step, detail=detail)
