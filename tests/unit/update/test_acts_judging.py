"""Whether an act is possible, why not, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smp.commands.image import ImageState
from smp.commands.os import BootloaderMode
from smp.survey import DeviceFacts
from smp.update.acts.judging import judge
from smp.update.acts.kinds import Act, ActKind, Judgement, Way
from smp.update.acts.record import judgement_json
from tests.helpers.planning import OLD, device, entry, recovery, slots
from tests.helpers.texts import english

NEW = b"stored image's hash".ljust(32, b"-")
STORED = entry("1.4.0", 1, hash=NEW)
LOWER = entry("1.2.0", 1, hash=NEW)
TESTED = entry("1.4.0", 0, hash=NEW, confirmed=False)
FALLBACK = entry("1.3.0", 1, hash=OLD, confirmed=True)
XIP, RAM = BootloaderMode.DIRECT_XIP, BootloaderMode.RAM_LOAD
LOADER = BootloaderMode.FIRMWARE_LOADER
OVERWRITES = BootloaderMode.OVERWRITE_ONLY
SWAPS = (
    BootloaderMode.SWAP_SCRATCH,
    BootloaderMode.SWAP_MOVE,
    BootloaderMode.SWAP_OFFSET,
    BootloaderMode.DIRECT_XIP_REVERT,
)
SLOT_ACTS = (ActKind.TEST, ActKind.CONFIRM, ActKind.ERASE, ActKind.GO_BACK)


def judged(facts: DeviceFacts, kind: ActKind, **more: Any) -> Judgement:
    made = judge(facts, Act(kind, **more))
    obstacle = made.obstacle
    said = [made.after, *made.consents]
    said += [obstacle.what, obstacle.why, obstacle.next_step] if obstacle is not None else []
    for text in said:
        assert not list(english(text)), text
    if obstacle is not None:
        assert obstacle.why
        assert obstacle.next_step
    assert judgement_json(made)["possible"] is (obstacle is None)
    return made


def code(facts: DeviceFacts, kind: ActKind, **more: Any) -> str:
    """Of what stands in its way."""
    obstacle = judged(facts, kind, **more).obstacle
    return obstacle.what.code if obstacle is not None else ""


def consents(made: Judgement) -> list[str]:
    return [consent.code for consent in made.consents]


@pytest.mark.parametrize("kind", SLOT_ACTS)
def test_a_device_that_does_not_tell_its_images(kind: ActKind) -> None:
    assert code(device(state=None), kind) == "no-image-management"


@pytest.mark.parametrize("kind", SLOT_ACTS)
def test_recovery_takes_firmware_and_nothing_else(kind: ActKind) -> None:
    assert code(recovery(entry()), kind) == "act-in-recovery"
    assert code(device(entry(), STORED), kind) in ("",)


@pytest.mark.parametrize("kind", SLOT_ACTS)
def test_images_and_slots_that_are_not_there(kind: ActKind) -> None:
    facts = device(entry(), STORED, slots=slots(1000, 1000))
    assert code(facts, kind, image=1) == "no-such-image-number"
    assert code(facts, kind, slot=2) == "no-such-slot"
    assert code(device(entry(), STORED), kind, slot=5) == "no-such-slot"


@pytest.mark.parametrize("kind", SLOT_ACTS)
def test_nobody_guesses_what_runs(kind: ActKind) -> None:
    facts = device(entry(active=False), STORED)
    assert code(facts, kind) == "running-image-not-told"


@pytest.mark.parametrize("kind", SLOT_ACTS)
def test_a_core_that_is_not_listed_is_called_that(kind: ActKind) -> None:
    both = (*slots(1000, 1000), *slots(1000, 1000, image=1))
    assert code(device(entry(), slots=both), kind, image=1) == "core-out-of-sight"
    waits = entry("2.0.0", 1, 1, hash=NEW, pending=True)
    assert code(device(entry(), waits, slots=both), kind, image=1) == "core-out-of-sight"
    listed = entry("2.0.0", 0, 1, hash=NEW, active=False)
    assert code(device(entry(), listed, slots=both), kind, image=1) == "running-image-not-told"


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.GO_BACK])
@pytest.mark.parametrize("mode", list(BootloaderMode))
def test_nothing_is_stored(kind: ActKind, mode: BootloaderMode) -> None:
    assert code(device(mode=mode), kind) in ("nothing-stored", "bootloader-takes-no-marks")


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.GO_BACK])
@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        (entry("1.4.0", 1, hash=NEW, bootable=False), "image-not-bootable"),
        (entry("1.4.0", 1, hash=None), "hashes-not-told"),
        (entry("1.3.0", 1), "same-image-twice"),
    ],
    ids=["not bootable", "no hash", "the same twice"],
)
def test_what_is_stored_cannot_be_started(kind: ActKind, stored: Any, wanted: str) -> None:
    assert code(device(entry(), stored), kind) == wanted


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.GO_BACK])
def test_what_runs_is_not_started(kind: ActKind) -> None:
    assert code(device(entry(), STORED), kind, slot=0) == "image-runs-already"


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.GO_BACK])
def test_bootloaders_that_do_not_go_back_to_older_versions(kind: ActKind) -> None:
    guarded = device(entry(), LOWER, no_downgrade=True)
    assert code(guarded, kind) == "no-downgrade"
    assert code(device(entry(), STORED, no_downgrade=True), kind) == ""
    revert = device(entry(), LOWER, mode=BootloaderMode.DIRECT_XIP_REVERT)
    assert code(revert, kind) == "higher-version-runs"


# -- marking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", SWAPS)
def test_a_test_can_be_taken_back(mode: BootloaderMode) -> None:
    made = judged(device(entry(), STORED, mode=mode), ActKind.TEST)
    assert made.obstacle is None
    assert not made.consents
    assert "as a test" in made.after
    assert made.entry == STORED


@pytest.mark.parametrize("mode", [XIP, RAM, LOADER, BootloaderMode.SINGLE_SLOT])
def test_bootloaders_that_take_no_marks(mode: BootloaderMode) -> None:
    assert code(device(entry(), STORED, mode=mode), ActKind.TEST) == "bootloader-takes-no-marks"


def test_a_test_that_overwrites_asks() -> None:
    made = judged(device(entry(), STORED, mode=OVERWRITES), ActKind.TEST)
    assert consents(made) == ["no-way-back-overwrite"]
    assert "for good" in made.after


@pytest.mark.parametrize("mode", [None, BootloaderMode.UNKNOWN])
def test_nothing_is_promised_where_the_mode_is_not_told(mode: BootloaderMode | None) -> None:
    made = judged(device(entry(), STORED, mode=mode), ActKind.TEST)
    assert made.obstacle is None
    assert "not told" in made.after


def test_what_waits_already() -> None:
    waiting = entry("1.4.0", 1, hash=NEW, pending=True)
    assert judged(device(entry(), waiting), ActKind.TEST).is_done
    final = entry("1.4.0", 1, hash=NEW, pending=True, permanent=True)
    assert code(device(entry(), final), ActKind.TEST) == "slot-waits-for-good"


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.ERASE])
def test_the_way_back_is_left_alone(kind: ActKind) -> None:
    assert code(device(TESTED, FALLBACK), kind) == "way-back-is-kept"


# -- confirming -----------------------------------------------------------------------------------


def test_what_runs_on_test_is_confirmed() -> None:
    made = judged(device(TESTED, FALLBACK), ActKind.CONFIRM)
    assert made.obstacle is None
    assert not made.is_done
    assert "do not return to 1.3.0" in made.after
    assert code(device(TESTED, FALLBACK), ActKind.CONFIRM, slot=1) == "confirms-what-runs"


def test_what_is_confirmed_already_and_what_waits() -> None:
    made = judged(device(entry(), entry("1.4.0", 1, hash=NEW, pending=True)), ActKind.CONFIRM)
    assert made.is_done
    assert "1.4.0 in slot 1 waits" in made.after
    assert judged(device(), ActKind.CONFIRM).is_done


def test_one_of_several_is_confirmed_by_its_hash() -> None:
    other = entry("2.0.0", 0, 1, confirmed=False, hash=NEW)
    assert (
        "application's own image" in judged(device(entry(), other), ActKind.CONFIRM, image=1).after
    )
    nameless = entry("2.0.0", 0, 1, confirmed=False, hash=None)
    assert code(device(entry(), nameless), ActKind.CONFIRM, image=1) == "hashes-not-told"
    alone = device(entry("2.0.0", confirmed=False, hash=None))
    assert code(alone, ActKind.CONFIRM) == ""


# -- erasing --------------------------------------------------------------------------------------


def test_what_runs_is_not_erased() -> None:
    assert code(device(entry(), STORED), ActKind.ERASE, slot=0) == "slot-runs"
    assert code(device(mode=BootloaderMode.SINGLE_SLOT), ActKind.ERASE) == "slot-runs"
    assert judged(device(entry(), STORED), ActKind.ERASE).slot == 1
    second = device(entry("1.4.0", 1, active=True, confirmed=True), entry("1.3.0", active=False))
    assert judged(second, ActKind.ERASE).slot == 0


def test_an_image_that_is_erased_is_gone() -> None:
    made = judged(device(entry(), STORED), ActKind.ERASE)
    assert consents(made) == ["erased-image-is-gone"]
    waits = judged(device(entry(), entry("1.4.0", 1, hash=NEW, pending=True)), ActKind.ERASE)
    assert "does not start 1.4.0" in waits.after


def test_a_slot_in_which_nothing_is_listed_is_erased_without_a_question() -> None:
    made = judged(device(), ActKind.ERASE)
    assert made.obstacle is None
    assert (made.entry, made.slot, made.consents) == (None, 1, ())


def test_the_firmware_loader_is_not_erased() -> None:
    application = device(entry(), entry("0.9.0", 1, hash=NEW), mode=LOADER)
    assert code(application, ActKind.ERASE) == "slot-holds-loader"
    loader = device(
        entry(active=False, confirmed=False),
        entry("0.9.0", 1, hash=NEW, active=True),
        mode=LOADER,
    )
    made = judged(loader, ActKind.ERASE)
    assert made.slot == 0
    assert consents(made) == ["erased-image-is-gone", "erased-application-stops"]
    for kind in (ActKind.TEST, ActKind.GO_BACK):
        assert code(loader, kind) == "bootloader-takes-no-marks"
    assert code(loader, ActKind.CONFIRM) == "nothing-to-confirm"


# -- going back -----------------------------------------------------------------------------------


def test_a_restart_ends_a_test() -> None:
    made = judged(device(TESTED, FALLBACK), ActKind.GO_BACK)
    assert made.way is Way.RESTART
    assert not made.consents
    assert "ends the test of 1.4.0" in made.after


@pytest.mark.parametrize("mode", SWAPS)
def test_the_stored_image_is_tried_out_first(mode: BootloaderMode) -> None:
    made = judged(device(entry(), STORED, mode=mode), ActKind.GO_BACK)
    assert made.way is Way.TEST
    assert not made.consents
    assert "otherwise" in made.after


def test_going_back_where_nothing_returns_asks() -> None:
    made = judged(device(entry(), STORED, mode=OVERWRITES), ActKind.GO_BACK)
    assert consents(made) == ["no-way-back-overwrite"]
    final = entry("1.4.0", 1, hash=NEW, pending=True, permanent=True)
    made = judged(device(entry(), final), ActKind.GO_BACK)
    assert (made.way, consents(made)) == (Way.RESTART, ["no-way-back-permanent"])
    unknown = judged(device(entry(), STORED, mode=BootloaderMode.UNKNOWN), ActKind.GO_BACK)
    assert consents(unknown) == ["no-way-back-not-told"]


def test_another_core_goes_back_for_good() -> None:
    """Nobody could confirm it afterwards."""
    net = entry("2.0.0", 0, 1, hash=b"n" * 32)
    facts = device(entry(), net, entry("1.9.0", 1, 1, hash=NEW))
    made = judged(facts, ActKind.GO_BACK, image=1)
    assert (made.way, consents(made)) == (Way.FOR_GOOD, ["no-way-back-permanent"])


@pytest.mark.parametrize("mode", [XIP, RAM])
def test_the_higher_version_starts_by_itself(mode: BootloaderMode) -> None:
    made = judged(device(entry(), STORED, mode=mode), ActKind.GO_BACK)
    assert made.way is Way.RESTART
    assert made.consents
    assert code(device(entry(), LOWER, mode=mode), ActKind.GO_BACK) == "higher-version-runs"
    same = entry("1.3.0", 1, hash=NEW)
    assert code(device(entry(), same, mode=mode), ActKind.GO_BACK) == "same-version-runs"
    build = entry("1.3.0.5", 1, hash=NEW)
    assert code(device(entry(), build, mode=mode), ActKind.GO_BACK) == "bootloader-takes-no-marks"


@pytest.mark.parametrize("mode", [XIP, RAM, BootloaderMode.DIRECT_XIP_REVERT])
def test_of_two_equal_versions_the_one_in_slot_0_starts(mode: BootloaderMode) -> None:
    runs = entry("1.3.0", 1, active=True, confirmed=True)
    same = entry("1.3.0", 0, hash=NEW, active=False, confirmed=False)
    first = device(entry(), entry("1.3.0", 1, hash=NEW), mode=mode)
    assert code(first, ActKind.GO_BACK) == "same-version-runs"
    assert "slot 0" in str(judged(first, ActKind.GO_BACK).obstacle)
    assert code(device(runs, same, mode=mode), ActKind.GO_BACK) == ""
    restart = judged(device(runs, same, mode=mode), ActKind.RESTART)
    if mode is BootloaderMode.DIRECT_XIP_REVERT:
        assert "does not tell which" in restart.after
        assert code(first, ActKind.TEST) == "same-version-runs"
        assert code(device(runs, same, mode=mode), ActKind.TEST) == ""
    else:
        assert restart.entry == same
        assert consents(restart) == ["restart-starts-for-good"]


def test_what_is_not_marked_is_erased_where_a_higher_version_has_to_be() -> None:
    revert = BootloaderMode.DIRECT_XIP_REVERT
    assert "erases it" in judged(device(entry(), STORED, mode=revert), ActKind.RESTART).after
    for facts in (device(entry(), LOWER, mode=revert), device(entry(), STORED)):
        assert "erases" not in judged(facts, ActKind.RESTART).after


@pytest.mark.parametrize("mode", [BootloaderMode.UNKNOWN, None])
def test_a_bootloader_that_is_not_told_may_go_by_version(mode: BootloaderMode | None) -> None:
    assert "goes by version" in judged(device(entry(), STORED, mode=mode), ActKind.RESTART).after
    assert "goes by version" not in judged(device(entry(), LOWER, mode=mode), ActKind.RESTART).after
    for kind in (ActKind.TEST, ActKind.GO_BACK):
        assert "goes by version" in judged(device(entry(), LOWER, mode=mode), kind).after
        assert "goes by version" not in judged(device(entry(), STORED, mode=mode), kind).after


# -- restarting -----------------------------------------------------------------------------------


def test_a_restart_says_what_runs_then() -> None:
    plain = judged(device(), ActKind.RESTART)
    assert plain.after == "The device restarts and runs 1.3.0 again"
    assert plain.entry == entry()
    ends = judged(device(TESTED, FALLBACK), ActKind.RESTART)
    assert ends.entry == FALLBACK
    assert "ends the test of 1.4.0" in ends.after
    starts = judged(device(entry(), entry("1.4.0", 1, hash=NEW, pending=True)), ActKind.RESTART)
    assert "as a test" in starts.after
    assert not starts.consents


def test_a_restart_that_cannot_be_taken_back_asks() -> None:
    final = entry("1.4.0", 1, hash=NEW, pending=True, permanent=True)
    assert consents(judged(device(entry(), final), ActKind.RESTART)) == ["restart-starts-for-good"]
    waits = entry("1.4.0", 1, hash=NEW, pending=True)
    unknown = device(entry(), waits, mode=BootloaderMode.UNKNOWN)
    assert consents(judged(unknown, ActKind.RESTART)) == ["restart-starts-not-told"]


def test_a_restart_says_what_it_does_to_other_images() -> None:
    net = entry("2.0.0", 0, 1, hash=b"n" * 32)
    waits = entry("2.1.0", 1, 1, hash=NEW, pending=True, permanent=True)
    made = judged(device(entry(), net, waits), ActKind.RESTART)
    assert consents(made) == ["restart-starts-other-for-good"]
    assert "2.1.0 as image 1" in made.after


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (recovery(entry()), "leaves serial recovery"),
        (device(state=None), "does not tell beforehand"),
        (
            device(entry(active=False), entry("0.9.0", 1, hash=NEW, active=True), mode=LOADER),
            "leaves its firmware loader",
        ),
    ],
    ids=["recovery", "no list", "loader"],
)
def test_whoever_answers_can_be_restarted(facts: DeviceFacts, words: str) -> None:
    made = judged(facts, ActKind.RESTART)
    assert made.obstacle is None
    assert words in made.after


def test_into_recovery() -> None:
    assert "serial recovery" in judged(device(), ActKind.RECOVERY).after
    assert "firmware loader" in judged(device(mode=LOADER), ActKind.RECOVERY).after
    for facts in (device(), device(mode=LOADER), device(state=None)):
        codes = [it.code for it in judged(facts, ActKind.RECOVERY).consents]
        assert codes == ["application-stops-until-restart"]
    assert judged(recovery(entry()), ActKind.RECOVERY).is_done
    assert judged(recovery(entry()), ActKind.RECOVERY).consents == ()
    assert judged(device(state=None), ActKind.RECOVERY).obstacle is None


def test_who_agreed_to_something_else_has_not_agreed() -> None:
    act = Act(ActKind.ERASE)
    one, other = judge(device(entry(), STORED), act), judge(device(entry(), LOWER), act)
    assert one.is_like(judge(device(entry(), STORED), act))
    assert not one.is_like(other)
    running = DeviceFacts("board", "serial", state=ImageState((TESTED, FALLBACK)))
    assert not one.is_like(judge(running, act))


@pytest.mark.parametrize("kind", ["udp", "ble", "serial", "tcp"])
def test_recovery_out_of_reach_is_asked_for(kind: str) -> None:
    facts = replace(device(), kind=kind)
    asked = "recovery-out-of-reach" in consents(judged(facts, ActKind.RECOVERY))
    assert asked is (kind in ("udp", "ble"))
    loader = replace(device(mode=LOADER), kind=kind)
    assert "recovery-out-of-reach" not in consents(judged(loader, ActKind.RECOVERY))


def test_behind_a_firmware_loader_there_is_nothing_to_confirm_or_erase() -> None:
    silent = device(state=None, mode=LOADER)
    assert code(silent, ActKind.CONFIRM) == "nothing-to-confirm"
    assert code(silent, ActKind.ERASE) == "slots-not-listed"
    for kind in (ActKind.TEST, ActKind.GO_BACK):
        assert code(silent, kind) == "bootloader-takes-no-marks"


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.GO_BACK])
def test_what_is_stored_as_another_image_is_told(kind: ActKind) -> None:
    core = entry("2.0.0", 0, 1, hash=b"c" * 32)
    waits = entry("2.1.0", 1, 1, hash=NEW)
    made = judged(device(entry(), core, waits), kind)
    assert made.obstacle is not None
    assert made.obstacle.what.code == "stored-as-other-image"
    assert "2.1.0 in slot 1 of image 1 is stored" in made.obstacle.why
    assert made.obstacle.next_step == "Choose image 1 if that is meant"
    assert code(device(entry(), core, waits), kind, image=1) == ""
    nothing = judged(device(entry(), core), kind).obstacle
    assert nothing is not None
    assert "which runs as image 0" in nothing.why


def test_of_several_images_a_slot_says_whose_it_is() -> None:
    core = entry("2.0.0", 0, 1, hash=b"c" * 32)
    assert "Slot 1 of image 0" in judged(device(entry(), core), ActKind.ERASE).after
    assert "image" not in judged(device(), ActKind.ERASE).after.split(".")[0]
