"""Exchanging two slots block by block so that the power may go at any moment.

What is common to MCUboot's three ways of swapping. A swap leaves a trailer in the primary slot
(type, size, magic, copy-done unset) before it changes anything else, and records every finished
step behind it; who finds such a trailer goes on from there.

Sources: mcu-tools/mcuboot boot/bootutil/src/swap_misc.c, swap_scratch.c, swap_move.c,
swap_offset.c. Two things are stricter here than there, so that a second power cut, or a block
that was erased only in part, cannot lose the type of the swap either: a started primary trailer
is believed even while the secondary's request is still there, and it is never erased before
something else says what is going on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from smp.image.trailer import Flag, Magic, SwapType, Trailer, TrailerLayout
from smp.simulator.slots import Area
from smp.simulator.trailer import TrailerArea

SWAPS = (SwapType.TEST, SwapType.PERMANENT, SwapType.REVERT)


@dataclass(frozen=True, slots=True)
class Plan:
    """A swap that was decided on: its kind, the bytes to exchange, the TLV sizes of both."""

    kind: SwapType
    size: int
    tlv_sizes: tuple[int, int] = (0, 0)


class Swapper(ABC):
    """Swaps the slots of one image. `name` is what the bootloader's log calls the way."""

    name: str

    def __init__(self, image: int, primary: Area, secondary: Area, layout: TrailerLayout) -> None:
        self.image = image
        self.primary = primary
        self.secondary = secondary
        self.layout = layout
        self.block_size = primary.block_size
        self.first = TrailerArea(primary, layout, primary.blocks)
        self.second = TrailerArea(secondary, layout, primary.blocks)

    @property
    @abstractmethod
    def largest_image(self) -> int:
        """Bytes, TLVs included."""

    def secondary_start(self, kind: SwapType) -> int:
        """Where the secondary slot's image begins if `kind` is what the trailers ask for."""
        return 0

    def interrupted(self) -> Plan | None:
        """The swap that was begun and not finished."""
        return self._begun(self.first.read())

    def run(self, plan: Plan) -> None:
        """Do it, or what is left of it. Raises `PowerCut`."""
        self._begin(plan)
        self._exchange(plan, self.first.status_written())
        if plan.kind is not SwapType.TEST and self.first.read().image_ok is Flag.UNSET:
            self.first.write_image_ok()
        self.first.write_copy_done()

    # -- steps ------------------------------------------------------------------------

    def _begin(self, plan: Plan) -> None:
        """Leave the trailer that says what is going on, then withdraw the request for it."""
        if self._begun(self.first.read()) is None:
            if plan.kind is SwapType.REVERT and self.second.read().magic is not Magic.GOOD:
                self._guard_revert(plan)
            self.first.erase()
            self._write_trailer(self.first, plan)
        if self.first.status_written() == 0:
            self.second.erase()

    @abstractmethod
    def _guard_revert(self, plan: Plan) -> None:
        """A revert is asked for by the primary's trailer alone, which is about to be erased."""

    @abstractmethod
    def _exchange(self, plan: Plan, done: int) -> None:
        """The steps from status entry `done` on."""

    def _write_trailer(self, trailer: TrailerArea, plan: Plan) -> None:
        trailer.write_swap_info(plan.kind, self.image)
        if plan.kind is SwapType.PERMANENT:
            trailer.write_image_ok()
        trailer.write_swap_size(plan.size)
        trailer.write_tlv_sizes(*plan.tlv_sizes)
        trailer.write_magic()

    def _begun(self, trailer: Trailer) -> Plan | None:
        if (
            trailer.magic is Magic.GOOD
            and trailer.copy_done is Flag.UNSET
            and trailer.swap_type in SWAPS
            and trailer.swap_size is not None
            and trailer.image_number == self.image
        ):
            return Plan(trailer.swap_type, trailer.swap_size)
        return None

    def _last(self, plan: Plan) -> int:
        """The last block that takes part."""
        return -(-plan.size // self.block_size) - 1

    def _copy(self, source: Area, block: int, target: Area, to: int) -> None:
        """Erase a block and fill it with another."""
        size = self.block_size
        target.erase(to, 1)
        target.write(to * size, source.read(block * size, size))


class SwapMove(Swapper):
    """Move the primary's image up by one block, then exchange block after block."""

    name = "move"

    @property
    def largest_image(self) -> int:
        return min(self.first.first_block - 1, self.second.first_block) * self.block_size

    def _guard_revert(self, plan: Plan) -> None:
        """Make the revert look like a permanent upgrade to the old image."""
        self.second.erase()
        self.second.write_image_ok()
        self.second.write_swap_size(plan.size)
        self.second.write_magic()

    def _exchange(self, plan: Plan, done: int) -> None:
        last = self._last(plan) + 1
        swaps_from = self.first.area.blocks
        for move in range(last):
            if move >= done:
                block = last - move
                self._copy(self.primary, block - 1, self.primary, block)
                self.first.write_status(move, 1)
        for block in range(last):
            entry = swaps_from + 2 * block
            if entry >= done:
                self._copy(self.secondary, block, self.primary, block)
                self.first.write_status(entry, 1)
            if entry + 1 >= done:
                self._copy(self.primary, block + 1, self.secondary, block)
                self.first.write_status(entry + 1, 2)


class SwapOffset(Swapper):
    """The update lies one block up in the secondary slot; blocks walk past each other."""

    name = "offset"

    @property
    def largest_image(self) -> int:
        return min(self.first.first_block, self.second.first_block - 1) * self.block_size

    def secondary_start(self, kind: SwapType) -> int:
        return 0 if kind is SwapType.REVERT else self.block_size

    def _guard_revert(self, plan: Plan) -> None:
        """Ask for the revert in the secondary's trailer too, by copy-done without image-ok."""
        self.second.erase()
        self.second.write_copy_done()
        self._write_trailer(self.second, plan)

    def _exchange(self, plan: Plan, done: int) -> None:
        last = self._last(plan)
        reverts = plan.kind is SwapType.REVERT
        for step in range(last + 1):
            block = last - step if reverts else step
            entry = 2 * step
            if entry >= done:
                self._copy(self.primary, block, self.secondary, block + reverts)
                self.first.write_status(entry, 1)
            if entry + 1 >= done:
                self._copy(self.secondary, block + (not reverts), self.primary, block)
                self.first.write_status(entry + 1, 2)
        if reverts:
            # What is left there would be taken for an update stored at the wrong place.
            self.secondary.erase(0, 1)


class SwapScratch(Swapper):
    """Through a third area, from the highest blocks down."""

    name = "scratch"

    def __init__(
        self,
        image: int,
        primary: Area,
        secondary: Area,
        layout: TrailerLayout,
        scratch: Area,
    ) -> None:
        super().__init__(image, primary, secondary, layout)
        self.scratch = scratch
        self.third = TrailerArea(scratch, layout, 0)

    @property
    def largest_image(self) -> int:
        """MCUboot lets an image share a block with the trailer; here it does not."""
        return min(self.first.first_block, self.second.first_block) * self.block_size

    def interrupted(self) -> Plan | None:
        return self._begun(self.first.read()) or self._begun(self.third.read())

    def _begin(self, plan: Plan) -> None:
        if self._begun(self.first.read()) is None:
            if self._begun(self.third.read()) is None:
                self._guard_revert(plan)
            self.first.erase()
            self._write_trailer(self.first, plan)

    def _guard_revert(self, plan: Plan) -> None:
        """Keep any type in the scratch area while the primary's trailer is made anew."""
        self.scratch.erase()
        self._write_trailer(self.third, plan)

    def _exchange(self, plan: Plan, done: int) -> None:
        size = self.block_size
        group = self.scratch.blocks
        end = self._last(plan) + 1
        entry = 0
        while end > 0:
            start = max(end - group, 0)
            if entry >= done:
                self.scratch.erase()
                for at in range(start, end):
                    self.scratch.write((at - start) * size, self.secondary.read(at * size, size))
                self.first.write_status(entry, 1)
            if entry + 1 >= done:
                if entry == 0:
                    self.second.erase()
                for at in range(start, end):
                    self._copy(self.primary, at, self.secondary, at)
                self.first.write_status(entry + 1, 2)
            if entry + 2 >= done:
                self.primary.erase(start, end - start)
                for at in range(start, end):
                    self.primary.write(at * size, self.scratch.read((at - start) * size, size))
                self.first.write_status(entry + 2, 3)
            end = start
            entry += 3
        # Image data there might look like a trailer.
        self.third.erase()
