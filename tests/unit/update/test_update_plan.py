"""The plan as a decision table: what a file would do to a device, and what forbids it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState, SlotFacts
from smp.commands.os import BootloaderMode
from smp.image import HashCheck, McubootImage, PublicKey, check_signature
from smp.simulator import build_image
from smp.survey import DeviceFacts
from smp.update import plan as plans
from smp.update.case import FROM_RAM, IN_PLACE, NOT_TOLD, ONE_SLOT, SWAPS
from smp.update.experience import WATCH, Experience
from smp.update.job import Job
from smp.update.plan import Action, Check, Mode, Plan, Remedy, Tone
from tests.helpers import images
from tests.helpers.planning import make_plan

NEW = McubootImage.from_bytes(images.image("1.4.2", 4096))
OLD = b"old image's hash".ljust(32, b"-")
OTHER = b"other hash".ljust(32, b"-")
SWAP = BootloaderMode.SWAP_MOVE


def old(**flags: Any) -> ImageEntry:
    return ImageEntry(
        0, 0, "1.3.0", OLD, **({"bootable": True, "active": True, "confirmed": True} | flags)
    )


def new(slot: int = 1, **flags: Any) -> ImageEntry:
    return ImageEntry(0, slot, "1.4.2", NEW.hash, **({"bootable": True} | flags))


def other(slot: int = 1, **flags: Any) -> ImageEntry:
    return ImageEntry(0, slot, "9.9.9", OTHER, **({"bootable": True} | flags))


RUNNING = {"active": True, "confirmed": True}


def facts(*entries: ImageEntry, mode: BootloaderMode | None = SWAP, **more: Any) -> DeviceFacts:
    return DeviceFacts("board", "serial", mode=mode, state=ImageState(entries), **more)


def plan(device: DeviceFacts, mode: Mode = Mode.CONFIRM, image: McubootImage = NEW) -> Plan:
    return make_plan(device, image, mode)


# -- what has to be done ------------------------------------------------------------------------

ACTIONS = [
    ("nothing listed", (), dict.fromkeys(Mode, Action.UPLOAD)),
    ("old runs", (old(),), dict.fromkeys(Mode, Action.UPLOAD)),
    ("old runs, another beside it", (old(), other()), dict.fromkeys(Mode, Action.UPLOAD)),
    ("old runs, another waits", (old(), other(pending=True)), dict.fromkeys(Mode, Action.UPLOAD)),
    ("new runs", (new(0, **RUNNING),), dict.fromkeys(Mode, Action.NOTHING)),
    (
        "new runs, old beside it",
        (new(0, **RUNNING), old(active=False, confirmed=False)),
        dict.fromkeys(Mode, Action.NOTHING),
    ),
    (
        "new runs as a test",
        (new(0, active=True), replace(old(active=False), slot=1)),
        {
            Mode.CONFIRM: Action.CONFIRM,
            Mode.PERMANENT: Action.CONFIRM,
            Mode.TEST: Action.NOTHING,
        },
    ),
    (
        "new runs, another waits",
        (new(0, **RUNNING), other(pending=True)),
        dict.fromkeys(Mode, Action.CLEAR),
    ),
    ("new lies there", (old(), new()), dict.fromkeys(Mode, Action.MARK)),
    ("new waits as a test", (old(), new(pending=True)), dict.fromkeys(Mode, Action.RESTART)),
    (
        "new waits for good",
        (old(), new(pending=True, permanent=True)),
        dict.fromkeys(Mode, Action.RESTART),
    ),
    (
        "a test of old runs, new comes back by itself",
        (old(confirmed=False), new(confirmed=True)),
        dict.fromkeys(Mode, Action.RESTART),
    ),
]


@pytest.mark.parametrize(
    ("entries", "mode", "action"),
    [
        pytest.param(entries, mode, action, id=f"{name}, {mode.value}")
        for name, entries, actions in ACTIONS
        for mode, action in actions.items()
    ],
)
def test_actions(entries: tuple[ImageEntry, ...], mode: Mode, action: Action) -> None:
    made = plan(facts(*entries), mode)
    assert made.action is action
    assert made.needs_restart == (action in (Action.UPLOAD, Action.MARK, Action.RESTART))


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (ImageEntry(0, 0, "1.3.0", OLD),),
        (ImageEntry(0, 0, "1.4.2", NEW.hash),),
        (ImageEntry(0, 0, "1.3.0", OLD), ImageEntry(0, 1, "1.4.2", NEW.hash)),
    ],
    ids=["nothing", "old", "new", "new in the other slot"],
)
def test_recovery_always_uploads(entries: tuple[ImageEntry, ...]) -> None:
    """It writes the primary slot and knows nothing of marking; what stands there is not proven
    to be whole by being listed."""
    device = facts(*entries, mode=None, in_recovery=True)
    device = replace(device, state=ImageState(entries, has_flags=False))
    made = plan(device)
    assert made.action is Action.UPLOAD
    assert made.obstacle is None
    assert made.consent
    assert made.can_roll_back is False


@pytest.mark.parametrize("mode", [*BootloaderMode, None])
def test_what_starts_without_a_mark_is_known_where_the_mode_is(mode: BootloaderMode | None) -> None:
    by_version = mode in (BootloaderMode.DIRECT_XIP, BootloaderMode.RAM_LOAD)
    expected = None if mode in NOT_TOLD else by_version
    assert plan(facts(old(), mode=mode)).last.starts_unmarked is expected


def test_what_ran_before_is_known() -> None:
    assert plan(facts(old(), other())).last.before == old()
    assert plan(facts()).last.before is None
    in_recovery = facts(ImageEntry(0, 0, "1.3.0", OLD), mode=None, in_recovery=True)
    before = plan(in_recovery).last.before
    assert before is not None
    assert before.version == "1.3.0"


def test_images_are_judged_by_their_number() -> None:
    second = [replace(entry, image=1) for entry in (old(), new(pending=True))]
    device = facts(new(0, **RUNNING), *second)
    assert make_plan(device, NEW, number=0).action is Action.NOTHING
    made = make_plan(device, NEW, number=1)
    assert made.action is Action.RESTART
    assert made.last.number == 1
    assert make_plan(device, NEW, number=2).action is Action.UPLOAD


def test_an_image_is_known_by_its_hash_not_by_its_version() -> None:
    same_version = replace(old(), version="1.4.2")
    made = plan(facts(same_version))
    assert made.action is Action.UPLOAD
    assert any("another build" in check.text for check in made.checks)


# -- what is sent -----------------------------------------------------------------------------


def test_padding_is_left_out_unless_the_bootloader_wants_the_trailer() -> None:
    padded = McubootImage.from_bytes(images.image("1.4.2", 4096, "--pad", slot_size=0x8000))
    assert len(padded.data) == 0x8000
    made = plan(facts(old()), image=padded)
    assert made.last.data == padded.unpadded()
    assert any("Padding" in check.text for check in made.checks)
    xip = plan(facts(old(), mode=BootloaderMode.DIRECT_XIP_REVERT), image=padded)
    assert xip.last.data == padded.data


# -- obstacles --------------------------------------------------------------------------------


def damaged() -> McubootImage:
    data = bytearray(NEW.data)
    data[0x300] ^= 1
    return McubootImage.from_bytes(data)


def test_a_good_file_for_a_good_device_meets_no_obstacle() -> None:
    made = plan(facts(old()))
    assert made.obstacle is None
    assert made.consent == ""
    assert made.can_roll_back is True
    assert all(check.tone is not Tone.BAD for check in made.checks)


def test_a_device_without_image_management_is_told() -> None:
    made = plan(DeviceFacts("board", "serial"))
    assert made.obstacle is not None
    assert "cannot be updated" in made.obstacle.what


def test_a_damaged_file_is_told() -> None:
    made = plan(facts(old()), image=damaged())
    assert made.obstacle is not None
    assert "damaged" in made.obstacle.what
    assert any(check.tone is Tone.BAD for check in made.checks)


def test_a_file_without_a_hash_cannot_be_proven() -> None:
    """Nobody can tell such an image from another: no verdict could be proven."""
    nameless = replace(NEW, tlvs=(), hash_check=HashCheck.MISSING)
    made = plan(facts(old()), image=nameless)
    assert made.obstacle is not None
    assert not any("does not match" in check.text for check in made.checks)


def test_an_image_that_does_not_boot_is_told() -> None:
    library = McubootImage.from_bytes(images.image("1.4.2", 4096, "--non-bootable"))
    made = plan(facts(old()), image=library)
    assert made.obstacle is not None
    assert "not bootable" in made.obstacle.why


@pytest.mark.parametrize("entries", [(), (new(),), (other(),), (new(pending=True),)])
def test_an_unconfirmed_image_has_to_be_dealt_with_first(entries: tuple[ImageEntry, ...]) -> None:
    made = plan(facts(old(confirmed=False), *entries))
    if made.action is Action.RESTART:
        assert made.obstacle is None
        return
    assert made.obstacle is not None
    assert "not confirmed" in made.obstacle.what
    assert made.obstacle.remedies == (Remedy.CONFIRM_RUNNING, Remedy.RESTART)


def test_returning_to_the_old_image_is_no_obstacle() -> None:
    """The wanted image is the one the device would return to by itself."""
    made = plan(facts(old(confirmed=False), new(confirmed=True)))
    assert made.action is Action.RESTART
    assert made.obstacle is None


SIZE = len(NEW.unpadded())


@pytest.mark.parametrize(
    ("slot", "largest", "fits"),
    [
        (SIZE - 1, None, False),
        (SIZE, None, True),
        (SIZE + 10_000, None, True),
        (SIZE + 10_000, SIZE - 1, False),
        (SIZE + 10_000, SIZE, True),
    ],
    # The size of a signed image differs from run to run.
    ids=["one-less", "exact", "room", "told-one-less", "told-exact"],
)
def test_the_size_is_compared_with_the_slot(slot: int, largest: int | None, fits: bool) -> None:
    slots = tuple(SlotFacts(0, n, slot, None, largest) for n in (0, 1))
    made = plan(facts(old(), slots=slots))
    assert (made.obstacle is None) == fits
    if not fits:
        assert made.obstacle is not None
        assert "too large" in made.obstacle.what
        assert any(check.tone is Tone.BAD for check in made.checks)


def test_an_image_that_is_there_already_fits() -> None:
    slots = (SlotFacts(0, 1, 10, None, None),)
    assert plan(facts(old(), new(), slots=slots)).obstacle is None


def test_recovery_writes_the_primary_slot() -> None:
    slots = (SlotFacts(0, 0, 10, None, None), SlotFacts(0, 1, 1 << 20, None, None))
    made = plan(facts(mode=None, in_recovery=True, slots=slots))
    assert made.obstacle is not None
    assert "too large" in made.obstacle.what


@pytest.mark.parametrize(
    ("running", "no_downgrade", "forbidden"),
    [
        ("1.3.0", True, False),
        ("1.4.2", True, False),
        ("1.5.0", False, False),
        ("1.5.0", True, True),
        ("weird", True, False),
    ],
)
def test_a_bootloader_that_refuses_older_versions(
    running: str, no_downgrade: bool, forbidden: bool
) -> None:
    device = facts(replace(old(), version=running), no_downgrade=no_downgrade)
    made = plan(device)
    assert (made.obstacle is not None) == forbidden
    if made.obstacle:
        assert running in made.obstacle.what


@pytest.mark.parametrize("image", [damaged()])
@pytest.mark.parametrize("entries", [(old(),), (new(0, **RUNNING),)])
def test_a_damaged_file_is_never_fine(image: McubootImage, entries: tuple[ImageEntry, ...]) -> None:
    """Not even when the device runs the whole image: the file is not what it says."""
    made = make_plan(facts(*entries), image)
    assert made.obstacle is not None


# -- consent ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bootloader", "mode", "asks"),
    [
        (BootloaderMode.SWAP_SCRATCH, Mode.CONFIRM, False),
        (BootloaderMode.SWAP_MOVE, Mode.TEST, False),
        (BootloaderMode.SWAP_OFFSET, Mode.PERMANENT, True),
        (BootloaderMode.OVERWRITE_ONLY, Mode.CONFIRM, True),
        (BootloaderMode.OVERWRITE_ONLY, Mode.TEST, True),
        (BootloaderMode.SINGLE_SLOT, Mode.CONFIRM, True),
        (BootloaderMode.SINGLE_SLOT_RAM_LOAD, Mode.CONFIRM, True),
        (BootloaderMode.DIRECT_XIP, Mode.CONFIRM, True),
        (BootloaderMode.DIRECT_XIP, Mode.TEST, True),
        (BootloaderMode.DIRECT_XIP_REVERT, Mode.CONFIRM, False),
        (BootloaderMode.DIRECT_XIP_REVERT, Mode.PERMANENT, True),
        (BootloaderMode.RAM_LOAD, Mode.CONFIRM, True),
        (BootloaderMode.FIRMWARE_LOADER, Mode.CONFIRM, True),
        (BootloaderMode.UNKNOWN, Mode.CONFIRM, True),
        (BootloaderMode.UNKNOWN, Mode.PERMANENT, True),
        (None, Mode.CONFIRM, False),
        (None, Mode.PERMANENT, True),
    ],
)
@pytest.mark.parametrize("entries", [(old(),), (old(), new())], ids=["upload", "mark"])
def test_what_cannot_be_taken_back_is_asked_for(
    bootloader: BootloaderMode | None, mode: Mode, asks: bool, entries: tuple[ImageEntry, ...]
) -> None:
    made = plan(facts(*entries, mode=bootloader), mode)
    assert bool(made.consent) == asks
    if asks:
        assert any(c.tone is Tone.WARN and "back" in c.text for c in made.checks)


@pytest.mark.parametrize("mode", list(Mode))
def test_an_image_that_waits_for_good_is_asked_for(mode: Mode) -> None:
    """Somebody marked it permanent: whatever mode is chosen now, there is no way back from it."""
    made = plan(facts(old(), new(pending=True, permanent=True)), mode)
    assert made.action is Action.RESTART
    assert made.consent
    assert made.can_roll_back is False
    assert not any("roll back if it fails" in check.text for check in made.checks)


@pytest.mark.parametrize("mode", list(Mode))
def test_nothing_to_do_asks_for_nothing(mode: Mode) -> None:
    device = facts(new(0, **RUNNING), mode=BootloaderMode.OVERWRITE_ONLY)
    assert plan(device, mode).consent == ""


@pytest.mark.parametrize(
    ("bootloader", "mode", "can"),
    [
        (BootloaderMode.SWAP_MOVE, Mode.CONFIRM, True),
        (BootloaderMode.SWAP_MOVE, Mode.PERMANENT, False),
        (BootloaderMode.OVERWRITE_ONLY, Mode.CONFIRM, False),
        (BootloaderMode.DIRECT_XIP, Mode.CONFIRM, False),
        (BootloaderMode.DIRECT_XIP_REVERT, Mode.CONFIRM, True),
        (BootloaderMode.UNKNOWN, Mode.CONFIRM, None),
        (None, Mode.CONFIRM, None),
    ],
)
def test_whether_it_rolls_back(
    bootloader: BootloaderMode | None, mode: Mode, can: bool | None
) -> None:
    assert plan(facts(old(), mode=bootloader), mode).can_roll_back is can


# -- checks in words ----------------------------------------------------------------------------


def find(made: Plan, words: str) -> Check:
    found = [check for check in made.checks if words in check.text]
    assert len(found) == 1, made.checks
    return found[0]


def test_a_signature_without_a_key_to_check_it_is_a_plain_fact() -> None:
    line = find(plan(facts(old())), "Signed")
    assert line.tone is Tone.NEUTRAL
    (signature,) = NEW.signatures
    assert line.text == (
        f"Signed (ECDSA P-256, key {signature.fingerprint}): no key here to check it against"
    )


@pytest.mark.parametrize(("name", "tone"), [("test", Tone.OK), ("other", Tone.BAD)])
def test_a_signature_that_was_checked_is_good_or_bad(name: str, tone: Tone) -> None:
    key = PublicKey.load(images.public_key_file("ecdsa-p256", name))
    checked = check_signature(NEW, key)
    made = make_plan(facts(old()), NEW, signature=checked)
    line = find(made, checked.words.rstrip("."))
    assert line.tone is tone
    assert line.text.code == ("signature-trusted" if tone is Tone.OK else "signature-not-trusted")
    assert (made.obstacle is None) == (tone is Tone.OK)


def test_a_plan_says_what_was_checked() -> None:
    slots = (SlotFacts(0, 1, 1 << 20, None, None),)
    made = plan(facts(old(), slots=slots))
    assert find(made, "Whole").tone is Tone.OK
    assert find(made, "no key here").tone is Tone.NEUTRAL
    assert find(made, "Fits").tone is Tone.OK
    assert find(made, "roll back").tone is Tone.OK


def test_an_unsigned_file_is_warned_of() -> None:
    unsigned = McubootImage.from_bytes(images.image("1.4.2", 4096, key=None))
    assert find(plan(facts(old()), image=unsigned), "Not signed").tone is Tone.WARN


def test_a_tight_slot_is_warned_of() -> None:
    slots = (SlotFacts(0, 1, SIZE + 100, None, None),)
    made = plan(facts(old(), slots=slots))
    assert made.obstacle is None
    assert find(made, "May not fit").tone is Tone.WARN


def test_an_older_version_is_warned_of() -> None:
    made = plan(facts(replace(old(), version="2.0.0")))
    assert made.obstacle is None
    assert find(made, "Older").tone is Tone.WARN


def test_another_image_that_waits_is_warned_of() -> None:
    made = plan(facts(old(), other(pending=True)))
    assert find(made, "Replaces 9.9.9").tone is Tone.WARN


_BY_VERSION = (
    BootloaderMode.DIRECT_XIP,
    BootloaderMode.DIRECT_XIP_REVERT,
    BootloaderMode.RAM_LOAD,
)


@pytest.mark.parametrize("mode", _BY_VERSION)
@pytest.mark.parametrize(
    ("running", "slot", "code", "obstacle"),
    [
        ("1.4.2", 0, "same-version-old-stays", "same-version-runs"),
        ("1.4.2", 1, "same-version", ""),
        ("1.4.2.7", 0, "same-version-old-stays", "same-version-runs"),
        ("1.4.2.7", 1, "same-version-old-may-stay", ""),
        ("1.4.1", 0, "", ""),
        ("1.4.3", 1, "older-than-running-higher-wins", "higher-version-runs"),
        ("1.4.3", 0, "older-than-running-higher-wins", "higher-version-runs"),
    ],
)
def test_what_a_bootloader_that_goes_by_version_will_choose_is_said_beforehand(
    mode: BootloaderMode, running: str, slot: int, code: str, obstacle: str
) -> None:
    """Of two equal ones the one in slot 0; build numbers count in some."""
    made = plan(facts(replace(old(), version=running, slot=slot), mode=mode))
    told = [check.text.code for check in made.checks]
    assert code in told or not code
    assert (made.obstacle.what.code if made.obstacle is not None else "") == obstacle


def test_a_higher_build_may_not_be_enough() -> None:
    """Most bootloaders do not compare build numbers."""
    image = McubootImage.from_bytes(build_image("1.4.2+9"))
    by_version = facts(replace(old(), version="1.4.2"), mode=BootloaderMode.DIRECT_XIP)
    made = make_plan(by_version, image)
    assert "same-version-old-may-stay" in [it.text.code for it in made.checks]
    assert made.obstacle is None
    swaps = make_plan(facts(replace(old(), version="1.4.2")), image)
    assert not [it for it in swaps.checks if "same-version" in it.text.code]


# -- time -------------------------------------------------------------------------------------


def test_seconds_are_estimated_from_rate_and_swap() -> None:
    made = make_plan(facts(old()), NEW, rate=1000.0)
    assert made.upload_seconds == pytest.approx(SIZE / 1000.0)
    assert made.restart_seconds is not None
    assert made.verify_seconds == WATCH
    assert made.seconds == pytest.approx(made.upload_seconds + made.restart_seconds + WATCH)
    unwatched = plans.make_plan(facts(old()), Job.of(NEW, watch=0.0), rate=1000.0)
    assert unwatched.seconds == pytest.approx(made.seconds - WATCH)


def test_what_lies_in_a_slot_is_erased_first() -> None:
    empty, used = (
        make_plan(facts(*entries), NEW, rate=1000.0) for entries in ((old(),), (old(), other()))
    )
    assert empty.upload_seconds is not None
    assert used.upload_seconds is not None
    assert used.upload_seconds > empty.upload_seconds
    measured = Experience(rate=1000.0, erase=2.0)
    told = make_plan(facts(old(), other()), NEW, experience=measured)
    assert told.upload_seconds == pytest.approx(SIZE / 1000.0 + 2.0)


def test_a_way_through_something_else_has_two_restarts() -> None:
    one = facts(old(), mode=BootloaderMode.SINGLE_SLOT)
    made = plan(one)
    assert (made.restarts, made.enters_recovery) == (2, True)
    assert made.way_in_seconds > 0
    assert "goes-through-recovery" in [check.text.code for check in made.checks]
    runs = plan(facts(new(0, **RUNNING), mode=BootloaderMode.SINGLE_SLOT))
    assert runs.restarts == 0
    assert "goes-through-recovery" not in [check.text.code for check in runs.checks]
    assert plan(facts(old())).restarts == 1


@pytest.mark.parametrize(
    ("kind", "is_reached"), [("udp", False), ("ble", False), ("serial", True), ("tcp", True)]
)
def test_recovery_that_would_be_out_of_reach_is_not_entered(kind: str, is_reached: bool) -> None:
    """Restarting into it would be for nothing, and the device gone from here."""
    one = replace(facts(old(), mode=BootloaderMode.SINGLE_SLOT), kind=kind)
    obstacle = plan(one).obstacle
    code = obstacle.what.code if obstacle is not None else ""
    assert code == ("" if is_reached else "recovery-not-on-this-link")
    two = replace(facts(old()), kind=kind)
    wished = plans.make_plan(two, Job.of(NEW, recovery=True)).obstacle
    assert (wished is None) is is_reached
    assert plan(two).obstacle is None
    runs = replace(facts(new(0, **RUNNING), mode=BootloaderMode.SINGLE_SLOT), kind=kind)
    assert plan(runs).obstacle is None, "nothing has to be sent"


def test_recovery_that_runs_already_takes_it() -> None:
    made = plan(replace(facts(old(), mode=None), in_recovery=True))
    assert made.restarts == 1
    assert "recovery-takes-it" in [check.text.code for check in made.checks]


def test_without_a_rate_there_is_no_estimate() -> None:
    assert plan(facts(old())).seconds is None
    assert plan(facts(old(), new())).seconds is not None


def test_nothing_to_do_takes_no_time() -> None:
    assert plan(facts(new(0, **RUNNING))).seconds == 0.0


def test_a_swap_takes_longer_than_a_copy_and_a_copy_longer_than_a_start() -> None:
    seconds = [
        plan(facts(old(), mode=mode)).restart_seconds or 0.0
        for mode in (
            BootloaderMode.SWAP_SCRATCH,
            BootloaderMode.OVERWRITE_ONLY,
            BootloaderMode.DIRECT_XIP,
        )
    ]
    assert seconds[0] > seconds[1] > seconds[2] > 0


# -- lists without hashes -----------------------------------------------------------------------


def test_a_running_image_without_a_hash_is_an_obstacle_but_not_in_recovery() -> None:
    """An application's list that tells none proves nothing. MCUboot's recovery need not tell any:
    what is uploaded there is seen when the application answers."""
    nameless = replace(old(), hash=None)
    made = plan(facts(nameless))
    assert made.obstacle is not None
    assert "hashes" in made.obstacle.what
    listed = ImageState((ImageEntry(0, 0, "1.3.0", None),), has_flags=False)
    device = replace(facts(mode=None, in_recovery=True), state=listed)
    assert plan(device).obstacle is None


@pytest.mark.parametrize("odd", [(), ("Slot 1: `version` is 7",)])
def test_what_is_odd_about_the_list_is_said(odd: tuple[str, ...]) -> None:
    device = replace(facts(), state=ImageState((old(),), odd=odd))
    said = [check for check in plan(device).checks if "is odd" in check.text]
    assert [check.tone for check in said] == [Tone.WARN] * len(odd)
    assert all(text in check.text for text, check in zip(odd, said, strict=True))


# -- nothing of a kind is left out ----------------------------------------------------------------


@pytest.mark.parametrize("mode", list(BootloaderMode))
def test_of_every_bootloader_it_is_said_whether_there_is_a_way_back(mode: BootloaderMode) -> None:
    """A mode with neither a way back nor a question would be updated without a word."""
    made = plan(facts(old(), mode=mode))
    returns = made.parts[0].reverts is True
    assert bool(made.consents) is not returns
    assert (made.parts[0].way_back.tone is Tone.OK) is returns


def test_every_bootloader_is_of_some_kind() -> None:
    """How it starts images, as the plan, the room and the restart ask for it."""
    alone = {BootloaderMode.OVERWRITE_ONLY, BootloaderMode.FIRMWARE_LOADER}
    assert SWAPS | ONE_SLOT | IN_PLACE | FROM_RAM | NOT_TOLD | alone == {None, *BootloaderMode}


def test_the_most_that_has_to_be_done_to_any_part_is_known() -> None:
    (part,) = plan(facts(old())).parts
    for action in Action:
        made = Plan(Mode.CONFIRM, tuple(replace(part, action=a) for a in (action, Action.NOTHING)))
        assert made.action is action
        assert made.needs_restart is action.needs_restart
