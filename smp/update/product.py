"""Whether a file is made for this device: the board and the chip that its package names, and the
vendor and class ids inside it, beside what the device tells and what its running firmware's file
told.

Sources: nrfconnect/sdk-nrf scripts/bootloader/generate_zip.py (board, soc); mcu-tools/mcuboot
boot/bootutil/src/image_validate.c (ids: compared with those that the bootloader was built with).
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from smp.image import NamedKey
from smp.image.manifest import BETWEEN
from smp.survey import DeviceFacts
from smp.text import Coded
from smp.update.boards import Board, is_named
from smp.update.case import Case
from smp.update.kinds import NO_RESTART, Check, Tone

FOREIGN = frozenset(
    {
        "board-core-differs",
        "board-differs",
        "board-differs-from-running",
        "class-id-differs",
        "soc-differs",
        "vendor-id-differs",
    }
)
"""Checks that find firmware of another product."""


def is_meant(key: NamedKey, facts: DeviceFacts) -> bool:
    """Whether a key is for this device: by its board, its name, or its USB ids."""
    names = (facts.name, facts.link.get("usb", ""))
    return not key.products or any(is_named(it, facts.board, *names) for it in key.products)


def product(case: Case) -> list[Check]:
    """Nothing where nothing new is started."""
    if case.action in NO_RESTART:
        return []
    return [*_board(case), *_ids(case)]


def foreign(case: Case) -> list[Coded]:
    """What has to be agreed to: firmware that is made for something else."""
    found = [check for check in product(case) if check.text.code in FOREIGN]
    return [
        Coded(
            "made-for-other-product",
            "{reason}. Firmware that is made for other hardware may not start, and may harm what "
            "is connected to it",
            reason=check.text,
        )
        for check in found
    ]


# -- board and chip -------------------------------------------------------------------------------


def _board(case: Case) -> Iterator[Check]:
    told, facts = case.told, case.facts
    if told is None:
        return
    device = Board.read(facts.board or "")
    wanted = _meant(told.board, device)
    if wanted is not None and device is not None:
        yield from _beside_device(case, wanted, device)
        if not wanted.may_be(device):
            return
    elif wanted is not None:
        yield _beside_running(case)
    yield from _chip(case, device)


def _meant(boards: str, there: Board | None) -> Board | None:
    """Of several boards that a file is made for the one that is there, else the first."""
    each = _boards(boards)
    fitting = [board for board in each if there is not None and board.may_be(there)]
    return next(iter(fitting or each), None)


def _boards(text: str) -> list[Board]:
    """All that a file is made for."""
    return [board for it in text.split(BETWEEN) if (board := Board.read(it)) is not None]


def _beside_device(case: Case, wanted: Board, device: Board) -> Iterator[Check]:
    assert case.told is not None
    names = {"board": case.told.board, "device": case.facts.board or ""}
    if not wanted.may_be(device):
        text = Coded("board-differs", "Made for {board}; the device says it is {device}", **names)
        yield Check(Tone.WARN, text)
    elif case.number == 0 and wanted.is_other_core(device):
        # Other images are for other cores, and the application answers for all of them.
        text = Coded(
            "board-core-differs",
            "Made for another core: for {board}; the device says it is {device}",
            **names,
        )
        yield Check(Tone.WARN, text)
    elif wanted.is_other_revision(device):
        text = Coded(
            "board-revision-differs",
            "Made for another revision of the board: for {board}; the device says it is {device}",
            **names,
        )
        yield Check(Tone.WARN, text)
    else:
        text = Coded("board-fits", "Made for {board}; the device says it is {device}", **names)
        yield Check(Tone.OK, text)


def _beside_running(case: Case) -> Check:
    """The device does not tell its board; the file of what it runs may have."""
    assert case.told is not None
    board = case.told.board
    known = _boards(case.seen.board) if case.seen is not None else []
    if not known:
        text = Coded(
            "board-not-told",
            "Made for {board}; the device does not tell which board it is",
            board=board,
        )
        return Check(Tone.NEUTRAL, text)
    names = {"board": board, "running": case.seen.board if case.seen is not None else ""}
    if any(one.may_be(other) for one in _boards(board) for other in known):
        text = Coded(
            "board-as-running",
            "Made for {board}; what the device has now is made for {running}",
            **names,
        )
        return Check(Tone.OK, text)
    text = Coded(
        "board-differs-from-running",
        "Made for {board}; what the device has now is made for another board, {running}",
        **names,
    )
    return Check(Tone.WARN, text)


def _chip(case: Case, device: Board | None) -> Iterator[Check]:
    """Said only where the board does not say it already."""
    assert case.told is not None
    soc = case.told.soc
    if not Board.read(soc):
        return
    chips = soc.split(BETWEEN)
    fits = _has_any(device, chips) if device is not None else None
    names = {"soc": soc, "device": case.facts.board or ""}
    if fits is False:
        text = Coded("soc-differs", "Made for the chip {soc}; the device is {device}", **names)
        yield Check(Tone.WARN, text)
    elif Board.read(case.told.board) is not None:
        return
    elif fits:
        text = Coded("soc-fits", "Made for the chip {soc}; the device is {device}", **names)
        yield Check(Tone.OK, text)
    else:
        text = Coded(
            "soc-not-told",
            "Made for the chip {soc}; the device does not tell which one it has",
            soc=soc,
        )
        yield Check(Tone.NEUTRAL, text)


def _has_any(device: Board, chips: list[str]) -> bool | None:
    """None: its name does not tell."""
    found = [device.has_chip(chip) for chip in chips]
    return True if True in found else None if None in found else False


# -- ids ------------------------------------------------------------------------------------------


def _ids(case: Case) -> Iterator[Check]:
    """Claims of the file beside those of the file that the device has now."""
    vendor, kind, seen = case.image.vendor_uuid, case.image.class_uuid, case.seen
    if seen is None:
        if vendor is not None or kind is not None:
            yield Check(Tone.NEUTRAL, _alone(vendor, kind))
        return
    for mine, theirs, code in (
        (vendor, seen.vendor, "vendor"),
        (kind, seen.product, "class"),
    ):
        if mine is not None and theirs is not None and mine != theirs:
            yield Check(Tone.WARN, _other_id(code, mine, theirs))
        elif mine is None and theirs is not None:
            yield Check(Tone.WARN, _no_id(code, theirs))
    claimed = [(vendor, seen.vendor), (kind, seen.product)]
    if (vendor is not None or kind is not None) and all(a == b for a, b in claimed):
        text = Coded("ids-as-running", "Has the vendor and class ids of what the device has now")
        yield Check(Tone.OK, text)


def _alone(vendor: UUID | None, kind: UUID | None) -> Coded:
    ids = str(kind if kind is not None else vendor)
    return Coded(
        "ids-not-comparable",
        "Made for the product {product}; what the device has now was never seen here as a file",
        product=ids,
    )


def _other_id(code: str, mine: UUID, theirs: UUID) -> Coded:
    if code == "vendor":
        return Coded(
            "vendor-id-differs",
            "Another vendor's: its vendor id is {mine}, that of what the device has now {theirs}",
            mine=str(mine),
            theirs=str(theirs),
        )
    return Coded(
        "class-id-differs",
        "For another product: its class id is {mine}, that of what the device has now {theirs}",
        mine=str(mine),
        theirs=str(theirs),
    )


def _no_id(code: str, theirs: UUID) -> Coded:
    if code == "vendor":
        return Coded(
            "vendor-id-missing",
            "No vendor id, and {theirs} in what the device has now: a bootloader that checks it "
            "refuses this file",
            theirs=str(theirs),
        )
    return Coded(
        "class-id-missing",
        "No class id, and {theirs} in what the device has now: a bootloader that checks it "
        "refuses this file",
        theirs=str(theirs),
    )
