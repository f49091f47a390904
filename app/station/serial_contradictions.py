"""Contradictions in where serial numbers come from, and in what is written to units."""

from __future__ import annotations

import re
from typing import assert_never

from app.station.job import SerialRule, SerialSource, StationJob
from app.station.job_check import Findings
from app.station.patterns import fits
from smp.text import Coded, Text

NUMBER = re.compile(r"\{number(?::(0?[1-9]?[0-9])?([dxX])?)?\}")
"""Where the number stands in a serial number, and how it is written."""
VALUES = ("serial", "date", "operator", "station")
"""What a value that is written may have in braces."""
_BRACES = re.compile(r"\{([^{}]*)\}")
LONGEST_SERIAL = 64
_KEYS = {
    "format": (SerialSource.COUNTER,),
    "first": (SerialSource.COUNTER,),
    "last": (SerialSource.COUNTER,),
    "file": (SerialSource.LIST,),
    "url": (SerialSource.REST,),
    "pattern": (SerialSource.SCAN, SerialSource.REST, SerialSource.COUNTER, SerialSource.LIST),
}
"""What each is good for."""


def serials(job: StationJob, found: Findings) -> None:
    rule = job.serial
    _source(rule, found)
    usual = SerialRule()
    for key, sources in _KEYS.items():
        if getattr(rule, key) != getattr(usual, key) and rule.source not in sources:
            found.warn(
                ("serial", 0, key),
                Coded(
                    "job-serial-key-unused",
                    "{key} means nothing where the source is {source}",
                    key=key,
                    source=rule.source.value,
                ),
                next_step=Text("Leave it out, or change the source"),
            )
    _writes(job, found)
    if job.duplicates and rule.source in (
        SerialSource.NONE,
        SerialSource.COUNTER,
        SerialSource.LIST,
    ):
        found.warn(
            ("", 0, "duplicates"),
            Coded(
                "job-duplicates-unused",
                "duplicates means nothing where the source is {source}",
                source=rule.source.value,
            ),
            why=Text("Numbers are given twice only by people and other systems"),
            next_step=Text("Leave it out"),
        )


def _source(rule: SerialRule, found: Findings) -> None:
    match rule.source:
        case SerialSource.NONE:
            pass
        case SerialSource.COUNTER:
            _counter(rule, found)
        case SerialSource.LIST:
            if not rule.file:
                found.bad(
                    ("serial", 0, "source"),
                    Coded("job-list-missing", "It does not say which file the list is"),
                    next_step=Text('Write file = "…" under [serial]'),
                )
        case SerialSource.SCAN:
            if not rule.pattern:
                found.warn(
                    ("serial", 0, "source"),
                    Coded("job-scan-anything", "Whatever is scanned is taken for a serial number"),
                    why=Text("Also the barcode on the parcel"),
                    next_step=Text('Write pattern = "S2-######" under [serial]: # is a digit'),
                )
        case SerialSource.REST:
            if not rule.url:
                found.bad(
                    ("serial", 0, "source"),
                    Coded("job-service-missing", "It does not say which service gives the numbers"),
                    next_step=Text('Write url = "https://…" under [serial]'),
                )
        case _:
            assert_never(rule.source)


def _counter(rule: SerialRule, found: Findings) -> None:
    rest = NUMBER.sub("", rule.format)
    if len(NUMBER.findall(rule.format)) != 1 or "{" in rest or "}" in rest:
        found.bad(
            ("serial", 0, "format"),
            Coded("job-format-odd", "{format!r} is no form of serial numbers", format=rule.format),
            next_step=Text('Write {{number}} where the number goes: format = "S2-{{number:06d}}"'),
        )
        return
    if rule.last is not None and rule.last < rule.first:
        found.bad(
            ("serial", 0, "last"),
            Coded("job-numbers-crossed", "The last number is lower than the first"),
            next_step=Text("Exchange the two"),
        )
    ends = (rule.first,) if rule.last is None else (rule.first, rule.last)
    texts = [number_text(rule.format, number) for number in ends]
    unlike = [text for text in texts if rule.pattern and not fits(rule.pattern, text, digits=True)]
    if unlike:
        found.bad(
            ("serial", 0, "pattern"),
            Coded(
                "job-format-unlike",
                "The counter's {text} does not look like {pattern}",
                text=unlike[0],
                pattern=rule.pattern,
            ),
            next_step=Text("Change format or pattern"),
        )
    if len(texts[-1]) > LONGEST_SERIAL:
        found.bad(
            ("serial", 0, "format"),
            Coded(
                "job-serial-too-long",
                "A serial number has at most {most} letters",
                most=LONGEST_SERIAL,
            ),
            next_step=Text("Write a shorter format"),
        )


def number_text(format: str, number: int) -> str:  # noqa: A002 -- the job's own word
    """ "S2-{number:06d}" and 42: "S2-000042"; for a format that is one."""
    return NUMBER.sub(lambda hole: hole.group().format(number=number), format)


def _writes(job: StationJob, found: Findings) -> None:
    names: set[str] = set()
    for number, write in enumerate(job.writes):
        unknown = [name for name in _BRACES.findall(write.value) if name not in VALUES]
        rest = _BRACES.sub("", write.value)
        if unknown or "{" in rest or "}" in rest:
            found.bad(
                ("write", number, "value"),
                Coded("job-value-odd", "{value!r} has braces that mean nothing", value=write.value),
                next_step=Text(
                    "Possible are {words}", words=", ".join(f"{{{name}}}" for name in VALUES)
                ),
            )
        if "{serial}" in write.value and job.serial.source is SerialSource.NONE:
            found.bad(
                ("write", number, "value"),
                Coded("job-no-serial", "Units have no serial number that could be written"),
                why=Text("Nothing says where one comes from"),
                next_step=Text('Write source = "counter", "list", "scan" or "rest" under [serial]'),
            )
        if write.setting in names:
            found.bad(
                ("write", number, "setting"),
                Coded("job-write-twice", "{setting} is written twice", setting=write.setting),
                next_step=Text("Leave one of the two out"),
            )
        names.add(write.setting)
    is_given = job.serial.source not in (SerialSource.NONE, SerialSource.SCAN)
    if is_given and not any("{serial}" in write.value for write in job.writes):
        found.warn(
            ("serial", 0, "source"),
            Coded(
                "job-serial-unwritten", "The serial number stands in the record, not in the unit"
            ),
            why=Text("Nothing writes it to the unit"),
            next_step=Text('Write [[write]] with setting = "…" and value = "{{serial}}"'),
        )
