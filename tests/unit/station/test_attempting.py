"""One attempt on a simulated unit: its result, its record, what is left of its serial number."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.records.attempt import Attempt, Result
from app.records.faults import away
from app.records.serials import Serial
from app.station import rest
from app.station.job import (
    Ask,
    Expectation,
    Hook,
    Recognition,
    SerialRule,
    SerialSource,
    UnitWrite,
)
from app.station.outcomes import CANCELLED
from app.station.refusal import StationRefusal
from app.station.standing import Phase, PlaceStanding
from smp.discovery import Found
from smp.errors import LinkBusy, RecordError
from smp.simulator import Behaviour, Extras, Profile
from smp.text import Coded, Text
from smp.update.plan import Mode
from tests.helpers.attempts import Ledger, Unit, opened
from tests.helpers.clock import Clock
from tests.helpers.logwatch import LogWatch
from tests.helpers.updating import NEW, new_image, small

MakeUnit = Callable[..., Unit]
COUNTER = SerialRule(SerialSource.COUNTER, format="S2-{number:04d}", first=42)
SERIAL = (UnitWrite("unit/serial"),)
PULLED = Coded("station-pulled", "The unit was pulled out")


@pytest.fixture
async def bench(clock: Clock) -> AsyncIterator[MakeUnit]:
    units: list[Unit] = []

    def make(*args: Any, **more: Any) -> Unit:
        units.append(Unit(*args, **more))
        return units[-1]

    yield make
    for unit in units:
        unit.close()


def product(**extras: Any) -> Profile:
    return dataclasses.replace(small("product", vanishes=False), extras=Extras(**extras))


def left(unit: Unit) -> tuple[list[str], list[str], list[str]]:
    """Of serial numbers: used, back, held."""
    return unit.ledger.used, [text for text, _ in unit.ledger.back], unit.ledger.held


def ended(attempt: Attempt) -> tuple[Result, str]:
    return attempt.result, attempt.code


# -- a unit that passes ------------------------------------------------------------------------


async def test_a_unit_passes_with_its_record_and_its_serial_number(bench: MakeUnit) -> None:
    unit, image = bench(), new_image()
    attempt = await unit.run(opened(image, serial=COUNTER))
    assert ended(attempt) == (Result.PASS, "proven")
    assert unit.ledger.written == [attempt]
    assert left(unit) == (["S2-0042"], [], [])
    assert (attempt.unit, attempt.operator, attempt.station) == ("S2-0042", "Ada", "L1")
    assert (attempt.from_version, attempt.to_version) == ("1.3.0", NEW)
    assert attempt.to_hash == image.hash.hex()
    names = " ".join(step.name for step in attempt.steps)
    assert names == "connect serial check upload restart verify confirm proof"
    assert {step.result for step in attempt.steps} == {Result.PASS}
    assert attempt.sent == len(image.unpadded())
    assert (attempt.hub_path, attempt.usb_serial) == ("1-2.4", "E4F1")
    assert attempt.measurements[0].value == image.hash.hex()
    assert unit.told[-1].version == NEW
    assert await unit.running_version() == NEW


async def test_what_is_told_meanwhile_goes_forward_and_is_of_this_unit(bench: MakeUnit) -> None:
    unit = bench()
    await unit.run(opened(serial=COUNTER))
    phases = list(dict.fromkeys(it.phase for it in unit.told))
    assert phases == [
        Phase.CHECKING,
        Phase.UPLOADING,
        Phase.RESTARTING,
        Phase.VERIFYING,
        Phase.WATCHING,
        Phase.RECORDING,
        Phase.DONE,
    ]
    fractions = [it.fraction for it in unit.told]
    assert fractions == sorted(fractions)
    assert max(it.fraction for it in unit.told if it.phase is Phase.UPLOADING) > 0.1
    assert any(it.left for it in unit.told if it.phase is Phase.UPLOADING)
    assert any(it.rate for it in unit.told)
    assert all(it.words for it in unit.told[:-1])
    assert {it.result for it in unit.told[:-1]} == {None}


async def test_firmware_that_is_only_watched_gets_on_meanwhile(bench: MakeUnit) -> None:
    """It runs already, on trial: nothing is sent, nothing restarts."""
    unit, image = bench(), new_image()
    await unit.run(opened(image, mode=Mode.TEST))
    unit.told.clear()
    attempt = await unit.run(opened(image))
    assert ended(attempt) == (Result.PASS, "confirmed-only")
    watched = [it for it in unit.told if it.phase is Phase.WATCHING]
    assert any(it.left for it in watched)
    assert max(it.fraction for it in watched) > 0.5


async def test_the_same_unit_again_passes_with_nothing_sent(bench: MakeUnit) -> None:
    unit = bench()
    await unit.run()
    attempt = await unit.run()
    assert ended(attempt) == (Result.PASS, "nothing-to-do")
    assert attempt.sent == 0
    assert attempt.from_version == NEW


async def test_no_result_is_told_before_its_record_is_written(bench: MakeUnit) -> None:
    unit = bench()
    before: list[list[Result | None]] = []
    unit.ledger.on_write = lambda attempt: before.append([it.result for it in unit.told])
    await unit.run()
    assert before == [[None] * len(before[0])]


# -- what its settings are ---------------------------------------------------------------------


async def test_its_serial_number_is_written_and_read_back(bench: MakeUnit) -> None:
    unit = bench(product())
    writes = (*SERIAL, UnitWrite("unit/date", "{station} {operator}", save=False))
    attempt = await unit.run(opened(serial=COUNTER, writes=writes))
    assert ended(attempt) == (Result.PASS, "proven")
    assert unit.device.saved_settings.values["unit/serial"] == b"S2-0042"
    assert (
        "unit/date" not in unit.device.saved_settings.values
        or not (unit.device.saved_settings.values["unit/date"])
    )
    told = {it.name: it.value for it in attempt.measurements}
    assert told["setting unit/serial"] == "S2-0042"
    assert told["setting unit/date"] == "L1 Ada"
    assert left(unit) == (["S2-0042"], [], [])


async def test_what_it_uses_from_its_next_restart_on_is_read_after_that(bench: MakeUnit) -> None:
    unit = bench(product())
    writes = (*SERIAL, UnitWrite("unit/mode", "1", restart=True))
    starts = Expectation(Ask.STATISTICS, "unit.starts", equals="3")
    attempt = await unit.run(opened(serial=COUNTER, writes=writes, after=(starts,)))
    assert ended(attempt) == (Result.PASS, "proven")
    names = [it.name for it in attempt.measurements]
    assert names[-1] == "hash of image 0"
    assert {it.name: it.value for it in attempt.measurements}["setting unit/mode"] == "1"


@pytest.mark.parametrize("words", ["reset-refused", "reset-silent"])
async def test_firmware_that_is_loath_to_restart_is_insisted_on(
    bench: MakeUnit, words: str
) -> None:
    unit = bench(product())
    writes = (UnitWrite("unit/mode", "1", restart=True),)
    attempt = await unit.run(opened(new_image(words=words), writes=writes))
    assert ended(attempt) == (Result.PASS, "proven")


async def test_a_unit_that_does_not_come_back_from_that_restart_fails(bench: MakeUnit) -> None:
    unit = bench(product())

    def spoil(standing: PlaceStanding) -> None:
        if standing.phase is Phase.WRITING:
            unit.device.behaviour = Behaviour(hangs=True)

    unit.on_told = spoil
    writes = (*SERIAL, UnitWrite("unit/mode", "1", restart=True))
    attempt = await unit.run(opened(serial=COUNTER, writes=writes))
    assert ended(attempt) == (Result.FAIL, "station-not-restarted")
    assert left(unit) == (["S2-0042"], [], [])


async def test_without_the_restart_it_does_not_pass(bench: MakeUnit) -> None:
    """Nothing is assumed of what was written and taken."""
    unit = bench(product())
    attempt = await unit.run(opened(writes=(UnitWrite("unit/mode", "1"),)))
    assert ended(attempt) == (Result.FAIL, "station-write-lost")
    assert "unit/mode reads back as 0, written was 1" in attempt.reason


async def test_a_unit_that_does_not_keep_its_number_fails_and_the_number_is_spent(
    bench: MakeUnit,
) -> None:
    unit = bench(product(forgets=frozenset({"unit/serial"})))
    attempt = await unit.run(
        opened(serial=COUNTER, writes=(UnitWrite("unit/serial", restart=True),))
    )
    assert ended(attempt) == (Result.FAIL, "station-write-lost")
    assert attempt.steps[-1].name == "write"
    assert attempt.steps[-1].result is Result.FAIL
    assert left(unit) == (["S2-0042"], [], [])
    assert attempt.unit == "S2-0042"


async def test_a_setting_that_it_does_not_tell_is_not_proven(bench: MakeUnit) -> None:
    unit = bench(product(hidden=frozenset({"unit/serial"})))
    attempt = await unit.run(opened(serial=COUNTER, writes=SERIAL))
    assert ended(attempt) == (Result.FAIL, "station-write-not-proven")
    assert left(unit) == (["S2-0042"], [], [])


async def test_a_setting_that_it_does_not_have_fails_it(bench: MakeUnit) -> None:
    unit = bench(product())
    attempt = await unit.run(opened(serial=COUNTER, writes=(UnitWrite("product/serial"),)))
    assert ended(attempt) == (Result.FAIL, "station-write-refused")
    assert "ROOT_KEY_NOT_FOUND" in attempt.reason


async def test_firmware_without_settings_fails_it(bench: MakeUnit) -> None:
    unit = bench()
    attempt = await unit.run(opened(serial=COUNTER, writes=SERIAL))
    assert ended(attempt) == (Result.FAIL, "station-write-refused")
    assert await unit.running_version() == NEW


# -- what must hold ----------------------------------------------------------------------------


async def test_what_must_hold_before_stops_it_before_a_byte_is_sent(bench: MakeUnit) -> None:
    unit = bench()
    version = Expectation(Ask.VERSION, low="1.4.0")
    attempt = await unit.run(opened(serial=COUNTER, before=(version,)))
    assert ended(attempt) == (Result.FAIL, "station-not-as-wanted")
    assert "the version is 1.3.0. It has to be at least 1.4.0" in attempt.reason
    assert attempt.sent == 0
    assert left(unit) == ([], ["S2-0042"], [])
    assert unit.ledger.back[0][1] == attempt.reason
    assert attempt.unit == ""
    assert "S2-0042 went back" in attempt.remark
    assert await unit.running_version() == "1.3.0"


async def test_what_must_hold_after_is_asked_of_the_new_firmware_and_all_of_it(
    bench: MakeUnit,
) -> None:
    unit = bench(product())
    after = (
        Expectation(Ask.VERSION, equals=NEW),
        Expectation(Ask.BOARD, matches="sensor2/*"),
        Expectation(Ask.BOOTLOADER_MODE, equals="swap-move"),
        Expectation(Ask.STATISTICS, "unit.faults", high="0"),
        Expectation(Ask.SHELL, "battery", low="3000", high="3600", unit="mV"),
        Expectation(Ask.SHELL, "selftest", matches="*PASS"),
        Expectation(Ask.SETTING, "unit/mode", equals="0"),
    )
    attempt = await unit.run(opened(after=after))
    assert ended(attempt) == (Result.PASS, "proven")
    assert [(it.name, it.value) for it in attempt.measurements[:5]] == [
        ("version", NEW),
        ("board", "sensor2/nrf52840"),
        ("bootloader-mode", "swap-move"),
        ("statistics unit.faults", "0"),
        ("shell battery", "3301 mV"),
    ]
    battery = attempt.measurements[4]
    assert (battery.low, battery.high, battery.unit) == ("3000", "3600", "mV")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Expectation(Ask.VERSION, high="1.4.1"), f"the version is {NEW}"),
        (Expectation(Ask.BOARD, equals="other"), "the board is sensor2/nrf52840"),
        (Expectation(Ask.BOOTLOADER_MODE, equals="swap-offset"), "mode is swap-move"),
        (Expectation(Ask.STATISTICS, "unit.starts", equals="9"), "unit.starts is 2"),
        (Expectation(Ask.SHELL, "battery", high="3000"), "the answer to battery is 3301 mV"),
        (Expectation(Ask.SETTING, "unit/serial", matches="S2-*"), "unit/serial is empty"),
    ],
)
async def test_whatever_is_asked_is_told_with_its_name_and_value(
    bench: MakeUnit, wanted: Expectation, words: str
) -> None:
    unit = bench(product())
    attempt = await unit.run(opened(after=(wanted,)))
    assert ended(attempt) == (Result.FAIL, "station-not-as-wanted")
    assert words in attempt.reason
    assert unit.told[-1].version == NEW


async def test_a_unit_that_lists_nothing_that_runs_does_not_tell_its_version(
    bench: MakeUnit,
) -> None:
    unit = bench(small("firmware-loader", baud=None))
    job = opened(before=(Expectation(Ask.VERSION, low="1"),), consent=True)
    attempt = await unit.run(job)
    assert ended(attempt) == (Result.FAIL, "station-not-told")
    assert "the version" in attempt.reason


async def test_a_link_that_does_not_close_in_order_does_not_end_it(
    bench: MakeUnit, monkeypatch: pytest.MonkeyPatch, log_watch: LogWatch
) -> None:
    log_watch.expect("closing the link")
    unit = bench()

    async def fail() -> None:
        raise ZeroDivisionError

    attempting = unit.begin()
    unit.ledger.on_write = lambda attempt: monkeypatch.undo()
    unit.on_told = lambda it: (
        monkeypatch.setattr(unit.client, "disconnect", fail) if it.phase is Phase.WATCHING else None
    )
    attempt = await attempting.run()
    assert ended(attempt) == (Result.PASS, "proven")
    assert unit.client is not None
    await unit.client.disconnect()


async def test_the_first_that_does_not_hold_is_told_and_the_others_are_measured(
    bench: MakeUnit,
) -> None:
    unit = bench(product(statistics=(("faults", 3),)))
    after = (
        Expectation(Ask.STATISTICS, "unit.faults", high="0"),
        Expectation(Ask.STATISTICS, "unit.nothing", high="0"),
        Expectation(Ask.STATISTICS, "other.faults", high="0"),
        Expectation(Ask.SHELL, "explode now"),
        Expectation(Ask.SETTING, "unit/mode", equals="0"),
    )
    attempt = await unit.run(opened(serial=COUNTER, after=after))
    assert ended(attempt) == (Result.FAIL, "station-not-as-wanted")
    assert "the statistic unit.faults is 3. It may be at most 0" in attempt.reason
    fail, good = Result.FAIL, Result.PASS
    assert [it.result for it in attempt.measurements] == [fail, fail, fail, fail, good]
    assert left(unit) == ([], ["S2-0042"], [])


async def test_a_unit_with_another_board_is_not_touched(bench: MakeUnit) -> None:
    unit = bench()
    job = opened(recognise=Recognition(board="sensor2/nrf52840"), serial=COUNTER)
    attempt = await unit.run(job)
    assert ended(attempt) == (Result.FAIL, "station-other-board")
    assert "nrf52840dk/nrf52840" in attempt.reason
    assert attempt.board == "nrf52840dk/nrf52840"
    assert left(unit) == ([], [], [])


# -- what goes wrong with the unit -------------------------------------------------------------


async def test_firmware_that_hangs_rolls_back_and_fails(bench: MakeUnit) -> None:
    unit = bench(product())
    job = opened(new_image(words="hang watchdog 2000"), serial=COUNTER, writes=SERIAL)
    attempt = await unit.run(job)
    assert ended(attempt) == (Result.FAIL, "rolled-back")
    assert (attempt.from_version, unit.told[-1].version) == ("1.3.0", "1.3.0")
    assert left(unit) == ([], ["S2-0042"], [])
    assert attempt.steps[-1].result is Result.FAIL
    assert unit.told[-1].can_retry
    assert await unit.running_version() == "1.3.0"


async def test_what_cannot_be_taken_back_is_the_jobs_to_agree_to(bench: MakeUnit) -> None:
    unit = bench(small("overwrite-only"))
    attempt = await unit.run()
    assert ended(attempt) == (Result.FAIL, "forbidden")
    assert "The old image is overwritten" in attempt.reason
    assert attempt.next_step.startswith("Tell the engineer: the job has to agree to it")
    agreed = await unit.run(opened(consent=True))
    assert ended(agreed) == (Result.PASS, "proven")


async def test_what_can_never_be_says_so_itself(bench: MakeUnit) -> None:
    unit = bench(small("strict-key"))
    unsigned = new_image(size=90_000)
    attempt = await unit.run(opened(unsigned, consent=True))
    assert ended(attempt) == (Result.FAIL, "forbidden")
    assert "engineer: the job has to agree" not in attempt.next_step


async def test_a_silent_unit_is_out_of_time_and_takes_no_number(bench: MakeUnit) -> None:
    unit = bench()
    unit.host.start()
    unit.host.power_off()
    attempt = await unit.run(opened(serial=COUNTER))
    assert (attempt.result, attempt.steps[-1].name) == (Result.TIMEOUT, "connect")
    assert attempt.steps[-1].result is Result.TIMEOUT
    assert left(unit) == ([], [], [])


async def test_a_unit_that_loses_its_power_in_the_middle_is_told_as_it_is(
    bench: MakeUnit,
) -> None:
    unit = bench()

    def cut(standing: PlaceStanding) -> None:
        if standing.phase is Phase.UPLOADING and standing.fraction > 0.05:
            unit.host.power_off()

    unit.on_told = cut
    attempt = await unit.run(opened(serial=COUNTER))
    assert ended(attempt) == (Result.TIMEOUT, "silent")
    assert left(unit) == ([], ["S2-0042"], [])
    assert 0 < attempt.sent < len(new_image().unpadded())
    unit.on_told = lambda standing: None
    unit.host.power_on()
    again = await unit.run(opened(serial=COUNTER))
    assert ended(again) == (Result.PASS, "proven")
    assert again.sent == len(new_image().unpadded())


async def test_a_port_that_cannot_be_opened_is_an_error(bench: MakeUnit) -> None:
    unit = bench()

    def busy(found: Found) -> Any:
        raise LinkBusy(Coded("port-in-use", "{name} is in use", name=found.title))

    attempt = await unit.run(make_client=busy)
    assert ended(attempt) == (Result.ERROR, "port-in-use")
    assert attempt.next_step == "Close the other program, then connect again"


async def test_a_mistake_of_the_program_is_recorded_too(
    bench: MakeUnit, log_watch: LogWatch
) -> None:
    log_watch.expect("ended by a mistake")
    unit = bench()

    def wrong(found: Found) -> Any:
        raise ZeroDivisionError

    attempt = await unit.run(opened(serial=COUNTER), make_client=wrong)
    assert ended(attempt) == (Result.ERROR, "station-broken")
    assert unit.ledger.written == [attempt]


async def test_a_listener_that_fails_does_not_end_it(bench: MakeUnit, log_watch: LogWatch) -> None:
    log_watch.expect("how far an attempt is")
    unit = bench()

    def fail(standing: PlaceStanding) -> None:
        if standing.phase is Phase.UPLOADING:
            raise ZeroDivisionError

    unit.on_told = fail
    assert ended(await unit.run()) == (Result.PASS, "proven")


# -- the hash ----------------------------------------------------------------------------------


async def test_a_restart_that_ends_a_test_is_no_pass(bench: MakeUnit) -> None:
    """On test, any restart returns to the old image: also the one that its settings need."""
    unit = bench(product())
    job = opened(mode=Mode.TEST, writes=(UnitWrite("unit/mode", "1", restart=True),))
    attempt = await unit.run(job)
    assert ended(attempt) == (Result.FAIL, "station-other-image")
    assert unit.told[-1].version == ""
    assert await unit.running_version() == "1.3.0"


async def test_a_unit_that_went_back_behind_our_back_fails(bench: MakeUnit) -> None:
    unit = bench(dataclasses.replace(product(), speed=10_000.0))

    def restart(standing: PlaceStanding) -> None:
        if standing.phase is Phase.WRITING:
            unit.host.press_reset()

    unit.on_told = restart
    job = opened(mode=Mode.TEST, writes=(UnitWrite("unit/serial", "1"),))
    attempt = await unit.run(job)
    assert ended(attempt) == (Result.FAIL, "station-other-image")


async def test_a_unit_that_does_not_list_what_it_runs_never_passes(bench: MakeUnit) -> None:
    unit = bench(small("firmware-loader", baud=None))
    attempt = await unit.run(opened(serial=COUNTER, consent=True))
    assert ended(attempt) == (Result.ERROR, "station-hash-not-read")
    assert left(unit) == ([], ["S2-0042"], [])


# -- the record --------------------------------------------------------------------------------

FULL = RecordError(Coded("record-disk-full", "The disk is full"))


async def test_without_its_record_nothing_is_a_pass(bench: MakeUnit) -> None:
    unit = bench(product(), ledger=Ledger(fails=FULL))
    attempt = await unit.run(opened(serial=COUNTER, writes=SERIAL))
    assert ended(attempt) == (Result.ERROR, "station-not-recorded")
    assert unit.told[-1].is_unrecorded
    assert "The disk is full" in attempt.reason
    assert left(unit) == (["S2-0042"], [], [])


async def test_a_fail_without_its_record_stays_one(bench: MakeUnit) -> None:
    unit = bench(ledger=Ledger(fails=FULL))
    attempt = await unit.run(opened(before=(Expectation(Ask.VERSION, low="2"),)))
    assert ended(attempt) == (Result.FAIL, "station-not-as-wanted")
    assert unit.told[-1].is_unrecorded


async def test_records_that_fail_in_another_way_are_no_pass_either(
    bench: MakeUnit, log_watch: LogWatch
) -> None:
    log_watch.expect("writing the record")
    unit = bench(ledger=Ledger(fails=ZeroDivisionError()))
    assert ended(await unit.run()) == (Result.ERROR, "station-not-recorded")


@pytest.mark.parametrize(("then", "words"), [(1_000.0, "set back by"), (9e9, "moved forward by")])
async def test_a_clock_that_is_set_does_not_end_it_before_it_began(
    bench: MakeUnit, monkeypatch: pytest.MonkeyPatch, then: float, words: str
) -> None:
    unit = bench()
    now = [1_000_000.0]
    monkeypatch.setattr("app.station.unit_account.time.time", lambda: now[0])
    unit.on_told = lambda it: now.__setitem__(0, then) if it.phase is Phase.WATCHING else None
    attempt = await unit.run()
    assert attempt.began == 1_000_000.0
    assert 5 < attempt.seconds < 60
    assert words in attempt.remark


# -- serial numbers ----------------------------------------------------------------------------


async def test_records_that_hand_out_no_number_stop_it(bench: MakeUnit) -> None:
    away = RecordError(Coded("record-database-away", "The database does not answer"))
    unit = bench(ledger=Ledger(down=away))
    attempt = await unit.run(opened(serial=COUNTER))
    assert ended(attempt) == (Result.ERROR, "record-database-away")
    assert await unit.running_version() == "1.3.0"


async def test_a_scanned_number_is_the_units_whatever_comes_of_it(bench: MakeUnit) -> None:
    unit = bench()
    rule = SerialRule(SerialSource.SCAN, pattern="S2-####")
    job = opened(serial=rule, before=(Expectation(Ask.VERSION, low="2"),))
    attempt = await unit.run(job, scanned="S2-0007")
    assert (attempt.result, attempt.unit) == (Result.FAIL, "S2-0007")
    assert left(unit) == ([], ["S2-0007"], [])
    other = await unit.run(job, scanned="4006381333931")
    assert ended(other) == (Result.ERROR, "station-serial-unlike")
    none = await unit.run(job)
    assert ended(none) == (Result.ERROR, "station-serial-missing")


async def test_a_number_that_is_on_the_unit_needs_no_database(bench: MakeUnit) -> None:
    unit = bench(ledger=Ledger(down=away("the hall's")))
    attempt = await unit.run(opened(serial=SerialRule(SerialSource.SCAN)), scanned="S2-0007")
    assert (attempt.result, attempt.unit) == (Result.PASS, "S2-0007")
    assert "nobody could be asked whether another unit has" in attempt.remark
    refused = RecordError(Coded("record-serial-held", "S2-0007 is at work already"))
    unit = bench(ledger=Ledger(down=refused))
    attempt = await unit.run(opened(serial=SerialRule(SerialSource.SCAN)), scanned="S2-0007")
    assert ended(attempt) == (Result.ERROR, "record-serial-held")


async def test_a_number_is_written_to_the_unit_once_that_is_noted_and_not_before(
    bench: MakeUnit,
) -> None:
    noted: list[str] = []

    async def note(serial: str) -> None:
        noted.append(serial)

    async def full(serial: str) -> None:
        raise StationRefusal(Coded("station-journal-full", "The journal cannot be written"))

    unit = bench(product())
    job = opened(serial=COUNTER, writes=SERIAL)
    attempt = await unit.run(job, before_write=full)
    assert ended(attempt) == (Result.ERROR, "station-journal-full")
    assert left(unit)[0] == [], "the unit has none"
    attempt = await unit.run(job, before_write=note)
    assert (attempt.result, noted) == (Result.PASS, [attempt.unit])


async def test_a_number_that_a_killed_attempt_held_is_taken_over(bench: MakeUnit) -> None:
    unit = bench(product())
    unit.ledger.held.append("S2-0041")
    held = Serial("Sensor 2", 41, "S2-0041", "old")
    job = opened(serial=COUNTER, writes=SERIAL, before=(Expectation(Ask.VERSION, low="2"),))
    attempt = await unit.run(job, held=held, key="new")
    assert (attempt.result, attempt.key) == (Result.FAIL, "new")
    assert left(unit) == (["S2-0041"], [], [])  # it may be on the unit since the last time


# -- the manufacturing system ------------------------------------------------------------------

HOOK = Hook("https://mes.example/start")
AFTER = Hook("https://mes.example/done", headers=(("Authorization", "$TOKEN"),))


async def test_it_is_asked_before_and_told_after(bench: MakeUnit) -> None:
    unit = bench()
    asked: list[rest.Call] = []

    async def yes(call: rest.Call) -> rest.Answer:
        asked.append(call)
        return rest.Answer(200, {"allowed": True})

    attempt = await unit.run(
        opened(serial=COUNTER, before_start=HOOK, after_result=AFTER), call=yes, key="k1"
    )
    assert ended(attempt) == (Result.PASS, "proven")
    (call,) = asked
    assert (call.url, call.key) == (HOOK.url, "k1")
    assert call.body["event"] == "before-start"
    assert call.body["serial"] == "S2-0042"
    (told,) = unit.delivered
    assert (told.url, told.key, told.headers) == (AFTER.url, "k1", AFTER.headers)
    assert told.body["result"] == "PASS"
    assert told.body["unit"] == "S2-0042"
    assert "before-start" in [step.name for step in attempt.steps]


async def test_a_no_is_told_with_its_reason_and_nothing_is_sent(bench: MakeUnit) -> None:
    unit = bench()

    async def no(call: rest.Call) -> rest.Answer:
        return rest.Answer(200, {"allowed": False, "reason": "It was not calibrated yet"})

    attempt = await unit.run(opened(serial=COUNTER, before_start=HOOK), call=no)
    assert ended(attempt) == (Result.FAIL, "station-not-allowed")
    assert "It was not calibrated yet" in attempt.reason
    assert left(unit) == ([], ["S2-0042"], [])
    assert await unit.running_version() == "1.3.0"


@pytest.mark.parametrize("required", [True, False])
async def test_without_an_answer_it_goes_on_only_where_the_job_says_so(
    bench: MakeUnit, required: bool
) -> None:
    unit = bench()

    async def away(call: rest.Call) -> rest.Answer:
        raise rest.RestError(Coded("station-rest-unreachable", "mes cannot be reached"))

    hook = dataclasses.replace(HOOK, required=required)
    attempt = await unit.run(opened(serial=COUNTER, before_start=hook), call=away)
    if required:
        assert ended(attempt) == (Result.ERROR, "station-rest-unreachable")
    else:
        assert ended(attempt) == (Result.PASS, "proven")
        assert "was not asked: mes cannot be reached" in attempt.remark


async def test_a_service_hears_what_became_of_the_number_that_it_gave(bench: MakeUnit) -> None:
    unit = bench()

    async def give(call: rest.Call) -> rest.Answer:
        return rest.Answer(200, {"serial": "R-1"})

    rule = SerialRule(SerialSource.REST, url="https://mes.example/serial")
    job = opened(serial=rule, before=(Expectation(Ask.VERSION, low="2"),))
    attempt = await unit.run(job, call=give)
    (told,) = unit.delivered
    assert (told.url, told.key) == (rule.url, f"{attempt.key}-back")
    assert told.body["serial"] == "R-1"
    assert told.body["reason"] == attempt.reason


# -- being stopped -----------------------------------------------------------------------------


async def test_who_cancels_before_it_begins_gets_its_record(bench: MakeUnit) -> None:
    unit = bench()
    attempting = unit.begin(opened(serial=COUNTER))
    attempting.cancel(PULLED)
    attempt = await attempting.run()
    assert ended(attempt) == (Result.ABORTED, "station-pulled")
    assert unit.ledger.written == [attempt]
    assert unit.told[-1].result is Result.ABORTED


async def test_a_number_that_is_just_being_handed_out_goes_back(bench: MakeUnit) -> None:
    unit = bench(ledger=Ledger(seconds=5.0))
    attempting = unit.begin(opened(serial=COUNTER))
    running = asyncio.ensure_future(attempting.run())
    await unit.ledger.asked.wait()
    attempting.cancel()
    attempt = await running
    assert ended(attempt) == (Result.ABORTED, CANCELLED.code)
    assert left(unit) == ([], ["S2-0042"], [])


async def test_cancelled_while_its_settings_are_written_its_number_is_spent(
    bench: MakeUnit,
) -> None:
    unit = bench(product())
    unit.on_told = lambda it: unit.attempting.cancel() if it.phase is Phase.WRITING else None  # type: ignore[union-attr]
    attempt = await unit.run(opened(serial=COUNTER, writes=SERIAL))
    assert ended(attempt) == (Result.ABORTED, CANCELLED.code)
    assert f"Running {NEW}" in attempt.reason
    assert left(unit)[1:] == ([], [])


async def test_who_cancels_its_task_gets_no_half_attempt(bench: MakeUnit) -> None:
    unit = bench()
    attempting = unit.begin(opened(serial=COUNTER))
    running = asyncio.ensure_future(attempting.run())
    await asyncio.sleep(3.0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (attempt,) = unit.ledger.written
    assert ended(attempt) == (Result.ABORTED, CANCELLED.code)
    assert left(unit) == ([], ["S2-0042"], [])
    assert unit.client is not None
    assert not unit.client.is_connected


@pytest.mark.parametrize("hurry", [False, True])
@pytest.mark.parametrize("part", range(12))
async def test_it_survives_a_cancel_at_any_moment(bench: MakeUnit, part: int, hurry: bool) -> None:
    """At each twelfth of what is told of it, several moments each: one record, a true result, and
    nothing is held."""
    whole = bench(product())
    writes = (*SERIAL, UnitWrite("unit/mode", "1", restart=True))
    job = opened(serial=COUNTER, writes=writes, after=(Expectation(Ask.SHELL, "selftest"),))
    await whole.run(job)
    moments = len(whole.told)
    for at in range(part * moments // 12, (part + 1) * moments // 12, 4):
        unit = bench(product())

        def stop(standing: PlaceStanding, unit: Unit = unit, at: int = at) -> None:
            if len(unit.told) == at + 1 and unit.attempting is not None:
                unit.attempting.cancel(PULLED)
                if hurry:
                    unit.attempting.cancel(PULLED)

        unit.on_told = stop
        attempt = await unit.run(job)
        assert unit.ledger.written == [attempt]
        assert unit.ledger.held == []
        used, back, _ = left(unit)
        assert len(used) + len(back) <= 1
        if attempt.result is Result.PASS:
            assert unit.told[at].phase in (Phase.RECORDING, Phase.DONE)
        else:
            assert ended(attempt) == (Result.ABORTED, "station-pulled")
            assert attempt.reason.startswith("The unit was pulled out")
        if back:
            assert unit.device.saved_settings.values == {}
        unit.close()


def test_words_of_every_phase_can_be_said() -> None:
    from app.station.unit_progress import WORDS

    assert set(WORDS) == set(Phase)
    assert all(isinstance(words, Text) for words in WORDS.values())
