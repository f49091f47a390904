"""The report of one update: a text that a person can mail, and the same as JSON for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.controllers.device import DeviceController
from app.facts.log import LogLine
from app.lib import wording
from app.rows import device_rows
from app.versions import versions
from app.views.log_store import LEVEL_WORDS, clock
from app.ways import verdict_command
from smp.image import FirmwareFile, rows
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import stopped
from smp.update.events import Finished, Step
from smp.update.plan import Plan
from smp.update.record import Json, event_json, facts_json, plan_json
from smp.update.verdict import Verdict

SCHEMA = 1
_MOMENT = "%Y-%m-%d %H:%M:%S %z"

Rows = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Report:
    """`name` is fit for a file: the device and the moment, without a suffix."""

    name: str
    text: str
    data: Json


def make_report(device: DeviceController, checkup: str = "") -> Report | None:
    """Of the update that the device shows; None before its verdict. `checkup`: what the last check
    of the installation found, if there was one."""
    track, journal = device.track, device.journal
    if track is None or track.verdict is None:
        return None
    verdict, file, facts = track.verdict, device.file, journal.facts
    address, now = str(device.found.address), time.time()
    began, ended = journal.began_at or now, journal.ended_at or now
    steps = {step: seconds for step, seconds in track.took.items() if seconds >= 0.05}
    parts = [
        "Flashdesk report of an update\n",
        _section("Verdict", _verdict_rows(verdict, began, ended, steps)),
        _section("Device", [("Address", plain(address)), *(device_rows(facts) if facts else ())]),
        _section("File", _file_rows(file)) if file is not None else "",
        _section("Plan", _plan_rows(track.plan)) if track.plan is not None else "",
        _section("Program", [("Versions", versions()), ("Report saved", moment(now))]),
        "Log\n---\n" + "".join(f"{dated(line)}\n" for line in journal.lines),
        _checked(checkup),
    ]
    data: Json = {
        "schema": SCHEMA,
        "program": versions(),
        "began": moment(began),
        "ended": moment(ended),
        "saved": moment(now),
        "device": {"name": device.name, "address": address},
        "facts": facts_json(facts, address) if facts is not None else None,
        "file": _file_json(file) if file is not None else None,
        "plan": plan_json(track.plan) if track.plan is not None else None,
        "steps": {step.value: round(seconds, 1) for step, seconds in steps.items()},
        "verdict": event_json(Finished(verdict)),
        "log": [dated(line) for line in journal.lines],
        "checkup": checkup or None,
    }
    return Report(_name(device, began), "\n".join(part for part in parts if part), data)


def write_report(report: Report, proposal: Path) -> Path:
    """Write the text, and the JSON beside it. Returns where the text is: never over a file that
    was there, but with -2, -3 and so on. Blocking. Raises OSError."""
    folder, stem = proposal.parent, proposal.stem
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        path = folder / f"{name}.txt"
        beside = folder / f"{name}.json"
        if not path.exists() and not beside.exists():
            try:
                with path.open("x", encoding="utf-8", errors="replace") as stream:
                    stream.write(report.text)
                with beside.open("x", encoding="utf-8", errors="replace") as stream:
                    json.dump(report.data, stream, indent=1)
                    stream.write("\n")
            except FileExistsError:
                pass
            else:
                return path
        number += 1


def log_text(
    lines: Iterable[LogLine], devices: Iterable[tuple[str, str]], file: str, checkup: str = ""
) -> str:
    """The log for a file. `devices`: names and addresses, `file`: path of what is loaded,
    `checkup`: as in `make_report`."""
    head = [("Saved", moment(time.time())), ("Program", versions())]
    head += [("Device", f"{name}, {plain(address)}") for name, address in devices]
    head += [("File", file)] if file else []
    log = _section("Flashdesk log", head) + "\n" + "".join(f"{dated(line)}\n" for line in lines)
    return "\n".join(part for part in (log, _checked(checkup)) if part)


def moment(at: float) -> str:
    """ "2026-11-25 23:40:00 +0100", local time with its zone."""
    return time.strftime(_MOMENT, time.localtime(at))


def dated(line: LogLine) -> str:
    """A line of the log with its day."""
    day = time.strftime("%Y-%m-%d", time.localtime(line.at))
    parts = (f"{day} {clock(line.at)}", LEVEL_WORDS[line.level], line.source, line.text)
    return "  ".join(part for part in parts if part)


def _name(device: DeviceController, began: float) -> str:
    wanted = device.found.address.target.rsplit("/", 1)[-1] or device.name
    safe = "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in wanted)
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(began))
    return f"flashdesk-{safe.strip('-.')[:60] or 'device'}-{when}"


def _checked(checkup: str) -> str:
    return f"Last check of the installation\n{'-' * 30}\n{checkup}" if checkup else ""


def _section(title: str, rows: Rows) -> str:
    lines = "".join(f"{label + ':':16} {text}\n" for label, text in rows if text)
    return f"{title}\n{'-' * len(title)}\n{lines}"


def _verdict_rows(
    verdict: Verdict, began: float, ended: float, steps: dict[Step, float]
) -> list[tuple[str, str]]:
    took = ", ".join(f"{step.value} {wording.duration(each)}" for step, each in steps.items())
    rows = [
        ("Verdict", stopped(verdict.headline)),
        ("Reason", verdict.reason),
        ("Next step", verdict.next_step),
        ("In a terminal", verdict_command(verdict)),
        ("Began", moment(began)),
        ("Ended", moment(ended)),
        ("Took", wording.duration(verdict.seconds) + (f" ({took})" if took else "")),
    ]
    for part in verdict.parts:
        image = f", image {part.number}" if len(verdict.parts) > 1 else ""
        if part.was is not None:
            rows.append((f"Ran before{image}", part.was.version))
        if part.running is not None:
            digest = f", hash {part.running.hash.hex()}" if part.running.hash else ""
            rows.append((f"Runs now{image}", part.running.version + digest))
        if part.fate is not None:
            rows.append((f"New image {part.number}", part.fate.value.replace("-", " ")))
    if verdict.error is not None:
        rows += [("Error", str(verdict.error)), ("Detail", verdict.error.detail)]
    rows += [("Not recorded", str(error)) for error in verdict.unrecorded]
    return rows


def _file_rows(file: FirmwareFile) -> list[tuple[str, str]]:
    path = plain(str(file.path), LONGEST_SENTENCE) if file.path is not None else ""
    return [("Path", path), *rows(file)]


def _file_json(file: FirmwareFile) -> Json:
    return {
        "name": file.name,
        "path": str(file.path) if file.path is not None else None,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "images": [
            {"version": str(image.version), "hash": image.hash.hex() or None}
            for image in file.images
        ],
    }


def _plan_rows(plan: Plan) -> list[tuple[str, str]]:
    before = plan.versions_before or "not known"
    checks = [(check.tone.value.capitalize(), check.text) for check in plan.checks]
    return [("Versions", f"{before} -> {plan.versions}"), *checks]
