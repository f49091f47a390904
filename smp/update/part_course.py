"""One image of an update on its way: what its steps have found out about it, and done to it."""

from __future__ import annotations

from dataclasses import dataclass

from smp.commands.image import ImageEntry, ImageState
from smp.update.endings.overwriting import NOTHING_TAKEN, Taken
from smp.update.events import Step
from smp.update.image_name import ImageName
from smp.update.plan import ImagePlan
from smp.update.verdict import Running


@dataclass(slots=True)
class PartCourse:
    """See the module."""

    plan: ImagePlan
    was: Running | None
    """What ran before."""
    step: Step | None = None
    """Which it has come to; None: none has been at work on it."""
    was_sent: bool = False
    """What the device has of this file was sent by this run."""
    was_begun: bool = False
    """The first part of it may have been sent: a slot may be erased though nothing was answered."""
    taken: Taken = NOTHING_TAKEN
    marked: ImageState | None = None
    """The image list in which the new image was marked for the restart."""
    entry: ImageEntry | None = None
    """The new image's entry when it was seen running last."""

    @classmethod
    def of(cls, plan: ImagePlan) -> PartCourse:
        """Nothing was done yet."""
        return cls(plan, Running.of(plan.before))

    @property
    def was_marked(self) -> bool:
        return self.marked is not None

    @property
    def number(self) -> int:
        return self.plan.number

    @property
    def name(self) -> ImageName:
        return self.plan.name

    def runs_in(self, state: ImageState) -> ImageEntry | None:
        """The entry of this file's image, if it is the one that runs."""
        active = state.active(self.number)
        ours = self.plan.file_image
        return active if active is not None and ours.goes_by(active.hash) else None

    def on_test_in(self, state: ImageState) -> ImageEntry | None:
        """The same, if a restart may return from it."""
        entry = self.runs_in(state)
        stays = entry is None or entry.confirmed or self.plan.can_roll_back is False
        return None if stays else entry

    def listed_in(self, state: ImageState) -> ImageEntry | None:
        """The entry of this file's image in the form it is sent in."""
        return state.by_hash(self.plan.file_image.hash, self.number)

    def is_out_of_sight(self, state: ImageState) -> bool:
        """The device lists nothing that runs as this number, as before the update, and this image
        is not in a slot any more: its bootloader has taken it out, or refused it."""
        is_told = state.active(self.number) is not None or self.listed_in(state) is not None
        return self.plan.is_first and self.was_marked and state.has_flags and not is_told

    def is_challenged(self, state: ImageState) -> bool:
        """Another image waits for the next restart: this one will not stay."""
        ours = self.plan.file_image
        return any(e.pending and not ours.goes_by(e.hash) for e in state.of(self.number))
