"""What to do about an upload whose first part the device refuses.

Such a refusal is seldom the end. An image that waits in the slot, or half of one that an earlier
upload left, can be in the way: the slot is erased once, by its number. Memory or a flash that the
firmware has not given back comes free with a restart, which is harmless as long as no image waits
and the running one is confirmed. What is left then is said by what the slots hold.

Nothing of that is tried where the refusal is about the file or the right to write, nor where the
slot may hold the way back, nor where an empty slot would make the device take more than fits:
Apache Mynewt refuses an image that is too large only as long as the slot is not blank.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from smp.client import Client
from smp.codes import EUNKNOWN
from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import MemoryPools
from smp.errors import (
    BeginningRefused,
    DeviceError,
    MalformedPacket,
    NoAnswer,
    SmpError,
    TransferError,
    Unanswered,
)
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, outside, sentences
from smp.transfer.upload import Upload
from smp.update.deeds import name_of, of_slot
from smp.update.persistence import Persistence
from smp.update.plan import ImagePlan
from smp.update.restart import NeverBack
from smp.update.slot_taken import on_test, waits

log = logging.getLogger(__name__)

_MYNEWT_POOL = "msys_1"
_ERASES = 2
"""How often an erase is asked for that is not answered; each takes a minute."""


class Beginning:
    """For one upload. Each cure is tried once, the milder first.

    `restart` restarts the device from this image list and follows it. `note` is told of what was
    erased.
    """

    def __init__(
        self,
        client: Client,
        link: Persistence,
        part: ImagePlan,
        facts: DeviceFacts | None,
        restart: Callable[[ImageState], Awaitable[object]],
        note: Callable[[Text], None],
    ) -> None:
        self._client = client
        self._link = link
        self._part = part
        self._facts = facts
        self._restart_from = restart
        self._note = note
        self._not_erased = NOTHING
        """Why it was not, if that was tried."""
        self._was_erased = self._was_restarted = False

    async def upload(self, send: Callable[[], Awaitable[Upload]]) -> Upload:
        """`send`, again after each cure. Raises what is in the way when none has helped."""
        try:
            return await send()
        except BeginningRefused as refusal:
            error = refusal
        for cure in (self._erase, self._restart):
            if not error.is_about_the_file and await cure(error):
                try:
                    return await send()
                except BeginningRefused as refusal:
                    error = refusal
        raise await self._words(error) from error

    async def _state(self) -> ImageState:
        """The image list; that it is answered shows that the device has memory for requests."""
        return await self._link.persist(self._client.image_state)

    async def _erase(self, error: BeginningRefused) -> bool:
        """Empty the slot that the upload goes to. False: that must not be, or did not work."""
        state = await self._state()
        active = state.active(self._part.number)
        if active is None or active.slot not in (0, 1) or active.slot == self._part.slot:
            return False
        if not await self._is_safe(active, error):
            return False
        slot = 2 * self._part.number + self._part.slot
        log.info("the upload is refused (%s): erasing slot %d", error.detail, slot)
        held = next((entry for entry in state.entries if entry.absolute_slot == slot), None)
        place = name_of(self._part.slot, self._part.number)
        name = of_slot(held) if held is not None else place
        try:
            is_done = await self._ask_for_erase(slot, held)
        except DeviceError as refusal:
            log.info("slot %d is not erased: %s", slot, refusal)
            self._not_erased = outside(refusal.detail)
            return False
        if is_done is None:
            self._note(Text("the device was asked to erase {image} and did not answer", image=name))
            self._not_erased = Text("it was asked {count} times and did not answer", count=_ERASES)
            return held is None
        self._was_erased = True
        self._note(Text("{image} was erased", image=name))
        return True

    async def _ask_for_erase(self, slot: int, held: ImageEntry | None) -> bool | None:
        """True: it is erased. None: it was not answered to this, and the image list does not show
        it. What is not answered may have been done all the same."""
        for _ in range(_ERASES):
            try:
                await self._link.persist(lambda: self._client.erase(slot))
            except (Unanswered, MalformedPacket) as error:
                log.info("erasing slot %d: %s", slot, error)
            else:
                return True
            entries = (await self._state()).entries
            now = next((entry for entry in entries if entry.absolute_slot == slot), None)
            if held is not None and (now is None or now.hash != held.hash):
                return True
        return None

    async def _restart(self, error: BeginningRefused) -> bool:
        """Restart it where that can harm nothing."""
        state = await self._state()
        active = state.active(self._part.number)
        waits = any(e.pending or (e.active and not e.confirmed) for e in state.entries)
        if waits or active is None or not await self._is_safe(active, error):
            return False
        log.info("the upload is refused (%s): restarting the device", error.detail)
        self._was_restarted = True
        try:
            await self._restart_from(state)
        except NeverBack as gone:
            raise NoAnswer(gone.what, why=gone.why, detail=gone.detail) from gone
        except DeviceError as refusal:
            log.info("the restart is refused: %s", refusal)
            return False
        return True

    async def _is_safe(self, active: ImageEntry, error: BeginningRefused) -> bool:
        """Nothing that is needed gets lost by a cure, nor more written than fits."""
        if self._part.overwrites_running or not active.confirmed:
            return False
        return not await self._would_take_too_much(error)

    async def _words(self, error: BeginningRefused) -> SmpError:
        """What is in the way, by the slots' state, and the next step."""
        if error.is_about_the_file or self._part.overwrites_running:
            return error
        state = await self._state()
        active = state.active(self._part.number)
        others = [entry for entry in state.of(self._part.number) if not entry.active]
        waiting = next((entry for entry in others if entry.pending), None)
        if waiting is not None:
            can_go = not self._not_erased
            return waits(waiting, can_go=can_go, detail=error.detail)
        if active is not None and not active.confirmed:
            return on_test(active, detail=error.detail)
        if await self._would_take_too_much(error):
            return TransferError(
                error.what,
                why=Text(
                    "It does not say why. Most often the image, {size:,} bytes, is larger than "
                    "its slot, whose size this firmware does not tell",
                    size=len(self._part.data),
                ),
                next_step=Text(
                    "Compare the image's size with the slot's. If it fits, erase the slot and "
                    "start the update again"
                ),
                detail=error.detail,
            )
        return TransferError(
            error.what,
            why=sentences(error.why, self._tried()),
            next_step=error.next_step,
            detail=error.detail,
        )

    def _tried(self) -> Text:
        if self._not_erased and self._was_restarted:
            return Text(
                "It does not erase the slot either ({reason}), and a restart did not help",
                reason=self._not_erased,
            )
        if self._not_erased:
            return Text("It does not erase the slot either ({reason})", reason=self._not_erased)
        if self._was_erased and self._was_restarted:
            return Text("Erasing the slot and a restart did not help")
        return Text("Erasing the slot did not help") if self._was_erased else NOTHING

    async def _would_take_too_much(self, error: BeginningRefused) -> bool:
        """The refusal may be the only thing that keeps a large image out of a small slot."""
        if error.group is not None or error.code != EUNKNOWN or self._client.parameters is not None:
            return False
        facts, number = self._facts, self._part.number
        if facts is not None and (facts.largest_image(number) or facts.slot_size(number, 1)):
            return False
        try:
            pools = await self._client.request(MemoryPools())
        except DeviceError as refusal:
            return not refusal.is_unsupported
        except (Unanswered, MalformedPacket):
            return True  # nobody knows: the milder way is to erase nothing
        return any(pool.name == _MYNEWT_POOL for pool in pools)
