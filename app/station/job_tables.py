"""A job as tables of values, which a file has to say: what is as usual is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.station.job import Expectation, Hook, PlaceRule, SerialRule, StationJob, UnitWrite
from app.station.job_template import quoted

Table = dict[str, Any]
TABLES = ("recognise", "serial", "before-start", "after-result")
SEVERAL = ("place", "before", "after", "write")
"""Tables of which there may be several of one name."""
_ALWAYS = ("product", "firmware", "sha256", "mode")
"""What stands in every job, also where it is as usual."""
_BARE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")


def tables_of(job: StationJob) -> Table:
    """What the file has to say, by table: what is as usual is left out."""
    top = {
        "product": job.product,
        "firmware": job.firmware,
        "sha256": job.sha256,
        "key": job.key,
        "mode": job.mode.value,
        "watch": _short(job.watch),
        "consent": job.consent,
        "recovery": job.recovery,
        "other-product": job.other_product,
        "forbid": sorted(job.forbids),
        "image": job.image,
        "limit": job.limit,
        "attempts": job.attempts,
        "at-once": job.at_once,
        "records": job.records,
        "duplicates": job.duplicates,
        "sound": job.sound,
    }
    usual = {"sound": True}
    found: Table = {
        key: value
        for key, value in top.items()
        if key in _ALWAYS
        or value not in (usual.get(key, False), None, "", [])
        or (value == 0 and value is not False)
    }
    if _is_counted(job.places):
        found["places"] = len(job.places)
    else:
        found["place"] = places_of(job)
    units = job.recognise
    found["recognise"] = _filled(
        {
            "transport": units.transport,
            "usb": units.usb,
            "interface": units.interface,
            "name": units.name,
            "board": units.board,
            "baud": units.baud,
            "framing": units.framing,
        },
        "transport",
    )
    found["serial"] = _serial(job.serial)
    found["before"] = [_expectation(each) for each in job.before]
    found["after"] = [_expectation(each) for each in job.after]
    found["write"] = [_write(each) for each in job.writes]
    for key, hook in (("before-start", job.before_start), ("after-result", job.after_result)):
        if hook is not None:
            found[key] = _hook(hook)
    return found


def places_of(job: StationJob) -> list[Table]:
    """Each with a table of its own."""
    return [_filled({"name": it.name, "at": it.at}, "name") for it in job.places]


def _is_counted(places: Sequence[PlaceRule]) -> bool:
    """They are only numbered, and bound to nothing."""
    return all(it == PlaceRule(str(number)) for number, it in enumerate(places, 1))


def _short(seconds: float | None) -> float | int | None:
    return int(seconds) if seconds is not None and seconds == int(seconds) else seconds


def _filled(values: Table, *needed: str) -> Table:
    return {key: value for key, value in values.items() if key in needed or value not in ("", None)}


def _serial(rule: SerialRule) -> Table:
    usual = SerialRule()
    found: Table = {"source": rule.source.value}
    for key in ("pool", "format", "first", "last", "pattern", "file", "url"):
        value = getattr(rule, key)
        if value != getattr(usual, key):
            found[key] = value
    return found


def _expectation(each: Expectation) -> Table:
    return _filled(
        {
            "ask": each.ask.value,
            "what": each.what,
            "low": _bare(each.low),
            "high": _bare(each.high),
            "equals": _bare(each.equals),
            "matches": each.matches,
            "unit": each.unit,
        }
    )


def _bare(value: str) -> str | int:
    """A number without quotes, where it is read as the same."""
    return int(value) if _BARE.fullmatch(value) and value != "-0" else value


def _write(write: UnitWrite) -> Table:
    found: Table = {"setting": write.setting, "value": write.value}
    if not write.save:
        found["save"] = False
    if write.restart:
        found["restart"] = True
    return found


def _hook(hook: Hook) -> Table:
    found: Table = {"url": hook.url}
    if hook.seconds != 10.0:
        found["seconds"] = _short(hook.seconds)
    if not hook.required:
        found["required"] = False
    if hook.headers:
        found["headers"] = dict(hook.headers)
    return found


def text_of(job: StationJob) -> str:
    """A file with these values alone: nothing that could go wrong."""
    lines: list[str] = []
    wanted = tables_of(job)
    plain = {key: value for key, value in wanted.items() if key not in (*TABLES, *SEVERAL)}
    lines += [f"{key} = {written(value)}" for key, value in plain.items()]
    for key in TABLES:
        if key in wanted:
            lines += ["", f"[{key}]", *_lines(wanted[key])]
    for key in SEVERAL:
        for each in wanted.get(key, ()):
            lines += ["", f"[[{key}]]", *_lines(each)]
    return "\n".join(lines) + "\n"


def _lines(values: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {written(value)}" for key, value in values.items()]


def written(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        inside = ", ".join(f"{quoted(key)} = {written(each)}" for key, each in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return repr(value)
