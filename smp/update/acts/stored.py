"""The slots of one image, as a judgement looks at them. Facts only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.text import Text
from smp.update.acts.kinds import Act, Judgement
from smp.update.case import NOT_TOLD, ONE_SLOT
from smp.update.deeds import name_of


@dataclass(frozen=True, slots=True)
class Slots:
    """Of `act.image`. `running`: what runs as this image, None where that is not told."""

    facts: DeviceFacts
    act: Act
    entries: tuple[ImageEntry, ...]
    running: ImageEntry | None

    @classmethod
    def of(cls, facts: DeviceFacts, act: Act) -> Slots:
        state = facts.state
        if state is None:
            return cls(facts, act, (), None)
        return cls(facts, act, state.of(act.image), state.active(act.image))

    @property
    def others(self) -> tuple[ImageEntry, ...]:
        """What is stored and does not run."""
        return tuple(entry for entry in self.entries if entry is not self.running)

    @property
    def stored(self) -> ImageEntry | None:
        """The one that the act names, or the only one there is."""
        return next((it for it in self.others if self.act.slot in (None, it.slot)), None)

    @property
    def is_of_several(self) -> bool:
        """The device has images of other numbers, too."""
        return len(self.facts.image_numbers) > 1

    @property
    def stored_beside(self) -> ImageEntry | None:
        """What lies beside what runs, in whatever slot."""
        return next(iter(self.others), None)

    @property
    def versions_may_decide(self) -> bool:
        """Nothing is told of the bootloader, so it may be one that goes by version."""
        facts = self.facts
        return facts.mode in NOT_TOLD and not facts.in_recovery and not facts.family.is_mynewt

    @property
    def waiting(self) -> ImageEntry | None:
        """What the next restart starts."""
        return next((entry for entry in self.others if entry.pending), None)

    @property
    def is_on_test(self) -> bool:
        """What runs is not confirmed."""
        return self.running is not None and not self.running.confirmed

    @property
    def may_return(self) -> bool:
        """What is on test may go back to what is stored."""
        return self.facts.can_roll_back is not False

    @property
    def free_slot(self) -> int | None:
        """The slot that nothing runs from, where that is told."""
        if self.running is None or self.facts.mode in ONE_SLOT:
            return None
        return 1 - self.running.slot if self.running.slot in (0, 1) else None

    def has_slot(self, slot: int) -> bool:
        """As far as the device tells which it has."""
        told = {it.slot for it in self.facts.slots if it.image == self.act.image}
        listed = {entry.slot for entry in self.entries}
        return slot in (told | listed if told else {0, 1} | listed)

    def at(self, slot: int) -> ImageEntry | None:
        return next((entry for entry in self.entries if entry.slot == slot), None)

    def name_of(self, slot: int) -> Text:
        return name_of(slot, self.act.image, several=self.is_of_several)

    @property
    def is_loader(self) -> bool:
        """A firmware loader lies in slot 1."""
        return self.facts.mode is BootloaderMode.FIRMWARE_LOADER


def judged(slots: Slots, entry: ImageEntry | None, after: Text, **more: object) -> Judgement:
    slot = entry.slot if entry is not None else 0
    made = Judgement(slots.act, after, entry=entry, slot=slot, running=slots.running)
    return replace(made, **more)  # type: ignore[arg-type]
