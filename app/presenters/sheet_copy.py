"""The work sheet to take along: as text for a mail, as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Iterator

from app.controllers.device import DeviceController
from app.controllers.worksheet import Done
from app.language import say
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import Text, listed, outside, sentences

_HEADS = (
    Text("Time"),
    Text("Device"),
    Text("Address"),
    Text("Version before"),
    Text("Version"),
    Text("File"),
    Text("Outcome"),
    Text("What came of it"),
)
_CALCULATES = ("=", "+", "-", "@")
"""What a spreadsheet takes for a formula at the beginning of a cell."""


def as_text(devices: Iterable[DeviceController]) -> str:
    """A line for each update that is on the sheet, the first one first."""
    lines = []
    for device, done in _lines(devices):
        told = Text(
            "{time}  {device} ({address}): {verdict}",
            time=_moment(done),
            device=device.name,
            address=str(device.found.address),
            verdict=sentences(done.verdict.headline, done.verdict.reason),
        )
        lines.append(str(say(listed([told, Text("file {file}", file=done.file)]))))
    return "".join(f"{line}\n" for line in lines)


def as_csv(devices: Iterable[DeviceController]) -> str:
    """The same with a heading, fields in quotes where they need it (RFC 4180)."""
    written = io.StringIO()
    sheet = csv.writer(written, lineterminator="\r\n")
    sheet.writerow([say(head) for head in _HEADS])
    for device, done in _lines(devices):
        verdict = done.verdict
        before = [outside(part.was.version) for part in verdict.parts if part.was is not None]
        fields: list[str] = [
            _moment(done),
            device.name,
            str(device.found.address),
            listed(before),
            done.version,
            done.file,
            verdict.outcome.value,
            say(sentences(verdict.headline, verdict.reason)),
        ]
        sheet.writerow([_harmless(field) for field in fields])
    return written.getvalue()


def _lines(devices: Iterable[DeviceController]) -> Iterator[tuple[DeviceController, Done]]:
    found = [(device, done) for device in devices for done in device.sheet.done]
    yield from sorted(found, key=lambda each: each[1].at)


def _moment(done: Done) -> str:
    """With its offset: who reads it may sit elsewhere."""
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(done.at))


def _harmless(field: str) -> str:
    """Names come from devices: none may become a formula."""
    cleaned = plain(field, LONGEST_SENTENCE)
    return f"'{cleaned}" if cleaned.startswith(_CALCULATES) else cleaned
