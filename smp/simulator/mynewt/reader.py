"""CBOR, read as leniently as Mynewt does: definite or not, keys in any order, what is unknown left
out, of a key given twice the last one. Source: apache/mynewt-mcumgr cborattr."""

from __future__ import annotations

from smp.simulator.cbor import Refusal

_DEEPEST = 16
_INDEFINITE = 31
Value = int | bool | bytes | str | list["Value"] | dict[str, "Value"] | None


def read_map(payload: bytes) -> dict[str, Value]:
    """The map that `payload` begins with; bytes behind it are of no interest. Raises `Refusal`."""
    try:
        value = _Reader(payload).value(0)
    except _Break:
        raise Refusal("a break where none belongs") from None
    if not isinstance(value, dict):
        raise Refusal("no map")
    return value


class _Break(Exception):
    pass


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def value(self, depth: int) -> Value:
        if depth > _DEEPEST:
            raise Refusal("nested too deeply")
        first = self._take(1)[0]
        major, extra = first >> 5, first & 31
        if first == 0xFF:
            raise _Break
        number = None if extra == _INDEFINITE else self._number(extra)
        if major in (0, 1):
            if number is None:
                raise Refusal("an integer of indefinite length")
            return number if major == 0 else -1 - number
        if major in (2, 3):
            data = self._joined(major, depth) if number is None else self._take(number)
            return data if major == 2 else data.partition(b"\0")[0].decode("utf-8", "replace")
        if major == 4:
            return self._items(number, depth)
        if major == 5:
            return self._map(number, depth)
        if major == 6:
            raise Refusal("a tag")
        return {20: False, 21: True}.get(extra)

    def _map(self, count: int | None, depth: int) -> dict[str, Value]:
        flat = self._items(None if count is None else 2 * count, depth)
        if len(flat) % 2:
            raise Refusal("a key without a value")
        pairs = zip(flat[::2], flat[1::2], strict=True)
        return {key: value for key, value in pairs if isinstance(key, str)}

    def _items(self, count: int | None, depth: int) -> list[Value]:
        items: list[Value] = []
        while count is None or len(items) < count:
            try:
                items.append(self.value(depth + 1))
            except _Break:
                if count is not None:
                    raise Refusal("a break where none belongs") from None
                break
        return items

    def _joined(self, major: int, depth: int) -> bytes:
        joined = b""
        while True:
            if self._data[self._at : self._at + 1] == b"\xff":
                self._at += 1
                return joined
            first = self._take(1)[0]
            if first >> 5 != major or first & 31 == _INDEFINITE or depth > _DEEPEST:
                raise Refusal("a string of other pieces")
            joined += self._take(self._number(first & 31))

    def _number(self, extra: int) -> int:
        if extra < 24:
            return extra
        if extra > 27:
            raise Refusal("reserved bits")
        return int.from_bytes(self._take(1 << (extra - 24)), "big")

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise Refusal("it ends too early")
        self._at, start = end, self._at
        return self._data[start:end]
