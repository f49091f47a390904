"""Whether there is a way back, and what has to be agreed to where there is none."""

from __future__ import annotations

from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.update.case import ONE_SLOT
from smp.update.kinds import NO_RESTART, Action, Check, Mode, Tone


def way_back(facts: DeviceFacts, mode: Mode) -> Check:
    if mode is Mode.PERMANENT:
        return Check(Tone.WARN, "Permanent: there is no way back")
    rolls_back = facts.can_roll_back
    if facts.in_recovery:
        return Check(Tone.WARN, "Serial recovery: overwrites the firmware, there is no way back")
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return Check(Tone.WARN, "Overwrites the old image: there is no way back")
    if rolls_back is None:
        return Check(Tone.WARN, "The device does not tell whether it can roll back")
    if not rolls_back:
        return Check(Tone.WARN, "Does not roll back by itself")
    return Check(Tone.OK, "Test first, roll back if it fails")


def consent(facts: DeviceFacts, action: Action, mode: Mode) -> str:
    if action in NO_RESTART:
        return ""
    if facts.in_recovery:
        return (
            "The firmware is overwritten at once. If the new one does not run, only recovery helps"
        )
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return (
            "The old image is overwritten. If the new one does not run, the device needs recovery"
        )
    if facts.mode in ONE_SLOT:
        return "There is only one slot. If the new image does not run, the device needs recovery"
    if mode is Mode.PERMANENT:
        return "The new image stays even if it does not run. Then the device needs recovery"
    return ""
