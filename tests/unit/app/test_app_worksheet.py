"""When a verdict holds, and when it is a line of the past."""

from __future__ import annotations

import pytest

from app.controllers.worksheet import Doubt, Worksheet
from app.log.device_log import DeviceLog
from app.presenters.done import row_history, row_note, tally_facts, verdict_chip
from smp.address import Address
from smp.commands.image import ImageEntry, ImageState
from smp.discovery import Found
from smp.image import classify
from smp.serial_ports import SerialPort
from smp.simulator import build_image
from smp.survey import DeviceFacts
from smp.text import Text
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

BENCH = Found(Address("udp", "bench", 1337), "bench")
OLD, NEW = bytes(32), bytes([1]) * 32


def entry(digest: bytes, slot: int = 0, *, confirmed: bool = True) -> ImageEntry:
    return ImageEntry(
        image=0,
        slot=slot,
        version="2.0.1" if digest == NEW else "1.3.0",
        hash=digest,
        bootable=True,
        pending=False,
        confirmed=confirmed and slot == 0,
        active=slot == 0,
        permanent=False,
    )


def state(*entries: ImageEntry) -> ImageState:
    return ImageState(entries, has_flags=True)


UPDATED = state(entry(NEW), entry(OLD, 1))
FRESH = state(entry(OLD))


def verdict(
    outcome: Outcome = Outcome.UPDATED,
    ending: Ending = Ending.PROVEN,
    *,
    confirmed: bool | None = True,
    running: bytes | None = NEW,
) -> Verdict:
    runs = Running("2.0.1", running, confirmed) if running is not None else None
    return Verdict(outcome, ending, Text("Said"), parts=only_part(runs, None))


LOST = verdict(Outcome.NOT_UPDATED, Ending.LINK_LOST, running=None)


@pytest.fixture
def sheet() -> Worksheet:
    made = Worksheet()
    made.enter(BENCH, "2.0.1", "app.bin", verdict())
    made.settle(UPDATED)
    return made


def test_a_verdict_holds_while_the_same_is_listed(sheet: Worksheet) -> None:
    sheet.compare(UPDATED)
    assert sheet.doubt is None


@pytest.mark.parametrize(
    "now",
    [
        FRESH,
        state(entry(NEW, confirmed=False), entry(OLD, 1)),
        state(entry(NEW)),
        state(),
    ],
    ids=["another one", "not confirmed any more", "the fallback is gone", "nothing"],
)
def test_a_verdict_ends_with_what_it_was_read_from(sheet: Worksheet, now: ImageState) -> None:
    sheet.compare(now)
    assert sheet.doubt is Doubt.OTHER


@pytest.mark.parametrize("doubt", list(Doubt))
def test_whatever_ends_it_stays_ended(sheet: Worksheet, doubt: Doubt) -> None:
    sheet.fold(doubt)
    sheet.compare(UPDATED)
    assert sheet.doubt is doubt, "units of one product list the same images"
    sheet.fold(Doubt.LEFT)
    assert sheet.doubt is doubt


def test_who_comes_after_one_that_left_is_asked_anew(sheet: Worksheet) -> None:
    sheet.fold(Doubt.LEFT)
    sheet.fold(Doubt.AGAIN)
    assert sheet.doubt is Doubt.AGAIN
    sheet.fold(Doubt.OTHER)
    sheet.fold(Doubt.AGAIN)
    assert sheet.doubt is Doubt.OTHER


def test_a_good_verdict_of_a_device_that_is_not_there_to_list_does_not_hold() -> None:
    sheet = Worksheet()
    sheet.enter(BENCH, "2.0.1", "app.bin", verdict())
    sheet.settle(None)
    assert sheet.doubt is Doubt.LEFT


def test_what_is_listed_right_after_must_be_what_was_judged() -> None:
    sheet = Worksheet()
    sheet.enter(BENCH, "2.0.1", "app.bin", verdict())
    sheet.settle(FRESH)
    assert sheet.doubt is Doubt.OTHER


@pytest.mark.parametrize("absence", [Doubt.LEFT, Doubt.SILENT])
def test_that_a_device_was_lost_is_not_ended_by_its_absence(absence: Doubt) -> None:
    sheet = Worksheet()
    sheet.enter(BENCH, "2.0.1", "app.bin", LOST)
    sheet.settle(None)
    sheet.fold(absence)
    assert sheet.doubt is None
    sheet.fold(Doubt.AGAIN)
    assert sheet.doubt is Doubt.AGAIN


@pytest.mark.parametrize("ending", [Ending.CANCELLED, Ending.LINK_LOST, Ending.NEVER_BACK])
def test_who_answers_right_after_it_was_given_up_is_not_said_to_be_silent(ending: Ending) -> None:
    was_silent = ending is Ending.CANCELLED
    silent = Verdict(Outcome.UNKNOWN, ending, Text("It does not answer"), was_silent=was_silent)
    for there, doubt in ((None, None), (state(entry(OLD)), Doubt.ANSWERS)):
        sheet = Worksheet()
        sheet.enter(BENCH, "1.4.2", "app.bin", silent)
        sheet.settle(there)
        assert sheet.doubt is doubt


def test_what_a_device_said_itself_when_it_was_cancelled_holds_as_long_as_it_lists_the_same() -> (
    None
):
    half = Verdict(Outcome.UNKNOWN, Ending.CANCELLED, Text("Overwritten in part"))
    sheet = Worksheet()
    sheet.enter(BENCH, "1.4.2", "app.bin", half)
    loader = state()
    sheet.settle(loader)
    assert sheet.doubt is None
    sheet.compare(loader)
    assert sheet.doubt is None
    sheet.compare(state(entry(OLD)))
    assert sheet.doubt is Doubt.OTHER


def test_trying_again_is_the_same_unit_and_the_next_one_is_another() -> None:
    sheet = Worksheet()
    back = verdict(Outcome.NOT_UPDATED, Ending.ROLLED_BACK, running=OLD)
    sheet.enter(BENCH, "2.0.1", "app.bin", back)
    sheet.settle(FRESH)
    sheet.enter(BENCH, "2.0.1", "app.bin", verdict())
    sheet.settle(UPDATED)
    facts = tally_facts([sheet])
    assert facts is not None
    assert (facts.words, facts.any_failed) == ("1 of 1 done", False)
    sheet.fold(Doubt.OTHER)
    sheet.enter(BENCH, "2.0.1", "app.bin", LOST)
    facts = tally_facts([sheet, Worksheet()])
    assert facts is not None
    assert facts.words == "1 of 3 done"
    assert facts.hint == "1 of 3 done, 1 failed"
    assert row_note(sheet).endswith(" (1 of 2)")
    assert len(row_history(sheet).splitlines()) == 3


@pytest.mark.parametrize(
    ("doubt", "expected"), [(Doubt.AGAIN, "1 of 1 done"), (Doubt.OTHER, "1 of 2 done")]
)
def test_one_that_was_lost_in_the_middle_and_is_back_is_no_other(
    doubt: Doubt, expected: str
) -> None:
    sheet = Worksheet()
    sheet.enter(BENCH, "2.0.1", "app.bin", LOST)
    sheet.settle(None)
    sheet.fold(doubt)
    sheet.enter(BENCH, "2.0.1", "app.bin", verdict())
    facts = tally_facts([sheet])
    assert facts is not None
    assert facts.words == expected


def test_a_radio_device_is_one_unit_whenever_it_is_connected() -> None:
    sheet = Worksheet()
    for address in ("C0:DE:00:00:00:01", "C0:DE:00:00:00:02"):
        sheet.enter(Found(Address("ble", address), "sensor-7"), "2.0.1", "app.bin", verdict())
        sheet.settle(UPDATED)
        sheet.fold(Doubt.AGAIN)
    assert len(sheet.units()) == 1


def test_one_serial_number_is_one_unit() -> None:
    sheet = Worksheet()
    port = SerialPort("/dev/ttyACM0", vid=1, pid=2, serial_number="S1")
    found = Found(Address("serial", port.path), "board", port=port)
    for _ in range(3):
        sheet.enter(found, "2.0.1", "app.bin", verdict())
        sheet.settle(UPDATED)
        sheet.fold(Doubt.LEFT)
    facts = tally_facts([sheet])
    assert facts is not None
    assert facts.words == "1 of 1 done"


def test_cancelled_is_neither_done_nor_failed() -> None:
    sheet = Worksheet()
    sheet.enter(BENCH, "2.0.1", "app.bin", verdict(Outcome.NOT_UPDATED, Ending.CANCELLED))
    facts = tally_facts([sheet])
    assert facts is not None
    assert facts.hint == "0 of 1 done"
    assert not facts.any_failed


def test_nothing_done_is_not_counted(sheet: Worksheet) -> None:
    assert tally_facts([Worksheet()]) is None
    sheet.clear()
    assert tally_facts([sheet]) is None
    assert (row_note(sheet), row_history(sheet), sheet.doubt) == ("", "", None)


def test_what_follows_a_verdict_of_the_past_is_no_part_of_its_report() -> None:
    def told(name: str) -> DeviceFacts:
        return DeviceFacts(name=name, kind="serial")

    file = classify(build_image("2.0.1", 2_000), "app.bin")
    journal = DeviceLog("board")
    journal.connected(told("first"))
    journal.begin(file)
    journal.say("the update")
    journal.close()
    journal.connected(told("second"))
    journal.say("about another one")
    assert "the update" in [line.text for line in journal.lines]
    assert "about another one" not in [line.text for line in journal.lines]
    assert journal.facts == told("first")
    journal.begin(file)
    journal.say("its update")
    assert journal.facts == told("second")
    assert "its update" in [line.text for line in journal.lines]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (verdict(), "updated"),
        (verdict(confirmed=False), "on test"),
        (verdict(Outcome.ALREADY_RUNNING, Ending.NOTHING_TO_DO), "up to date"),
        (verdict(Outcome.UNKNOWN, Ending.CANCELLED, confirmed=False), "on test"),
        (verdict(Outcome.UNKNOWN, Ending.CANCELLED), "cancelled"),
        (verdict(Outcome.UNKNOWN, Ending.NEVER_BACK, running=None), "unknown"),
        (verdict(Outcome.NOT_UPDATED, Ending.CANCELLED, running=OLD), "cancelled"),
        (verdict(Outcome.NOT_UPDATED, Ending.ROLLED_BACK, running=OLD), "not updated"),
    ],
)
def test_a_verdict_in_a_word(said: Verdict, words: str) -> None:
    assert verdict_chip(said).words == words
