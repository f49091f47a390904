"""Made-up records in their window, for every window there is."""

from __future__ import annotations

from dataclasses import replace

from app.facts.records import PAGE, FilterFacts, RecordRow, RecordsFacts
from app.facts.window import NoticeFacts
from app.facts.words import ActionFacts
from app.lib.tone import Tone
from app.presenters.records import (
    details,
    history_words,
    job_options,
    result_options,
    row_of,
    summary_words,
)
from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.records.summary import Summary
from app.records.waiting import waiting_words
from app.views.records_window import RecordsWindow
from smp.text import Text

BEGAN = 1_795_000_000.0
GOOD = Attempt(
    key="7f3a9c41-5be0-4d1a-9c41-000000004200",
    began=BEGAN,
    ended=BEGAN + 41.2,
    result=Result.PASS,
    code="updated",
    reason="Running 1.4.2, confirmed",
    operator="M. Kowalski",
    shift="early",
    station="line-3",
    job="sensor-7",
    job_hash="51be07d2" * 8,
    unit="S7-004200",
    place="3",
    address="serial:/dev/ttyACM3",
    hub_path="1-2.3",
    usb_serial="0042E7",
    board="nrf52840dk/nrf52840",
    from_version="1.3.0",
    from_hash="7f3a9c41" * 8,
    to_version="1.4.2",
    to_hash="c4419e03" * 8,
    steps=(
        StepTime("serial", 0.1),
        StepTime("check", 0.4),
        StepTime("upload", 27.9),
        StepTime("restart", 2.2),
        StepTime("watch", 10.0),
        StepTime("after", 0.3),
    ),
    measurements=(
        Measurement("battery", "3.92", "V", "3.6", "4.2"),
        Measurement("device/region", "EU", wanted="EU"),
    ),
    sent=214_900,
    resent=2,
    log="/home/line/.local/state/flashdesk/logs/station.log 40212",
    program="0.1.0",
)
BAD = replace(
    GOOD,
    key="7f3a9c41-5be0-4d1a-9c41-000000004201",
    result=Result.FAIL,
    code="station-expectation",
    unit="S7-004201",
    reason="battery is 3.1 V, and has to be from 3.6 to 4.2 V",
    next_step="Charge the battery, then press Retry",
    steps=(*GOOD.steps[:-1], StepTime("after", 0.3, Result.FAIL)),
    measurements=(Measurement("battery", "3.1", "V", "3.6", "4.2", result=Result.FAIL),),
)
OTHERS = (
    replace(GOOD, result=Result.TIMEOUT, code="never-back", reason="It has not come back"),
    replace(GOOD, result=Result.ABORTED, code="station-killed", reason="The station was ended"),
    replace(GOOD, result=Result.ERROR, code="port-gone", reason="The port vanished while writing"),
)
TOTAL = 40


def attempt_at(number: int, total: int) -> Attempt:
    """The one of this row: most pass."""
    kind = GOOD if number % 7 else BAD if number % 2 else OTHERS[number % 3]
    unit = f"S7-{total - number:06d}"
    ended = BEGAN + 60.0 * (total - number)
    return replace(
        kind, key=f"row-{number}", unit=unit, began=ended - 41, ended=ended, place=str(number % 8)
    )


def rows_of(page: int, total: int) -> list[RecordRow]:
    numbers = range(page * PAGE, min(page * PAGE + PAGE, total))
    return [row_of(attempt_at(number, total)) for number in numbers]


def shown_records(kind: str) -> RecordsFacts:
    facts = RecordsFacts(
        database="/home/line/.local/state/flashdesk/records.sqlite",
        total=TOTAL,
        generation=1,
        filter=FilterFacts(results=result_options(), jobs=job_options(("sensor-7", "lamp-2"))),
        summary=summary_words(100_000, Summary(attempts=100_000, units=98_000, good_units=96_236)),
    )
    match kind:
        case "nothing":
            return replace(facts, total=0, summary=Text(""), nothing=Text("No unit was tried yet."))
        case "good":
            return replace(facts, attempt=details(GOOD))
        case "failed":
            return replace(
                facts,
                attempt=details(BAD),
                filter=replace(
                    facts.filter,
                    result="FAIL",
                    since="27.11.2026",
                    is_set=True,
                    problem=Text("Write a day as 2026-11-27"),
                ),
                waiting=waiting_words(3),
                notice=NoticeFacts(
                    Text("The database cannot be reached."),
                    Tone.WARN,
                    ActionFacts("again", Text("Try again"), "refresh"),
                ),
            )
        case "history":
            return replace(
                facts,
                total=2,
                attempt=details(BAD),
                history=history_words("S7-004201", 2),
                filter=replace(facts.filter, unit="S7-004201", is_set=True),
            )
        case _:
            raise AssertionError(kind)


def feed(window: RecordsWindow, total: int) -> None:
    """Rows come as soon as they are looked at."""
    rows = window.table.rows
    rows.page_wanted.connect(lambda page: rows.put(page, rows_of(page, total)))
