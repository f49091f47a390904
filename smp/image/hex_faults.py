"""What is wrong with one record of an Intel HEX file: the first thing, with its line.

    :  length (1)  address (2)  type (1)  data (length)  checksum (1)      each byte two hex digits

Source: Intel, Hexadecimal Object File Format Specification, revision A.
"""

from __future__ import annotations

import re

from smp.text import Text

_AROUND = 5
"""Bytes of a record beside its data."""
_NO_DIGIT = re.compile(r"[^0-9A-Fa-f]")
_LARGEST_TYPE = 5
_LENGTHS = {0x01: 0, 0x02: 2, 0x03: 4, 0x04: 2, 0x05: 4}
"""Bytes of data in a record of such a type; the others have any number."""


def fault(record: str, line: int) -> Text | None:
    """A whole sentence; None where the record is as it should be."""
    if record[0] != ":":
        return _no_record(record, line)
    digits = record[1:]
    if other := _NO_DIGIT.search(digits):
        return Text(
            "Line {line:,} holds {character!r}, which is no hex digit",
            line=line,
            character=other[0],
        )
    if len(digits) % 2:
        return Text(
            "Line {line:,} has {count:,} hex digits, an odd number: one of them is missing",
            line=line,
            count=len(digits),
        )
    return _of_bytes(bytes.fromhex(digits), line)


def is_broken_off(record: str) -> bool:
    """It begins as a record and has fewer digits than it says."""
    told = record[1:3]
    if record[0] != ":" or _NO_DIGIT.search(record[1:]):
        return False
    return len(told) < 2 or len(record) < 1 + 2 * (_AROUND + int(told, 16))


def _of_bytes(record: bytes, line: int) -> Text | None:
    if len(record) < _AROUND:
        return Text("Line {line:,} is too short for a record", line=line)
    told, held = record[0], len(record) - _AROUND
    if held != told:
        return Text(
            "Line {line:,} says that it holds {told:,} bytes of data, and holds {held:,}",
            line=line,
            told=told,
            held=held,
        )
    right = -sum(record[:-1]) & 0xFF
    if record[-1] != right:
        return Text(
            "The checksum of line {line:,} is {there:02X} and should be {right:02X}: one of its "
            "digits is wrong",
            line=line,
            there=record[-1],
            right=right,
        )
    kind = record[3]
    if kind > _LARGEST_TYPE:
        return Text(
            "Line {line:,} is a record of the type {kind:02X}, which Intel HEX does not have",
            line=line,
            kind=kind,
        )
    if held != _LENGTHS.get(kind, held):
        return Text(
            "Line {line:,}, a record of the type {kind:02X}, holds {held:,} bytes of data instead "
            "of {right:,}",
            line=line,
            kind=kind,
            held=held,
            right=_LENGTHS[kind],
        )
    return None


def _no_record(record: str, line: int) -> Text:
    if record[0] in "Ss" and record[1:2].isdigit():
        return Text(
            "Line {line:,} is a record of a Motorola S-record file: two files were put together",
            line=line,
        )
    return Text("Line {line:,} is no record: it does not begin with a colon", line=line)
