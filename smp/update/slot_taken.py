"""An upload that is refused for what the device's slots hold, and what can be done about it."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.errors import TransferError
from smp.text import Coded, Text
from smp.update.kinds import Remedy
from smp.update.phrases import begun, named


class SlotTaken(TransferError):
    """The device does not take the upload, for what its slots hold. `remedies`: what helps."""

    def __init__(
        self,
        what: Coded,
        *,
        why: Text,
        next_step: Text,
        detail: str = "",
        remedies: tuple[Remedy, ...] = (),
    ) -> None:
        super().__init__(what, why=why, next_step=next_step, detail=detail)
        self.remedies = remedies


def on_test(active: ImageEntry, *, detail: str) -> SlotTaken:
    return SlotTaken(
        Coded(
            "slot-holds-way-back",
            "{image} runs as a test, and the other slot holds the image to return to",
            image=begun(active.version),
        ),
        why=Text("The device does not let it be overwritten"),
        next_step=Text(
            "Confirm the running image, or restart the device so that it returns to the "
            "old one. Then start the update again"
        ),
        detail=detail,
        remedies=(Remedy.CONFIRM_RUNNING, Remedy.RESTART),
    )


def waits(entry: ImageEntry, *, can_go: bool, detail: str = "") -> SlotTaken:
    """can_go: nobody has tried in vain to erase it."""
    image, slot = begun(entry.version), entry.slot
    what = Coded(
        "slot-waits-as-test",
        "{image} waits in slot {slot} for the next restart, which starts it as a test",
        image=image,
        slot=slot,
    )
    if entry.permanent:
        what = Coded(
            "slot-waits-for-good",
            "{image} waits in slot {slot} for the next restart, which starts it for good",
            image=image,
            slot=slot,
        )
    return SlotTaken(
        what,
        why=Text("The device lets it not be replaced")
        if can_go
        else Text("The device lets it neither be replaced nor removed"),
        next_step=Text(
            "Restart the device and start the update again. If {image} still waits then, the "
            "bootloader cannot put it in place: erase the slot in its serial recovery or with "
            "a debugger",
            image=named(entry.version),
        ),
        detail=detail,
        remedies=(Remedy.RESTART,),
    )
