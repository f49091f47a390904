"""What many attempts come to: counted by the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Subquery, case, func, select

from app.records.attempt import Result
from app.records.database import Database
from app.records.filter import Filter
from app.records.keeping import conditions, who
from app.records.schema import attempts, steps
from app.records.summary import FailureCount, HourCount, StepMean, Summary

_HOUR = 3600
_MOST_STEPS = 100
_MOST_CODES = 200


def summary(database: Database, wanted: Filter) -> Summary:
    """Of all that the filter wants, whatever its limit. Raises RecordError."""
    with database.reading() as connection:
        return summary_in(connection, wanted)


def summary_in(connection: Connection, wanted: Filter) -> Summary:
    """As `summary`, in a transaction that there is."""
    chosen = select(attempts, who().label("who")).where(*conditions(wanted)).subquery("chosen")
    of = chosen.c
    is_pass = of.result == Result.PASS.value
    good = func.sum(case((is_pass, of.ended - of.began), else_=0.0))
    passes = func.sum(case((is_pass, 1), else_=0))
    whole = select(
        func.count(),
        func.count(of.who.distinct()),
        func.min(of.began),
        func.max(of.ended),
        good,
        passes,
    )
    count, units, began, ended, seconds, passed = connection.execute(whole).one()
    return Summary(
        attempts=count,
        units=units,
        good_units=_units(connection, chosen, of.began.desc()),
        good_at_once=_units(connection, chosen, of.began),
        results=_results(connection, chosen),
        failures=_failures(connection, chosen),
        hours=_hours(connection, chosen),
        steps=_steps(connection, chosen),
        began=began,
        ended=ended,
        mean_seconds=max(0.0, seconds / passed) if passed else None,
        has_all_ends=wanted.result is None and not wanted.code,
    )


def _units(connection: Connection, chosen: Subquery, order: Any) -> int:
    """Units of which the first attempt in that order has passed."""
    of = chosen.c
    place = func.row_number().over(partition_by=of.who, order_by=(order, of.key))
    ranked = select(of.result, place.label("place")).subquery("ranked")
    query = select(func.count()).where(ranked.c.place == 1, ranked.c.result == Result.PASS.value)
    return int(connection.execute(query.select_from(ranked)).scalar_one())


def _results(connection: Connection, chosen: Subquery) -> tuple[tuple[Result, int], ...]:
    query = select(chosen.c.result, func.count()).group_by(chosen.c.result)
    counts = {str(word): int(count) for word, count in connection.execute(query)}
    return tuple((kind, counts[kind.value]) for kind in Result if kind.value in counts)


def _failures(connection: Connection, chosen: Subquery) -> tuple[FailureCount, ...]:
    of = chosen.c
    failed = of.result != Result.PASS.value
    newest = func.row_number().over(partition_by=of.code, order_by=(of.began.desc(), of.key))
    ranked = select(of.code, of.reason, newest.label("place")).where(failed).subquery("ranked")
    query = select(ranked.c.code, ranked.c.reason).where(ranked.c.place == 1)
    reasons = {row.code: row.reason for row in connection.execute(query)}
    attempts_of = func.count()
    counted = (
        select(of.code, attempts_of, func.count(of.who.distinct()))
        .where(failed)
        .group_by(of.code)
        .order_by(attempts_of.desc(), of.code)
        .limit(_MOST_CODES)
    )
    return tuple(
        FailureCount(code, reasons.get(code, ""), count, units)
        for code, count, units in connection.execute(counted)
    )


def _hours(connection: Connection, chosen: Subquery) -> tuple[HourCount, ...]:
    of = chosen.c
    passed = func.sum(case((of.result == Result.PASS.value, 1), else_=0))
    query = select(of.hour, passed, func.count()).group_by(of.hour).order_by(of.hour)
    return tuple(
        HourCount(hour * _HOUR, int(good), int(count - good))
        for hour, good, count in connection.execute(query)
    )


def _steps(connection: Connection, chosen: Subquery) -> tuple[StepMean, ...]:
    mean = func.avg(steps.c.seconds)
    query = (
        select(steps.c.name, mean, func.max(steps.c.seconds), func.count())
        .join(chosen, chosen.c.key == steps.c.key)
        .group_by(steps.c.name)
        .order_by(mean.desc(), steps.c.name)
        .limit(_MOST_STEPS)
    )
    return tuple(
        StepMean(name, float(mean), float(longest), int(count))
        for name, mean, longest, count in connection.execute(query)
    )
