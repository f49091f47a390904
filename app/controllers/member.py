"""One of several devices that are updated with one file: how it stands with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from app.controllers.device import DeviceController, LinkState
from app.controllers.worksheet import Done, needs_another_file
from smp.image import FirmwareFile
from smp.survey import DeviceFacts
from smp.text import NOTHING, Coded, Text
from smp.update.plan import Action, Plan


class Part(Enum):
    """What a device has to do with the update of all of them."""

    RUNS = "it is updated"
    WAITS = "it will be updated, and waits for its turn"
    BUSY = "something else is done to it"
    ASKING = "it is being asked what it is"
    QUEUED = "it will be asked, and waits for its turn"
    NEXT = "the next unit is waited for"
    DONE = "its verdict holds, or it has left with it"
    PAIRING = "it talks to paired computers only"
    AWAY = "it is not connected, and why stands with it"
    NO_FILE = "there is no file for it"
    FORBIDDEN = "its plan says that it cannot be updated"
    ASKS = "something has to be agreed to before"
    READY = "it may be updated"

    @property
    def is_under_way(self) -> bool:
        return self in (Part.RUNS, Part.WAITS)

    @property
    def may_start(self) -> bool:
        return self in (Part.READY, Part.ASKS)

    @property
    def is_judged(self) -> bool:
        """By its plan, or by what has come of it."""
        return self in (Part.DONE, Part.FORBIDDEN, Part.ASKS, Part.READY)

    @property
    def is_being_asked(self) -> bool:
        return self in (Part.ASKING, Part.QUEUED)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a device told before it was let go for others, and the plan that was made of it."""

    facts: DeviceFacts
    plan: Plan | None
    file: FirmwareFile | None


@dataclass(eq=False)
class Member:
    """See the module. Whoever has it changes it, and tells so."""

    device: DeviceController
    before: Done | None = None
    """The last line of its work sheet that is none of this round."""
    is_queued: bool = False
    """For being asked."""
    was_asked: bool = False
    """Whatever came of it."""
    waits: bool = False
    """For being updated."""
    is_run: bool = False
    """Its update belongs to all of them."""
    agreed: tuple[Coded, ...] = ()
    """What a person has agreed to for this device."""
    kept: Kept | None = field(default=None, repr=False)
    _left_out: Text = NOTHING
    _left_at: float = 0.0

    @property
    def plan(self) -> Plan | None:
        """For the file that it has."""
        if self.device.plan is not None:
            return self.device.plan
        kept = self.kept
        return kept.plan if kept is not None and kept.file is self.device.file else None

    @property
    def left_out(self) -> Text:
        """Why it was not started when it could have been; who connects anew is not told so."""
        return self._left_out if self.device.connected_at == self._left_at else NOTHING

    def leave_out(self, why: Text) -> None:
        self._left_out, self._left_at = why, self.device.connected_at

    @property
    def version(self) -> str:
        """What runs on it now, as far as it has told. Of a unit that is taken away nothing is."""
        if self.device.awaits_next:
            return ""
        if (plan := self.plan) is not None:
            return plan.versions_before
        facts = self.device.facts or (self.kept.facts if self.kept is not None else None)
        active = facts.state.active() if facts is not None and facts.state is not None else None
        return active.version if active is not None else ""

    @property
    def result(self) -> Done | None:
        """What was done to it in this round."""
        last = self.device.sheet.last
        return last if last is not self.before else None

    @property
    def part(self) -> Part:
        device = self.device
        if self.waits:
            return Part.WAITS
        if device.is_updating:
            return Part.RUNS if self.is_run else Part.BUSY
        if device.is_acting:
            return Part.BUSY
        if device.awaits_next:
            return Part.NEXT
        if device.link is LinkState.CONNECTING or device.is_asked_aloud:
            return Part.ASKING
        if self.is_queued:
            return Part.QUEUED
        return self._of_verdict() or self._of_link() or self._of_plan()

    def _of_verdict(self) -> Part | None:
        device = self.device
        if self.result is None:
            return None
        if (verdict := device.verdict) is not None:
            is_over = verdict.is_good or needs_another_file(verdict, device.plan)
            return Part.DONE if is_over else None
        past, doubt = device.past, device.sheet.doubt
        if past is None or doubt is None or not past.verdict.is_good:
            return None
        # What has left well is done. Another one may be there by now, which needs it or not.
        is_same = doubt.is_absence or doubt.is_restart
        runs_it = device.plan is not None and device.plan.action is Action.NOTHING
        is_done = is_same or runs_it or device.link is not LinkState.CONNECTED
        return Part.DONE if is_done else None

    def _of_link(self) -> Part | None:
        """Why there is no plan to go by."""
        device = self.device
        if self.plan is not None:
            return None
        match device.link:
            case LinkState.CONNECTED:
                return None
            case LinkState.PAIRING:
                return Part.PAIRING
            case LinkState.OFF if self.kept is not None:
                return None  # it was let go
            case LinkState.OFF | LinkState.FAILED | LinkState.CONNECTING:
                return Part.PAIRING if device.wants_pairing else Part.AWAY
            case _:
                assert_never(device.link)

    def _of_plan(self) -> Part:
        file, plan = self.device.file, self.plan
        if file is None or not file.is_usable:
            return Part.NO_FILE
        if plan is None:
            return Part.AWAY
        if plan.obstacle is not None:
            return Part.FORBIDDEN
        return Part.ASKS if plan.consents else Part.READY
