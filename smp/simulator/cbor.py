"""CBOR with the device's manners: strict about what it reads, peculiar about what it writes.

Zephyr's zcbor refuses what it did not ask for in exactly that form, skips keys that it does not
know with whatever value, and writes maps and lists of indefinite length. Source: Zephyr
subsys/mgmt/mcumgr/util/src/zcbor_bulk.c; verified on its servers (SMP notes, CBOR conventions).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, assert_never

_DEEPEST = 200
_INDEFINITE = 31
_EIGHT_BYTES = 27
_SIZE = 0xFFFFFFFF
"""The largest length on a device of 32 bits."""


class Kind(Enum):
    """What a command's decoder expects behind a key."""

    UINT32 = "unsigned integer of at most 32 bits"
    BOOL = "true or false"
    BYTES = "byte string"
    TEXT = "text string, as its bytes"
    TEXTS = "list of text strings"


class Refusal(Exception):
    """The payload is not what the decoder expects; the server answers rc 3."""


class Text(bytes):
    """A text string as its bytes: devices do not look whether it is UTF-8."""

    __slots__ = ()


class Chunked(tuple[bytes, ...]):
    """A string of indefinite length, in these pieces: `Text` all of them, or plain bytes."""

    __slots__ = ()
    is_text = False


class ChunkedText(Chunked):
    """A text string of indefinite length, which may have no piece at all."""

    __slots__ = ()
    is_text = True


def decode_fields(payload: bytes, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The known keys of the map that `payload` begins with. Raises `Refusal`."""
    reader = _Reader(payload)
    major, count = reader.short_head()
    if major != 5:
        raise Refusal("no map")
    fields: dict[str, Any] = {}
    left = count
    while left is None or left > 0:
        if left is None and reader.at_break():
            break
        name = reader.string(3).decode("utf-8", "replace")
        if name in fields:
            raise Refusal("a key twice")
        kind = kinds.get(name)
        if kind is None:
            if left is None and reader.at_break():
                break
            reader.skip(_DEEPEST)
        else:
            fields[name] = reader.value(kind)
        left = None if left is None else left - 1
    return fields


def encode(value: object, *, canonical: bool = False) -> bytes:
    """Maps, lists, texts, bytes, integers, booleans; lengths are indefinite if not `canonical`."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, Text):
        return _head(3, len(value)) + value
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        data = value.encode()
        return _head(3, len(data)) + data
    if isinstance(value, Chunked):
        pieces = (encode(Text(it) if value.is_text else it) for it in value)
        return (b"\x7f" if value.is_text else b"\x5f") + b"".join(pieces) + b"\xff"
    if isinstance(value, Mapping):
        inside = b"".join(
            encode(item, canonical=canonical) for pair in value.items() for item in pair
        )
        return _head(5, len(value)) + inside if canonical else b"\xbf" + inside + b"\xff"
    if isinstance(value, list | tuple):
        inside = b"".join(encode(item, canonical=canonical) for item in value)
        return _head(4, len(value)) + inside if canonical else b"\x9f" + inside + b"\xff"
    raise TypeError(f"a device does not send a {type(value).__name__}")


def _head(major: int, value: int) -> bytes:
    first = major << 5
    if value < 24:
        return bytes([first | value])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * size:
            return bytes([first | extra]) + value.to_bytes(size, "big")
    raise ValueError("an integer of more than 64 bits")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise Refusal("it ends too early")
        self._at, start = end, self._at
        return self._data[start:end]

    def _peek(self) -> int:
        """The next byte; 0 at the end."""
        return self._data[self._at] if self._at < len(self._data) else 0

    def head(self) -> tuple[int, int | None]:
        """Major type, and value or length; None for an indefinite one."""
        first = self.take(1)[0]
        major, extra = first >> 5, first & 31
        if extra < 24:
            return major, extra
        if extra == _INDEFINITE:
            return major, None
        if extra > 27:
            raise Refusal("reserved bits")
        return major, int.from_bytes(self.take(1 << (extra - 24)), "big")

    def short_head(self) -> tuple[int, int | None]:
        """The same where the device has 32 bits for the value: eight bytes are never taken."""
        if self._peek() & 31 == _EIGHT_BYTES:
            raise Refusal("a length of 64 bits")
        return self.head()

    def at_break(self) -> bool:
        if self._data[self._at : self._at + 1] == b"\xff":
            self._at += 1
            return True
        return False

    def string(self, expected: int) -> bytes:
        major, size = self.short_head()
        if major != expected or size is None:
            raise Refusal("another type, or a string of indefinite length")
        return self.take(size)

    def value(self, kind: Kind) -> object:
        match kind:
            case Kind.BYTES:
                return self.string(2)
            case Kind.TEXT:
                return Text(self.string(3))
            case Kind.TEXTS:
                return self._texts()
            case Kind.BOOL:
                first = self.take(1)
                if first not in (b"\xf4", b"\xf5"):
                    raise Refusal("neither true nor false")
                return first == b"\xf5"
            case Kind.UINT32:
                major, number = self.short_head()
                if major != 0 or number is None or number > 0xFFFFFFFF:
                    raise Refusal("no unsigned integer")
                return number
            case _:
                assert_never(kind)

    def _texts(self) -> list[Text]:
        major, count = self.short_head()
        if major != 4:
            raise Refusal("no list")
        texts: list[Text] = []
        while count is None or len(texts) < count:
            if count is None and self.at_break():
                break
            texts.append(Text(self.string(3)))
        return texts

    def skip(self, depth: int) -> None:
        """Anything, nested things too. Of a length of 64 bits the lower half is taken, and a string
        may be as much longer than what is left as its head is."""
        if depth == 0:
            raise Refusal("nested too deeply")
        start = self._at
        while self._peek() >> 5 == 6:
            self.short_head()
        major, value = self.head()
        if major in (2, 3):
            if value is None:
                raise Refusal("a string of indefinite length")
            if value & _SIZE > len(self._data) - start:
                raise Refusal("it ends too early")
            self._at += value & _SIZE
        elif major in (4, 5):
            self._skip_items(major, value, depth)
        elif value is None:
            raise Refusal("a break or a number of indefinite length")

    def _skip_items(self, major: int, count: int | None, depth: int) -> None:
        if major == 5 and count is not None and count > _SIZE // 2:
            raise Refusal("a map of too many pairs")
        left = None if count is None else (count & _SIZE) * (2 if major == 5 else 1)
        while left is None or left > 0:
            if left is None and self.at_break():
                return
            self.skip(depth - 1)
            left = None if left is None else left - 1
