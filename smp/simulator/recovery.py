"""MCUboot's serial recovery: one thread, one packet, and of SMP as much as an update needs.

It answers errors as `rc` alone, copies the version bits back, lists only images that it has found
valid, writes over the primary slot, and looks at an image when it boots, not before. One object is
one life, from the moment it takes over until the next reset.

Source: mcu-tools/mcuboot boot/boot_serial/src/boot_serial.c.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from smp import codes
from smp.image.trailer import SwapType
from smp.packet import HEADER_SIZE, Group, Header, Op
from smp.simulator.agenda import Agenda, Entry
from smp.simulator.cbor import Kind, Refusal, Text, decode_fields, encode
from smp.simulator.flash import FlashFault
from smp.simulator.recovery_port import RecoveryLines, RecoveryPort, RecoveryRaw, header_of
from smp.simulator.recovery_upload import RecoveryUpload
from smp.simulator.server import Answer, CoreError
from smp.simulator.store import Flags, ImageInfo, ImageStore
from smp.simulator.trailer import MagicIsBad, set_next
from smp.simulator.traits import Framing, Profile
from smp.simulator.validate import Invalid, Validator

_RESET_AFTER = 0.25
Handler = Callable[[bytes], Answer]


class Board(Protocol):
    """What it needs of the device it runs on. `leave`: nobody has spoken to it for long."""

    line_rate: float

    def send(self, data: bytes, peer: None, now: float) -> None: ...
    def request_reset(self, boot_mode: int, now: float) -> None: ...
    def leave_recovery(self, now: float) -> None: ...


class Recovery:
    """See the module."""

    def __init__(
        self,
        board: Board,
        profile: Profile,
        store: ImageStore,
        validator: Validator,
        agenda: Agenda,
    ) -> None:
        self._board = board
        self._profile = profile
        self._store = store
        self._validator = validator
        self._agenda = agenda
        self._port = self._make_port()
        self._is_busy = False
        self._idle: Entry | None = None
        self.was_asked = False
        """A request has been understood."""
        self.flash_since: float | None = None
        """When the request in hand began with its flash operations."""
        self.upload = RecoveryUpload(
            store,
            progressive=profile.recovery_progressive,
            direct=profile.recovery_direct,
        )
        self._commands = self._make_commands()

    def start(self, now: float) -> None:
        """Wait for somebody, for as long as it waits."""
        self._wait(now)

    def receive(self, data: bytes, now: float) -> None:
        for part in self._port.interrupts(data):
            self._port.receive(part)
            self._work(now)

    # -- parts ------------------------------------------------------------------------

    def _make_port(self) -> RecoveryPort:
        profile = self._profile
        if profile.framing is Framing.RAW:
            return RecoveryRaw(
                buf_size=profile.recovery_buf_size,
                line_buffers=profile.recovery_line_buffers,
                line_size=profile.line_size,
                input_timeout=profile.raw_input_timeout,
                paced=bool(self._board.line_rate),
            )
        return RecoveryLines(
            buf_size=profile.recovery_buf_size,
            line_buffers=profile.recovery_line_buffers,
            line_size=profile.line_size,
        )

    def _make_commands(self) -> dict[tuple[int, int], dict[Op, Handler]]:
        """By group and number. Most of them do not look whether they are read or written."""
        profile = self._profile

        def both(handler: Handler) -> dict[Op, Handler]:
            return {Op.READ: handler, Op.WRITE: handler}

        states: dict[Op, Handler] = {Op.READ: self._list}
        if profile.recovery_flags:
            states[Op.WRITE] = self._set_state
        made: dict[tuple[int, int], dict[Op, Handler]] = {
            (Group.IMAGE, 0): states,
            (Group.IMAGE, 1): both(self.upload.receive),
            (Group.OS, 1): both(lambda payload: {"rc": codes.EOK}),
            (Group.OS, 5): both(lambda payload: {"rc": codes.EOK}),
        }
        if profile.recovery_params:
            told = {"buf_size": profile.recovery_buf_size, "buf_count": 1}
            made[Group.OS, 6] = both(lambda payload: told)
        if profile.recovery_echo:
            made[Group.OS, 0] = both(_echo)
        if profile.recovery_slot_info:
            made[Group.IMAGE, 6] = {Op.READ: self._slot_info}
        return {(int(group), number): handlers for (group, number), handlers in made.items()}

    # -- work -------------------------------------------------------------------------

    def _work(self, now: float) -> None:
        while not self._is_busy:
            packet = self._port.next_packet(now)
            if packet is None:
                return
            header = header_of(packet)
            if header is not None:
                self._answer(header, packet, now)

    def _answer(self, header: Header, packet: bytes, now: float) -> None:
        self._is_busy = self.was_asked = True
        if self._idle is not None:
            self._idle.cancel()
        flash = self._store.layout.flash
        flash.begin()
        self.flash_since = now
        payload = encode(self._execute(header, packet[HEADER_SIZE:]))
        # Whatever stands in the first byte comes back, the version too.
        head = bytes([packet[0] + 1, 0, *len(payload).to_bytes(2, "big"), *packet[4:HEADER_SIZE]])
        done = now + flash.elapsed + self._profile.service_time
        self._agenda.at(done, lambda when: self._say(header, head + payload, when))

    def _execute(self, header: Header, payload: bytes) -> Answer:
        handler = self._commands.get((header.group, header.command), {}).get(Op(header.op))
        if handler is None:
            return {"rc": codes.ENOTSUP}
        try:
            return handler(payload)
        except CoreError as error:
            return {"rc": error.code}
        except FlashFault:
            return {"rc": codes.EINVAL}

    def _say(self, header: Header, answer: bytes, now: float) -> None:
        self.flash_since = None
        self._store.layout.flash.begin()
        size = 0
        for piece in self._port.pieces(answer):
            self._board.send(piece, None, now)
            size += len(piece)
        if (header.group, header.command) == (Group.OS, 5):
            # It only waits then: whatever comes finds nobody.
            self._board.request_reset(0, now)
            return
        rate = self._board.line_rate
        self._agenda.at(now + size / rate if rate else now, self._go_on)

    def _go_on(self, now: float) -> None:
        self._is_busy = False
        self._wait(now)
        self._work(now)

    def _wait(self, now: float) -> None:
        patience = self._profile.recovery_inactivity
        if patience is not None:
            self._idle = self._agenda.at(now + patience, self._board.leave_recovery)

    # -- commands ---------------------------------------------------------------------

    def _list(self, payload: bytes) -> Answer:
        images: list[Answer] = []
        for image in range(self._store.layout.images):
            for slot in self._store.slots_of(image):
                info = self._validator.check(slot)
                if not isinstance(info, Invalid):
                    images.append(self._entry(slot, info))
        return {"images": images}

    def _entry(self, slot: int, info: ImageInfo) -> Answer:
        several = self._store.layout.images > 1
        entry: dict[str, object] = {"image": slot // 2} if several else {}
        if self._profile.recovery_flags:
            entry |= dict.fromkeys(self._flags(slot, info), True)
        entry["slot"] = slot % 2
        if self._profile.recovery_hash:
            entry["hash"] = info.hash
        return entry | {"version": info.version.device_text}

    def _flags(self, slot: int, info: ImageInfo) -> list[str]:
        kind, is_first = self._store.swap_type(slot // 2), slot % 2 == 0
        true = [] if info.flags & Flags.NON_BOOTABLE else ["bootable"]
        if is_first:
            true += [] if kind is SwapType.REVERT else ["confirmed"]
            true += ["active"] if kind in (SwapType.NONE, SwapType.REVERT) else []
            return true
        true += ["confirmed"] if kind is SwapType.REVERT else []
        true += ["pending"] if kind in (SwapType.TEST, SwapType.PERMANENT) else []
        return true + (["permanent"] if kind is SwapType.PERMANENT else [])

    def _set_state(self, payload: bytes) -> Answer:
        """It marks the second slot of the image, whichever slot the hash was found in."""
        fields = _fields(payload, confirm=Kind.BOOL, hash=Kind.BYTES)
        digest = fields.get("hash", b"")
        several = self._store.layout.images > 1
        if len(digest) not in (0, self._store.hash_size) or (several and not digest):
            raise CoreError(codes.EINVAL)
        image = self._image_of(digest) if digest else 0
        trailer = self._store.trailers[2 * image + 1]
        try:
            set_next(trailer, active=False, confirm=bool(fields.get("confirm")), image=image)
        except MagicIsBad as error:
            raise CoreError(codes.EUNKNOWN) from error
        return self._list(payload)

    def _image_of(self, digest: bytes) -> int:
        for image in range(self._store.layout.images):
            for slot in self._store.slots_of(image):
                info = self._validator.check(slot)
                if not isinstance(info, Invalid) and info.hash == digest:
                    return image
        raise CoreError(codes.ENOENT)

    def _slot_info(self, payload: bytes) -> Answer:
        store, direct = self._store, self._profile.recovery_direct
        images = []
        for image in range(store.layout.images):
            slots = []
            for slot in store.slots_of(image):
                facts: dict[str, object] = {"slot": slot % 2, "size": store.layout.slots[slot].size}
                if direct:
                    facts["upload_image_id"] = slot + 1
                elif slot % 2 or len(store.slots_of(image)) == 1:
                    facts["upload_image_id"] = image
                slots.append(facts)
            images.append({"image": image, "slots": slots, "max_image_size": store.largest_image})
        return {"images": images}


def _echo(payload: bytes) -> Answer:
    return {"r": _fields(payload, d=Kind.TEXT).get("d", Text())}


def _fields(payload: bytes, **kinds: Kind) -> dict[str, Any]:
    try:
        return decode_fields(payload, kinds)
    except Refusal as error:
        raise CoreError(codes.EINVAL) from error
