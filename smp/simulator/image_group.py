"""Group 1: the images in the slots, setting their state, upload, erase, slot info.

Source: Zephyr subsys/mgmt/mcumgr/grp/img_mgmt/src/img_mgmt_state.c and img_mgmt.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from smp.codes import ImageError
from smp.image.trailer import Flag, Magic, SwapType
from smp.image.version import Version
from smp.packet import Group
from smp.simulator.cbor import Kind
from smp.simulator.flash import FlashFault
from smp.simulator.server import Answer, Request, Server
from smp.simulator.store import Flags, ImageInfo, ImageStore, Mode, Unusable
from smp.simulator.trailer import MagicIsBad, set_next
from smp.simulator.upload import Refused, Uploader, UploadOptions


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """How this firmware was built."""

    frugal: bool = False
    """Flags that are false are left out of the state."""
    slot_info: bool = True
    tells_max_size: bool = False
    """Slot info names the largest image."""
    allow_erase_pending: bool = True
    """An image that waits for the next boot may be erased and uploaded over."""
    wrong_version: bool = False
    lists_cores: bool = True
    """What runs as other images is listed."""
    confirms_cores: bool = False
    """It may be confirmed, too."""


class ImageGroup:
    """`running` is the absolute number of the slot whose image runs."""

    def __init__(
        self,
        store: ImageStore,
        running: int,
        options: ImageOptions,
        upload_options: UploadOptions,
    ) -> None:
        self._store = store
        self._running = running
        self._options = options
        self._legacy_rc = upload_options.legacy_rc
        self.uploader = Uploader(
            store,
            upload_options,
            free_slot=self._free_slot,
            running_version=self._running_version,
        )

    @property
    def progress(self) -> tuple[int, int] | None:
        """Bytes received, and of how many; None if no upload is in progress."""
        return self.uploader.progress

    def register(self, server: Server) -> None:
        group = Group.IMAGE
        writable = self._store.mode.can_be_marked
        server.register(group, 0, read=self.state, write=self.set_state if writable else None)
        server.register(group, 1, write=self.uploader.receive)
        server.register(group, 5, write=self.erase)
        if self._options.slot_info:
            server.register(group, 6, read=self.slot_info)

    # -- commands ---------------------------------------------------------------------

    def state(self, request: Request) -> Answer:
        images: list[Answer] = []
        for image in range(self._store.layout.images):
            active = self._active(image)
            following, kind = self._next_boot(image)
            for slot in self._store.slots_of(image):
                info = self._store.find_info(slot)
                if info is None or self._is_hidden(slot):
                    continue
                comes = slot == following != active
                flags = {
                    "bootable": not info.flags & Flags.NON_BOOTABLE,
                    "pending": comes and kind is not SwapType.REVERT,
                    "confirmed": self._is_kept(slot, active, kind, comes=comes),
                    "active": slot == active,
                    "permanent": comes and kind is SwapType.PERMANENT,
                }
                images.append(self._entry(slot, info, flags))
        answer: dict[str, object] = {"images": images}
        if not self._options.frugal:
            answer["splitStatus"] = 0
        return answer

    def set_state(self, request: Request) -> Answer:
        fields = request.fields(hash=Kind.BYTES, confirm=Kind.BOOL)
        confirm = bool(fields.get("confirm", False))
        digest: bytes = fields.get("hash", b"")
        if not digest and confirm:
            slot = self._running
        elif len(digest) != self._store.hash_size:
            raise Refused(ImageError.INVALID_HASH)
        else:
            slot = self._slot_of(digest)
        if self._may_change(slot, confirm=confirm):
            active = slot == self._active(slot // 2)
            trailer = self._store.trailers[slot]
            try:
                set_next(trailer, active=active, confirm=confirm, image=slot // 2)
            except MagicIsBad as error:
                code = _VECTOR_TABLE if active else ImageError.INVALID_MAGIC
                raise Refused(code) from error
            except FlashFault as error:
                raise Refused(_WRITE_FAILED) from error
        return self.state(request)

    def erase(self, request: Request) -> Answer:
        fields = request.fields(slot=Kind.UINT32)
        slot: int = fields.get("slot", self._opposite(self._running))
        if slot not in self._store.slots_of(slot // 2):
            raise Refused(ImageError.FLASH_OPEN)
        if self._store.find_info(slot) is not None and self._in_use(slot):
            raise Refused(ImageError.NO_FREE_SLOT)
        self.uploader.drop()
        area = self._store.layout.slots[slot]
        if not area.is_blank:
            try:
                area.erase()
            except FlashFault as error:
                raise Refused(_ERASE_FAILED) from error
        return {"rc": 0} if self._legacy_rc else {}

    def slot_info(self, request: Request) -> Answer:
        images = []
        for image in range(self._store.layout.images):
            slots = []
            for slot in self._store.slots_of(image):
                facts: dict[str, object] = {
                    "slot": slot % 2,
                    "size": self._store.layout.slots[slot].size,
                }
                if slot != self._active(image):
                    facts["upload_image_id"] = image
                slots.append(facts)
            entry: dict[str, object] = {"image": image, "slots": slots}
            if self._options.tells_max_size:
                entry["max_image_size"] = self._store.largest_image
            images.append(entry)
        return {"images": images}

    # -- the rules --------------------------------------------------------------------

    def _may_change(self, slot: int, *, confirm: bool) -> bool:
        """False if it is so already. Raises `Refused` where the firmware does not allow it."""
        image = slot // 2
        active = self._active(image)
        if self._store.mode.tries:
            if not confirm and slot == active:
                raise Refused(ImageError.TEST_ACTIVE_DENIED)
            return True
        following, kind = self._next_boot(image)
        is_core = image != self._running // 2 and not self._options.confirms_cores
        if confirm and is_core and slot == active:
            raise Refused(ImageError.CONFIRM_DENIED)
        if not confirm and slot == active:
            raise Refused(ImageError.TEST_ACTIVE_DENIED)
        pending = Refused(ImageError.ALREADY_PENDING)
        match kind:
            case SwapType.TEST:
                if not confirm and slot == following:
                    return False
                raise pending
            case SwapType.REVERT:
                if not confirm:
                    raise pending
                return slot != following
            case SwapType.NONE | SwapType.PERMANENT | SwapType.FAIL | SwapType.PANIC:
                if confirm and slot == following:
                    return False
                if following != active:
                    raise pending
                return True
            case _:
                assert_never(kind)

    def _in_use(self, slot: int) -> bool:
        image = slot // 2
        active = self._active(image)
        following, kind = self._next_boot(image)
        if slot == following and kind is SwapType.REVERT:
            return True
        waits = slot == following != active and self._store.mode is not Mode.DIRECT_XIP
        if waits and not self._options.allow_erase_pending:
            return True
        return slot == active

    def _is_kept(self, slot: int, active: int, kind: SwapType, *, comes: bool) -> bool:
        """Listed as confirmed. A firmware loader lists itself as not, and the application as so."""
        if self._store.mode is Mode.FIRMWARE_LOADER:
            return slot == 0
        reverts = kind is SwapType.REVERT
        return (comes and reverts) or (slot == active and not reverts)

    def _next_boot(self, image: int) -> tuple[int, SwapType]:
        """The slot that runs next, and how: NONE or PERMANENT for good, TEST once, REVERT back."""
        active = self._active(image)
        other = self._opposite(active)
        if self._store.mode.has_one_slot or self._store.mode is Mode.FIRMWARE_LOADER:
            return active, SwapType.NONE
        if self._store.mode.tries:
            return self._next_try(active, other)
        if self._store.mode.obeys_trailers:
            kind = self._store.swap_type(image)
            return (active if kind is SwapType.NONE else other), kind
        mine, its = self._store.find_info(active), self._store.find_info(other)
        if mine and its and its.version > mine.version:
            return other, SwapType.PERMANENT
        return active, SwapType.NONE

    def _next_try(self, active: int, other: int) -> tuple[int, SwapType]:
        """Where the bootloader chooses by version and returns. Source: img_mgmt_state.c
        (read_directxip_state)."""
        mine, its = self._store.find_info(active), self._store.find_info(other)
        if mine is None or its is None:
            return active, SwapType.NONE
        trailers = self._store.trailers
        now, then = trailers[active].read(), trailers[other].read()
        is_good = now.magic is Magic.GOOD and now.image_ok is not Flag.SET
        if is_good and now.copy_done is Flag.SET:
            return other, SwapType.REVERT
        if then.magic is not Magic.GOOD or its.version <= mine.version:
            return active, SwapType.NONE
        if then.image_ok is Flag.SET:
            return other, SwapType.PERMANENT
        return (active, SwapType.NONE) if then.copy_done is Flag.SET else (other, SwapType.TEST)

    def _free_slot(self, image: int) -> int | None:
        layout = self._store.layout
        if layout.images > 1:
            if image >= layout.images:
                return None
            candidates: tuple[int, ...] = (self._opposite(self._active(image)),)
        else:
            candidates = self._store.slots_of(0)
        return next((slot for slot in candidates if not self._in_use(slot)), None)

    def _is_hidden(self, slot: int) -> bool:
        """It runs on another core, from flash that the application cannot read."""
        is_core = slot // 2 != self._running // 2 and slot == self._active(slot // 2)
        return is_core and not self._options.lists_cores

    # -- facts ------------------------------------------------------------------------

    def _active(self, image: int) -> int:
        return self._running if image == self._running // 2 else 2 * image

    @staticmethod
    def _opposite(slot: int) -> int:
        return slot ^ 1

    def _slot_of(self, digest: bytes) -> int:
        for image in range(self._store.layout.images):
            for slot in self._store.slots_of(image):
                info = self._store.find_info(slot)
                if info is not None and info.hash == digest and not self._is_hidden(slot):
                    return slot
        raise Refused(ImageError.HASH_NOT_FOUND)

    def _running_version(self) -> Version | None:
        try:
            return self._store.read_info(self._running).version
        except Unusable:
            return None

    def _entry(self, slot: int, info: ImageInfo, flags: dict[str, bool]) -> Answer:
        version = info.version.device_text
        if self._options.wrong_version and slot == self._running:
            version = "255.255.65535"
        entry: dict[str, object] = {"image": slot // 2} if self._store.layout.images > 1 else {}
        entry |= {"slot": slot % 2, "version": version, "hash": info.hash}
        entry |= {name: value for name, value in flags.items() if value or not self._options.frugal}
        return entry


_VECTOR_TABLE, _WRITE_FAILED, _ERASE_FAILED = 29, 12, 13
