"""What a UART makes of bytes that another one sends at another rate. Sans-I/O.

A byte is a low start bit, eight data bits with the lowest first, and a high stop bit; between
bytes the line is high. A receiver begins at a falling edge and takes each bit in its middle; it
delivers what it got also where the stop bit is low, as drivers do that do not mark such errors.
"""

from __future__ import annotations


def misread(data: bytes, sent: int, read: int) -> bytes:
    """The bytes that arrive. `sent`, `read`: baud; 0 for a rate that nobody knows: nothing does."""
    if sent == read:
        return data
    if not sent or not read:
        return b""
    levels = _levels(data)
    got = bytearray()
    at = levels.find(0)
    while at >= 0:
        # In units of 1 / (2 * sent * read) seconds, so that everything is whole.
        start, bit = at * 2 * read, 2 * sent
        byte = 0
        for place in range(8):
            when = start + bit * (place + 1) + bit // 2
            byte |= _at(levels, when // (2 * read)) << place
        got.append(byte)
        at = _falling(levels, (start + bit * 9 + bit // 2) // (2 * read))
    return bytes(got)


def _levels(data: bytes) -> bytes:
    """The line, one level a bit."""
    line = bytearray(b"\x01")
    for byte in data:
        line.append(0)
        line += bytes(byte >> place & 1 for place in range(8))
        line.append(1)
    return bytes(line)


def _at(levels: bytes, place: int) -> int:
    return levels[place] if place < len(levels) else 1


def _falling(levels: bytes, after: int) -> int:
    """Where the line falls next, -1 if it does not any more."""
    high = levels.find(1, after)
    return levels.find(0, high) if high >= 0 else -1
