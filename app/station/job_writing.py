"""Writing a job's file, so that what a person has written beside stays: remarks, order, spaces.

A job that is written and read again is the same job, or nothing is written: where a file is too odd
to be edited, its text is made anew, without the remarks. A lock is left out: what was changed is
not what was signed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from app.memory.safe_file import write_whole
from app.station import locking
from app.station.job import StationJob
from app.station.job_file import job_of_text
from app.station.job_tables import SEVERAL, TABLES, Table, places_of, tables_of, text_of, written
from app.station.job_template import new_job_text, quoted
from app.station.job_toml import read_toml
from smp.errors import JobError
from smp.text import Coded, Text

log = logging.getLogger(__name__)

_BY_LETTERS = ("usb", "sha256")
"""Big and small letters are one in it."""


def write_job(path: Path, job: StationJob, *, keep: str | None = None) -> str:
    """Write the file, all or nothing; its new text. `keep`: the text that it had, as `JobFile.text`
    has it. Blocking. Raises `JobError` where it cannot be written."""
    text = job_text(job, keep)
    write_job_text(path, text)
    return text


def write_job_text(path: Path, text: str) -> None:
    """The same with a text that is there, with the line breaks that the file has. Blocking. Raises
    `JobError`."""
    try:
        if path.is_file() and b"\r\n" in path.read_bytes():
            text = text.replace("\n", "\r\n")
        write_whole(path, text)
    except OSError as error:
        raise JobError(
            Coded("job-not-written", "{name} cannot be written", name=path.name),
            why=Text("The system does not let this user write it, or its disk is full"),
            next_step=Text("Save it in a folder of your own, and see that there is room"),
            detail=str(error),
        ) from error


def job_text(job: StationJob, keep: str | None = None) -> str:
    """The job as a file says it, without a lock."""
    before = new_job_text() if keep is None else locking.unlocked(keep)
    try:
        text = _edited(before, job)
        if job_of_text(text) == job:
            return text
    except (JobError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.info("the job is written without its remarks: %r", error)
    return text_of(job)


def _edited(text: str, job: StationJob) -> str:
    import tomlkit

    wanted = tables_of(job)
    document = tomlkit.parse(_uncommented(text, wanted))
    if "place" in document and "places" in wanted:
        del wanted["places"]
        wanted["place"] = places_of(job)
    wanted.setdefault("place", [])
    values = {key: value for key, value in wanted.items() if key not in (*TABLES, *SEVERAL)}
    usual = tables_of(StationJob("", ""))
    _update(document, values, usual, but=("format", *TABLES, *SEVERAL))
    for key in TABLES:
        if key not in wanted:
            document.pop(key, None)
        elif key in document:
            _update(document[key], wanted[key], usual.get(key, {}))
        elif wanted[key] != usual.get(key):
            document.append(key, _table(wanted[key]))
    for key in SEVERAL:
        _update_several(document, key, wanted[key])
    return tomlkit.dumps(document)


def _uncommented(text: str, wanted: Mapping[str, Any]) -> str:
    """Values of which a remark shows how they are written are written there."""
    lines, table = text.split("\n"), ""
    there = set(_keys(lines))
    for number, line in enumerate(lines):
        if line.startswith("["):
            table = line.strip("[] ")
            continue
        shown = re.fullmatch(r"# ?([a-z0-9-]{1,20}) = .{0,200}", line)
        values = wanted.get(table, {}) if table else wanted
        if shown is None or (table, shown[1]) in there or not isinstance(values, Mapping):
            continue
        is_value = table or shown[1] not in (*TABLES, *SEVERAL)
        if shown[1] in values and is_value and _is_toml(line.lstrip("# ")):
            lines[number] = f"{shown[1]} = {written(values[shown[1]])}"
            there.add((table, shown[1]))
    return "\n".join(lines)


def _is_toml(line: str) -> bool:
    """And no sentence that begins like it."""
    try:
        read_toml(line)
    except JobError:
        return False
    return True


def _keys(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Tables and what they say."""
    table = ""
    for line in lines:
        if line.startswith("["):
            table = line.strip("[] ")
        elif "=" in line and line[:1].isalpha():
            yield table, line.partition("=")[0].strip()


def _update(
    table: MutableMapping[str, Any],
    wanted: Mapping[str, Any],
    usual: Mapping[str, Any],
    but: Sequence[str] = (),
) -> None:
    """What it has that is not wanted goes, what is the same stays as it is written, what is as
    usual anyway is not said where it was not."""
    for key in [key for key in table if key not in wanted and key not in but]:
        del table[key]
    for key, value in wanted.items():
        if _is_same(key, table[key] if key in table else usual.get(key), value):
            continue
        item = _item(value)
        if key in table and hasattr(table[key], "trivia"):
            old = table[key].trivia
            item.trivia.comment_ws, item.trivia.comment = old.comment_ws, old.comment
        table[key] = item


def _update_several(document: Any, key: str, wanted: Sequence[Table]) -> None:
    import tomlkit

    there = document.get(key)
    if there is None or not wanted:
        document.pop(key, None)
        if wanted:
            tables = tomlkit.aot()
            for each in wanted:
                tables.append(_table(each))
            document.append(key, tables)
        return
    for number, each in enumerate(wanted):
        if number < len(there):
            _update(there[number], each, {})
        else:
            there.append(_table(each))
    while len(there) > len(wanted):
        del there[-1]


def _is_same(key: str, there: Any, wanted: Any) -> bool:
    """It would be read as the same."""
    value = there.unwrap() if hasattr(there, "unwrap") else there
    if key in _BY_LETTERS and isinstance(value, str):
        value = value.lower()
    if bool in (type(value), type(wanted)) or not isinstance(value, str | int | float):
        return type(value) is type(wanted) and bool(value == wanted)
    return str(value) == str(wanted) or value == wanted


def _table(values: Mapping[str, Any]) -> Any:
    import tomlkit

    table = tomlkit.table()
    for key, value in values.items():
        table.append(key, _item(value))
    return table


def _item(value: Any) -> Any:
    import tomlkit

    if isinstance(value, str):
        return tomlkit.value(quoted(value))
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, each in value.items():
            table.append(key, _item(each))
        return table
    return tomlkit.item(value)
