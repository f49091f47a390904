"""Several devices chosen beside each other: one file, one update of all, each proven by itself.

Each is connected, asked, and judged by its own plan. Over Bluetooth few are connected at once: when
more are chosen, each is asked in its turn, let go, and connected again for its update.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, assert_never

from app.controllers.device import DeviceController, LinkState
from app.controllers.fleet import Fleet
from app.controllers.member import Kept, Member, Part
from app.controllers.turns import Turns
from smp.image import FirmwareFile
from smp.signal import Signal
from smp.text import NOTHING, Text

Run = Callable[[DeviceController, bool], Coroutine[Any, Any, None]]
"""Updates one device to its verdict, with the consent or without."""


class Together:
    """`members`: those that are chosen, or were when the round began that still goes on."""

    def __init__(
        self,
        fleet: Fleet,
        spawn: Callable[[Coroutine[Any, Any, object]], object],
        run: Run,
        turns: Turns | None = None,
    ) -> None:
        self.turns = turns or Turns(fleet.devices.values)
        self.members: list[Member] = []
        self.round_ended: Signal[()] = Signal("an update of several devices")
        """All that were started are at their end."""
        self._fleet = fleet
        self._spawn = spawn
        self._run = run
        self._file: FirmwareFile | None = None
        self._under_way = 0
        self._ended = asyncio.Event()
        self._ended.set()
        fleet.changed.listen(self._follow)

    # -- choosing -----------------------------------------------------------------------------

    @property
    def file(self) -> FirmwareFile | None:
        """That all of them have taken."""
        return self._file

    @property
    def is_shown(self) -> bool:
        return bool(self._fleet.together)

    @property
    def is_under_way(self) -> bool:
        return any(member.part.is_under_way for member in self.members)

    @property
    def shown(self) -> list[Member]:
        """Those that are chosen now, in the order in which they are listed."""
        chosen = self._fleet.together
        return [member for member in self.members if member.device in chosen]

    def choose(self, keys: Sequence[str], file: FirmwareFile | None) -> None:
        """These are chosen beside each other, in the order of the list: connect them and ask what
        they are."""
        fleet = self._fleet
        devices = [fleet.devices[key] for key in keys if key in fleet.devices]
        before = fleet.shown
        fleet.chosen, fleet.together = None, tuple(devices)
        self._gather(devices)
        for device in before:
            if device not in devices:
                self._let_go(device)
        self.hand(file)
        fleet.changed.tell()

    def leave(self, keep: str = "") -> None:
        """One alone is shown from now on, or none: the others are let go. What runs goes on."""
        fleet = self._fleet
        before, fleet.together = fleet.together, ()
        for device in before:
            if device.key != keep:
                self._let_go(device)
        fleet.changed.tell()

    def forget(self) -> None:
        """What was done is not kept any more: nor is who was chosen, unless they still are."""
        if not self.is_under_way:
            self.members = self.shown
            self._fleet.changed.tell()

    def come_back(self, file: FirmwareFile | None) -> None:
        """Show all of the round again."""
        self.choose([member.device.key for member in self.members], file)

    def _gather(self, devices: Iterable[DeviceController]) -> None:
        """In this order. Those that are at work stay in the round, also while others are looked
        at."""
        known = {id(member.device): member for member in self.members}
        stay = self.members if self.is_under_way else []
        found = [known.get(id(device)) or _joined(device) for device in devices]
        self.members = list({id(member.device): member for member in (*found, *stay)}.values())

    def _let_go(self, device: DeviceController) -> None:
        member = self.of(device)
        if not device.is_busy and (member is None or not member.waits):
            self._spawn(device.disconnect())

    def of(self, device: DeviceController) -> Member | None:
        return next((each for each in self.members if each.device is device), None)

    def _follow(self) -> None:
        """Devices have come, gone, or changed: a row may be another object by now."""
        there = {id(device) for device in self._fleet.devices.values()}
        if any(id(member.device) not in there for member in self.members):
            for member in self.members:
                if id(member.device) not in there:
                    member.device = self._fleet.devices.get(member.device.key, member.device)
            kept = {id(m.device): m for m in self.members if id(m.device) in self._ids()}
            self.members = list(kept.values())
        for member in self.shown:
            if not member.waits:
                self._take_file(member)  # one that was at work with another file
        self.turns.look()

    def _ids(self) -> set[int]:
        return {id(device) for device in self._fleet.devices.values()}

    # -- the file, and asking -----------------------------------------------------------------

    def hand(self, file: FirmwareFile | None, *, again: bool = False) -> None:
        """All that are shown take this file, and those are asked that were not yet; `again`: also
        those that did not answer."""
        self._file = file
        for member in self.shown:
            self._take_file(member)
            if self._has_to_be_asked(member, again=again):
                member.is_queued = member.was_asked = True
                self._spawn(self._ask(member))

    def _take_file(self, member: Member) -> None:
        device = member.device
        if member.waits or device.is_busy:
            return  # it was started with what it has
        if self._file is not None and device.file is not self._file:
            device.choose(self._file)
            self.begin_anew(device)

    def _has_to_be_asked(self, member: Member, *, again: bool) -> bool:
        device = member.device
        if device.is_busy or device.awaits_next or member.is_queued or member.waits:
            return False
        match device.link:
            case LinkState.CONNECTING | LinkState.PAIRING:
                return False
            case LinkState.CONNECTED:
                return self._is_crowded(device)
            case LinkState.FAILED if member.was_asked and not again:
                return False
            case LinkState.OFF | LinkState.FAILED:
                return member.part is Part.AWAY
            case _:
                assert_never(device.link)

    def _is_crowded(self, device: DeviceController) -> bool:
        return self.turns.is_crowded(device, (member.device for member in self.members))

    async def _ask(self, member: Member) -> None:
        device = member.device
        async with self.turns.turn(device) as granted:
            member.is_queued = False
            if granted and device in self._fleet.together and not device.is_busy:
                await device.connect()
                self._make_room(member)
        self._fleet.changed.tell()

    def _make_room(self, member: Member) -> None:
        """Others want its place on the air: keep what it has told, and let it go."""
        device = member.device
        if device.facts is None or device.is_busy or not self._is_crowded(device):
            return
        member.kept = Kept(device.facts, device.plan, device.file)
        self._spawn(device.disconnect())

    # -- the update ---------------------------------------------------------------------------

    def update(self, *, consent: bool) -> list[Member]:
        """Start all that are shown and may be updated; with `consent` also those that ask for it.
        Returns who was left out."""
        left_out = []
        for member in self.shown:
            self._take_file(member)
            part = member.part
            if part is Part.READY or (part is Part.ASKS and consent):
                plan = member.plan
                member.agreed = plan.consents if plan is not None else ()
                self._begin(member)
            elif part is not Part.DONE and not part.is_under_way:
                left_out.append(member)
        self._fleet.changed.tell()
        return left_out

    def _begin(self, member: Member) -> None:
        member.waits = member.is_run = True
        member.leave_out(NOTHING)
        self._under_way += 1
        self._ended.clear()
        self._spawn(self._update(member))

    async def _update(self, member: Member) -> None:
        device = member.device
        try:
            async with self.turns.turn(device) as granted:
                if granted and member.waits:
                    await device.connect()
                    member.waits = False
                    if _may_run(member):
                        await self._run(device, bool(member.agreed))
                    self._make_room(member)
        finally:
            member.waits = member.is_run = False
            self._under_way -= 1
            if not self._under_way:
                self._ended.set()
            self._fleet.changed.tell()
        if device not in self._fleet.shown:
            self._let_go(device)
        if not self._under_way:
            self.round_ended.tell()

    def cancel(self, device: DeviceController) -> None:
        """This one: at once while it waits, else as soon as that is safe."""
        member = self.of(device)
        if member is not None and member.waits:
            member.waits = False
            member.leave_out(Text("Cancelled before it began"))
            self.turns.withdraw(device)
            self._fleet.changed.tell()
        else:
            device.cancel()

    def cancel_all(self) -> None:
        """Of those that are shown. Who waits first: nobody shall take the place of another that
        ends."""
        for member in sorted(self.shown, key=lambda each: not each.waits):
            if member.waits or member.is_run:
                self.cancel(member.device)

    async def ended(self) -> None:
        """Wait until none is under way."""
        await self._ended.wait()

    def begin_anew(self, device: DeviceController) -> None:
        """Another unit comes to its place: what was done counts no more in this round."""
        member = self.of(device)
        if member is not None:
            member.before = device.sheet.last
            member.leave_out(NOTHING)


def _joined(device: DeviceController) -> Member:
    """A verdict that holds is one of this round."""
    return Member(device, None if device.verdict is not None else device.sheet.last)


def _may_run(member: Member) -> bool:
    """Whether a device whose turn it is can be updated by now. What its part does not say is
    said of it."""
    device, plan = member.device, member.device.plan
    if device.is_busy or plan is None or device.link is not LinkState.CONNECTED:
        return False
    if plan.obstacle is not None:
        return False
    if set(plan.consents) - set(member.agreed):
        member.leave_out(Text("It asks for more than was agreed to"))
        return False
    return True
