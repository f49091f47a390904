"""A job while it is written: nothing of it is lost in the fields, and each remark finds its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.presenters.job_problems import problem_words
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
from app.station.job_document import JobDocument
from app.station.job_draft import JobDraft, nth_row
from app.station.job_looking import look
from smp.errors import JobError
from smp.simulator import build_image
from smp.update.kinds import Mode

FULL = StationJob(
    product="sensor",
    firmware="fw/sensor.bin",
    sha256="0f" * 32,
    key="line.pem",
    mode=Mode.TEST,
    watch=12.5,
    consent=True,
    recovery=True,
    other_product=True,
    forbids=frozenset({"not-signed"}),
    image=1,
    recognise=Recognition("serial", "2fe3:0001", "2", "", "nrf52840dk", 921_600, "raw"),
    places=(PlaceRule("1", "1-2.1"), PlaceRule("left", "")),
    before=(Expectation(Ask.VERSION, low="1.0.0", high="2.0.0"),),
    after=(Expectation(Ask.SHELL, "battery", "3.6", "4.2", "", "*", "V"),),
    serial=SerialRule(SerialSource.COUNTER, "pool", "S{number:04d}", 0, 900),
    writes=(UnitWrite("device/serial"), UnitWrite("a/b", "{date}", save=False, restart=True)),
    limit=400,
    attempts=3,
    at_once=2,
    before_start=Hook("https://mes.example", 5.0, False, (("A", "$B"),)),
    after_result=Hook("https://mes.example/after"),
    records="postgresql://hall/records",
    sound=False,
)


@pytest.mark.parametrize(
    "job",
    [
        StationJob("", ""),
        FULL,
        replace(FULL, recognise=Recognition("ble", name="sensor-*"), watch=None, image=0),
        replace(FULL, serial=SerialRule(SerialSource.REST, url="https://a", pattern="S##")),
        replace(FULL, serial=SerialRule(SerialSource.SCAN), duplicates=True),
        replace(FULL, serial=SerialRule(SerialSource.LIST, file="list.txt")),
    ],
)
def test_what_a_job_says_stands_in_the_fields_and_is_read_again(job: StationJob) -> None:
    draft = JobDraft(job)
    assert draft.read().job == job
    assert not draft.read().problems
    assert draft.copy().read().job == job
    assert draft.copy().state() == draft.state()


@given(st.text(max_size=20))
def test_whatever_is_typed_as_a_number_is_a_number_or_has_a_sentence(text: str) -> None:
    draft = JobDraft()
    for key in ("limit", "watch", "serial.first", "before_start.seconds"):
        draft.put(key, text)
    draft.put("serial.source", "counter")
    draft.put("before_start", "yes")
    drafted = draft.read()
    is_whole = text.strip().isascii() and text.strip().isdigit()
    assert ("limit" in drafted.problems) == bool(
        text.strip() and not (is_whole and 1 <= int(text) <= 10**12 and len(text.strip()) <= 12)
    )
    assert drafted.job.before_start is not None
    assert 0 < drafted.job.before_start.seconds <= 300
    assert draft.get("limit") == text, "it stays as it was typed"


@given(st.data())
def test_whatever_is_typed_is_looked_at(data: st.DataObject) -> None:
    """Half an address, braces, control characters: each is a remark at most."""
    draft = JobDraft(FULL)
    typed = st.text(max_size=12) | st.sampled_from(
        ["{", "{serial", "1-2", "[::", "S{number:09999d}"]
    )
    for key in data.draw(st.lists(st.sampled_from(sorted(draft.values)), max_size=6)):
        draft.put(key, data.draw(typed))
    for name, column in (("places", "at"), ("after", "low"), ("writes", "value")):
        draft.put(nth_row(draft, name, 0, column), data.draw(typed))
    draft.put("firmware", "missing.bin")
    for remark in look(draft, Path("/nowhere/job.toml"), None, None).remarks:
        assert problem_words(remark.check)


def test_places_are_counted_and_keep_what_they_are_bound_to() -> None:
    draft = JobDraft(replace(FULL, places=(PlaceRule("1", "1-2.1"), PlaceRule("3", "1-2.3"))))
    draft.count_places(4)
    assert [place.name for place in draft.read().job.places] == ["1", "3", "2", "4"]
    assert draft.read().job.places[1].at == "1-2.3"
    draft.count_places(1)
    assert draft.read().job.places == (PlaceRule("1", "1-2.1"),)


def test_rows_keep_their_names_while_others_go() -> None:
    draft = JobDraft(FULL)
    first, second = (nth_row(draft, "writes", at, "setting") for at in (0, 1))
    draft.remove(first.rpartition("/")[0])
    draft.put(second, "c/d")
    draft.put(first, "of a row that is gone")
    (write,) = draft.read().job.writes
    assert write.setting == "c/d"
    key = draft.add("writes")
    assert key not in (first.rpartition("/")[0], second.rpartition("/")[0])


def test_remarks_stand_at_the_field_that_they_are_about(tmp_path: Path) -> None:
    draft = JobDraft(
        replace(
            FULL,
            product="",
            key="",
            firmware="fw.bin",
            forbids=frozenset(),
            recognise=Recognition(usb="2fe3"),
            serial=SerialRule(SerialSource.LIST),
            before_start=Hook("mes"),
        )
    )
    looked = look(draft, tmp_path / "job.toml", None, None)
    assert not looked.is_readable
    serious = {it.key for it in looked.remarks if it.is_serious}
    assert serious == {"product", "recognise.usb", "before_start.url", "serial.file"}
    for key, value in (
        ("product", "sensor"),
        ("recognise.usb", "2fe3:0001"),
        ("before_start.url", "https://mes.example"),
    ):
        draft.put(key, value)
    draft.put(nth_row(draft, "after", 0, "low"), "5")
    (tmp_path / "fw.bin").write_bytes(build_image("1.4.2", 9_000))
    looked = look(draft, tmp_path / "job.toml", None, None)
    assert looked.is_readable
    assert looked.firmware is not None
    assert looked.firmware.file is not None
    keys = {it.key: it.check.text.code for it in looked.remarks if it.is_serious}
    assert keys["sha256"] == "job-firmware-changed"
    assert keys["serial.file"] == "job-list-missing"
    assert keys[nth_row(draft, "after", 0, "high")] == "job-bounds-crossed"
    again = look(draft, tmp_path / "job.toml", None, looked.firmware)
    assert again.firmware is looked.firmware, "it is read once"
    (tmp_path / "fw.bin").unlink()
    assert look(draft, tmp_path / "job.toml", None, looked.firmware).firmware is not None


async def test_firmware_is_copied_beside_the_job_and_over_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "line"
    folder.mkdir()
    elsewhere = tmp_path / "fw.bin"
    elsewhere.write_bytes(build_image("1.4.2", 9_000))
    document = JobDocument(replace(FULL, key="", sha256=""))
    document.path = folder / "job.toml"
    await document.take_firmware(elsewhere)
    assert document.draft.get("firmware") == str(elsewhere)
    await document.look()
    await document.copy_beside()
    assert document.draft.get("firmware") == "fw.bin"
    assert (folder / "fw.bin").read_bytes() == elsewhere.read_bytes()

    (folder / "fw.bin").write_bytes(b"another")
    await document.take_firmware(elsewhere)
    await document.look()
    with pytest.raises(JobError) as raised:
        await document.copy_beside()
    assert raised.value.what.code == "job-copy-there"
    assert (folder / "fw.bin").read_bytes() == b"another"

    elsewhere.unlink()
    with pytest.raises(JobError) as raised:
        await document.copy_beside()
    assert raised.value.what.code == "job-copy-failed"
    assert (folder / "fw.bin").read_bytes() == b"another"
