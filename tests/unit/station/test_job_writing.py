"""Files of jobs that are written: the same job comes out, and what a person wrote beside stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.station.job import Ask, Expectation, Hook, PlaceRule, StationJob, UnitWrite
from app.station.job_file import job_of_text, read_job
from app.station.job_template import new_job_text
from app.station.job_writing import job_text, write_job, write_job_text
from app.station.locking import lock_with_password
from smp.errors import JobError
from smp.update.kinds import Mode

KEPT = """\
# Made by Ada on Monday

product = "Sensor 2"   # as on the label
firmware = 'fw\\sensor.bin'
limit = 0x190          # in hexadecimal, for fun

[recognise]            # which units
usb = "2FE3:0001"

# the left one
[[place]]
name = "A"
at = "1-2.1"           # hub at the wall

[[after]]
ask = "statistics"
what = "flash.errors"
high = 0               # not one
"""


def test_a_new_job_explains_itself_and_can_be_read() -> None:
    text = new_job_text("Sensor 2", r"fw\a.bin", "ab" * 32)
    assert job_of_text(text) == StationJob("Sensor 2", r"fw\a.bin", "ab" * 32)
    assert all(len(line) <= 100 for line in text.splitlines())


def test_everything_that_a_new_job_shows_as_possible_can_be_read() -> None:
    """Each remark that looks like a line of the file is one."""
    text = new_job_text("Sensor 2", "fw.bin")
    opened = "\n".join(
        line[1:] if line[:2] not in ("# ", "#") and line.startswith("#") else line
        for line in text.splitlines()
    ).replace("places = 1\n", "")
    job = job_of_text(opened.replace('source = "none"', 'source = "list"'))
    assert all((job.before, job.after, job.writes, job.before_start, job.places[0].at))
    assert (job.limit, job.at_once, job.serial.last, job.sound) == (400, 4, 999_999, False)


def test_what_is_not_changed_stays_as_it_was_written() -> None:
    assert job_text(job_of_text(KEPT), KEPT) == KEPT


def test_a_change_keeps_what_stands_beside() -> None:
    job = job_of_text(KEPT)
    changed = replace(
        job,
        product="Sensor 3",
        limit=None,
        places=(replace(job.places[0], at="1-2.2"), PlaceRule("B", "1-2.3")),
        writes=(UnitWrite("id/date", "{date}"),),
        before_start=Hook("https://mes/", headers=(("Authorization", "$T"),)),
    )
    text = job_text(changed, KEPT)
    assert job_of_text(text) == changed
    for kept in (
        "# Made by Ada on Monday",
        'product = "Sensor 3"   # as on the label',
        "# which units",
        "# the left one",
        'at = "1-2.2"           # hub at the wall',
        "high = 0               # not one",
        'usb = "2FE3:0001"',
    ):
        assert kept in text
    assert "limit" not in text


def test_a_value_is_written_where_a_remark_shows_it() -> None:
    job = replace(job_of_text(new_job_text("S", "f.bin")), limit=25, watch=2.5)
    text = job_text(job)
    assert job_of_text(text) == replace(job, product="S")
    assert "# Units that pass, after which the station stops.\nlimit = 25\n" in text
    assert "\nwatch = 2.5\n" in text
    assert "#limit" not in text


def test_a_remark_that_only_begins_like_a_value_stays() -> None:
    kept = KEPT + "# pattern\n"
    text = kept.replace(
        "limit = 0x190          # in hexadecimal, for fun", "# limit = 5 was too few"
    )
    changed = job_text(replace(job_of_text(text), limit=6), text)
    assert "# limit = 5 was too few\n" in changed
    assert "\nlimit = 6\n" in changed


def test_places_stay_tables_where_they_are_and_become_a_number_where_they_are_not() -> None:
    job = StationJob("S", "f.bin", places=(PlaceRule("1"), PlaceRule("2")))
    assert "\nplaces = 2\n" in job_text(job)
    text = job_text(job, '# x\nproduct = "S"\nfirmware = "f.bin"\n[[place]]\nname = "1"\n')
    assert text.count("[[place]]") == 2


def test_a_file_that_is_too_odd_to_edit_is_made_anew() -> None:
    job = StationJob("S", "f.bin", after=(Expectation(Ask.BOARD, equals="b"),))
    odd = 'product = "S"\nfirmware = "f.bin"\nafter = [ { ask = "board", equals = "c" } ]\n'
    assert job_of_text(job_text(job, odd)) == job
    assert job_of_text(job_text(job, "] no TOML")) == job


@pytest.mark.parametrize(
    "text",
    [
        "'\u200b",
        "\U000e0001 \\ '",
        "",
        " ",
        "'",
        '"',
        "\\",
        "C:\\new\\tab.bin",
        "a'b\\c",
        "ä ✓ 漢",
        "\u0301",
        "x" * 200,
    ],
)
def test_texts_are_written_so_that_they_are_read_as_they_were(text: str) -> None:
    job = StationJob("S", "f.bin", writes=(UnitWrite("s", text),))
    assert job_of_text(job_text(job)).writes == job.writes


def test_a_lock_goes_with_the_first_change() -> None:
    locked = lock_with_password(KEPT, "correct horse")
    text = job_text(job_of_text(KEPT), locked)
    assert text == KEPT


def test_a_file_is_written_whole_with_the_line_breaks_that_it_had(tmp_path: Path) -> None:
    path = tmp_path / "job.toml"
    path.write_bytes(KEPT.replace("\n", "\r\n").encode())
    file = read_job(path)
    write_job(path, replace(file.job, mode=Mode.TEST), keep=file.text)
    data = path.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    assert read_job(path).job.mode is Mode.TEST
    assert b"# hub at the wall" in data


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        write_job_text(tmp_path / "no" / "job.toml", KEPT)
    assert caught.value.what.code == "job-not-written"
