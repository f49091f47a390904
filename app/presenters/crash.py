"""A crash of the program as a banner, and what was going on in words for its report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.controllers.device import DeviceController, LinkState
from app.crash.report import CrashReport
from app.facts.window import BannerFacts
from app.facts.words import ActionFacts
from app.lib.tone import Tone
from app.paths import USABLE
from smp.text import Text, sentences, stopped

READ = "read-crash"
COPY = "copy-crash"
SAVE = "save-crash"

_STAYS = Text("A report of it is on this computer only; nothing was sent")
_HELPS = Text("Save it and send it to whoever gave you Flashdesk: it helps to mend the program")


def crash_banner(report: CrashReport) -> BannerFacts:
    """Told once, with what can be done with the report."""
    headline = (
        Text("Something in Flashdesk failed, and it goes on")
        if report.went_on
        else Text("Flashdesk ended by a fault of its own the last time")
    )
    return BannerFacts(
        Tone.WARN,
        headline,
        stopped(sentences(_STAYS, _HELPS)),
        (
            ActionFacts(READ, Text("Read…")),
            ActionFacts(COPY, Text("Copy"), "copy"),
            ActionFacts(SAVE, Text("Save…")),
        ),
        icon="warning",
        closable=True,
    )


def passing_banner(folder: Path, logs: Path) -> BannerFacts:
    """The folder of the program cannot be used: what that means, and what to do."""
    return BannerFacts(
        Tone.WARN,
        Text("Nothing is remembered after this run"),
        stopped(
            sentences(
                Text("{folder} cannot be used, or its disk is full", folder=str(folder)),
                USABLE,
                Text("Logs are in {logs} until then", logs=str(logs)),
            )
        ),
        icon="warning",
        closable=True,
    )


def going_on(devices: Iterable[DeviceController], *, exact: bool = True) -> tuple[str, ...]:
    """A line for each device that is in use: its kind, its board and the step, never whose it is.
    In English, as the report is. exact: with what changes all the time."""
    lines = []
    for device in devices:
        if device.link is LinkState.OFF and not device.is_updating:
            continue
        facts, kind = device.facts, device.found.address.scheme
        board = facts.board if facts is not None and facts.board else "board not known"
        doing = device.link.value
        track = device.track
        if device.is_updating and track is not None:
            step = track.current.value if track.current is not None else "beginning"
            sent = track.upload
            part = f", {sent.offset} of {sent.total} bytes" if sent is not None and exact else ""
            doing = f"updating, {step}{part}"
        lines.append(f"{kind} device, {board}: {doing}")
    return tuple(lines)


def private_words(devices: Iterable[DeviceController]) -> tuple[str, ...]:
    """What devices of this person are called: serial numbers, addresses, hosts, names they have
    given."""
    words: set[str] = set()
    for device in devices:
        found = device.found
        if found.address.scheme in ("ble", "udp", "tcp", "usb"):
            words |= {found.address.target, str(found.title)}
        if found.port is not None and found.port.serial_number:
            words.add(found.port.serial_number)
    return tuple(sorted(words))


def file_words(paths: Iterable[Path]) -> tuple[str, ...]:
    """Files of this person: where they are, which may name a customer, and what they are called. A
    name without a suffix may be any word, and stands in the path only."""
    words: set[str] = set()
    for path in paths:
        words |= {str(path), str(path.parent)} if path.parent != path.parent.parent else {str(path)}
        if path.suffix:
            words.add(path.name)
    return tuple(sorted(words))
