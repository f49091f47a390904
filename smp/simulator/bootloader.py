"""MCUboot: what it decides at boot, and what it does to the slots.

Swapping modes obey the trailers: test, permanent, revert, none; an interrupted swap is finished
first. Overwrite-only copies the secondary over the primary and keeps nothing. RAM-load and
direct-XIP run the highest version (equal versions: the first slot); built with revert, they erase
one whose trailer does not ask for it, and one that ran before and was not confirmed. A device with
a firmware loader has that one in its second slot and starts it on request, or where the first holds
nothing that could run. Sources: mcu-tools/mcuboot boot/bootutil/src/loader.c (context_boot_go,
boot_select_or_erase), boot/zephyr/firmware_loader.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from smp.image.facts import dependencies
from smp.image.trailer import Flag, Magic, SwapType, Trailer
from smp.simulator.flash import Flash
from smp.simulator.store import Flags, ImageInfo, ImageStore, Mode
from smp.simulator.swap import Plan, Swapper
from smp.simulator.validate import Invalid, Validator


class Action(Enum):
    """What the bootloader did to an image's slots."""

    SWAPPED = "exchanged the slots"
    RESUMED = "finished an exchange that had been interrupted"
    COPIED = "copied the second slot over the first"
    REFUSED = "refused the image in a slot and erased it"
    UNMET = "left all images alone, since one needs another one in a higher version"
    NO_ROOM = "left an image alone that is too large to be swapped"


@dataclass(frozen=True, slots=True)
class Deed:
    """`slot` is the absolute number of the slot it is about, `reason` why it was refused."""

    action: Action
    slot: int
    kind: SwapType = SwapType.NONE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the bootloader's log, `after` so many seconds."""

    after: float
    text: str


@dataclass(slots=True)
class BootReport:
    """What happened, and which slot's image runs (absolute number; None: nothing to run)."""

    running: int | None = None
    image: ImageInfo | None = None
    deeds: list[Deed] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    duration: float = 0.0
    """Seconds from the start of the bootloader to the jump into the image."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """`candidate` may run in place of what is there, and `plan` says how it gets there."""

    candidate: ImageInfo
    plan: Plan


class Bootloader:
    """One bootloader on one device. `downgrade_prevention`: a lower version is no candidate.
    `ram_only`: it runs nothing that is not built to run from RAM."""

    def __init__(
        self,
        store: ImageStore,
        validator: Validator,
        *,
        downgrade_prevention: bool = False,
        ram_only: bool = False,
    ) -> None:
        self._store = store
        self._validator = validator
        self._prevents_downgrade = downgrade_prevention
        self._ram_only = ram_only
        self._report = BootReport()

    @property
    def _flash(self) -> Flash:
        return self._store.layout.flash

    def boot(self, *, loader_wanted: bool = False) -> BootReport:
        """Decide, swap, choose. The flash's `elapsed` must have begun. Raises `PowerCut`.

        loader_wanted: its firmware loader was asked for, where it has one.
        """
        self._report = BootReport()
        self._say("I: Starting bootloader")
        images = range(self._store.layout.images)
        mode = self._store.mode
        if mode.chooses:
            self._choose_highest()
        elif mode is Mode.FIRMWARE_LOADER:
            self._run_first_of(*((1, 0) if loader_wanted else (0, 1)))
        else:
            self._put_in_place(images)
            self._run_primary()
        report = self._report
        if report.image is None or report.running is None:
            self._say("E: Unable to find bootable image")
        else:
            version = report.image.version
            self._say(
                f"I: Bootloader chainload address offset: "
                f"{self._store.layout.address(report.running):#x}"
            )
            self._say(f"I: Image version: v{version.major}.{version.minor}.{version.revision}")
            self._say("I: Jumping to the first image slot")
        report.duration = self._flash.elapsed
        return report

    def _put_in_place(self, images: range) -> None:
        """What waits for it, of all images or of none: first whatever was interrupted is finished,
        then each candidate is looked at, then whether they go together."""
        mode, wanted = self._store.mode, dict[int, Upgrade]()
        for image in images:
            if mode.swaps:
                found = self._prepare_swap(self._store.swappers[image])
            else:
                found = self._prepare_copy(image) if mode is Mode.OVERWRITE_ONLY else None
            if found is not None:
                wanted[image] = found
        unmet = self._unmet(images, wanted) if wanted and len(images) > 1 else None
        if unmet is not None:
            self._note(Deed(Action.UNMET, unmet))
            return
        for image, upgrade in wanted.items():
            if mode.swaps:
                self._swap(self._store.swappers[image], upgrade.plan)
            else:
                self._overwrite(image, upgrade.candidate)

    def _unmet(self, images: range, wanted: dict[int, Upgrade]) -> int | None:
        """The slot of an image that needs another one in a higher version than will be there."""
        there = {
            image: wanted[image].candidate if image in wanted else self._store.find_info(2 * image)
            for image in images
        }
        for image, info in there.items():
            for needed in dependencies(info.protected if info is not None else (), "little"):
                other = there.get(needed.image)
                if other is None or other.version < needed.minimum:
                    return 2 * image + (image in wanted)
        return None

    # -- swapping ---------------------------------------------------------------------

    def _prepare_swap(self, swapper: Swapper) -> Upgrade | None:
        """The swap that is wanted. One that was interrupted is finished at once."""
        first = 2 * swapper.image
        self._show("Primary image", self._store.trailers[first].read())
        self._show("Secondary image", self._store.trailers[first + 1].read())
        plan = swapper.interrupted()
        resumed = plan is not None
        self._say(f"I: Boot source: {'primary slot' if resumed else 'none'}")
        if plan is None:
            return self._decide(swapper)
        self._swap(swapper, plan, Action.RESUMED)
        return None

    def _swap(self, swapper: Swapper, plan: Plan, deed: Action = Action.SWAPPED) -> None:
        first = 2 * swapper.image
        self._say(f"I: Starting swap using {swapper.name} algorithm.")
        swapper.run(plan)
        self._note(Deed(deed, first, plan.kind))
        if plan.kind is SwapType.PERMANENT and (info := self._store.find_info(first)):
            self._validator.store_counter(info)

    def _decide(self, swapper: Swapper) -> Upgrade | None:
        """The swap that the trailers ask for, if the candidate is fit for it."""
        first, second = 2 * swapper.image, 2 * swapper.image + 1
        kind = self._swap_type(swapper.image)
        if kind is SwapType.NONE:
            return None
        candidate = self._candidate(second, kind)
        if isinstance(candidate, Invalid):
            self._refuse(second, candidate)
            # Otherwise an unconfirmed image would be reverted to what is no longer there.
            state = self._store.trailers[first].read()
            if state.magic is Magic.GOOD and state.image_ok is Flag.UNSET:
                self._store.trailers[first].write_image_ok()
            return None
        old = self._store.find_info(first)
        size = max(candidate.size, old.size if old else 0)
        if size > swapper.largest_image:
            self._say("W: Not enough free space to run swap upgrade")
            self._note(Deed(Action.NO_ROOM, second, kind))
            return None
        sizes = (old.tlv_size if old else 0, candidate.tlv_size)
        return Upgrade(candidate, Plan(kind, size, sizes))

    def _candidate(self, slot: int, kind: SwapType) -> ImageInfo | Invalid:
        store = self._store
        start = store.start(slot, kind)
        if start and store.find_info(slot, 0) is not None:
            self._say("E: Secondary header magic detected in first sector, wrong upload address?")
            return Invalid("stored at the wrong address")
        found = self._validator.check(slot, start)
        if isinstance(found, Invalid) or kind is SwapType.REVERT:
            return found
        running = store.find_info(slot - 1)
        if self._prevents_downgrade and running and found.version < running.version:
            self._say("I: Image 0 in slot 1 erased due to downgrade prevention")
            return Invalid("downgrade")
        return found

    # -- overwriting ------------------------------------------------------------------

    def _prepare_copy(self, image: int) -> Upgrade | None:
        """The copy that is wanted."""
        second = 2 * image + 1
        if self._swap_type(image) is SwapType.NONE:
            return None
        candidate = self._candidate(second, SwapType.PERMANENT)
        if isinstance(candidate, Invalid):
            self._refuse(second, candidate)
            return None
        return Upgrade(candidate, Plan(SwapType.PERMANENT, candidate.size))

    def _overwrite(self, image: int, candidate: ImageInfo) -> None:
        first, second = 2 * image, 2 * image + 1
        primary, secondary = self._store.layout.slots[first : second + 1]
        self._say(f"I: Image {image} upgrade secondary slot -> primary slot")
        self._say("I: Erasing the primary slot")
        primary.erase()
        self._say(
            f"I: Image {image} copying the secondary slot to the primary slot: "
            f"{candidate.size:#x} bytes"
        )
        size = primary.block_size
        for at in range(0, candidate.size, size):
            part = min(size, -(-(candidate.size - at) // primary.write_size) * primary.write_size)
            primary.write(at, secondary.read(at, part))
        self._validator.store_counter(candidate)
        # The trailer goes last: it is what asks for the copy until the copy is whole.
        secondary.erase(0, 1)
        self._store.trailers[second].erase()
        self._note(Deed(Action.COPIED, first, SwapType.PERMANENT))

    # -- choosing ---------------------------------------------------------------------

    def _run_primary(self) -> None:
        """The application is the first image; every image must be whole."""
        for image in reversed(range(self._store.layout.images)):
            found = self._validator.check(2 * image)
            if isinstance(found, Invalid):
                self._say("E: Image in the primary slot is not valid!")
                self._report.image = None
                return
            self._report.running, self._report.image = 2 * image, found
            state = self._store.trailers[2 * image].read()
            if state.magic is not Magic.GOOD or state.image_ok is Flag.SET:
                self._validator.store_counter(found)

    def _run_first_of(self, *slots: int) -> None:
        """The first that may run."""
        for slot in slots:
            found = self._validator.check(slot)
            if not isinstance(found, Invalid):
                self._report.running, self._report.image = slot, found
                return
            self._say(f"E: Image in the {_name(slot)} slot is not valid!")

    def _may_be_tried(self, slot: int) -> bool:
        """Its trailer asks for it, and this is its first start, or it was confirmed."""
        trailer = self._store.trailers[slot]
        state = trailer.read()
        ran = state.copy_done is Flag.SET and state.image_ok is not Flag.SET
        if state.magic is not Magic.GOOD or ran:
            return False
        if state.copy_done is Flag.UNSET:
            trailer.write_copy_done()
        return True

    def _choose_highest(self) -> None:
        for slot, info in self._by_version():
            fixed = info.flags & Flags.ROM_FIXED and self._store.mode.runs_in_place
            if fixed and info.load_address != self._store.layout.address(slot):
                self._say(
                    f"W: Image in {_name(slot)} slot at {self._store.layout.address(slot):#x} has "
                    f"been built for offset {info.load_address:#x}, skipping"
                )
                continue
            if self._store.mode.tries and not self._may_be_tried(slot):
                self._say(f"D: Erasing faulty image in the {_name(slot)} slot.")
                self._erase(slot, "not confirmed, or not asked for")
                continue
            found = self._validator.check(slot)
            if self._ram_only and not info.flags & Flags.RAM_LOAD:
                found = Invalid("not built to run from RAM")
            if isinstance(found, Invalid):
                self._refuse(slot, found)
                continue
            self._report.running, self._report.image = slot, found
            self._validator.store_counter(found)
            self._say(f"I: Image 0 loaded from the {_name(slot)} slot")
            return

    def _by_version(self) -> Iterator[tuple[int, ImageInfo]]:
        """Images from the highest version down, the first slot first where they are equal."""
        found = []
        for slot in (0, 1):
            info = self._store.find_info(slot)
            if info is None:
                self._say(f"I: Image 0 {_name(slot)} slot: image not found")
            else:
                self._say(f"I: {_name(slot).title():<9} slot: version={_full(info)}")
                found.append((slot, info))
        if len(found) == 2 and found[1][1].version > found[0][1].version:
            found.reverse()
        yield from found

    # -- words ------------------------------------------------------------------------

    def _swap_type(self, image: int) -> SwapType:
        kind = self._store.swap_type(image)
        word = {SwapType.TEST: "test", SwapType.PERMANENT: "perm", SwapType.REVERT: "revert"}
        self._say(f"I: Image index: {image}, Swap type: {word.get(kind, 'none')}")
        return kind

    def _refuse(self, slot: int, why: Invalid) -> None:
        self._say(f"E: Image in the {_name(slot)} slot is not valid!")
        self._erase(slot, why.reason)

    def _erase(self, slot: int, reason: str) -> None:
        self._store.layout.slots[slot].erase()
        self._note(Deed(Action.REFUSED, slot, reason=reason))

    def _note(self, deed: Deed) -> None:
        self._report.deeds.append(deed)

    def _show(self, area: str, trailer: Trailer) -> None:
        flags = {Flag.SET: 1, Flag.BAD: 2, Flag.UNSET: 3}
        self._say(
            f"I: {area}: magic={trailer.magic.value}, swap_type={int(trailer.swap_type):#x}, "
            f"copy_done={flags[trailer.copy_done]:#x}, image_ok={flags[trailer.image_ok]:#x}"
        )

    def _say(self, text: str) -> None:
        self._report.log.append(LogLine(self._flash.elapsed, text))


def _name(slot: int) -> str:
    return "secondary" if slot % 2 else "primary"


def _full(info: ImageInfo) -> str:
    version = info.version
    return f"{version.major}.{version.minor}.{version.revision}+{version.build}"
