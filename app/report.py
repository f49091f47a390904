"""The report of one update: a text that a person can mail, and the same as JSON for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.controllers.device import DeviceController
from app.facts.log import LogLine
from app.language import say
from app.lib import wording
from app.lib.wording import columns
from app.rows import device_rows
from app.versions import versions
from app.views.log_store import LEVEL_WORDS, clock
from app.ways import verdict_command
from app.words import STEPS
from smp.image import FirmwareFile, rows
from smp.text import NOTHING, Text, listed, outside, stopped
from smp.update.events import Finished, Step
from smp.update.plan import Plan, Tone
from smp.update.record import Json, event_json, facts_json, plan_json
from smp.update.verdict import Fate, Running, Verdict

SCHEMA = 1
_DEVICE, _ADDRESS, _FILE = Text("Device"), Text("Address"), Text("File")
_PROGRAM = Text("Program")
_MOMENT = "%Y-%m-%d %H:%M:%S %z"

Rows = Iterable[tuple[Text, Text]]


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
        say(Text("Flashdesk report of an update")) + "\n",
        _section(Text("Verdict"), _verdict_rows(verdict, began, ended, steps)),
        _section(_DEVICE, [(_ADDRESS, outside(address)), *(device_rows(facts) if facts else ())]),
        _section(_FILE, _file_rows(file)) if file is not None else "",
        _section(Text("Plan"), _plan_rows(track.plan)) if track.plan is not None else "",
        _section(_PROGRAM, [(Text("Versions"), _versions()), (Text("Report saved"), _at(now))]),
        _section(Text("Log"), ()) + _spoken_lines(journal.lines),
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
        "log": [_dated(line) for line in journal.lines],
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
                _write_new(path, report.text)
                try:
                    _write_new(beside, json.dumps(report.data, indent=1) + "\n")
                except OSError:
                    path.unlink(missing_ok=True)  # both or none
                    raise
            except FileExistsError:
                pass
            else:
                return path
        number += 1


def _write_new(path: Path, text: str) -> None:
    """All of it or nothing, and not over another one."""
    stream = path.open("x", encoding="utf-8", errors="replace")
    try:
        with stream:
            stream.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def log_text(
    lines: Iterable[LogLine], devices: Iterable[tuple[str, str]], file: str, checkup: str = ""
) -> str:
    """The log for a file. `devices`: names and addresses, `file`: path of what is loaded,
    `checkup`: as in `make_report`."""
    head = [(Text("Saved"), _at(time.time())), (_PROGRAM, _versions())]
    head += [(_DEVICE, listed([outside(name), outside(address)])) for name, address in devices]
    head += [(_FILE, outside(file))] if file else []
    log = _section(Text("Flashdesk log"), head) + "\n" + _spoken_lines(lines)
    return "\n".join(part for part in (log, _checked(checkup)) if part)


def moment(at: float) -> str:
    """ "2026-11-25 23:40:00 +0100", local time with its zone."""
    return time.strftime(_MOMENT, time.localtime(at))


def dated(line: LogLine) -> str:
    """A line of the log with its day, in the language of the program."""
    return _dated(line, say)


def _dated(line: LogLine, said: Callable[[Text], str] = str) -> str:
    """For programs it is English."""
    day = time.strftime("%Y-%m-%d", time.localtime(line.at))
    level = said(LEVEL_WORDS[line.level])
    parts = (f"{day} {clock(line.at)}", level, line.source, said(line.text))
    return "  ".join(part for part in parts if part)


def _spoken_lines(lines: Iterable[LogLine]) -> str:
    return "".join(f"{dated(line)}\n" for line in lines)


def _at(at: float) -> Text:
    return outside(moment(at))


def _versions() -> Text:
    return outside(versions())


def _name(device: DeviceController, began: float) -> str:
    wanted = device.found.address.target.rsplit("/", 1)[-1] or device.name
    safe = "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in wanted)
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(began))
    return f"flashdesk-{safe.strip('-.')[:60] or 'device'}-{when}"


def _checked(checkup: str) -> str:
    return _section(Text("Last check of the installation"), ()) + checkup if checkup else ""


def _section(title: Text, rows: Rows) -> str:
    """In the language of the program."""
    said = [(say(Text("{label}:", label=label)), say(text)) for label, text in rows if text]
    lines = "".join(f"{label}{' ' * (16 - columns(label))} {text}\n" for label, text in said)
    head = say(title)
    return f"{head}\n{'-' * columns(head)}\n{lines}"


def _verdict_rows(
    verdict: Verdict, began: float, ended: float, steps: dict[Step, float]
) -> list[tuple[Text, Text]]:
    took = listed(
        Text("{step} {time}", step=STEPS[step], time=wording.duration(each))
        for step, each in steps.items()
    )
    whole = wording.duration(verdict.seconds)
    rows = [
        (Text("Verdict"), stopped(verdict.headline)),
        (Text("Reason"), verdict.reason),
        (Text("Next step"), verdict.next_step),
        (Text("In a terminal"), outside(verdict_command(verdict))),
        (Text("Began"), _at(began)),
        (Text("Ended"), _at(ended)),
        (Text("Took"), Text("{time} ({steps})", time=whole, steps=took) if took else whole),
    ]
    several = len(verdict.parts) > 1
    for part in verdict.parts:
        if part.was is not None:
            label = Text("Ran before")
            if several:
                label = Text("Ran before, image {number}", number=part.number)
            rows.append((label, outside(part.was.version)))
        if part.running is not None:
            label = Text("Runs now")
            if several:
                label = Text("Runs now, image {number}", number=part.number)
            rows.append((label, _running(part.running)))
        if part.fate is not None:
            rows.append((Text("New image {number}", number=part.number), _FATES[part.fate]))
    if verdict.error is not None:
        rows.append((Text("Error"), verdict.error.text))
        rows.append((Text("Detail"), outside(verdict.error.detail)))
    rows += [(Text("Not recorded"), error.text) for error in verdict.unrecorded]
    return rows


_FATES = {
    Fate.NOT_SENT: Text("not sent"),
    Fate.SENT_IN_PART: Text("sent in part"),
    Fate.STORED: Text("stored"),
    Fate.WAITS: Text("waits for the next restart"),
    Fate.RUNS: Text("runs"),
    Fate.TAKEN_OUT: Text("taken out of its slot by the restart; the device lists no more of it"),
    Fate.GONE: Text("gone"),
    Fate.NOT_KNOWN: Text("not known"),
}


def _running(running: Running) -> Text:
    digest = Text("hash {digest}", digest=running.hash.hex()) if running.hash else NOTHING
    return listed([outside(running.version), digest])


def _file_rows(file: FirmwareFile) -> list[tuple[Text, Text]]:
    path = outside(str(file.path)) if file.path is not None else NOTHING
    return [(Text("Path"), path), *rows(file)]


def _file_json(file: FirmwareFile) -> Json:
    return {
        "name": file.name,
        "path": str(file.path) if file.path is not None else None,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "images": [
            {
                "version": str(part.image.version),
                "hash": part.image.hash.hex() or None,
                "number": part.number,
                "slot": part.slot,
                "name": part.name or None,
            }
            for part in file.parts
        ],
    }


_TONES = {
    Tone.OK: Text("Good"),
    Tone.NEUTRAL: Text("To know"),
    Tone.WARN: Text("Warning"),
    Tone.BAD: Text("Bad"),
}


def _plan_rows(plan: Plan) -> list[tuple[Text, Text]]:
    before = outside(plan.versions_before) or Text("not known")
    versions = Text("{before} -> {after}", before=before, after=plan.versions)
    checks = [(_TONES[check.tone], check.text) for check in plan.checks]
    return [(Text("Versions"), versions), *checks]
