"""The lines of a plan say what really happens: also where nothing is tested, sent or started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode, Parameters
from smp.image import FilePart, McubootImage
from smp.update import plan as plans
from smp.update.job import Job, parts_of
from smp.update.plan import Action, Mode, Plan, Tone
from tests.helpers import images
from tests.helpers.planning import OLD, device, entry, found, make_plan, recovery, slots

NEW = McubootImage.from_bytes(images.image("1.4.2", 4096))
PADDED = McubootImage.from_bytes(images.image("1.4.2", 4096, "--pad", slot_size=0x8000))
ON_TEST = {"active": True, "confirmed": False}


def ours(slot: int = 1, **flags: Any) -> ImageEntry:
    return entry("1.4.2", slot, hash=NEW.hash, **flags)


def other(slot: int = 1, **flags: Any) -> ImageEntry:
    return entry("9.9.9", slot, hash=b"other".ljust(32, b"-"), **flags)


def last(made: Plan) -> tuple[Tone, str]:
    """What becomes of the image is the last line."""
    return made.checks[-1].tone, made.checks[-1].text


@pytest.mark.parametrize(
    ("entries", "mode", "action", "words"),
    [
        ((ours(0),), Mode.CONFIRM, Action.NOTHING, "Runs already: nothing is sent"),
        ((ours(0),), Mode.TEST, Action.NOTHING, "Runs already: nothing is sent"),
        ((ours(0, **ON_TEST), entry(slot=1, confirmed=True)), Mode.TEST, Action.NOTHING, "stays"),
        (
            (ours(0, **ON_TEST), entry(slot=1, confirmed=True)),
            Mode.CONFIRM,
            Action.CONFIRM,
            "watched, then confirmed",
        ),
        (
            (ours(0), other(pending=True)),
            Mode.CONFIRM,
            Action.CLEAR,
            "9.9.9 in slot 1, waiting for the next restart, is erased first",
        ),
        (
            (entry("2.0.0", 0, hash=b"t" * 32, **ON_TEST), ours(1, confirmed=True)),
            Mode.CONFIRM,
            Action.RESTART,
            "ends the test of 2.0.0",
        ),
    ],
    ids=["runs", "runs, to be tested", "on test", "to be confirmed", "one waits", "goes back"],
)
@pytest.mark.parametrize("bootloader", [*BootloaderMode, None])
def test_nothing_is_promised_to_be_tested_where_nothing_is(
    entries: tuple[ImageEntry, ...],
    mode: Mode,
    action: Action,
    words: str,
    bootloader: BootloaderMode | None,
) -> None:
    if bootloader is BootloaderMode.FIRMWARE_LOADER:
        return  # what it lists as running is not what is updated
    made = make_plan(device(*entries, mode=bootloader), NEW, mode)
    assert made.action is action
    assert words in last(made)[1]
    assert not any("Test first" in check.text for check in made.checks)
    assert not any(check.text.startswith("Replaces") for check in made.checks)


@pytest.mark.parametrize(
    ("entries", "mode", "words"),
    [
        ((entry(),), Mode.CONFIRM, "Test first, roll back if it fails"),
        ((entry(), ours()), Mode.CONFIRM, "Test first, roll back if it fails"),
        ((entry(), ours(pending=True)), Mode.CONFIRM, "Test first, roll back if it fails"),
        ((entry(),), Mode.TEST, "Test only: the next restart returns to the old image"),
        ((entry(),), Mode.PERMANENT, "Permanent: there is no way back"),
    ],
)
def test_what_is_tested_is_promised_so(
    entries: tuple[ImageEntry, ...], mode: Mode, words: str
) -> None:
    assert last(make_plan(device(*entries), NEW, mode))[1] == words


@pytest.mark.parametrize(
    ("number", "tone", "code"),
    [
        (0, Tone.NEUTRAL, "runs-as-test-to-confirm"),
        (1, Tone.WARN, "runs-as-test-hardly-confirmed"),
    ],
)
def test_what_is_only_to_be_confirmed_is_said_with_who_lets_it(
    number: int, tone: Tone, code: str
) -> None:
    there = [replace(it, image=number) for it in (ours(0, **ON_TEST), entry(slot=1))]
    beside = [entry()] if number else []
    made = make_plan(device(*beside, *there), NEW, number=number)
    assert made.action is Action.CONFIRM
    assert (made.checks[-1].tone, made.checks[-1].text.code) == (tone, code)


@pytest.mark.parametrize("bootloader", [BootloaderMode.SWAP_MOVE, BootloaderMode.DIRECT_XIP_REVERT])
@pytest.mark.parametrize("no_downgrade", [False, True])
def test_going_back_to_the_confirmed_image_is_no_downgrade(
    bootloader: BootloaderMode, no_downgrade: bool
) -> None:
    """The device does it by itself at any restart, whatever the versions."""
    on_test = entry("2.0.0", 0, hash=b"t" * 32, **ON_TEST)
    facts = device(on_test, ours(confirmed=True), mode=bootloader, no_downgrade=no_downgrade)
    made = make_plan(facts, NEW)
    assert made.last.returns
    assert made.obstacle is None
    assert made.can_roll_back is False
    assert not any("Older" in check.text for check in made.checks)


@pytest.mark.parametrize("entries", [(entry(),), (entry(), other(pending=True))])
def test_what_waits_is_replaced_by_an_upload_alone(entries: tuple[ImageEntry, ...]) -> None:
    made = make_plan(device(*entries), NEW)
    said = [check for check in made.checks if check.text.startswith("Replaces 9.9.9")]
    assert len(said) == len(entries) - 1


def test_padding_is_left_out_of_what_is_sent_only() -> None:
    assert found(make_plan(device(), PADDED), "Padding")
    made = make_plan(device(entry("1.4.2", 0, hash=PADDED.hash)), PADDED)
    assert made.action is Action.NOTHING
    assert not any("Padding" in check.text for check in made.checks)


@pytest.mark.parametrize(
    ("others", "why", "step"),
    [
        ((), "no image to return to is listed", "which may keep it"),
        (
            (entry("1.3.0", 1, confirmed=True),),
            "the next restart returns to 1.3.0 in slot 1",
            "returns to 1.3.0",
        ),
        ((other(pending=True),), "9.9.9 in slot 1 waits for the next restart", "starts 9.9.9"),
    ],
)
def test_an_image_on_test_in_the_way_is_told_with_what_the_next_restart_does(
    others: tuple[ImageEntry, ...], why: str, step: str
) -> None:
    made = make_plan(device(entry("2.0.0", 0, hash=b"t" * 32, **ON_TEST), *others), NEW)
    assert made.obstacle is not None
    assert why in made.obstacle.why
    assert step in made.obstacle.next_step


@pytest.mark.parametrize("version", ["1.4.2", "1.5.0"])
def test_what_only_lies_there_is_not_said_to_run(version: str) -> None:
    """In a bootloader's recovery nothing runs."""
    made = make_plan(recovery(entry(version)), NEW)
    line = found(made, f"({version})")
    assert "is installed now" in line.text
    assert "runs" not in line.text
    running = make_plan(device(entry(version)), NEW)
    assert "runs now" in found(running, f"({version})").text


def test_a_device_that_lists_nothing_is_not_said_to_list_image_0() -> None:
    facts = replace(device(), state=ImageState(()))
    made = make_plan(facts, NEW, number=1)
    assert made.obstacle is not None
    assert made.obstacle.why == "It lists no image at all"
    listed = make_plan(device(), NEW, number=1).obstacle
    assert listed is not None
    assert listed.why == "It lists image number 0"
    assert listed.next_step == "Choose the number of the image that this file is made for"
    packed = plans.make_plan(device(), Job(parts_of([FilePart(NEW, 1)]))).obstacle
    assert packed is not None
    assert packed.next_step == "Use a package that is made for this device", "it tells the number"


@pytest.mark.parametrize(
    ("second", "is_met"),
    [
        ((entry("2.5.0", 0, 1),), True),
        ((entry("2.5.0", 0, 1, **ON_TEST), entry("2.0.0", 1, 1, confirmed=True)), False),
        ((entry("2.5.0", 0, 1, **ON_TEST),), True),
        ((entry("2.0.0", 0, 1), entry("2.5.0", 1, 1, pending=True)), True),
        ((entry("2.0.0", 0, 1), entry("2.5.0", 1, 1)), False),
        (
            (entry("2.0.0", 0, 1, active=False), entry("2.5.0", 1, 1, active=True, confirmed=True)),
            True,
        ),
    ],
    ids=["runs", "on test", "on test, nothing to return to", "waits", "lies there", "runs there"],
)
def test_what_another_image_will_be_after_the_restart_decides(
    second: tuple[ImageEntry, ...], is_met: bool
) -> None:
    """An image on test that is new enough goes back at the restart which is to start this one."""
    needs = McubootImage.from_bytes(images.image("1.4.2", 4096, "-d", "(1, 2.4.0)"))
    made = make_plan(device(entry(hash=OLD), *second), needs)
    assert (made.obstacle is None) is is_met
    assert found(made, "Needs image 1").tone is (Tone.OK if is_met else Tone.BAD)


@pytest.mark.parametrize(("slot", "is_met"), [(0, True), (1, False)])
def test_in_recovery_another_image_is_what_lies_in_its_first_slot(slot: int, is_met: bool) -> None:
    needs = McubootImage.from_bytes(images.image("1.4.2", 4096, "-d", "(1, 2.4.0)"))
    there = [entry("2.5.0", slot, 1), entry("2.0.0", 1 - slot, 1)]
    line = found(make_plan(recovery(entry(hash=OLD), *there), needs), "Needs image 1")
    assert (line.tone is Tone.OK) is is_met
    assert ("2.5.0" if is_met else "2.0.0") in line.text


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("listed", [(), (other(image=1),), (entry("2.0.0", 0, 1),)])
def test_the_first_image_of_a_number_has_none_to_go_back_to(
    mode: Mode, listed: tuple[ImageEntry, ...]
) -> None:
    sizes = slots(100_000, 100_000) + slots(100_000, 100_000, image=1)
    made = make_plan(device(entry(), *listed, slots=sizes), NEW, mode, number=1)
    runs = any(e.active for e in listed)
    assert made.action is Action.UPLOAD
    assert made.obstacle is None
    assert ("none to go back to" in last(made)[1]) is not runs
    if not runs:
        assert last(made)[0] is Tone.WARN
    assert ("returns to the old image" in last(made)[1]) is (runs and mode is Mode.TEST)
    assert (made.can_roll_back is False) is (not runs or mode is not Mode.TEST)
    assert bool(made.consent) is (made.can_roll_back is False)


def test_a_list_that_would_not_fit_any_more_is_told_with_both_numbers() -> None:
    listed = ImageState((entry(), entry("2.0.0", 0, 1)), answer_size=300)
    for room, fits in ((440, False), (480, True)):
        facts = device(state=listed, parameters=Parameters(room, 4))
        made = make_plan(facts, NEW)
        assert (made.obstacle is None) is fits
        if made.obstacle is not None:
            assert made.obstacle.what.code == "image-list-too-long"
            assert "its buffers hold 440" in made.obstacle.why
            assert "With 1.4.2 stored, its list would have about 44" in made.obstacle.why
        full = replace(facts, state=replace(listed, entries=(*listed.entries, other())))
        assert make_plan(full, NEW).obstacle is None, "one of them is replaced"


@pytest.mark.parametrize(
    ("flags", "kind", "code"),
    [
        ({"pending": True}, "as a test", "restart-starts-other-test"),
        ({"pending": True, "permanent": True}, "for good", "restart-starts-other-for-good"),
    ],
)
def test_what_starts_beside_it_is_named_with_what_it_replaces(
    flags: dict[str, bool], kind: str, code: str
) -> None:
    waits = entry("1.9.0", 1, 1, hash=b"w" * 32, **flags)
    (line,) = make_plan(device(entry(), entry("1.3.0", image=1), waits), NEW).of_the_whole
    assert line.tone is Tone.WARN
    assert line.text == f"The restart also starts 1.9.0 as image 1 in place of 1.3.0, {kind}"
    assert line.text.code == code
    (line,) = make_plan(device(entry(), waits), NEW).of_the_whole
    assert line.text == f"The restart also starts 1.9.0 as image 1, {kind}"


def codes(made: Plan) -> set[str]:
    return {check.text.code for check in made.checks}


@pytest.mark.parametrize(
    ("mode", "consent", "way"),
    [
        (BootloaderMode.OVERWRITE_ONLY, "no-way-back-overwrite", "overwrites-old-image"),
        (BootloaderMode.DIRECT_XIP, "no-way-back-higher-version", "runs-higher-version"),
        (BootloaderMode.RAM_LOAD, "no-way-back-ram-load", "runs-higher-version-from-ram"),
        (BootloaderMode.SINGLE_SLOT_RAM_LOAD, "no-way-back-one-slot", "only-one-slot"),
        (BootloaderMode.UNKNOWN, "no-way-back-not-told", "rollback-not-told"),
        (BootloaderMode.SWAP_MOVE, None, "test-then-confirm"),
    ],
)
def test_what_is_agreed_to_is_known_by_its_code(
    mode: BootloaderMode, consent: str | None, way: str
) -> None:
    made = make_plan(device(entry(), mode=mode), NEW)
    assert [it.code for it in made.consents] == ([consent] if consent else [])
    assert way in codes(made)


@pytest.mark.parametrize(
    ("mode", "consent"),
    [
        (BootloaderMode.OVERWRITE_ONLY, "no-way-back-overwrite"),
        (BootloaderMode.DIRECT_XIP, "no-way-back-higher-version"),
        (BootloaderMode.SINGLE_SLOT_RAM_LOAD, "no-way-back-one-slot"),
        (BootloaderMode.UNKNOWN, "no-way-back-permanent"),
        (BootloaderMode.SWAP_MOVE, "no-way-back-permanent"),
        (None, "no-way-back-permanent"),
    ],
)
def test_what_is_marked_for_good_is_agreed_to_in_the_strongest_words(
    mode: BootloaderMode | None, consent: str
) -> None:
    made = make_plan(device(entry(), mode=mode), NEW, Mode.PERMANENT)
    assert [it.code for it in made.consents] == [consent]


@pytest.mark.parametrize(
    ("version", "words", "at_higher"),
    [
        ("1.3.0", None, None),
        ("1.4.2", "Same version number as {}, another build", "goes on running the old one"),
        ("1.4.3", "Older than {}", "; this bootloader runs the higher version"),
    ],
)
def test_versions_are_compared_with_what_is_there(
    version: str, words: str | None, at_higher: str | None
) -> None:
    runs, installed = (f"what {it} now ({version})" for it in ("runs", "is installed"))
    swaps, higher = make_plan(device(entry(version)), NEW), BootloaderMode.DIRECT_XIP
    chooses = make_plan(device(entry(version), mode=higher), NEW)
    lies = make_plan(recovery(entry(version)), NEW)
    if words is None or at_higher is None:
        assert not [
            it for made in (swaps, chooses, lies) for it in made.checks if version in it.text
        ]
        return
    assert found(swaps, words.format(runs)).text == words.format(runs)
    assert at_higher in found(chooses, words.format(runs)).text
    assert found(lies, words.format(installed))


def test_scripts_forbid_by_code_not_by_words() -> None:
    """Codes are promises: one that is renamed breaks the scripts that rely on it."""
    assert {"hash-matches", "signature-not-checked"} <= codes(make_plan(device(entry()), NEW))
    older = make_plan(device(entry("1.5.0")), NEW)
    assert "older-than-running" in codes(older)
    assert older.obstacle is None
    refused = make_plan(device(entry("1.5.0"), no_downgrade=True), NEW)
    assert "older-than-running" in codes(refused)
    assert refused.obstacle is not None
    assert refused.obstacle.what.code == "no-downgrade"
    unsigned = McubootImage.from_bytes(images.image("1.4.2", 4096, key=None))
    assert "not-signed" in codes(make_plan(device(entry()), unsigned))


def test_several_things_to_agree_to_are_each_a_text_of_their_own() -> None:
    waiting = entry("2.5.0", 1, 1, pending=True, permanent=True)
    facts = device(entry(), entry("2.0.0", 0, 1, active=True), waiting)
    made = make_plan(facts, NEW, Mode.PERMANENT)
    assert [it.code for it in made.consents] == [
        "no-way-back-permanent",
        "restart-starts-other-for-good",
    ]
    assert made.consent == ". ".join(made.consents)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.4.1", "The running image 1.4.1 is not confirmed"),
        ("", "The running image is not confirmed"),
    ],
)
def test_a_version_that_is_not_told_leaves_no_gap(version: str, words: str) -> None:
    made = make_plan(device(entry(version, **ON_TEST)), NEW)
    assert made.obstacle is not None
    assert (made.obstacle.what, made.obstacle.what.code) == (words, "running-not-confirmed")
