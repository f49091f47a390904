"""Group 1: state, set state, upload, erase, slot info."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from smp.packet import Body, Op, Version
from smp.simulator import Bench, Mode, build_image, pad_image
from smp.simulator.store import Flags

KB = 1024
OLD = build_image("1.3.0", 3000)
NEW = build_image("1.4.0", 5000)


def bench(**changes: Any) -> Bench:
    made = Bench(
        "fast", on=False, **{"slot_size": 32 * KB, "image_size": 900, "buf_size": 1024} | changes
    )
    made.device.install(OLD)
    made.power_on()
    return made


def uploaded(**changes: Any) -> Bench:
    made = bench(**changes)
    assert made.upload(NEW)["off"] == len(NEW)
    return made


def pending(**changes: Any) -> Bench:
    made = uploaded(**changes)
    assert "images" in set_state(made, hash=hash_of(NEW))
    return made


def on_trial(**changes: Any) -> Bench:
    made = pending(**changes)
    made.reset()
    assert made.images()[0]["version"] == "1.4.0"
    return made


def hash_of(image: bytes) -> bytes:
    return image[-32:]


def set_state(made: Bench, **body: object) -> Body:
    return made.ask(1, 0, body, op=Op.WRITE)


def chunk(made: Bench, version: Version = Version.V2, **body: object) -> Body:
    return made.ask(1, 1, body, op=Op.WRITE, version=version)


def flags(made: Bench) -> list[str]:
    """For each listed image: slot, version, and the flags that are set."""
    names = ("bootable", "pending", "confirmed", "active", "permanent")
    return [
        " ".join([str(image["slot"]), image["version"], *(n for n in names if image[n])])
        for image in made.images()
    ]


def error(code: int) -> Body:
    return {"err": {"group": 1, "rc": code}}


# -- state through an upgrade ---------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.SWAP_SCRATCH, Mode.SWAP_MOVE, Mode.SWAP_OFFSET])
def test_state_through_test_and_confirm(mode: Mode) -> None:
    made = bench(mode=mode)
    assert flags(made) == ["0 1.3.0 bootable confirmed active"]
    made.upload(NEW)
    assert flags(made) == ["0 1.3.0 bootable confirmed active", "1 1.4.0 bootable"]
    set_state(made, hash=hash_of(NEW))
    assert flags(made) == ["0 1.3.0 bootable confirmed active", "1 1.4.0 bootable pending"]
    made.reset()
    assert flags(made) == ["0 1.4.0 bootable active", "1 1.3.0 bootable confirmed"]
    set_state(made, confirm=True)
    left = [] if mode is Mode.SWAP_OFFSET else ["1 1.3.0 bootable"]
    assert flags(made) == ["0 1.4.0 bootable confirmed active", *left]
    made.reset()
    assert flags(made) == ["0 1.4.0 bootable confirmed active", *left]


@pytest.mark.parametrize("mode", [Mode.SWAP_SCRATCH, Mode.SWAP_MOVE, Mode.SWAP_OFFSET])
def test_state_through_permanent_and_revert(mode: Mode) -> None:
    made = uploaded(mode=mode)
    set_state(made, hash=hash_of(NEW), confirm=True)
    assert flags(made)[1] == "1 1.4.0 bootable pending permanent"
    made.reset()
    assert flags(made)[0] == "0 1.4.0 bootable confirmed active"

    made = on_trial(mode=mode)
    made.reset()
    assert flags(made) == ["0 1.3.0 bootable confirmed active", "1 1.4.0 bootable"]


def test_not_bootable_image_is_listed_so() -> None:
    made = bench()
    made.upload(build_image("1.4.0", 1000, flags=Flags.NON_BOOTABLE))
    assert flags(made)[1] == "1 1.4.0"


def test_frugal_state_leaves_out_what_is_false() -> None:
    made = uploaded(frugal=True)
    answer = made.ask(1, 0)
    assert list(answer) == ["images"]
    assert list(answer["images"][0]) == [
        "slot",
        "version",
        "hash",
        "bootable",
        "confirmed",
        "active",
    ]
    assert list(answer["images"][1]) == ["slot", "version", "hash", "bootable"]


def test_longer_hashes() -> None:
    made = Bench("fast", hash_name="sha512")
    assert len(made.images()[0]["hash"]) == 64
    assert set_state(made, hash=bytes(32)) == error(24)
    assert set_state(made, hash=bytes(64)) == error(8)


# -- set state ------------------------------------------------------------------------


def test_setting_the_same_again_changes_nothing() -> None:
    made = pending()
    operations = made.device.flash.operations
    assert "images" in set_state(made, hash=hash_of(NEW))
    assert made.device.flash.operations == operations
    made = bench()
    operations = made.device.flash.operations
    assert "images" in set_state(made, confirm=True)
    assert "images" in set_state(made, hash=hash_of(OLD), confirm=True)
    assert made.device.flash.operations == operations


@pytest.mark.parametrize(
    ("prepare", "body", "code"),
    [
        (pending, {"confirm": True}, 28),
        (pending, {"hash": hash_of(NEW), "confirm": True}, 28),
        (pending, {"hash": hash_of(OLD), "confirm": True}, 28),
        (bench, {"hash": hash_of(OLD)}, 33),
        (on_trial, {"hash": hash_of(OLD)}, 28),
        (on_trial, {"hash": hash_of(NEW)}, 33),
        (bench, {}, 24),
        (bench, {"confirm": False}, 24),
        (bench, {"hash": b"short"}, 24),
        (bench, {"hash": bytes(48)}, 24),
        (bench, {"hash": bytes(32)}, 8),
    ],
)
def test_refused_changes(prepare: Any, body: dict[str, object], code: int) -> None:
    made = prepare()
    assert set_state(made, **body) == error(code)


def test_refusals_in_version_1() -> None:
    made = bench()
    for body, code in (({}, 3), ({"hash": bytes(32)}, 1)):
        assert made.ask(1, 0, body, op=Op.WRITE, version=Version.V1) == {"rc": code}
    answer = pending().ask(1, 0, {"confirm": True}, op=Op.WRITE, version=Version.V1)
    assert answer == {"rc": 6}


def test_confirming_the_image_to_return_to_changes_nothing() -> None:
    made = on_trial()
    assert "images" in set_state(made, hash=hash_of(OLD), confirm=True)
    assert flags(made)[0] == "0 1.4.0 bootable active"


def test_permanent_cannot_be_changed_any_more() -> None:
    made = uploaded()
    set_state(made, hash=hash_of(NEW), confirm=True)
    assert set_state(made, hash=hash_of(NEW)) == error(28)
    assert set_state(made, confirm=True) == error(28)
    assert "images" in set_state(made, hash=hash_of(NEW), confirm=True)


@pytest.mark.parametrize("mode", [Mode.RAM_LOAD, Mode.DIRECT_XIP, Mode.SINGLE_SLOT])
def test_modes_without_set_state(mode: Mode) -> None:
    assert set_state(bench(mode=mode), confirm=True) == {"rc": 8}


def test_higher_version_is_pending_where_versions_decide() -> None:
    made = uploaded(mode=Mode.RAM_LOAD)
    assert flags(made) == [
        "0 1.3.0 bootable confirmed active",
        "1 1.4.0 bootable pending permanent",
    ]
    made.reset()
    assert flags(made) == ["0 1.3.0 bootable", "1 1.4.0 bootable confirmed active"]
    # The free slot is the other one now.
    made.upload(build_image("1.5.0", 900))
    assert flags(made)[0] == "0 1.5.0 bootable pending permanent"


def test_confirming_another_image_is_not_allowed() -> None:
    made = Bench("fast", images=2, buf_size=1024)
    second = made.images()[1]
    made.device.install(build_image("7.0.0"), 2)
    assert second["image"] == 1
    digest = made.images()[1]["hash"]
    assert set_state(made, hash=digest, confirm=True) == error(32)


def test_damaged_trailer_takes_no_request() -> None:
    made = uploaded()
    made.device.store.layout.slots[1].write(-16, b"nonsense")
    assert set_state(made, hash=hash_of(NEW)) == error(23)


# -- upload ---------------------------------------------------------------------------


def first(**changes: object) -> dict[str, object]:
    body: dict[str, object] = {"off": 0, "data": NEW[:64], "len": len(NEW)} | changes
    return {key: value for key, value in body.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "code", "v1"),
    [
        ({"off": None}, 20, {"rc": 3, "rsn": "header malformed"}),
        ({"off": 0xFFFFFFFF}, 20, {"rc": 3, "rsn": "header malformed"}),
        ({"len": 0xFFFFFFFF}, 21, {"rc": 3, "rsn": "header malformed"}),
        ({"data": NEW[:31]}, 22, {"rc": 3, "rsn": "header malformed"}),
        ({"data": None}, 22, {"rc": 3, "rsn": "header malformed"}),
        ({"len": None}, 21, {"rc": 3, "rsn": "header malformed"}),
        ({"data": bytes(64)}, 23, {"rc": 1, "rsn": "magic mismatch"}),
        ({"sha": bytes(33)}, 24, {"rc": 3}),
        ({"len": 32 * KB + 1}, 30, {"rc": 1, "rsn": "img too large"}),
        ({"data": OLD[:64], "upgrade": True}, 27, {"rc": 6, "rsn": "downgrade"}),
    ],
)
def test_refused_first_chunks(changes: dict[str, object], code: int, v1: Body) -> None:
    made = bench()
    assert chunk(made, **first(**changes)) == error(code)
    assert chunk(made, Version.V1, **first(**changes)) == v1


def test_malformed_upload_is_refused_by_the_decoder() -> None:
    assert chunk(bench(), **first(off=-1)) == {"rc": 3}
    assert chunk(bench(), **first(data="text")) == {"rc": 3}


def test_first_mistake_counts() -> None:
    wrong = first(data=bytes(8), len=None, sha=bytes(40))
    assert chunk(bench(), **wrong) == error(22)


def test_higher_version_passes_the_upgrade_flag() -> None:
    assert chunk(bench(), **first(upgrade=True)) == {"off": 64}
    build = build_image("1.3.0+9", 900)
    body = first(data=build[:64], len=len(build), upgrade=True)
    assert chunk(bench(), **body) == error(27)
    assert chunk(bench(compares_build=True), **body) == {"off": 64}


def test_offsets_are_the_devices() -> None:
    made = bench()
    assert chunk(made, **first()) == {"off": 64}
    assert chunk(made, off=64, data=NEW[64:100]) == {"off": 100}
    assert chunk(made, off=64, data=NEW[64:100]) == {"off": 100}  # a duplicate
    assert chunk(made, off=500, data=NEW[500:600]) == {"off": 100}  # a gap
    assert chunk(made, off=100, data=b"") == {"off": 100}
    assert made.device.upload_progress == (100, len(NEW))


def test_resume_by_the_same_sha() -> None:
    made = bench()
    sha = hashlib.sha256(NEW).digest()
    assert chunk(made, **first(sha=sha)) == {"off": 64}
    assert chunk(made, off=64, data=NEW[64:128]) == {"off": 128}
    assert chunk(made, **first(sha=sha)) == {"off": 128}
    assert chunk(made, **first(sha=sha[:8])) == {"off": 64}
    assert chunk(made, **first(sha=sha[:8])) == {"off": 64}  # resumed, not restarted
    assert chunk(made, off=64, data=NEW[64:128]) == {"off": 128}
    assert chunk(made, **first()) == {"off": 64}
    assert made.upload(NEW, sha=sha)["off"] == len(NEW)


def test_upload_is_forgotten_at_a_reset() -> None:
    made = bench()
    sha = hashlib.sha256(NEW).digest()
    chunk(made, **first(sha=sha))
    chunk(made, off=64, data=NEW[64:128])
    made.reset()
    assert chunk(made, off=128, data=NEW[128:200]) == {"off": 0}
    assert chunk(made, **first(sha=sha)) == {"off": 64}


def test_chunk_after_the_last_one_finds_no_upload() -> None:
    made = uploaded()
    assert chunk(made, off=len(NEW) - 10, data=NEW[-10:]) == {"off": 0}


def test_overrun_drops_the_upload() -> None:
    made = bench()
    chunk(made, **first(len=70))
    assert chunk(made, off=64, data=bytes(7)) == error(31)
    assert chunk(made, off=64, data=bytes(6)) == {"off": 0}


def test_any_refusal_drops_the_upload() -> None:
    made = bench()
    chunk(made, **first())
    assert chunk(made, **first(data=bytes(64))) == error(23)
    assert chunk(made, off=64, data=bytes(6)) == {"off": 0}


def test_unconfirmed_image_leaves_no_free_slot() -> None:
    made = on_trial()
    assert chunk(made, **first()) == error(9)
    assert chunk(made, Version.V1, **first()) == {"rc": 6, "rsn": "no slot"}
    assert made.ask(1, 5, op=Op.WRITE) == error(9)
    assert made.ask(1, 5, {"slot": 1}, op=Op.WRITE, version=Version.V1) == {"rc": 6}


def test_upload_over_a_pending_image_cancels_it() -> None:
    made = pending()
    assert chunk(made, **first()) == {"off": 64}
    assert "pending" not in flags(made)[-1]
    made.reset()
    assert flags(made)[0] == "0 1.3.0 bootable confirmed active"


def test_pending_image_can_be_protected() -> None:
    made = pending(allow_erase_pending=False)
    assert chunk(made, **first()) == error(9)
    assert made.ask(1, 5, op=Op.WRITE) == error(9)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", [Mode.SWAP_MOVE, Mode.SWAP_OFFSET, Mode.OVERWRITE_ONLY])
@pytest.mark.parametrize("size", [100, 5000, 12_345, 20_000])
def test_every_upload_arrives_whole(progressive: bool, mode: Mode, size: int) -> None:
    made = bench(progressive_erase=progressive, mode=mode)
    for number in range(2):
        image = build_image(f"2.{number}.0", size)
        assert made.upload(image, 333 + number)["off"] == len(image)
        start = made.device.store.start(1)
        assert made.device.store.layout.slots[1].read(start, len(image)) == image
    set_state(made, hash=hash_of(image), confirm=True)
    made.reset()
    assert made.images()[0]["version"] == "2.1.0"


@pytest.mark.parametrize("progressive", [False, True])
def test_update_after_a_swap_by_offset(progressive: bool) -> None:
    """What is left of the old image at the slot's start must not be taken for an update there."""
    made = on_trial(mode=Mode.SWAP_OFFSET, progressive_erase=progressive)
    set_state(made, confirm=True)
    third = build_image("1.5.0", 4000)
    made.upload(third, 500)
    set_state(made, hash=hash_of(third))
    made.reset()
    assert flags(made)[0] == "0 1.5.0 bootable active"


def test_image_check_tells_whether_the_file_arrived() -> None:
    made = bench(image_check=True)
    sha = hashlib.sha256(NEW).digest()
    assert made.upload(NEW, sha=sha) == {"off": len(NEW), "match": True}
    operations = made.device.flash.operations
    assert chunk(made, **first(sha=sha)) == {"off": len(NEW), "match": True}
    assert made.device.flash.operations == operations
    assert chunk(made, off=64, data=b"x") == {"off": 0}
    made.ask(1, 5, op=Op.WRITE)
    damaged = NEW[:3000] + b"\0" + NEW[3001:]
    assert made.upload(damaged, sha=sha) == {"off": len(NEW), "match": False}
    assert made.upload(NEW) == {"off": len(NEW), "match": False}


def test_success_code_of_old_servers() -> None:
    made = bench(legacy_rc=True)
    assert chunk(made, **first()) == {"rc": 0, "off": 64}
    assert made.ask(1, 5, op=Op.WRITE) == {"rc": 0}


def test_size_check_refuses_what_cannot_be_swapped() -> None:
    padded = pad_image(NEW, 32 * KB)
    body = first(data=padded[:64], len=len(padded))
    assert chunk(bench(checks_size=True), **body) == error(30)
    made = bench()
    assert made.upload(padded, 900)["off"] == 32 * KB
    assert flags(made)[1] == "1 1.4.0 bootable pending"


def test_image_for_the_other_slot_is_refused() -> None:
    made = bench(mode=Mode.DIRECT_XIP)
    address = made.device.store.layout.address(1)
    right = build_image("2.0.0", 900, flags=Flags.ROM_FIXED, load_address=address)
    wrong = build_image("2.0.0", 900, flags=Flags.ROM_FIXED, load_address=address + 4)
    assert chunk(made, off=0, data=wrong[:64], len=len(wrong)) == error(25)
    assert made.upload(right)["off"] == len(right)


def test_request_into_a_trailer_that_an_image_covers_is_a_flash_error() -> None:
    """The file ends where image-ok would be written; the magic's place is still blank."""
    made = bench()
    covering = pad_image(NEW, 32 * KB)[: 32 * KB - 20].replace(b"\xff", b"\0")
    covering = NEW + covering[len(NEW) :]
    assert made.upload(covering, 800)["off"] == 32 * KB - 20
    assert set_state(made, hash=hash_of(NEW), confirm=True) == error(12)
    made.reset()
    assert flags(made)[0] == "0 1.3.0 bootable confirmed active"


def test_upload_over_a_request_is_a_flash_error() -> None:
    made = bench()
    padded = NEW + b"\0" * (32 * KB - len(NEW))
    chunk(made, off=0, data=padded[:900], len=len(padded))
    offset = 900
    while offset < 32 * KB - 600:
        offset = chunk(made, off=offset, data=padded[offset : offset + 900])["off"]
    assert "images" in set_state(made, hash=hash_of(NEW))
    assert chunk(made, off=offset, data=padded[offset:]) == error(12)


def test_flash_errors_are_reported_and_drop_the_upload() -> None:
    made = bench()
    made.device.store.layout.slots[1].write(0, b"old stuff")
    made.device.flash.bad_blocks.add(8)
    assert chunk(made, **first()) == error(13)
    made = bench()
    made.device.flash.bad_blocks.add(9)
    assert made.upload(NEW) == error(12)
    assert chunk(made, off=64, data=b"x") == {"off": 0}
    assert made.ask(1, 5, op=Op.WRITE) == error(13)


def test_first_chunk_waits_for_the_erasure() -> None:
    made = bench(speed=1.0, service_time=0.0)
    made.upload(NEW)  # into a blank slot: nothing to erase
    before = made.now
    big = build_image("2.0.0", 20_000)
    assert chunk(made, **first(data=big[:64], len=len(big))) == {"off": 64}
    blocks = -(-len(big) // (4 * KB)) + 1  # and the trailer's
    assert made.now - before == pytest.approx(blocks * 0.085, abs=0.01)


# -- erase, slot info -----------------------------------------------------------------


def test_erase() -> None:
    made = pending()
    assert made.ask(1, 5, op=Op.WRITE) == {}
    assert flags(made) == ["0 1.3.0 bootable confirmed active"]
    assert made.device.store.layout.slots[1].is_blank
    assert made.ask(1, 5, {"slot": 0}, op=Op.WRITE) == error(9)
    assert made.ask(1, 5, {"slot": 2}, op=Op.WRITE) == error(10)
    assert made.ask(1, 5, {"slot": -1}, op=Op.WRITE) == {"rc": 3}
    operations = made.device.flash.operations
    assert made.ask(1, 5, {"slot": 1}, op=Op.WRITE) == {}
    assert made.device.flash.operations == operations  # it was blank


def test_erase_drops_the_upload() -> None:
    made = bench()
    chunk(made, **first())
    made.ask(1, 5, op=Op.WRITE)
    assert chunk(made, off=64, data=b"x") == {"off": 0}


def test_slot_info() -> None:
    made = bench()
    (image,) = made.ask(1, 6)["images"]
    assert image["slots"] == [
        {"slot": 0, "size": 32 * KB},
        {"slot": 1, "size": 32 * KB, "upload_image_id": 0},
    ]
    assert image["max_image_size"] == made.device.store.largest_image == 24 * KB
    assert bench(has_slot_info=False).ask(1, 6) == {"rc": 8}
