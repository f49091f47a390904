"""Records as a report for people: yield, what failed most, hours, steps, every attempt. One HTML
file that any browser shows and prints, without scripts and without anything from elsewhere."""

from __future__ import annotations

import math
import time
from itertools import islice
from pathlib import Path
from typing import assert_never

from app.language import current, say
from app.lib.wording import duration, short_hash, tenths
from app.records.attempt import Attempt, Result
from app.records.export_file import put
from app.records.extract import Extract, Scope
from app.records.html_parts import STYLE, bar, figure, hours, table, words
from app.records.summary import Summary
from app.records.waiting import waiting_words
from smp.text import NOTHING, Numeral, Text, listed, outside, sentences

_MOST = 2_000
"""Attempts that are listed: more nobody reads, and no browser prints."""


def write(extract: Extract, path: Path) -> None:
    """Raises RecordError."""
    put(path, [page(extract)])


def page(extract: Extract, now: float | None = None) -> str:
    """The whole file. `now`: when it was made."""
    summary = extract.summary
    parts = [
        _head(extract, time.time() if now is None else now),
        _figures(summary),
        _failures(summary),
        _hours(summary),
        _steps(summary),
        _attempts(extract),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{current().name or "en"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{words(_title(extract))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{''.join(parts)}</body>\n</html>\n"
    )


def _title(extract: Extract) -> Text:
    jobs = extract.values.get("job", ())
    if len(jobs) == 1:
        return Text("Production report: {product}", product=jobs[0])
    return Text("Production report")


def _head(extract: Extract, now: float) -> str:
    summary, lines = extract.summary, []
    if summary.began is not None and summary.ended is not None:
        began, ended = _clock(summary.began), _clock(summary.ended)
        lines.append(Text("From {began} to {ended}", began=began, ended=ended))
    for label, name in (
        (Text("Firmware: {all}", all=_few(extract, "to_version")), "to_version"),
        (Text("Stations: {all}", all=_few(extract, "station")), "station"),
        (Text("Operators: {all}", all=_few(extract, "operator")), "operator"),
    ):
        if _few(extract, name):
            lines.append(label)
    hashes = extract.values.get("job_hash", ())
    if len(hashes) == 1:
        lines.append(Text("Job: {hash} (SHA-256 of its file)", hash=hashes[0]))
    zone = time.strftime("%z", time.localtime(now))
    made = Text(
        "Made {when} by Flashdesk. Times are those of this computer, UTC{zone}",
        when=_clock(now),
        zone=f"{zone[:3]}:{zone[3:]}",
    )
    told = "".join(f"<p>{words(line)}</p>\n" for line in (*lines, made))
    return f"<h1>{words(_title(extract))}</h1>\n{_scope(extract)}{told}"


def _scope(extract: Extract) -> str:
    """Nobody takes a part for the whole."""
    scope = extract.scope
    asked = _asked(scope)
    told = [Text("All attempts in {where}", where=scope.where)] if scope.where and not asked else []
    if asked:
        told = [Text("Only a part of {where}: {asked}", where=scope.where, asked=listed(asked))]
        left, there = extract.left_out, scope.there
        told.append(Text("{left:,} of {all:,} attempts are left out", left=left, all=there))
    if scope.waiting:
        told.append(waiting_words(scope.waiting))
    tone = ' class="part"' if asked or scope.waiting else ""
    return "".join(f"<p{tone}>{words(line)}</p>\n" for line in told)


def _asked(scope: Scope) -> list[Text]:
    asked, wanted = [], scope.wanted
    if wanted.since is not None:
        asked.append(Text("begun {when} or later", when=_clock(wanted.since)))
    if wanted.until is not None:
        asked.append(Text("begun before {when}", when=_clock(wanted.until)))
    for label, name in (
        (Text("Job"), "job"),
        (Text("Station"), "station"),
        (Text("Place"), "place"),
        (Text("Operator"), "operator"),
        (Text("Result"), "result"),
        (Text("Code"), "code"),
        (Text("Unit"), "unit"),
        (Text("Serial number"), "serial"),
    ):
        if (value := scope.asked.get(name)) is not None:
            asked.append(Text("{label}: {text}", label=label, text=outside(str(value))))
    return asked


def _few(extract: Extract, name: str) -> str:
    values = extract.values.get(name, ())
    return ", ".join(values[:8]) + (", …" if len(values) > 8 else "")


def _figures(summary: Summary) -> str:
    bad = summary.units - summary.good_units
    return (
        '<div class="figures">\n'
        + figure(Text("Yield, by each unit's last attempt"), _share(summary.yield_), "ok")
        + figure(Text("Good at the first attempt"), _share(summary.first_pass_yield))
        + figure(Text("Units that passed"), _count(summary.good_units), "ok")
        + figure(Text("Units that did not"), _count(bad), "bad" if bad else "")
        + figure(Text("Attempts"), _count(summary.attempts))
        + figure(
            Text("Mean time of a pass"),
            "–" if summary.mean_seconds is None else say(duration(summary.mean_seconds)),
        )
        + "</div>\n"
    )


def _failures(summary: Summary) -> str:
    if not summary.failures:
        return _section(Text("What failed"), f"<p>{words(Text('Nothing failed'))}</p>\n")
    whole = sum(each.attempts for each in summary.failures)
    most = summary.failures[0].attempts
    rows, upto = [], 0
    for each in summary.failures:
        upto += each.attempts
        rows.append(
            (
                f"{words(each.reason or each.code)}<br><small>{words(each.code)}</small>",
                f'<div class="b">{bar(each.attempts / most, "bad")}</div>',
                _count(each.attempts),
                _count(each.units),
                _share(upto / whole),
            )
        )
    heads = (Text("Reason"), NOTHING, Text("Attempts"), Text("Units"), Text("Up to here"))
    return _section(Text("What failed, the most frequent first"), table(heads, rows, (2, 3, 4)))


def _hours(summary: Summary) -> str:
    if not summary.hours:
        return ""
    most = max(summary.hours, key=lambda each: each.passed + each.failed)
    told = Text(
        "At most {count} attempts in an hour, from {when} on",
        count=most.passed + most.failed,
        when=_clock(most.began),
    )
    legend = Text("Below what has passed, above what has not")
    title = Text("Attempts by the hour")
    began, ended = _clock(summary.hours[0].began), _clock(summary.hours[-1].began + 3600)
    drawn = hours(summary.hours, title, began, ended)
    return _section(title, f"{drawn}<p>{words(sentences(legend, told))}</p>\n")


def _steps(summary: Summary) -> str:
    if not summary.steps:
        return ""
    most = summary.steps[0].mean or 1.0
    rows = [
        (
            words(each.name),
            f'<div class="b">{bar(each.mean / most, "")}</div>',
            words(tenths(each.mean)),
            words(tenths(each.longest)),
            _count(each.attempts),
        )
        for each in summary.steps
    ]
    heads = (Text("Step"), NOTHING, Text("Mean"), Text("Longest"), Text("Attempts"))
    return _section(Text("Where the time goes"), table(heads, rows, (2, 3, 4)))


def _attempts(extract: Extract) -> str:
    rows = [
        (
            f'<span class="n">{_clock(each.began)}</span>',
            f"<b>{words(each.unit or '–')}</b>",
            f'<b class="{_tone(each.result)}">{_word(each.result)}</b>',
            words(each.reason) + _firmware(each),
            words(tenths(each.seconds)),
            words(" · ".join(filter(None, (each.station, each.place)))),
            words(each.operator),
        )
        for each in islice(extract.attempts, _MOST)
    ]
    heads = (
        *(Text("Began"), Text("Unit"), Text("Result"), Text("What happened")),
        *(Text("Time"), Text("Place"), Text("Operator")),
    )
    more = ""
    if extract.count > _MOST:
        left = Text(
            "{count} older attempts are left out here; the export as CSV has all of them",
            count=extract.count - _MOST,
        )
        more = f"<p>{words(left)}</p>\n"
    title = Text("Attempts") if _asked(extract.scope) else Text("All attempts, the newest first")
    return _section(title, table(heads, rows, (4,)) + more)


def _firmware(attempt: Attempt) -> str:
    if not attempt.to_version:
        return ""
    versions = " → ".join(filter(None, (attempt.from_version, attempt.to_version)))
    digest = f" {short_hash(attempt.to_hash)}" if attempt.to_hash else ""
    gap = "<br>" if attempt.reason else ""
    return f"{gap}<small>{words(versions + digest)}</small>"


def _tone(result: Result) -> str:
    return "ok" if result is Result.PASS else "bad"


def _word(result: Result) -> str:
    """Colour, sign and word: a report is printed in grey, too."""
    match result:
        case Result.PASS:
            return "✓ PASS"
        case Result.FAIL | Result.ERROR | Result.TIMEOUT | Result.ABORTED:
            return f"✗ {result.value}"
        case _:
            assert_never(result)


def _section(title: Text, inside: str) -> str:
    return f"<section><h2>{words(title)}</h2>\n{inside}</section>\n"


def _share(fraction: float | None) -> str:
    """To a tenth, rounded down: never all of them before it is."""
    if fraction is None:
        return "–"
    tenths_of = math.floor(fraction * 1000 + 1e-9)
    number = "100" if fraction >= 1 else f"{tenths_of // 10}.{tenths_of % 10}"
    return say(Text("{number}\u202f%", number=Numeral(number)))


def _count(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(max(0.0, seconds)))
