"""Group 1 of Mynewt: state, upload, erase, and the core dump of the last crash.

Its upload neither counts nor compares: `len` is not enforced, nothing says at the end whether all
is there. Sources: apache/mynewt-mcumgr cmd/img_mgmt; apache/mynewt-core mgmt/imgmgr.
"""

from __future__ import annotations

from smp import codes
from smp.image.trailer import SwapType
from smp.image.version import Version
from smp.packet import Group, Op
from smp.simulator.builder import HEADER, MAGIC
from smp.simulator.flash import FlashFault
from smp.simulator.image_group import ImageGroup, ImageOptions
from smp.simulator.mynewt.memory import Harm
from smp.simulator.mynewt.reader import Value
from smp.simulator.mynewt.server import LONGEST_PART, MynewtServer
from smp.simulator.server import Answer, CoreError, Request, Server
from smp.simulator.slots import Area
from smp.simulator.store import ImageStore
from smp.simulator.trailer import MagicIsBad, set_next
from smp.simulator.upload import UploadOptions

_SHA_SIZE = 32


class MynewtImages(ImageGroup):
    """The list is made as Zephyr's; what may be done, and what is said of it, is Mynewt's.

    `lazy`: sectors are erased when the data gets there.
    """

    def __init__(
        self, store: ImageStore, running: int, mynewt: MynewtServer, *, lazy: bool
    ) -> None:
        options = ImageOptions(slot_info=False, allow_erase_pending=False)
        super().__init__(store, running, options, UploadOptions())
        self._mynewt = mynewt
        self._lazy = lazy
        self._slot: int | None = None
        """Where the upload in progress goes; it stays so after its end."""
        self._size = self._offset = 0
        self._sha = b""
        self._erased_to = 0

    def register(self, server: Server) -> None:
        group = Group.IMAGE
        server.register(group, 0, read=self.state, write=self.set_state)
        server.register(group, 1, write=self.receive)
        server.register(group, 3, read=self.core_list)
        server.register(group, 4, read=self.core_load, write=self.core_erase)
        server.register(group, 5, write=self.erase)
        server.register(group, 6, write=self.erase_state)

    @property
    def progress(self) -> tuple[int, int] | None:
        return (self._offset, self._size) if self._slot is not None else None

    # -- state --------------------------------------------------------------------------

    def set_state(self, request: Request) -> Answer:
        fields = self._mynewt.fields(request)
        digest, confirm = fields.get("hash"), fields.get("confirm") is True
        if isinstance(digest, bytes) and digest:
            slot = next((s for s in self._store.slots_of(0) if self._hash_of(s) == digest), None)
            if slot is None or len(digest) != self._store.hash_size:
                raise CoreError(codes.EINVAL)
        elif confirm:
            slot = self._running
        else:
            raise CoreError(codes.EINVAL)
        if self._is_to_change(slot, confirm=confirm):
            try:
                set_next(
                    self._store.trailers[slot],
                    active=slot == self._running,
                    confirm=confirm,
                    image=0,
                )
            except (MagicIsBad, FlashFault) as error:
                raise CoreError(codes.EUNKNOWN) from error
        return self.state(request)

    def _is_to_change(self, slot: int, *, confirm: bool) -> bool:
        """False: it answers success, and nothing becomes of it."""
        old = self._mynewt.old
        following, kind = self._next_boot(0)
        is_running = slot == self._running
        if is_running and not confirm:
            self._mynewt.memory.harms[Harm.RUNNING_ON_TEST] += 1
            if kind is SwapType.REVERT and not old:
                return False
            raise CoreError(codes.EBADSTATE if old else codes.EUNKNOWN)
        if kind is SwapType.REVERT:
            if not is_running:
                raise CoreError(codes.EBADSTATE)
        elif following != self._running:
            if is_running and old:
                raise CoreError(codes.EBADSTATE)
            return False
        return True

    def _hash_of(self, slot: int) -> bytes | None:
        info = self._store.find_info(slot)
        return info.hash if info is not None else None

    # -- upload -------------------------------------------------------------------------

    def receive(self, request: Request) -> Answer:
        fields = self._mynewt.fields(request)
        offset = self._mynewt.unsigned(fields, "off", request.now)
        data = fields.get("data")
        if offset is None or not isinstance(data, bytes):
            raise CoreError(codes.EINVAL)
        if offset == 0:
            known = self._begin(fields, data, request.now)
            if known is not None:
                return {"rc": 0, "off": known}
        elif self._slot is None or offset != self._offset:
            return {"rc": 0, "off": self._offset}
        elif self._mynewt.old and self._offset >= self._size:
            raise CoreError(codes.EUNKNOWN)
        self._write(self._mynewt.part(data))
        return {"rc": 0, "off": self._offset}

    def _begin(self, fields: dict[str, Value], data: bytes, now: float) -> int | None:
        """Where the same upload goes on. None: a new one has begun."""
        size, sha = self._mynewt.unsigned(fields, "len", now), fields.get("sha", b"")
        magic = int.from_bytes(data[:4], "little")
        if len(data) < HEADER.size or size is None or magic != MAGIC:
            raise CoreError(codes.EINVAL)
        if not isinstance(sha, bytes) or len(sha) > _SHA_SIZE:
            raise CoreError(codes.EINVAL)
        if sha and self._slot is not None and sha == self._sha and self._offset < self._size:
            return self._offset
        if len(data) > LONGEST_PART and self._mynewt.old:
            raise CoreError(codes.EINVAL)
        slot = self._free_slot(0)
        if slot is None:
            raise CoreError(codes.ENOMEM)
        running = self._running_version()
        version = Version.from_bytes(HEADER.unpack_from(data)[6])
        if fields.get("upgrade") is True and running and not version > running:
            raise CoreError(codes.EBADSTATE)
        area = self._store.layout.slots[slot]
        if size > area.size and not area.is_blank:
            raise CoreError(codes.EUNKNOWN)
        self._slot, self._size, self._sha, self._offset = slot, size, sha, 0
        self._erased_to = 0
        if not self._lazy:
            self._erase_to(area, area.blocks if area.is_blank else -(-size // area.block_size))
        return None

    def _write(self, data: bytes) -> None:
        assert self._slot is not None
        area = self._store.layout.slots[self._slot]
        if self._offset + len(data) < self._size:
            data = data[: len(data) // area.write_size * area.write_size]
        end = self._offset + len(data)
        if end > area.size:
            raise CoreError(codes.EUNKNOWN)
        if self._lazy:
            self._erase_to(area, -(-end // area.block_size))
        if data:
            area.program(self._offset, data)
        self._offset = end

    def _erase_to(self, area: Area, block: int) -> None:
        """Sectors up to this one that are not blank."""
        for at in range(self._erased_to, min(block, area.blocks)):
            if not area.flash.is_erased(area.offset + at * area.block_size, area.block_size):
                area.erase(at, 1)
        self._erased_to = max(self._erased_to, block)

    # -- erase, core dump -----------------------------------------------------------------

    def erase(self, request: Request) -> Answer:
        self._mynewt.unsigned(self._mynewt.fields(request, needed=False), "slot", request.now)
        slot = self._free_slot(0)
        if slot is None:
            raise CoreError(codes.ENOMEM if self._mynewt.old else codes.EBADSTATE)
        self._slot = None
        self._offset = 0
        area = self._store.layout.slots[slot]
        if not area.is_blank:
            area.erase()
        return {"rc": 0}

    def erase_state(self, request: Request) -> Answer:
        """Zephyr tells the slots' sizes by this number, when it is read."""
        assert request.header.op == Op.WRITE
        slot = self._free_slot(0)
        if slot is None:
            raise CoreError(codes.ENOMEM)
        self._mynewt.memory.harms[Harm.HEADER_ERASED] += 1
        self._store.layout.slots[slot].erase(0, 1)
        return {"rc": 0}

    def core_list(self, request: Request) -> Answer:
        if not self._mynewt.memory.core:
            raise CoreError(codes.ENOENT)
        return {"rc": 0}

    def core_load(self, request: Request) -> Answer:
        fields = self._mynewt.fields(request, needed=False)
        core = self._mynewt.memory.core
        if not core:
            raise CoreError(codes.ENOENT)
        offset = min(self._mynewt.unsigned(fields, "off", request.now) or 0, len(core))
        answer: dict[str, object] = {"rc": 0, "off": offset}
        answer["data"] = core[offset : offset + LONGEST_PART]
        return answer | {"len": len(core)} if offset == 0 else answer

    def core_erase(self, request: Request) -> Answer:
        self._mynewt.memory.core = b""
        return {"rc": 0}
