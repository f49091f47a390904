"""`flashdesk job`: from a new file to a locked one that a station takes, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from app.cli.commands import main
from app.station.job_file import read_job
from smp.simulator import build_image

PASSWORD, OTHER = "correct horse battery", "somebody else's own"


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("FLASHDESK_LOCKS", raising=False)


def job(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["job", *map(str, words)], input=typed)


def said(*words: object, typed: str = "", status: int = 0) -> str:
    done = job(*words, typed=typed)
    assert done.exit_code == status, done.output
    assert "Traceback" not in done.output
    return done.output


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a job that can work."""
    (tmp_path / "sensor.bin").write_bytes(build_image("1.4.2", 20_000))
    path = tmp_path / "sensor.toml"
    told = said("new", path, "--product", "Sensor 2", "--firmware", tmp_path / "sensor.bin")
    assert "with sensor.bin 1.4.2 pinned" in told
    path.write_text(path.read_text("utf-8").replace("#usb", "usb"), "utf-8")
    return path


def test_a_new_job_waits_for_its_firmware(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    assert f"flashdesk job check {path}" in said("new", path)
    told = said("check", path, status=2)
    assert "There is no file" in told
    assert "is there already" in said("new", path, status=2)
    wrong = tmp_path / "text.bin"
    wrong.write_text("hello " * 99, "utf-8")
    said("new", tmp_path / "other.toml", "--firmware", wrong, status=2)
    assert not (tmp_path / "other.toml").exists()


def test_firmware_elsewhere_is_named_by_its_whole_path(tmp_path: Path) -> None:
    where = tmp_path / "builds" / "fw.bin"
    where.parent.mkdir()
    where.write_bytes(build_image("1.4.2", 2000))
    folder = tmp_path / "jobs"
    folder.mkdir()
    said("new", folder / "a.toml", "--firmware", where)
    assert read_job(folder / "a.toml").job.firmware == str(where)
    said("new", tmp_path / "b.toml", "--firmware", where)
    assert read_job(tmp_path / "b.toml").job.firmware == "builds/fw.bin"


def test_a_check_is_told_line_by_line(path: Path) -> None:
    told = said("check", path)
    assert told.startswith("Sensor 2, in sensor.toml\n\nwarning ")
    assert "\nok                sensor.bin is 1.4.2" in told
    assert told.endswith("The job can work; there are 2 warnings.\n")
    path.write_text(path.read_text("utf-8").replace("places = 1", "plases = 1"), "utf-8")
    told = said("check", path, status=2)
    assert "problem  line 35  'plases' is nothing that a job has." in told
    assert "Probably places is meant." in told
    assert told.endswith("No station takes this job: there is 1 problem.\n")
    assert max(map(len, told.splitlines())) <= 100


def test_a_check_for_programs_is_one_object_a_line(path: Path) -> None:
    check, rehearsal = map(json.loads, said("check", path, "--json", "--simulate").splitlines())
    assert (check["event"], check["ok"], check["schema"]) == ("job-check", True, 1)
    assert [it["code"] for it in check["checks"] if it["tone"] == "ok"] == ["job-firmware-pinned"]
    assert (rehearsal["event"], rehearsal["result"]) == ("job-rehearsal", "PASS")
    path.write_text("x = 1\n", "utf-8")
    (check,) = map(json.loads, said("check", path, "--json", "--simulate", status=2).splitlines())
    assert {it["code"] for it in check["checks"]} == {"job-entry-missing", "job-entry-unknown"}


def test_a_rehearsal_is_told_step_by_step(path: Path) -> None:
    path.write_text(path.read_text("utf-8") + '[[after]]\nask = "board"\nequals = "x"\n', "utf-8")
    told = said("check", path, "--simulate", status=1)
    assert "PASS    upload" in told
    assert "FAIL    after" in told
    assert "\nFAIL: The unit is not as the job wants it" in told


def test_a_job_is_shown_in_words(path: Path) -> None:
    told = said("show", path)
    assert told.startswith("Product")
    assert "Sensor 2" in told.splitlines()[0]
    assert "over serial, USB 2fe3:0001" in told
    shown = json.loads(said("show", path, "--json"))
    assert (shown["event"], shown["job"]["product"], shown["lock"]) == ("job", "Sensor 2", None)
    path.write_text("x", "utf-8")
    assert "Line 1: This is not written as TOML" in said("show", path, status=2)


def test_firmware_is_pinned_anew_where_it_has_changed(path: Path) -> None:
    assert "It was pinned already" in said("pin", path)
    path.with_name("sensor.bin").write_bytes(build_image("1.4.3", 20_000))
    assert "is not the file that the job was made for" in said("check", path, status=2)
    assert "Pinned: sensor.bin 1.4.3" in said("pin", path)
    assert "# Of exactly this file" in path.read_text("utf-8")
    said("check", path)


def test_a_job_is_locked_trusted_and_unlocked(path: Path) -> None:
    twice = f"{PASSWORD}\n{PASSWORD}\n"
    assert "is locked, key" in said("lock", path, typed=twice)
    assert "the station of this computer does not take it" in said("check", path)
    assert "flashdesk job unlock" in said("lock", path, typed=twice, status=2)
    assert "sensor.toml is locked" in said("pin", path, status=2)
    assert "was not locked with that" in said("trust", path, typed="wrong horse\n", status=2)
    assert "takes jobs that are locked with" in said("trust", path, typed=f"{PASSWORD}\n")
    assert "trusts that lock already" in said("trust", path)
    assert "does not take it" not in said("check", path)
    assert "with a password, key" in said("show", path)
    assert "is unlocked" in said("unlock", path)
    assert "is not locked" in said("unlock", path)
    assert "is not locked" in said("trust", path, status=2)
    assert "this station wants it so" in said("check", path).replace("\n" + " " * 19, " ")


def test_a_job_that_somebody_else_has_locked_is_not_trusted(path: Path) -> None:
    said("lock", path, "--password-stdin", typed=f"{PASSWORD}\n")
    said("trust", path, "--password-stdin", typed=f"{PASSWORD}\n")
    said("unlock", path)
    path.write_text(path.read_text("utf-8").replace("places = 1", "places = 2"), "utf-8")
    said("lock", path, "--password-stdin", typed=f"{OTHER}\n")
    told = said("trust", path, "--password-stdin", typed=f"{OTHER}\n{OTHER}\n", status=2)
    assert "was locked by somebody else" in told
    said("trust", path, "--password-stdin", typed=f"{OTHER}\n{PASSWORD}\n")


def test_a_list_of_trusted_locks_that_is_damaged_is_told(path: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "trusted-locks.json").write_text("{", "utf-8")
    told = said("check", path)
    assert "trusted-locks.json cannot be read" in " ".join(told.split())
    assert "the station of this computer does not take it" in told


def test_a_job_that_no_station_takes_is_not_locked(path: Path) -> None:
    path.with_name("sensor.bin").write_bytes(build_image("1.4.3", 20_000))
    told = said("lock", path, "--password-stdin", typed=f"{PASSWORD}\n", status=2)
    assert "is not the file that the job was made for" in told
    assert "[lock]" not in path.read_text("utf-8")


def test_a_lock_may_be_of_a_key_file(path: Path, tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    private, public = tmp_path / "line.pem", tmp_path / "line.pub.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"of the file"),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    said("lock", path, "--key", private, "--password-stdin", typed="of the file\n")
    assert "It is locked with the key" in said("check", path)
    assert "was not locked with that" in said("trust", path, status=2)
    said("trust", path, "--key", public)
    assert "does not take it" not in said("check", path)
