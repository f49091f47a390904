"""Whether there is a way back, and what has to be agreed to: where there is none, and where the
file is made for something else.

A device that has no command to tell its mode (old firmware, Apache Mynewt) is only warned of. One
that has it and tells a mode of no name is asked for: RAM-load tells nothing else.
"""

from __future__ import annotations

from typing import assert_never

from smp.commands.os import BootloaderMode
from smp.text import Coded
from smp.update.case import Case
from smp.update.deeds import of_slot
from smp.update.kinds import NO_RESTART, Action, Check, Mode, Tone
from smp.update.phrases import listed, named
from smp.update.product import foreign

_ONE_SLOT = Coded(
    "no-way-back-one-slot",
    "There is only one slot. If the new image does not run, the device needs recovery",
)
ENTERS_RECOVERY = Coded(
    "restarts-into-recovery",
    "The device is restarted into its bootloader's serial recovery first: its application does not "
    "run until the update is done. Some bootloaders leave it by themselves after a while",
)
_RECOVERY = Coded(
    "no-way-back-recovery",
    "The firmware is overwritten at once. If the new one does not run, only recovery helps",
)
STAYS = Coded(
    "no-way-back-permanent",
    "The new image stays even if it does not run. Then the device needs recovery",
)
_CONSENTS = {
    BootloaderMode.OVERWRITE_ONLY: Coded(
        "no-way-back-overwrite",
        "The old image is overwritten. If the new one does not run, the device needs recovery",
    ),
    BootloaderMode.DIRECT_XIP: Coded(
        "no-way-back-higher-version",
        "This bootloader runs the image with the higher version and does not go back by itself. "
        "If the new one does not run, the device needs recovery or a debugger",
    ),
    BootloaderMode.RAM_LOAD: Coded(
        "no-way-back-ram-load",
        "This bootloader copies the image with the higher version to RAM and does not go back by "
        "itself. If the new one does not run, the device needs recovery or a debugger",
    ),
    BootloaderMode.FIRMWARE_LOADER: Coded(
        "no-way-back-firmware-loader",
        "The application is overwritten at once. If the new one does not run, the device has to be "
        "started into its firmware loader by hand",
    ),
    BootloaderMode.SINGLE_SLOT: _ONE_SLOT,
    BootloaderMode.SINGLE_SLOT_RAM_LOAD: _ONE_SLOT,
    BootloaderMode.UNKNOWN: Coded(
        "no-way-back-not-told",
        "The device does not tell whether it can go back to the old image. If the new one does not "
        "run, it may need recovery or a debugger",
    ),
}
_ONLY_ONE_SLOT = Coded("only-one-slot", "Only one slot: there is no way back")
_WAYS_BACK = {
    BootloaderMode.OVERWRITE_ONLY: Coded(
        "overwrites-old-image", "Overwrites the old image: there is no way back"
    ),
    BootloaderMode.DIRECT_XIP: Coded(
        "runs-higher-version", "Runs the higher version: does not go back by itself"
    ),
    BootloaderMode.RAM_LOAD: Coded(
        "runs-higher-version-from-ram",
        "Runs the higher version from RAM: does not go back by itself",
    ),
    BootloaderMode.FIRMWARE_LOADER: Coded(
        "overwrites-application", "Overwrites the application: there is no way back"
    ),
    BootloaderMode.SINGLE_SLOT: _ONLY_ONE_SLOT,
    BootloaderMode.SINGLE_SLOT_RAM_LOAD: _ONLY_ONE_SLOT,
}


def way_back(case: Case, mode: Mode) -> Check:
    """What happens to the image in the end, and whether anything returns from it."""
    facts, action = case.facts, case.action
    if action in NO_RESTART:
        return _runs_already(case)
    if case.returns:
        version = named(case.running_text)
        return Check(
            Tone.NEUTRAL,
            Coded(
                "returns-to-confirmed",
                "Goes back to the confirmed image: the restart ends the test of {version}. Nothing "
                "returns from it by itself",
                version=version,
            ),
        )
    if facts.application_ran and action is Action.RESTART:
        text = Coded(
            "loader-has-it",
            "The device's application is this file's image already: it is not sent, only started "
            "again",
        )
        return Check(Tone.NEUTRAL, text)
    if case.is_first:
        return Check(
            Tone.WARN,
            Coded(
                "first-of-its-number",
                "The device lists no image {number} that runs: there is none to go back to",
                number=case.number,
            ),
        )
    if mode is Mode.PERMANENT:
        return Check(Tone.WARN, Coded("permanent", "Permanent: there is no way back"))
    if facts.in_recovery:
        return Check(
            Tone.WARN,
            Coded(
                "serial-recovery",
                "Serial recovery: overwrites the firmware, there is no way back",
            ),
        )
    if facts.mode in _WAYS_BACK:
        return Check(Tone.WARN, _WAYS_BACK[facts.mode])
    if facts.can_roll_back is None:
        return Check(
            Tone.WARN,
            Coded("rollback-not-told", "The device does not tell whether it can roll back"),
        )
    match mode:
        case Mode.CONFIRM if case.number > 0:
            return Check(
                Tone.WARN,
                Coded(
                    "other-number-waits-as-test",
                    "Waits as a test: it is to be confirmed afterwards, and most devices do not "
                    "let image {number} be confirmed. Then the restart after that returns to the "
                    "old image",
                    number=case.number,
                ),
            )
        case Mode.CONFIRM:
            return Check(Tone.OK, Coded("test-then-confirm", "Test first, roll back if it fails"))
        case Mode.TEST:
            return Check(
                Tone.OK,
                Coded("test-only", "Test only: the next restart returns to the old image"),
            )
        case _:
            assert_never(mode)


def _runs_already(case: Case) -> Check:
    """Nothing is started, so nothing is tested."""
    match case.action:
        case Action.CONFIRM if case.number > 0:
            text = Coded(
                "runs-as-test-hardly-confirmed",
                "Runs already, as a test: it is watched, then confirmed. Most devices do not let "
                "image {number} be confirmed",
                number=case.number,
            )
            return Check(Tone.WARN, text)
        case Action.CONFIRM:
            text = Coded(
                "runs-as-test-to-confirm",
                "Runs already, as a test: it is watched, then confirmed",
            )
            return Check(Tone.NEUTRAL, text)
        case Action.CLEAR:
            waits = [e for e in case.entries if e is not case.before and e.pending]
            text = Coded(
                "runs-already-waiting-erased",
                "Runs already. {images}, waiting for the next restart, is erased first",
                images=listed([of_slot(entry) for entry in waits]),
            )
            return Check(Tone.WARN, text)
        case Action.NOTHING if case.before is not None and not case.before.confirmed:
            text = Coded(
                "runs-already-stays-test",
                "Runs already, as a test, and stays so: it is only watched",
            )
            return Check(Tone.NEUTRAL, text)
        case Action.NOTHING:
            text = Coded("runs-already", "Runs already: nothing is sent, it is only watched")
            return Check(Tone.NEUTRAL, text)
        case Action.UPLOAD | Action.MARK | Action.RESTART:  # pragma: no cover -- asked of what runs
            raise AssertionError("it does not run yet")
        case _:
            assert_never(case.action)


def no_way_back(mode: BootloaderMode | None) -> Coded | None:
    """What has to be agreed to where a bootloader of this mode starts another image."""
    return _CONSENTS.get(mode) if mode is not None else None


def consent(case: Case, mode: Mode) -> list[Coded]:
    """What has to be agreed to."""
    return [] if case.action in NO_RESTART else [*foreign(case), *_one_way(case, mode)]


def _one_way(case: Case, mode: Mode) -> list[Coded]:
    facts = case.facts
    if facts.application_ran and case.action is Action.RESTART:
        return []
    if facts.in_recovery:
        return [_RECOVERY]
    stays = mode.is_for_good
    if facts.mode in _CONSENTS and not (stays and facts.mode is BootloaderMode.UNKNOWN):
        return [_CONSENTS[facts.mode]]
    return [STAYS] if stays or case.is_first else []
