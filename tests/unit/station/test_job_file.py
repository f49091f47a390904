"""Files of jobs: what is read out of them, and what is said of each fault, with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
from app.station.job_faults import JobFault
from app.station.job_file import job_of, job_of_text, read_job
from smp.errors import JobError
from smp.update.kinds import Mode

SMALL = 'product = "Sensor 2"\nfirmware = "fw/sensor.bin"\n'
WHOLE = r"""
# The line of Sensor 2
product = "Sensor 2"
firmware = 'fw\sensor.bin'
sha256 = "AA00000000000000000000000000000000000000000000000000000000000000"
key = "keys/sensor.pub.pem"
mode = "permanent"
watch = 20
consent = true
recovery = true
other-product = true
forbid = ["not-signed", "older-than-running"]
image = 1
limit = 400
attempts = 3
at-once = 4
records = "postgresql://line@hall/records"
duplicates = true
sound = false

[recognise]
transport = "serial"
usb = "2FE3:0001"
interface = 2
board = "sensor2"
baud = 1000000
framing = "raw"

[[place]]
name = "A"
at = "1-2.1"

[[place]]
name = "B"

[[before]]
ask = "version"
low = "1.0.0"
high = "1.9.9"

[[after]]
ask = "statistics"
what = "flash.errors"
high = 0

[[after]]
ask = "shell"
what = "selftest"
matches = "*ok*"
unit = "x"

[serial]
source = "counter"
pool = "S2"
format = "S2-{number:06d}"
first = 100
last = 999999
pattern = "S2-######"

[[write]]
setting = "id/serial"

[[write]]
setting = "id/date"
value = "{date}"
save = false

[before-start]
url = "https://mes.example/start"
seconds = 2.5
required = false
headers = { Authorization = "$MES_TOKEN" }

[after-result]
url = "https://mes.example/result"
"""


def test_a_job_says_all_that_it_may_say() -> None:
    assert job_of_text(WHOLE) == StationJob(
        product="Sensor 2",
        firmware=r"fw\sensor.bin",
        sha256="aa" + "0" * 62,
        key="keys/sensor.pub.pem",
        mode=Mode.PERMANENT,
        watch=20.0,
        consent=True,
        recovery=True,
        other_product=True,
        forbids=frozenset({"not-signed", "older-than-running"}),
        image=1,
        recognise=Recognition("serial", "2fe3:0001", "2", "", "sensor2", 1_000_000, "raw"),
        places=(PlaceRule("A", "1-2.1"), PlaceRule("B")),
        before=(Expectation(Ask.VERSION, low="1.0.0", high="1.9.9"),),
        after=(
            Expectation(Ask.STATISTICS, "flash.errors", high="0"),
            Expectation(Ask.SHELL, "selftest", matches="*ok*", unit="x"),
        ),
        serial=SerialRule(SerialSource.COUNTER, "S2", "S2-{number:06d}", 100, 999_999, "S2-######"),
        writes=(UnitWrite("id/serial"), UnitWrite("id/date", "{date}", save=False)),
        limit=400,
        attempts=3,
        at_once=4,
        before_start=Hook(
            "https://mes.example/start",
            2.5,
            required=False,
            headers=(("Authorization", "$MES_TOKEN"),),
        ),
        after_result=Hook("https://mes.example/result"),
        records="postgresql://line@hall/records",
        duplicates=True,
        sound=False,
    )


def test_a_job_may_say_next_to_nothing() -> None:
    job = job_of_text(SMALL)
    assert job == StationJob("Sensor 2", "fw/sensor.bin")
    assert [place.name for place in job.places] == ["1"]


def test_places_may_be_a_number() -> None:
    assert [it.name for it in job_of_text(SMALL + "places = 3\n").places] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "data",
    [
        SMALL.encode(),
        b"\xef\xbb\xbf" + SMALL.encode(),
        SMALL.replace("\n", "\r\n").encode(),
        SMALL.replace("\n", "\r").encode(),
        ("\ufeff" + SMALL).encode("utf-16-le"),
        ("\ufeff" + SMALL.replace("\n", "\r\n")).encode("utf-16-be"),
    ],
    ids=["plain", "mark", "windows", "old-mac", "utf-16", "utf-16-windows"],
)
def test_editors_write_text_in_their_ways(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "job.toml"
    path.write_bytes(data)
    file = read_job(path)
    assert file.job == StationJob("Sensor 2", "fw/sensor.bin")
    assert (file.lock, file.path) == (None, path)


FAULTS = [
    # more lines, the line that is named, what is said
    ("modus = 1", 3, "'modus' is nothing that a job has"),
    ("mode = 'fast'", 3, "mode cannot be 'fast'"),
    ("mode = 3", 3, "mode has to be a text in quotes"),
    ("watch = '10'", 3, "watch has to be a number of seconds"),
    ("watch = -1", 3, "watch has to be from 0 to 3600"),
    ("watch = nan", 3, "watch has to be from 0 to 3600"),
    ("watch = inf", 3, "watch has to be from 0 to 3600"),
    ("limit = 0", 3, "limit has to be from 1 to"),
    ("limit = 2.5", 3, "limit has to be a whole number"),
    ("limit = true", 3, "limit has to be a whole number"),
    ("limit = 99999999999999999999", 3, "limit has to be from 1"),
    ("sound = 'off'", 3, "sound has to be true or false"),
    ("sha256 = 'abc'", 3, "sha256 is no SHA-256"),
    ("forbid = ['never']", 3, "No check that may warn has the code never"),
    ("forbid = 'not-signed'", 3, "forbid has to be a list of texts"),
    ("forbid = [1]", 3, "forbid has to be a list of texts"),
    ("key = '../key.pem'", 3, "../key.pem lies outside of the job's folder"),
    ("key = '..\\key.pem'", 3, "..\\key.pem lies outside of the job's folder"),
    ("records = '../hall.db'", 3, "../hall.db lies outside of the job's folder"),
    ("key = 'C:key.pem'", 3, "C:key.pem lies outside of the job's folder"),
    ("key = '\\key.pem'", 3, "\\key.pem lies outside of the job's folder"),
    ("key = 'a?.pem'", 3, "'a?.pem' is no name of a file"),
    ('key = "keys\\new.pem"', 3, "key has letters that nobody can see"),
    ("format = 2", 3, "The job was written for a newer Flashdesk"),
    ("format = 'x'", 3, "format has to be 1"),
    ("image = 16", 3, "image has to be from 0 to 15"),
    ("places = 129", 3, "places has to be from 1 to 128"),
    ("recognise.usb = '1'", 3, "'1' is no vendor and product of USB"),
    ("place = [{ at = '1-2' }]", 3, "'place' does not say its name"),
    ("forbid = ['not-sined']", 3, "No check that may warn has the code not-sined"),
    ("places = 2\n[[place]]\nname = 'A'", 3, "The job has both places = 2 and tables of places"),
    ("[[place]]\nat = '1-2'", 3, "'place' does not say its name"),
    ("\n[place]\nname = 'A'", 4, "place has to be a table, which begins with [[place]]"),
    ("[recognise]\nusb = '2fe3'", 4, "'2fe3' is no vendor and product of USB"),
    ("[recognise]\ntransport = 'usb'", 4, "transport cannot be 'usb'"),
    ("[recognise]\nbaud = 0", 4, "baud has to be from 1 to"),
    ("[recognise]\nspeed = 9600", 4, "'speed' is nothing that 'recognise' has"),
    ("recognise = 'all'", 3, "recognise has to be a table, which begins with [recognise]"),
    ("[[after]]\nask = 'shell'\n\n[[after]]\nask = 'sell'", 7, "ask cannot be 'sell'"),
    ("[[after]]\nlow = 1", 3, "'after' does not say its ask"),
    ("[[after]]\nask = 'version'\nlow = 1979-05-27", 5, "low has to be a number or a text"),
    ("[[after]]\nask = 'version'\nlow = nan", 5, "low has to be a number or a text"),
    ("[serial]\nfirst = 5", 3, "'serial' does not say its source"),
    ("[serial]\nsource = 'count'", 4, "source cannot be 'count'"),
    ("[[write]]\nvalue = '{serial}'", 3, "'write' does not say its setting"),
    ("[before-start]\nseconds = 3", 3, "'before-start' does not say its url"),
    ("[before-start]\nurl = 'mes/start'", 4, "'mes/start' is no address of a service"),
    ("[before-start]\nurl = 'https://me:pw@mes/'", 4, "is no address of a service"),
    ("[before-start]\nurl = 'http://a'\nheaders = 'x'", 5, "headers has what cannot be sent"),
    ("[before-start]\nurl = 'http://a'\nheaders = {A = 1}", 5, "headers has what cannot be sent"),
    (
        "[before-start]\nurl = 'http://a'\nheaders = {A = \"a\\r\\nB: c\"}",
        5,
        "headers has what cannot be sent",
    ),
    ("x" * 5000 + " = 1", 3, "The line is longer than 4000 letters"),
    ("product = 'again'", 3, "This is not written as TOML wants it"),
    ("product", 3, "This is not written as TOML wants it"),
    ("\nwatch =\n\n", 4, "This is not written as TOML wants it"),
    ("records = 'a", 3, "This is not written as TOML wants it"),
    ("forbid = [\n'not-signed',\n", 3, "This is not written as TOML wants it"),
    ("limit = 1" + "0" * 3900 + "0" * 700, 3, "The line is longer"),
    ("[lock]\nkind = 'key'", 3, "The job's lock is damaged"),
    ("[[lock]]\nkind = 'key'", 3, "'lock' is nothing that a job has"),
    ("lock = 1", 3, "'lock' is nothing that a job has"),
    ("[[place]]\nname = 'A'\n" * 129, 3, "There are 129 tables 'place', more than 128"),
    ("product2 = '" + "x" * 300 + "'", 3, "'product2' is nothing that a job has"),
    ("[serial]\nsource = 'scan'\npool = '" + "x" * 201 + "'", 5, "pool is longer than 200 letters"),
]


def _called(more: str) -> str:
    return re.sub("[^a-z0-9]+", "-", more[:40].lower()).strip("-")


@pytest.mark.parametrize(
    ("more", "line", "words"), FAULTS, ids=[_called(more) for more, _, _ in FAULTS]
)
def test_each_fault_is_told_with_its_line(more: str, line: int, words: str) -> None:
    with pytest.raises(JobError) as caught:
        job_of((SMALL + more + "\n").encode(), Path("job.toml"))
    fault = caught.value
    assert isinstance(fault, JobFault)
    assert words in fault.fault
    assert (fault.line, [it.fault for it in fault.all]) == (line, [fault.fault])
    assert fault.what.startswith(f"Line {line}: ")
    assert fault.next_step


@pytest.mark.parametrize(
    ("text", "why", "step"),
    [
        (r'firmware = "C:\Users\x.bin"', "a backslash begins a special letter", "single quotes"),
        ("product = Sensor 2", "A text stands in quotes", 'Write product = "…"'),
        ("usb = 2fe3:0001", "A text stands in quotes", 'Write usb = "…"'),
        ("watch = ", "There is nothing behind the =", "Write a value"),
        ("mode = 'confirm", "does not end", "that ends it"),
        ("forbid = ['not-signed',", "does not end", "that ends it"),
        ("[recognise", "Expected ']' at the end", "Check what the job says"),
        ("mode confirm", "A line is a name, an = and a value", "Begin it with #"),
        ("sound = true\nsound = true", "was said before", "Leave one of the two out"),
        ("[serial]\nsource = 'scan'\n[serial]", "was said before", "[[…]]"),
    ],
)
def test_usual_slips_are_told_as_what_they_are(text: str, why: str, step: str) -> None:
    with pytest.raises(JobFault) as caught:
        job_of_text(text)
    assert why in caught.value.why
    assert step in caught.value.next_step


def test_the_name_that_was_meant_is_told() -> None:
    with pytest.raises(JobFault) as caught:
        job_of_text(SMALL + "other_product = true\n[recognise]\ntransprot = 'ble'\nmode = 1\n")
    whys = [str(fault.why) for fault in caught.value.all]
    assert whys == ["Probably other-product is meant", "Probably transport is meant", ""]


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(JobFault) as caught:
        job_of_text("mode = 'x'\nlimit = 0\n[serial]\nsource = 'y'\n")
    told = [(fault.line, fault.fault.code) for fault in caught.value.all]
    assert told == [
        (None, "job-entry-missing"),
        (None, "job-entry-missing"),
        (1, "job-word-unknown"),
        (2, "job-number-out-of-range"),
        (4, "job-word-unknown"),
    ]


def test_faults_without_end_are_told_until_there_are_enough() -> None:
    with pytest.raises(JobFault) as caught:
        job_of_text(SMALL + "".join(f"k{number} = 1\n" for number in range(5000)))
    assert len(caught.value.all) == 50


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"product = '\xe4'", "The file is no text in UTF-8"),
        (b"\xff\xfep", "The file is no text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "The file is no text in UTF-8"),
        (b"=\xb8\xf3\x96\0\0", "The file is no text in UTF-8"),
        (b"a = '\0'", "The file is no job"),
        (b"a = " + b"[" * 3900, "The file has brackets in brackets without end"),
        (b"", "The job does not say its product"),
        (b"a = 9" + b"9" * 3900, "a' is nothing that a job has"),
    ],
    ids=["latin", "half-utf-16", "picture", "image", "zero", "deep", "empty", "number"],
)
def test_what_is_no_job_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(JobFault) as caught:
        job_of(data, Path("job.toml"))
    assert any(words in fault.fault for fault in caught.value.all)


def test_a_file_that_cannot_be_read_is_an_error_of_the_job(tmp_path: Path) -> None:
    for path, code in ((tmp_path, "file-is-folder"), (tmp_path / "no.toml", "file-not-found")):
        with pytest.raises(JobError) as caught:
            read_job(path)
        assert caught.value.what.code == code
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * ((256 << 10) + 1))
    with pytest.raises(JobError) as caught:
        read_job(large)
    assert caught.value.what.code == "file-far-too-large"


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.toml"
    path.write_text(SMALL, "utf-8")

    def refuse(self: Path, *more: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(JobError) as caught:
        read_job(path)
    assert caught.value.what.code == "file-not-openable"


def test_lines_are_those_of_the_file_also_after_texts_of_several_lines() -> None:
    text = SMALL + 'records = """a \\"\\"\\" [x]\n= \'\'\'\n"""\nforbid = [\n  "#",\n]\nlimit = 0\n'
    with pytest.raises(JobFault) as caught:
        job_of_text(text)
    lines = {fault.fault.code: fault.line for fault in caught.value.all}
    assert lines["job-number-out-of-range"] == 9
    assert lines["job-value-unprintable"] == 3
    assert lines["job-forbids-unknown-check"] == 6
