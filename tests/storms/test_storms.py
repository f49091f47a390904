"""A few storms, and that the judge of them would see a lie."""

from __future__ import annotations

import asyncio
import dataclasses
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from smp.simulator import build_image
from tests.storms.flash import Stored, Truth, image_at, read_truth
from tests.storms.judge import lies
from tests.storms.plan import PROFILES, TRANSPORTS, storm

SEEDS = (2, 3, 22, 41, 60)
"""Over a terminal, TCP, UDP and in one process; short ones."""


@pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_verdict_is_a_lie(tmp_path: Path, seed: int) -> None:
    from tests.storms.run import run_storm

    result = asyncio.run(run_storm(storm(seed), tmp_path))
    assert result.runs
    assert not result.lies, f"{result.storm}: {result.lies}"
    assert not result.notes, f"{result.storm}: {result.notes}"


def test_a_seed_is_a_storm_and_the_storms_reach_everything() -> None:
    assert storm(7) == storm(7)
    met = {(storm(seed).profile, storm(seed).transport) for seed in range(72)}
    assert met == {(profile, transport) for profile in PROFILES for transport in TRANSPORTS}


# -- the second reader ----------------------------------------------------------------------------

SLOT, BLOCK = 64 * 1024, 4096
MAGIC = bytes.fromhex("77c295f360d2ef7f3552500f2cb67980")
OLD = Stored("1.3.0", (1, 3, 0, 0), "aa")
NEW = Stored("2.0.0", (2, 0, 0, 0), "bb")


def slot(image: bytes, *, asked: bool = False, ok: bool = False, copied: bool = False) -> bytes:
    area = bytearray(image.ljust(SLOT, b"\xff"))
    if asked:
        area[-16:] = MAGIC
    if ok:
        area[-24] = 1
    if copied:
        area[-32] = 1
    return bytes(area)


def flash(path: Path, *slots: bytes) -> Path:
    content = b"".join(slots)
    head = struct.pack("<8sIIIB", b"FDFLASH1", len(content), BLOCK, 4, 0xFF)
    path.write_bytes(head + bytes(4 * (len(content) // BLOCK)) + content)
    return path


@pytest.mark.parametrize(
    ("first", "second", "confirmed", "then"),
    [
        ({}, {}, True, "none"),
        ({}, {"asked": True}, True, "test"),
        ({}, {"asked": True, "ok": True}, True, "permanent"),
        ({"asked": True, "copied": True}, {}, False, "revert"),
        ({"asked": True, "copied": True, "ok": True}, {}, True, "none"),
        ({"asked": True, "copied": True}, {"asked": True}, False, "test"),
    ],
)
def test_the_second_reader_knows_what_mcuboot_would_do(
    tmp_path: Path, first: dict[str, bool], second: dict[str, bool], confirmed: bool, then: str
) -> None:
    old, new = build_image("1.3.0", 3000), build_image("2.0.0", 4000)
    path = flash(tmp_path / "flash", slot(old, **first), slot(new, **second))
    truth = read_truth(path, SLOT, "SWAP_MOVE")
    assert truth.runs is not None
    assert (truth.runs.version, truth.confirmed, truth.next) == ("1.3.0", confirmed, then)
    assert read_truth(path, SLOT, "DIRECT_XIP").runs == image_at(new, 0)


def test_the_second_reader_trusts_no_image_that_is_not_whole(tmp_path: Path) -> None:
    broken = bytearray(build_image("1.3.0", 3000))
    broken[1000] ^= 1
    shifted = b"\xff" * BLOCK + build_image("2.0.0", 4000)
    path = flash(tmp_path / "flash", slot(bytes(broken)), slot(shifted))
    truth = read_truth(path, SLOT, "SWAP_OFFSET")
    assert truth.runs is None
    assert truth.slots[1] is not None
    assert truth.slots[1].version == "2.0.0"


# -- the judge ------------------------------------------------------------------------------------


def verdict(
    outcome: str,
    runs: Stored | None,
    said: str = "",
    *,
    confirmed: bool = True,
    ending: str = "rolled-back",
    was: Stored | None = None,
) -> Any:
    running = runs and {"hash": runs.hash, "version": runs.version, "confirmed": confirmed}
    before = was and {"hash": was.hash, "version": was.version, "confirmed": True}
    said_of = {"headline": said, "reason": "", "next_step": ""}
    return {"outcome": outcome, "ending": ending, "running": running, "was": before, **said_of}


def swapping(runs: Stored | None, *, confirmed: bool = True, then: str = "none") -> Truth:
    return Truth((runs, None), runs, confirmed, then)


SWAPS = dataclasses.replace(storm(3), firmware="good")
CHOOSES = dataclasses.replace(storm(7), firmware="good")
MARKED = "2.0.0 waits for the next restart"


@pytest.mark.parametrize(
    ("said", "truth", "is_lie"),
    [
        (verdict("updated", NEW), swapping(NEW), False),
        (verdict("updated", NEW), swapping(OLD), True),
        (verdict("updated", NEW), swapping(None), True),
        (verdict("updated", NEW), swapping(NEW, confirmed=False, then="revert"), True),
        (verdict("already-running", NEW), swapping(NEW, then="test"), True),
        (verdict("not-updated", OLD), swapping(OLD), False),
        (verdict("not-updated", OLD), swapping(NEW), True),
        (verdict("not-updated", OLD), swapping(OLD, then="test"), True),
        (verdict("not-updated", OLD, MARKED), swapping(OLD), True),
        (verdict("not-updated", OLD, MARKED), swapping(OLD, then="test"), False),
        (verdict("not-updated", NEW, "on test"), swapping(NEW, confirmed=False), True),
        (verdict("unknown", OLD), swapping(NEW), False),
        (verdict("unknown", None), swapping(OLD, then="permanent"), True),
        (verdict("not-updated", None, ending="link-lost"), swapping(NEW, then="revert"), False),
        (
            verdict("not-updated", None, ending="link-lost", was=OLD),
            swapping(NEW, then="revert"),
            True,
        ),
    ],
)
def test_the_judge_sees_what_is_not_so(said: Any, truth: Truth, is_lie: bool) -> None:
    assert bool(lies(SWAPS, said, truth, NEW.hash)) == is_lie


def test_the_judge_knows_bad_firmware_and_boards_that_choose() -> None:
    bad = dataclasses.replace(SWAPS, firmware="crash")
    assert lies(bad, verdict("updated", NEW), swapping(NEW), NEW.hash)
    both = Truth((OLD, NEW), NEW, True, "none")
    assert CHOOSES.mode == "DIRECT_XIP"
    assert lies(CHOOSES, verdict("not-updated", OLD), both, NEW.hash)
    assert not lies(CHOOSES, verdict("not-updated", OLD, "the next restart"), both, NEW.hash)
    gone = Truth((None, NEW), NEW, True, "none")
    assert lies(CHOOSES, verdict("not-updated", OLD, "the next restart"), gone, NEW.hash)
