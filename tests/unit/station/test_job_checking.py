"""The check of a job: what is wrong with what it names, and what is good."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.station.checking import Report, check_path
from app.station.firmware_of import open_job
from app.station.job_file import read_job
from app.station.job_writing import job_text
from app.station.locking import Lock, lock_with_password
from app.station.trusted_locks import TrustedLocks
from smp.errors import JobError
from smp.simulator import DEMO_PUBLIC_PEM, build_image
from smp.simulator.keys import demo_key, other_key
from smp.update.kinds import Tone
from tests.helpers.texts import english

IMAGE = build_image("1.4.2", 5000, key=demo_key())
PLACES = '[recognise]\nusb = "2fe3:0001"\n'


def written(folder: Path, more: str = PLACES, data: bytes = IMAGE, *, pin: str = "") -> Path:
    (folder / "sensor.bin").write_bytes(data)
    (folder / "key.pem").write_text(DEMO_PUBLIC_PEM, "utf-8")
    path = folder / "job.toml"
    pin = pin or hashlib.sha256(data).hexdigest()
    head = f'product = "Sensor 2"\nfirmware = "sensor.bin"\nsha256 = "{pin}"\n'
    path.write_text(head + more, "utf-8")
    return path


def told(report: Report, tone: Tone) -> list[tuple[str, int | None]]:
    for check in report.checks:
        for words in (check.text, check.why, check.next_step):
            assert not list(english(words)), words
    return [(check.text.code, check.line) for check in report.of(tone)]


def test_a_good_job_is_good(tmp_path: Path) -> None:
    report = check_path(written(tmp_path, 'key = "key.pem"\n' + PLACES))
    assert report.is_good
    assert told(report, Tone.BAD) == []
    assert told(report, Tone.WARN) == [("job-open", None)]
    assert told(report, Tone.OK) == [("job-firmware-pinned", None), ("job-firmware-signed", None)]
    assert [check.tone for check in report.checks] == [Tone.WARN, Tone.OK, Tone.OK]
    assert report.to_json()["ok"] is True
    assert report.firmware is not None
    assert report.firmware.versions == "1.4.2"


def test_every_fault_of_the_file_is_a_line_of_the_check(tmp_path: Path) -> None:
    path = written(tmp_path, "mode = 1\nlimit = 0\n")
    report = check_path(path)
    assert (report.is_good, report.file) == (False, None)
    assert told(report, Tone.BAD) == [
        ("job-value-of-wrong-kind", 4),
        ("job-number-out-of-range", 5),
    ]
    report = check_path(tmp_path / "no.toml")
    assert told(report, Tone.BAD) == [("file-not-found", None)]


def test_what_a_station_would_end_at_is_told_all_at_once(tmp_path: Path) -> None:
    image = build_image("1.4.2", 5000, key=other_key())
    path = written(tmp_path, 'key = "key.pem"\nplaces = 2\n' + PLACES, image, pin="ab" * 32)
    path.write_text(path.read_text("utf-8") + '[[write]]\nsetting = "s"\n', "utf-8")
    assert told(check_path(path), Tone.BAD) == [
        ("job-firmware-changed", 3),
        ("job-firmware-of-other-key", 4),
        ("job-no-serial", 8),
    ]


@pytest.mark.parametrize(
    ("more", "line", "code"),
    [
        ('key = "no.pem"\n', 4, "file-not-found"),
        ('key = "sensor.bin"\n', 4, "key-not-readable"),
        ("image = 3\n", None, ""),
        ('[[after]]\nask = "version"\nequals = "1.4.3"\n', 4, "job-version-never"),
        ('[[after]]\nask = "version"\nlow = "1.4.0"\nhigh = "1.4.9"\n', None, ""),
        ('[serial]\nsource = "list"\nfile = "no.txt"\n', 6, "station-serial-list"),
    ],
    ids=["no-key", "other-key", "number", "other-version", "that-version", "no-list"],
)
def test_what_is_beside_the_job_is_looked_at(
    more: str, line: int | None, code: str, tmp_path: Path
) -> None:
    path = written(tmp_path, more + PLACES)
    assert told(check_path(path), Tone.BAD) == ([(code, line)] if code else [])


def test_the_firmware_that_was_probably_meant_is_told(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "sensor.bin").rename(tmp_path / "sensor2.bin")
    (check,) = check_path(path).of(Tone.BAD)
    assert (check.text.code, check.line) == ("file-not-found", 2)
    assert "sensor2.bin" in check.next_step


def test_a_job_that_was_changed_after_it_was_locked_is_a_problem(tmp_path: Path) -> None:
    path = written(tmp_path)
    locked = lock_with_password(path.read_text("utf-8"), "correct horse")
    path.write_text(locked.replace("Sensor 2", "Sensor 3"), "utf-8")
    assert told(check_path(path), Tone.BAD) == [("job-changed", None)]


def test_a_file_in_a_folder_that_is_not_there_has_no_name_that_was_meant(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text("utf-8").replace("sensor.bin", "no/sensor.bin"), "utf-8")
    (check,) = check_path(path).of(Tone.BAD)
    assert (check.text.code, check.line) == ("file-not-found", 2)
    assert "is meant" not in check.next_step


def test_a_number_that_none_of_the_files_images_has_is_a_problem(tmp_path: Path) -> None:
    path = written(tmp_path, "image = 7\n" + PLACES, bundle(tmp_path))
    assert told(check_path(path), Tone.BAD) == [("job-number-for-several", 2)]
    path = written(tmp_path, PLACES, bundle(tmp_path))
    report = check_path(path)
    assert report.is_good
    assert report.firmware is not None
    assert len(report.firmware.parts) == 2


def bundle(folder: Path) -> bytes:
    """A package with two images."""
    manifest = {
        "format-version": 0,
        "files": [
            {"file": "app.bin", "image_index": "0"},
            {"file": "net.bin", "image_index": "1"},
        ],
    }
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("app.bin", IMAGE)
        archive.writestr("net.bin", build_image("2.0.0", 3000, key=demo_key()))
    return path.read_bytes()


def test_firmware_that_is_not_pinned_yet_is_a_problem(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text("utf-8").replace("sha256 = ", "#"), "utf-8")
    report = check_path(path)
    assert told(report, Tone.BAD) == [("job-not-pinned", 2)]
    assert told(report, Tone.OK) == [("job-firmware-there", None)]


def test_firmware_that_is_elsewhere_or_not_signed_is_a_warning(tmp_path: Path) -> None:
    data = build_image("1.4.2", 5000)
    path = written(tmp_path, data=data)
    file = read_job(path)
    where = tmp_path / "out" / "fw.bin"
    where.parent.mkdir()
    where.write_bytes(data)
    path.write_text(job_text(replace(file.job, firmware=str(where)), file.text), "utf-8")
    codes = [code for code, _ in told(check_path(path), Tone.WARN)]
    assert codes == ["job-open", "job-firmware-elsewhere", "job-firmware-unsigned"]


def test_a_unit_that_cannot_be_tried_again_is_a_warning(tmp_path: Path) -> None:
    before = '[[before]]\nask = "version"\nlow = "1.0.0"\nhigh = "1.4.1"\n'
    warned = told(check_path(written(tmp_path, before + PLACES)), Tone.WARN)
    assert ("job-no-second-try", 4) in warned
    path = written(tmp_path, before.replace("1.4.1", "1.4.2") + PLACES)
    assert told(check_path(path), Tone.WARN) == [("job-open", None)]


def test_a_list_of_serial_numbers_is_counted(tmp_path: Path) -> None:
    more = '[serial]\nsource = "list"\nfile = "n.txt"\npattern = "S#"\n[[write]]\nsetting = "s"\n'
    path = written(tmp_path, "limit = 3\n" + PLACES + more)
    numbers = tmp_path / "n.txt"
    for text, tone, code in (
        ("S1\nS2\nS3\n", Tone.OK, "job-list-good"),
        ("S1\nS2\n", Tone.WARN, "job-list-short"),
        ("S1\nS2\nX3\n", Tone.BAD, "job-list-unlike"),
        ("S1\nS1\n", Tone.BAD, "station-serial-list"),
    ):
        numbers.write_text(text, "utf-8")
        assert code in [found for found, _ in told(check_path(path), tone)]
    numbers.write_text("", "utf-8")
    path.write_text(path.read_text("utf-8").replace("limit = 3\n", ""), "utf-8")
    assert ("job-list-empty", 8) in told(check_path(path), Tone.WARN)


def test_a_variable_that_is_not_set_here_is_a_warning(tmp_path: Path) -> None:
    hook = '[before-start]\nurl = "https://mes/"\nheaders = { A = "$MES_TOKEN", B = "x" }\n'
    path = written(tmp_path, PLACES + hook)
    warned = told(check_path(path, environ={}), Tone.WARN)
    assert ("job-variable-missing", 8) in warned
    assert told(check_path(path, environ={"MES_TOKEN": "t"}), Tone.WARN) == [("job-open", None)]


def test_whose_lock_it_is_counts_on_this_computer(tmp_path: Path) -> None:
    path = written(tmp_path)
    trusted = TrustedLocks(tmp_path / "locks.json")
    assert check_path(path, trusted).is_taken_here
    path.write_text(lock_with_password(path.read_text("utf-8"), "correct horse"), "utf-8")
    lock = read_job(path).lock
    assert lock is not None
    report = check_path(path, trusted)
    assert told(report, Tone.WARN) == [("job-lock-unknown", None)]
    assert (report.is_good, report.is_taken_here) == (True, False)
    with pytest.raises(JobError):
        open_job(path, trusted)
    trusted.trust(lock, "Sensor 2", proof=lambda lock: True)
    report = check_path(path, trusted)
    assert told(report, Tone.OK)[0] == ("job-has-password", None)
    assert (told(report, Tone.WARN), report.is_taken_here) == ([], True)
    assert open_job(path, trusted).is_locked
    other = TrustedLocks(tmp_path / "other.json")
    other.trust(Lock(b"other"), "Sensor 3", proof=lambda lock: True)
    assert told(check_path(path, other), Tone.WARN) == [("job-locked-by-other", None)]


def test_a_station_takes_no_job_with_a_contradiction(tmp_path: Path) -> None:
    path = written(tmp_path, 'mode = "permanent"\n' + PLACES)
    with pytest.raises(JobError) as caught:
        open_job(path, TrustedLocks(tmp_path / "locks.json"))
    assert caught.value.what.code == "job-needs-consent"
    assert caught.value.what.startswith("Line 4: ")
