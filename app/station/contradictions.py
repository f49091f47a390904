"""What cannot be meant together in a job, and what is probably not meant: without a look at any
other file, at a device or at the computer.

`serial_contradictions` has those of serial numbers and of what is written to units,
`wanted_contradictions` those of what has to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.station.job import Ask, StationJob
from app.station.job_check import Findings, JobCheck
from app.station.job_toml import Lines
from app.station.serial_contradictions import serials
from app.station.wanted_contradictions import wanted
from smp.address import SCHEMES, Address
from smp.errors import AddressError
from smp.text import NOTHING, Coded, Text

_HUB_PATH = re.compile(r"[0-9]{1,3}-[0-9]{1,3}(?:\.[0-9]{1,3}){0,8}(?::[0-9x]{1,3}\.[0-9]{1,3})?")
_PLUGGED = ("serial",)
_LINES = ("serial", "tcp", "sim")
"""What has a framing."""
_OF_SCHEME = {"usb": "serial"}
"""A port that is named by its USB device is a serial port."""


def contradictions(job: StationJob, lines: Lines) -> tuple[JobCheck, ...]:
    """All of them, in the order of the file. What is BAD is accepted by no station."""
    found = Findings(lines)
    parts: tuple[Callable[[StationJob, Findings], None], ...] = (
        _recognition,
        _places,
        _counts,
        _wishes,
        wanted,
        serials,
    )
    for look in parts:
        look(job, found)
    return tuple(sorted(found.checks, key=lambda check: check.line or 0))


def _recognition(job: StationJob, found: Findings) -> None:
    units = job.recognise
    for key, value, of in (
        ("usb", units.usb, _PLUGGED),
        ("interface", units.interface, _PLUGGED),
        ("name", units.name, ("ble", "sim")),
        ("baud", units.baud, _PLUGGED),
        ("framing", units.framing, _LINES),
    ):
        if value and units.transport not in of:
            found.bad(
                ("recognise", 0, key),
                Coded(
                    "job-key-of-other-transport",
                    "{key} is nothing that units over {transport} have",
                    key=key,
                    transport=units.transport,
                ),
                next_step=Text(
                    "Leave it out, or set transport to one of these: {words}", words=", ".join(of)
                ),
            )
    is_bound = all(place.at for place in job.places)
    if is_bound or units.usb or units.name:
        return
    if units.transport == "serial":
        found.warn(
            ("recognise", 0, ""),
            Coded("job-any-port", "Any serial port of the computer is taken for a unit"),
            why=Text("Neither usb nor the places say which are meant"),
            next_step=Text('Write usb = "VID:PID" under [recognise], as `flashdesk scan` tells it'),
        )
    if units.transport == "ble":
        found.warn(
            ("recognise", 0, ""),
            Coded("job-any-radio", "Every device with SMP in the air is taken for a unit"),
            why=Text("Those of the neighbouring line, too"),
            next_step=Text('Write name = "…*" under [recognise], or bind each place to its device'),
        )


def _places(job: StationJob, found: Findings) -> None:
    names: dict[str, int] = {}
    spots: dict[str, int] = {}
    for number, place in enumerate(job.places):
        if names.setdefault(place.name.casefold(), number) != number:
            found.bad(
                ("place", number, "name"),
                Coded("job-place-twice", "Two places are called {name}", name=place.name),
                next_step=Text("Give each place a name of its own"),
            )
        if place.at and spots.setdefault(place.at.casefold(), number) != number:
            found.bad(
                ("place", number, "at"),
                Coded(
                    "job-place-bound-twice",
                    "The places {one} and {other} are bound to the same: {at}",
                    one=job.places[spots[place.at.casefold()]].name,
                    other=place.name,
                    at=place.at,
                ),
                next_step=Text("Give each place what it alone is bound to"),
            )
        says = place.at.partition(":")[0].lower()
        if job.recognise.transport in ("udp", "tcp") and says not in SCHEMES:
            found.bad(
                ("place", number, "at" if place.at else ""),
                Coded(
                    "job-place-without-address",
                    "The place {name} does not say at which address its unit is",
                    name=place.name,
                ),
                why=Text("Over the network nothing is plugged in that could be noticed"),
                next_step=Text('Write at = "{scheme}:HOST" there', scheme=job.recognise.transport),
            )
        elif place.at:
            _bound(job, number, place.at, found)


def _bound(job: StationJob, number: int, at: str, found: Findings) -> None:
    transport = job.recognise.transport
    scheme = at.partition(":")[0].lower()
    if scheme in SCHEMES:
        try:
            Address.parse(at)
        except AddressError as error:
            found.bad(("place", number, "at"), error.what, why=error.why, next_step=error.next_step)
        if _OF_SCHEME.get(scheme, scheme) != transport:
            found.bad(
                ("place", number, "at"),
                Coded(
                    "job-place-of-other-transport",
                    "{at} is no address of {transport}, which units are reached over",
                    at=at,
                    transport=transport,
                ),
                next_step=Text("Bind it to something else, or change transport"),
            )
    elif transport == "serial" and not _HUB_PATH.fullmatch(at):
        found.warn(
            ("place", number, "at"),
            Coded("job-place-odd", "{at} does not look like a socket of a USB hub", at=at),
            why=Text("A port's name may be another one after a restart of the unit"),
            next_step=Text('Write the hub path, such as "1-2.4", as `flashdesk scan` tells it'),
        )


def _counts(job: StationJob, found: Findings) -> None:
    if job.at_once is not None and job.at_once > len(job.places):
        found.warn(
            ("", 0, "at-once"),
            Coded(
                "job-at-once-no-limit",
                "at-once is {count}, and there are only {places} places",
                count=job.at_once,
                places=len(job.places),
            ),
            next_step=Text("Leave it out"),
        )
    for key, hook in (("before-start", job.before_start), ("after-result", job.after_result)):
        if hook is not None and hook.url.lower().startswith("http:") and hook.headers:
            found.warn(
                (key, 0, "url"),
                Coded(
                    "job-hook-readable",
                    "What is sent to {url} can be read on its way",
                    url=hook.url,
                ),
                why=Text("With it the headers go, where passwords stand"),
                next_step=Text("Use https, unless the wire is your own"),
            )
    if job.records.partition("@")[0].count(":") > 1:
        found.warn(
            ("", 0, "records"),
            Coded("job-password-readable", "The password of the database stands in the job"),
            why=Text("Whoever reads the file has it"),
            next_step=Text("Let the database know this computer's user, or use PGPASSWORD"),
        )


def _wishes(job: StationJob, found: Findings) -> None:
    if not job.mode.keeps:
        found.warn(
            ("", 0, "mode"),
            Coded("job-mode-test", "Units that pass return to their old image when restarted"),
            why=Text("mode is test"),
            next_step=Text(
                'Write mode = "confirm", unless something else confirms the image later'
            ),
        )
    needs = NOTHING
    if job.recovery:
        needs = Text("recovery overwrites the firmware at once")
    elif job.mode.is_for_good:
        needs = Text("mode is permanent: there is no way back from the new image")
    if needs and not job.consent:
        found.bad(
            ("", 0, "recovery" if job.recovery else "mode"),
            Coded("job-needs-consent", "No unit would start: nobody is asked on a line"),
            why=needs,
            next_step=Text("Write consent = true if that is meant"),
        )
    for code, is_wanted in (
        ("permanent", job.mode.is_for_good),
        ("serial-recovery", job.recovery),
    ):
        if is_wanted and code in job.forbids:
            found.bad(
                ("", 0, "forbid"),
                Coded(
                    "job-forbids-itself", "No unit would start: the job forbids {code}", code=code
                ),
                why=Text("The job itself wants just that"),
                next_step=Text("Leave one of the two out"),
            )
    boards = [it for it in job.before if it.ask is Ask.BOARD and it.equals]
    for number, each in enumerate(job.before):
        if each in boards and job.recognise.board and each.equals != job.recognise.board:
            found.bad(
                ("before", number, "equals"),
                Coded(
                    "job-two-boards",
                    "No unit can be both the board {one} and the board {other}",
                    one=job.recognise.board,
                    other=each.equals,
                ),
                why=Text("The first one stands under [recognise]"),
                next_step=Text("Leave one of the two out"),
            )
