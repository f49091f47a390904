"""Attempts in words: a line of the table, all of one, and what all of them come to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import assert_never

from app.facts.records import (
    AttemptFacts,
    MeasurementRow,
    PairFacts,
    RecordRow,
    StepRow,
)
from app.facts.settings import OptionFacts
from app.facts.words import ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.records.summary import Summary
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import NOTHING, Text, outside, stopped

_STEPS = {
    "serial": Text("Serial number"),
    "before-start": Text("Manufacturing system"),
    "check": Text("Check"),
    "before": Text("What must hold before"),
    "upload": Text("Upload"),
    "restart": Text("Restart"),
    "verify": Text("Verify"),
    "confirm": Text("Confirm"),
    "watch": Text("Watch"),
    "write": Text("Writes"),
    "after": Text("What must hold after"),
    "record": Text("Record"),
}
"""Steps by their stable names; one that nobody knows is called by that."""


def tone_of(result: Result) -> Tone:
    match result:
        case Result.PASS:
            return Tone.OK
        case Result.FAIL:
            return Tone.BAD
        case Result.ERROR | Result.TIMEOUT:
            return Tone.WARN
        case Result.ABORTED:
            return Tone.NEUTRAL
        case _:
            assert_never(result)


def row_of(attempt: Attempt) -> RecordRow:
    return RecordRow(
        key=attempt.key,
        when=moment(attempt.began)[:16],
        unit=plain(attempt.unit),
        result=outside(attempt.result.value),
        tone=tone_of(attempt.result),
        reason=outside(attempt.reason),
        job=plain(attempt.job),
        # What a unit runs that has not passed, nobody has proven; its reason says what is known.
        version=plain(attempt.to_version) if attempt.result is Result.PASS else "",
        place=plain(attempt.place),
        operator=plain(attempt.operator),
        took=wording.duration(attempt.seconds),
    )


def moment(at: float) -> str:
    """As this computer's clock shows it."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    except (OverflowError, ValueError, OSError):
        return "?"


def details(attempt: Attempt) -> AttemptFacts:
    unit = plain(attempt.unit)
    return AttemptFacts(
        key=attempt.key,
        unit=unit,
        title=outside(unit) if unit else Text("Without a serial number"),
        chip=ChipFacts(outside(attempt.result.value), tone_of(attempt.result)),
        reason=stopped(outside(plain(attempt.reason, LONGEST_SENTENCE))),
        next_step=stopped(outside(plain(attempt.next_step, LONGEST_SENTENCE)))
        if attempt.next_step
        else NOTHING,
        steps=tuple(map(_step, attempt.steps)),
        measurements=tuple(map(_measurement, attempt.measurements)),
        groups=_groups(attempt),
    )


def _step(step: StepTime) -> StepRow:
    name = _STEPS.get(step.name) or outside(step.name)
    result = outside(step.result.value)
    return StepRow(name, wording.duration(step.seconds), tone_of(step.result), result)


def _measurement(one: Measurement) -> MeasurementRow:
    value = f"{one.value}{wording.THIN}{one.unit}" if one.unit else one.value
    return MeasurementRow(
        plain(one.name),
        plain(value, LONGEST_SENTENCE) or "—",
        _wanted(one),
        tone_of(one.result),
        outside(one.result.value),
    )


def _wanted(one: Measurement) -> Text:
    if one.wanted:
        return Text("Wanted: {wanted}", wanted=one.wanted)
    if one.low and one.high:
        return Text("Wanted: from {low} to {high}", low=one.low, high=one.high)
    if one.low:
        return Text("Wanted: {low} or more", low=one.low)
    if one.high:
        return Text("Wanted: {high} or less", high=one.high)
    return NOTHING


def _groups(attempt: Attempt) -> tuple[tuple[Text, tuple[PairFacts, ...]], ...]:
    groups = (
        (
            Text("When and who"),
            (
                PairFacts(Text("Began"), moment(attempt.began)),
                PairFacts(Text("Ended"), moment(attempt.ended)),
                PairFacts(Text("Operator"), attempt.operator),
                PairFacts(Text("Shift"), attempt.shift),
                PairFacts(Text("Station"), attempt.station),
                PairFacts(Text("Place"), attempt.place),
            ),
        ),
        (
            Text("Device"),
            (
                PairFacts(Text("Address"), attempt.address),
                PairFacts(Text("USB socket"), attempt.hub_path),
                PairFacts(Text("USB serial number"), attempt.usb_serial),
                PairFacts(Text("Board"), attempt.board),
            ),
        ),
        (
            Text("Firmware"),
            (
                PairFacts(Text("Before"), attempt.from_version),
                PairFacts(Text("Hash before"), attempt.from_hash, is_code=True),
                PairFacts(
                    Text("After") if attempt.result is Result.PASS else Text("File"),
                    attempt.to_version,
                ),
                PairFacts(Text("Hash of the file's image"), attempt.to_hash, is_code=True),
                PairFacts(Text("Sent"), _sent(attempt)),
            ),
        ),
        (
            Text("Record"),
            (
                PairFacts(Text("Job"), attempt.job),
                PairFacts(Text("Hash of the job"), attempt.job_hash, is_code=True),
                PairFacts(Text("Code"), attempt.code, is_code=True),
                PairFacts(Text("Log"), attempt.log, is_code=True),
                PairFacts(Text("Remark"), attempt.remark),
                PairFacts(Text("Flashdesk"), attempt.program),
                PairFacts(Text("Number of the record"), attempt.key, is_code=True),
            ),
        ),
    )
    known = ((title, tuple(map(_cleaned, filter(_has_value, pairs)))) for title, pairs in groups)
    return tuple((title, pairs) for title, pairs in known if pairs)


def _has_value(pair: PairFacts) -> bool:
    return bool(pair.value)


def _cleaned(pair: PairFacts) -> PairFacts:
    return PairFacts(pair.title, plain(pair.value, LONGEST_SENTENCE), pair.is_code)


def _sent(attempt: Attempt) -> str:
    """Nothing where nothing was."""
    if not attempt.sent:
        return ""
    if not attempt.resent:
        return wording.size(attempt.sent)
    return Text(
        "{size}, {count} packets sent again", size=wording.size(attempt.sent), count=attempt.resent
    )


def result_options() -> tuple[OptionFacts, ...]:
    every = OptionFacts("", Text("Any result"))
    return (every, *(OptionFacts(each.value, outside(each.value)) for each in Result))


def job_options(jobs: Sequence[str]) -> tuple[OptionFacts, ...]:
    """`jobs`: the products' names that there are."""
    return (OptionFacts("", Text("Any job")), *(OptionFacts(job, outside(job)) for job in jobs))


def summary_words(attempts: int, summary: Summary | None) -> Text:
    """`summary`: None while it is not reckoned yet."""
    if not attempts:
        return NOTHING
    if summary is None or summary.yield_ is None:
        return Text("{attempts:,} attempts", attempts=attempts)
    return Text(
        "{attempts:,} attempts on {units:,} units, {percent} of them good in the end",
        attempts=attempts,
        units=summary.units,
        percent=wording.percent(summary.yield_),
    )


def history_words(unit: str, attempts: int) -> Text:
    """Whose history is shown; empty: everybody's."""
    if not unit:
        return NOTHING
    if attempts == 1:
        return Text("Unit {unit}: tried once", unit=unit)
    return Text("Unit {unit}: tried {count} times", unit=unit, count=attempts)
