"""Receiving an image in MCUboot's serial recovery: over what is there, from the beginning.

Offset 0 always begins anew; whatever else does not go on where the last part ended is answered with
where that was. What is written is whole flash units: the rest of a part has to come again. Nobody
looks at what it is. Source: mcu-tools/mcuboot boot/boot_serial/src/boot_serial.c (bs_upload).
"""

from __future__ import annotations

from smp import codes
from smp.simulator.cbor import Kind, Refusal, decode_fields
from smp.simulator.server import Answer, CoreError
from smp.simulator.slots import Area
from smp.simulator.store import ImageStore

_NONE = 0xFFFFFFFF
"""Such a number is as good as none."""


class RecoveryUpload:
    """progressive: blocks are erased when the data gets there; direct: the number names the slot,
    1 the first one."""

    def __init__(self, store: ImageStore, *, progressive: bool, direct: bool) -> None:
        self._store = store
        self._progressive = progressive
        self._direct = direct
        self._slot = 0
        self._size = 0
        self._offset = 0
        self._erased_to = 0

    @property
    def progress(self) -> tuple[int, int] | None:
        """Bytes received, and of how many; None if no upload is in progress."""
        return (self._offset, self._size) if self._offset < self._size else None

    def receive(self, payload: bytes) -> Answer:
        kinds = {"image": Kind.UINT32, "data": Kind.BYTES, "len": Kind.UINT32, "off": Kind.UINT32}
        try:
            fields = decode_fields(payload, kinds)
        except Refusal as error:
            raise CoreError(codes.EINVAL) from error
        offset: int = fields.get("off", _NONE)
        data: bytes | None = fields.get("data")
        if offset == _NONE or data is None:
            raise CoreError(codes.EINVAL)
        if offset == 0:
            number: int = fields.get("image", _NONE)
            self._begin(0 if number == _NONE else number, fields.get("len", _NONE))
        elif offset != self._offset:
            return self._answer()
        elif offset + len(data) > self._size:
            raise CoreError(codes.EINVAL)
        self._write(data)
        return self._answer()

    def _begin(self, number: int, size: int) -> None:
        self._offset = 0
        slot = self._slot_of(number)
        # A number that there is not has an area of no size.
        if slot is None or size > self._store.layout.slots[slot].size:
            raise CoreError(codes.EINVAL)
        self._slot = slot
        if not self._progressive:
            self._store.layout.slots[slot].erase()
        self._erased_to = 0
        self._size = size

    def _slot_of(self, number: int) -> int | None:
        known = [it for n in range(self._store.layout.images) for it in self._store.slots_of(n)]
        slot = (max(number, 1) - 1) if self._direct else 2 * number
        return slot if slot in known else None

    def _write(self, data: bytes) -> None:
        area = self._store.layout.slots[self._slot]
        end = self._offset + len(data)
        if self._progressive:
            self._erase_to(area, end)
        unit = area.write_size
        if end < self._size:
            data = data[: len(data) // unit * unit]
        start = self._store.start(self._slot) if self._direct else 0
        if start + self._offset + len(data) > area.size:
            raise CoreError(codes.EINVAL)
        if data:
            area.program(start + self._offset, data)
        self._offset += len(data)
        if self._progressive and self._offset == self._size and self._erased_to < area.blocks:
            area.erase(area.blocks - 1, 1)

    def _erase_to(self, area: Area, end: int) -> None:
        """Up to the block that holds the last byte before `end`."""
        last = -(-end // area.block_size)
        if last > area.blocks:
            raise CoreError(codes.EINVAL)
        if last > self._erased_to:
            area.erase(self._erased_to, last - self._erased_to)
            self._erased_to = last

    def _answer(self) -> Answer:
        return {"rc": codes.EOK, "off": self._offset}
