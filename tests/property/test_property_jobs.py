"""Whatever a job's file holds, only `JobError` comes out; a job is read as it was written."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.station.contradictions import contradictions
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
from app.station.job_file import job_of, job_of_text
from app.station.job_tables import text_of
from app.station.job_template import new_job_text
from app.station.job_writing import job_text
from app.station.locking import HEADER
from smp.errors import JobError
from smp.update.findings import FINDINGS
from smp.update.kinds import Mode

HERE = Path("job.toml")
PIECES = [
    *("=", "[", "]", "[[", "]]", "{", "}", '"', "'", '"""', "'''", "\\", "#", ",", ".", "\n", "\r"),
    *("product", "firmware", "place", "places", "serial", "recognise", "before", "after", "lock"),
    *("source", "ask", "what", "low", "equals", "headers", "url", "format", "number", "{number}"),
    *("1", "-1", "0x", "nan", "inf", "1e999", "true", "1979-05-27", "\0", "ä", "\ufeff", " "),
    *("version", "shell", "counter", "ble", "udp:x", "1-2.4", "[lock]\n", 'kind = "key"\n'),
]
BASE = new_job_text("S", "f.bin").encode()


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_only_its_own_errors_come_out_of_any_file(data: bytes | str) -> None:
    with contextlib.suppress(JobError):
        job_of(data if isinstance(data, bytes) else data.encode(), HERE)


@given(st.integers(0, len(BASE)), st.integers(0, 30), st.sampled_from(PIECES))
def test_only_its_own_errors_come_out_of_a_file_with_a_slip(at: int, cut: int, more: str) -> None:
    data = BASE[:at] + more.encode() + BASE[at + cut :]
    with contextlib.suppress(JobError):
        file = job_of(data, HERE)
        contradictions(file.job, file.lines)


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_nothing_behind_a_lock_becomes_part_of_the_job(more: str) -> None:
    data = BASE + HEADER.encode() + b"\n" + more.encode()
    with contextlib.suppress(JobError):
        assert job_of(data, HERE).job == job_of(BASE, HERE).job


words = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\x85"), max_size=12
)
some = words.filter(str.strip)
names = st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8})?", fullmatch=True)
values = st.one_of(words, st.integers(-(10**6), 10**6).map(str), st.sampled_from(["1.2.3", "-0"]))
expectations = st.builds(
    Expectation, st.sampled_from(Ask), words, values, values, values, words, words
)
hooks = st.builds(
    Hook,
    st.just("https://mes.example/a"),
    st.integers(1, 600).map(float) | st.floats(0.1, 600),
    st.booleans(),
    st.lists(st.tuples(st.just("X-Token"), names), max_size=1).map(tuple),
)
jobs = st.builds(
    StationJob,
    product=some,
    firmware=names,
    sha256=st.sampled_from(["", "ab" * 32]),
    key=st.just("") | names,
    mode=st.sampled_from(Mode),
    watch=st.none() | st.floats(0, 3600),
    consent=st.booleans(),
    forbids=st.frozensets(st.sampled_from(sorted(FINDINGS)), max_size=3),
    image=st.none() | st.integers(0, 15),
    recognise=st.builds(
        Recognition,
        st.sampled_from(["serial", "ble", "udp"]),
        st.sampled_from(["", "2fe3:0001"]),
        words,
        words,
        words,
        st.none() | st.integers(1, 10**6),
        st.sampled_from(["", "raw"]),
    ),
    places=st.lists(st.builds(PlaceRule, some, words), min_size=1, max_size=3).map(tuple),
    before=st.lists(expectations, max_size=2).map(tuple),
    after=st.lists(expectations, max_size=2).map(tuple),
    serial=st.builds(
        SerialRule,
        st.sampled_from(SerialSource),
        words,
        words,
        st.integers(0, 10**9),
        st.none() | st.integers(0, 10**9),
        words,
        st.just("") | names,
    ),
    writes=st.lists(
        st.builds(UnitWrite, some, words, st.booleans(), st.booleans()), max_size=2
    ).map(tuple),
    limit=st.none() | st.integers(1, 10**6),
    before_start=st.none() | hooks,
    records=st.sampled_from(["", "postgresql://line@hall/records"]) | names,
    sound=st.booleans(),
)


@settings(max_examples=40)
@given(jobs, jobs)
def test_a_job_is_read_as_it_was_written(job: StationJob, before: StationJob) -> None:
    assert job_of_text(text_of(job)) == job
    assert job_of_text(job_text(job)) == job
    assert job_of_text(job_text(job, text_of(before))) == job
