"""Contradictions in what has to hold of a unit, before and after."""

from __future__ import annotations

from typing import assert_never

from app.station.job import Ask, Expectation, StationJob
from app.station.job_check import Findings
from app.station.patterns import fits
from smp.commands.os import BootloaderMode
from smp.errors import SmpError
from smp.image.version import Version
from smp.text import Coded, Text

MODES = tuple(mode.name.lower().replace("_", "-") for mode in BootloaderMode if mode.value >= 0)
"""As a job writes them."""


def wanted(job: StationJob, found: Findings) -> None:
    for table, expectations in (("before", job.before), ("after", job.after)):
        for number, each in enumerate(expectations):
            _expectation(each, table, number, found)
        for number, each in enumerate(expectations):
            if each in expectations[:number]:
                found.warn(
                    (table, number, ""),
                    Coded("job-asks-twice", "The same is asked twice"),
                    next_step=Text("Leave one of the two out"),
                )


def _expectation(each: Expectation, table: str, number: int, found: Findings) -> None:
    here = (table, number, "")
    needs = _needs(each.ask)
    if needs and not each.what:
        found.bad(
            here,
            Coded(
                "job-asks-for-nothing", "It does not say which {thing} is asked for", thing=needs
            ),
            next_step=Text('Write what = "…" there'),
        )
    if not needs and each.what:
        found.warn(
            (table, number, "what"),
            Coded(
                "job-what-unused", "what means nothing where {ask} is asked for", ask=each.ask.value
            ),
            next_step=Text("Leave it out"),
        )
    match each.ask:
        case Ask.STATISTICS:
            if each.what and "." not in each.what.strip("."):
                found.bad(
                    (table, number, "what"),
                    Coded("job-statistic-odd", "{what} is no statistic of a group", what=each.what),
                    next_step=Text('Write group and name: what = "flash.errors"'),
                )
        case Ask.BOOTLOADER_MODE:
            if each.equals and each.equals not in MODES:
                found.bad(
                    (table, number, "equals"),
                    Coded(
                        "job-bootloader-mode-unknown",
                        "No bootloader's mode is {mode!r}",
                        mode=each.equals,
                    ),
                    next_step=Text("Write one of these: {words}", words=", ".join(MODES)),
                )
        case Ask.VERSION | Ask.BOARD | Ask.SHELL | Ask.SETTING:
            pass
        case _:
            assert_never(each.ask)
    if not (each.low or each.high or each.equals or each.matches):
        found.bad(
            here,
            Coded("job-wants-nothing", "It does not say what the answer has to be"),
            next_step=Text("Write low, high, equals or matches there"),
        )
    _bounds(each, table, number, found)
    if each.equals and each.matches and not fits(each.matches, each.equals):
        found.bad(
            (table, number, "matches"),
            Coded(
                "job-never-both",
                "Nothing both is {equals!r} and looks like {matches!r}",
                equals=each.equals,
                matches=each.matches,
            ),
            next_step=Text("Leave one of the two out"),
        )


def _needs(ask: Ask) -> Text:
    """What has to be named, in words; nothing where nothing has to."""
    match ask:
        case Ask.STATISTICS:
            return Text("statistic")
        case Ask.SHELL:
            return Text("command")
        case Ask.SETTING:
            return Text("setting")
        case Ask.VERSION | Ask.BOARD | Ask.BOOTLOADER_MODE:
            return Text("")
        case _:
            assert_never(ask)


def _bounds(each: Expectation, table: str, number: int, found: Findings) -> None:
    if (each.low or each.high) and each.ask in (Ask.BOARD, Ask.BOOTLOADER_MODE):
        found.bad(
            (table, number, "low" if each.low else "high"),
            Coded("job-no-order", "{ask} has no lowest and no highest", ask=each.ask.value),
            next_step=Text("Write equals or matches instead"),
        )
        return
    order = _version if each.ask is Ask.VERSION else _number
    known = {}
    for key, text in (("low", each.low), ("high", each.high), ("equals", each.equals)):
        is_bound = key != "equals"
        if not text or (not is_bound and not (each.low or each.high or order is _version)):
            continue
        known[key] = order(text)
        if known[key] is None:
            found.bad(
                (table, number, key),
                Coded("job-no-version", "{text!r} is no version", text=text)
                if order is _version
                else Coded("job-no-number", "{text!r} is no number", text=text),
                next_step=Text("Write it as 1.2.3")
                if order is _version
                else Text("Write a number"),
            )
    low, high, equals = (known.get(key) for key in ("low", "high", "equals"))
    if low is not None and high is not None and low > high:
        found.bad(
            (table, number, "high"),
            Coded(
                "job-bounds-crossed",
                "Nothing is at least {low} and at most {high}",
                low=each.low,
                high=each.high,
            ),
            next_step=Text("Exchange the two"),
        )
    elif equals is not None and (
        (low is not None and equals < low) or (high is not None and equals > high)
    ):
        found.bad(
            (table, number, "equals"),
            Coded(
                "job-equals-outside", "{equals} is outside of its own bounds", equals=each.equals
            ),
            next_step=Text("Leave the bounds out"),
        )


Order = tuple[float, ...]


def _version(text: str) -> Order | None:
    try:
        version = Version.parse(text)
    except SmpError:
        return None
    return (version.major, version.minor, version.revision, version.build)


def _number(text: str) -> Order | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return (number,) if number == number else None
