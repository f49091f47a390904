"""Which of two images starts where a bootloader goes by their versions: one rule for updates and
for acts on slots.

It takes the higher version and, of two equal ones, the one in slot 0. Build numbers count only
where it was built so, which nobody tells. A version that is older is refused by some others, too.

Source: mcu-tools/mcuboot boot/bootutil/src/loader.c (find_slot_with_highest_version,
boot_version_cmp, boot_select_or_erase).
"""

from __future__ import annotations

from dataclasses import dataclass

from smp.commands.image import ImageEntry
from smp.image import Version
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update.case import HIGHEST_WINS, Case
from smp.update.kinds import Obstacle
from smp.update.phrases import named

_GOES_BY_VERSION = Text(
    "Its bootloader runs the image with the higher version, whatever else it is told"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image in a slot, both fit to run. `told`: its version as people read it."""

    version: Version | None
    slot: int
    told: str

    @classmethod
    def of(cls, entry: ImageEntry) -> Candidate:
        """One that the device lists."""
        return cls(Version.parse_device(entry.version), entry.slot, entry.version)

    def is_lower_than(self, other: Candidate) -> bool:
        """As far as both versions are told."""
        mine, its = self.version, other.version
        return mine is not None and its is not None and mine < its

    def wins(self, other: Candidate) -> bool | None:
        """Whether a bootloader that goes by version takes this one; None: it cannot be told."""
        mine, its = self.version, other.version
        if mine is None or its is None:
            return None
        if mine < its or mine > its:
            return mine > its
        by_slot = self.slot < other.slot
        if mine.build == its.build or by_slot is (mine.build > its.build):
            return by_slot
        return None


def candidate(case: Case) -> Candidate:
    """The file of an update, where it will lie."""
    return Candidate(case.image.version, case.upload_slot, str(case.image.version))


def goes_by_version(facts: DeviceFacts) -> bool:
    """In its recovery it starts nothing before it is left, and what is sent takes slot 0."""
    return facts.mode in HIGHEST_WINS and not facts.in_recovery


def passed_over(
    facts: DeviceFacts, new: Candidate, old: Candidate, has: Text, next_step: Text
) -> Obstacle | None:
    """Why the bootloader would start `old` again and not `new`. has: a clause, that the device has
    `old`."""
    if goes_by_version(facts) and new.wins(old) is False:
        if new.is_lower_than(old):
            what = Coded(
                "higher-version-runs",
                "{state} and would not start {version}",
                state=has,
                version=named(new.told),
            )
            return Obstacle(what, _GOES_BY_VERSION, next_step)
        what = Coded(
            "same-version-runs",
            "{state} and would not start another image of that version",
            state=has,
        )
        why = Text(
            "Its bootloader runs the image with the higher version, and of two equal ones the one "
            "in slot {slot}, from which the device runs now",
            slot=old.slot,
        )
        return Obstacle(what, why, next_step)
    if not (new.is_lower_than(old) and facts.no_downgrade):
        return None
    return Obstacle(
        Coded(
            "no-downgrade",
            "{state} and does not go back to {version}",
            state=has,
            version=named(new.told),
        ),
        Text("Its bootloader was built to refuse older versions"),
        next_step,
    )
