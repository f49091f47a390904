"""A job's file: read into a `StationJob`, with the line of each fault. `job_writing` writes it.

    product = "Sensor 2"                 [[before]], [[after]]   what has to hold
    firmware = "sensor2.signed.bin"      [serial]                where serial numbers come from
    sha256 = "…"                         [[write]]               what each unit gets
    places = 8    or    [[place]]        [before-start], [after-result]   calls to other systems
    [recognise]   which units            [lock]                  whose job it is: see `locking`

TOML 1.0; names and values as `job_template` explains them. Nothing but `JobError` comes out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.station import job_paths, locking
from app.station.job import (
    Ask,
    Expectation,
    Hook,
    PlaceRule,
    Recognition,
    SerialRule,
    SerialSource,
    StationJob,
    UnitWrite,
)
from app.station.job_faults import JobFault, as_fault, raise_first
from app.station.job_section import LARGEST_NUMBER, LONGEST_VALUE, Reading, Section, meant
from app.station.job_toml import Lines, Source, read_source, read_toml, source_of
from app.station.locking import Lock
from smp.errors import JobError
from smp.text import Coded, Text
from smp.update.findings import FINDINGS
from smp.update.job import refuse_unknown
from smp.update.kinds import Mode

FORMAT = 1
"""Of the file. It grows when an old program would misunderstand a new file."""
MOST_PLACES = 128
MOST_RULES = 100
TRANSPORTS = ("serial", "ble", "udp", "tcp", "sim")
_USB = re.compile(r"[0-9a-fA-F]{4}:[0-9a-fA-F]{4}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?][^\s#]*)?", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file that was read. `sha256`: of its bytes, hexadecimal; `lock`: one that holds, whoever
    has made it; None: it has none."""

    job: StationJob
    path: Path
    sha256: str
    lock: Lock | None
    text: str
    """All of it, with the line breaks of TOML."""

    @property
    def lines(self) -> Lines:
        """Where what stands in it."""
        return Lines(locking.split(self.text)[0])


def read_job(path: Path) -> JobFile:
    """Blocking. Raises `JobError`: a `JobFault` for each thing that is wrong with the file, the
    first of which carries the others; for a lock that does not hold."""
    return _job_file(path, read_source(path))


def job_of(data: bytes, path: Path) -> JobFile:
    """The same of a file's contents. Raises `JobError`."""
    return _job_file(path, source_of(data))


def _job_file(path: Path, source: Source) -> JobFile:
    content, lock = locking.read_lock(source.text)
    return JobFile(job_of_text(content), path, source.sha256, lock, source.text)


def job_of_text(text: str) -> StationJob:
    """Of what stands before the lock. Raises `JobError`."""
    tables = read_toml(text)
    reading = Reading(Lines(text))
    top = Section(reading, tables)
    _refuse_newer(top)
    job = _job(top)
    raise_first(reading.faults)
    return job


def _refuse_newer(top: Section) -> None:
    made = top.raw("format")
    if isinstance(made, int) and made > FORMAT:
        raise JobFault(
            Coded("job-newer", "The job was written for a newer Flashdesk"),
            top.line("format"),
            why=Text("This one would not do all that it says"),
            next_step=Text("Install the newer Flashdesk here"),
        )
    if made is not None and made != FORMAT:
        top.fault("format", Coded("job-bad-format", "format has to be 1, or left out"))


def _job(top: Section) -> StationJob:
    watch = top.seconds("watch", 0.0, 3600.0)
    hooks = {name: _hook(top.table(name)) for name in ("before-start", "after-result")}
    job = StationJob(
        product=top.needed("product"),
        firmware=_path(top, "firmware", is_needed=True),
        sha256=_sha256(top),
        key=_path(top, "key"),
        mode=top.choice("mode", Mode, Mode.CONFIRM),
        watch=watch,
        consent=top.switch("consent", default=False),
        recovery=top.switch("recovery", default=False),
        other_product=top.switch("other-product", default=False),
        forbids=_forbids(top),
        image=top.whole("image", 0, 15),
        recognise=_recognition(top.table("recognise")),
        places=_places(top),
        before=tuple(map(_expectation, top.tables("before", MOST_RULES))),
        after=tuple(map(_expectation, top.tables("after", MOST_RULES))),
        serial=_serial(top.table("serial")),
        writes=tuple(map(_write, top.tables("write", MOST_RULES))),
        limit=top.whole("limit", 1),
        attempts=top.whole("attempts", 1, 1000),
        at_once=top.whole("at-once", 1, MOST_PLACES),
        before_start=hooks["before-start"],
        after_result=hooks["after-result"],
        records=_records(top),
        duplicates=top.switch("duplicates", default=False),
        sound=top.switch("sound", default=True),
    )
    top.finish()
    return job


def _path(section: Section, key: str, *, is_needed: bool = False) -> str:
    path = section.needed(key) if is_needed else section.text(key, most=LONGEST_VALUE)
    if path and not job_paths.is_absolute(path):
        try:
            job_paths.parts_of(path)
        except JobError as error:
            fault = as_fault(error)
            section.fault(key, fault.fault, why=fault.why, next_step=fault.next_step)
    return path


def _records(top: Section) -> str:
    """A database's address, or a file that lies as the others do."""
    if "://" in str(top.raw("records")):
        return top.text("records", most=LONGEST_VALUE)
    return _path(top, "records")


def _sha256(top: Section) -> str:
    digest = top.text("sha256").lower()
    if digest and not _SHA256.fullmatch(digest):
        top.fault(
            "sha256",
            Coded("job-bad-sha256", "sha256 is no SHA-256: that has 64 digits from 0 to f"),
            next_step=Text("Leave it out, then pin the firmware"),
        )
    return digest


def _forbids(top: Section) -> frozenset[str]:
    codes = top.words("forbid")
    try:
        return refuse_unknown(codes)
    except JobError as error:
        unknown = next(code for code in codes if code not in FINDINGS)
        near = meant(unknown, FINDINGS) or error.why
        step = Text("Use the codes of checks, such as not-signed or older-than-running")
        top.fault("forbid", as_fault(error).fault, why=near, next_step=step)
        return frozenset()


def _recognition(section: Section | None) -> Recognition:
    if section is None:
        return Recognition()
    usb = section.text("usb").lower()
    if usb and not _USB.fullmatch(usb):
        section.fault(
            "usb",
            Coded("job-bad-usb", "{usb!r} is no vendor and product of USB", usb=usb),
            next_step=Text('Write four digits each, from 0 to f: usb = "2fe3:0001"'),
        )
    interface = section.value("interface")
    found = Recognition(
        transport=section.word("transport", TRANSPORTS, "serial"),
        usb=usb,
        interface=interface,
        name=section.text("name"),
        board=section.text("board"),
        baud=section.whole("baud", 1, 20_000_000),
        framing=section.word("framing", ("", "console", "raw"), ""),
    )
    section.finish()
    return found


def _places(top: Section) -> tuple[PlaceRule, ...]:
    count = top.whole("places", 1, MOST_PLACES)
    rules = [_place(section) for section in top.tables("place", MOST_PLACES)]
    if count is not None and rules:
        top.fault(
            "places",
            Coded(
                "job-places-twice",
                "The job has both places = {count} and tables of places",
                count=count,
            ),
            next_step=Text("Leave one of them out: [[place]] says what each place is bound to"),
        )
    return tuple(rules) or tuple(PlaceRule(str(number + 1)) for number in range(count or 1))


def _place(section: Section) -> PlaceRule:
    rule = PlaceRule(section.needed("name"), section.text("at"))
    section.finish()
    return rule


def _expectation(section: Section) -> Expectation:
    if not section.has("ask"):
        section.needed("ask")
    expectation = Expectation(
        ask=section.choice("ask", Ask, Ask.VERSION),
        what=section.text("what"),
        low=section.value("low"),
        high=section.value("high"),
        equals=section.value("equals"),
        matches=section.text("matches"),
        unit=section.text("unit"),
    )
    section.finish()
    return expectation


def _serial(section: Section | None) -> SerialRule:
    if section is None:
        return SerialRule()
    if not section.has("source"):
        section.needed("source")
    first = section.whole("first", 0)
    rule = SerialRule(
        source=section.choice("source", SerialSource, SerialSource.NONE),
        pool=section.text("pool"),
        format=section.text("format", "{number}"),
        first=1 if first is None else first,
        last=section.whole("last", 0, LARGEST_NUMBER),
        pattern=section.text("pattern"),
        file=_path(section, "file"),
        url=_url(section, is_needed=False),
    )
    section.finish()
    return rule


def _write(section: Section) -> UnitWrite:
    write = UnitWrite(
        section.needed("setting"),
        section.text("value", "{serial}"),
        section.switch("save", default=True),
        section.switch("restart", default=False),
    )
    section.finish()
    return write


def _hook(section: Section | None) -> Hook | None:
    if section is None:
        return None
    seconds = section.seconds("seconds", 0.1, 600.0)
    hook = Hook(
        _url(section, is_needed=True),
        10.0 if seconds is None else seconds,
        section.switch("required", default=True),
        _headers(section),
    )
    section.finish()
    return hook


def _url(section: Section, *, is_needed: bool) -> str:
    url = section.needed("url") if is_needed else section.text("url", most=LONGEST_VALUE)
    if url and not _URL.fullmatch(url):
        section.fault(
            "url",
            Coded("job-bad-url", "{url!r} is no address of a service", url=url),
            next_step=Text(
                "Write it as http://HOST/PATH or https://HOST/PATH; a password goes into headers"
            ),
        )
    return url


def _headers(section: Section) -> tuple[tuple[str, str], ...]:
    value = section.raw("headers")
    if value is None:
        return ()
    if not isinstance(value, Mapping) or len(value) > MOST_RULES:
        value = {"": ""}
    good = [
        (name, text)
        for name, text in value.items()
        if _HEADER.fullmatch(name) and isinstance(text, str) and _is_sent(text)
    ]
    if len(good) < len(value):
        section.fault(
            "headers",
            Coded("job-bad-headers", "headers has what cannot be sent as one"),
            next_step=Text('Write it as headers = {{ Authorization = "$TOKEN" }}'),
        )
    return tuple(good)


def _is_sent(text: str) -> bool:
    return len(text) <= LONGEST_VALUE and text.isascii() and (text.isprintable() or not text)
