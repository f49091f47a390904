"""A job that a station opens: its firmware is the one that was meant, and lies where it may."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from app.station.firmware_of import engine_job, open_job
from app.station.job_paths import beside
from app.station.trusted_locks import TrustedLocks
from smp.errors import JobError
from smp.simulator import DEMO_PUBLIC_PEM, build_image
from smp.simulator.keys import demo_key, other_key
from smp.update.kinds import Mode

IMAGE = build_image("1.4.2", 5000, key=demo_key())


def written(
    folder: Path, more: str = "", data: bytes = IMAGE, *, pinned: bytes | None = None
) -> Path:
    (folder / "sensor.bin").write_bytes(data)
    (folder / "key.pem").write_text(DEMO_PUBLIC_PEM, "utf-8")
    pin = hashlib.sha256(data if pinned is None else pinned).hexdigest()
    path = folder / "job.toml"
    path.write_text(
        f'product = "Sensor 2"\nfirmware = "sensor.bin"\nsha256 = "{pin}"\n{more}', "utf-8"
    )
    return path


def refused(path: Path) -> JobError:
    with pytest.raises(JobError) as caught:
        open_job(path, TrustedLocks(path))
    assert caught.value.next_step
    return caught.value


def code(path: Path) -> str:
    return str(refused(path).what.code)


def test_an_opened_job_has_what_an_update_wants(tmp_path: Path) -> None:
    path = written(tmp_path, 'key = "key.pem"\nmode = "test"\nwatch = 3\nimage = 1\n')
    opened = open_job(path, TrustedLocks(path))
    assert (opened.path, opened.is_locked, opened.folder) == (path, False, tmp_path)
    assert opened.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert opened.firmware.versions == "1.4.2"
    engine = engine_job(opened)
    assert (engine.mode, engine.watch, engine.parts[0].number) == (Mode.TEST, 3.0, 1)
    signature = engine.parts[0].signature
    assert signature is not None
    assert signature.is_from_key


def test_firmware_of_another_version_is_refused(tmp_path: Path) -> None:
    error = refused(written(tmp_path, pinned=b"other"))
    assert error.what.code == "job-firmware-changed"
    assert hashlib.sha256(b"other").hexdigest()[:12] in error.why


def test_firmware_that_is_not_pinned_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text('product = "S"\nfirmware = "sensor.bin"\n', "utf-8")
    assert code(path) == "job-not-pinned"


def test_firmware_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "sensor.bin").unlink()
    assert code(path) == "file-not-found"
    (tmp_path / "sensor.bin").mkdir()
    assert code(path) == "file-is-folder"


def test_what_is_no_firmware_is_refused(tmp_path: Path) -> None:
    assert code(written(tmp_path, data=b"hello " * 100)) == "file-is-something-else"


def test_firmware_of_another_key_is_refused(tmp_path: Path) -> None:
    image = build_image("1.4.2", 5000, key=other_key())
    path = written(tmp_path, 'key = "key.pem"\n', image)
    assert code(path) == "job-firmware-of-other-key"
    assert code(written(tmp_path, 'key = "key.pem"\n', build_image("1.0.0", 500))) == (
        "job-firmware-of-other-key"
    )
    assert code(written(tmp_path, 'key = "no.pem"\n')) == "file-not-found"
    assert code(written(tmp_path, 'key = "sensor.bin"\n')) == "key-not-readable"


def test_a_number_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, data=IMAGE)
    assert open_job(path, TrustedLocks(path)).engine.parts[0].number == 0


# -- where files may lie ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["fw/a.bin", r"fw\a.bin", "./fw/a.bin", r".\fw\a.bin"])
def test_paths_are_understood_as_any_system_writes_them(text: str, tmp_path: Path) -> None:
    assert beside(tmp_path, text) == tmp_path / "fw" / "a.bin"


def test_a_path_may_say_where_a_file_is_from_the_root_on(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    assert beside(folder, str(tmp_path / "a.bin")) == tmp_path / "a.bin"
    elsewhere = "/srv/a.bin" if sys.platform == "win32" else r"C:\fw\a.bin"
    with pytest.raises(JobError) as caught:
        beside(folder, elsewhere)
    assert caught.value.what.code == "job-path-other-system"


@pytest.mark.parametrize("text", ["../a.bin", r"fw\..\..\a.bin", "fw/../a.bin", r"\a.bin", "C:a"])
def test_nothing_outside_is_reached_by_the_way(text: str, tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        beside(tmp_path, text)
    assert caught.value.what.code == "job-path-outside"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_nothing_outside_is_reached_by_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "there").symlink_to(folder / "fw")
    (folder / "out").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder / "round")
    assert beside(folder, "there/a.bin") == folder / "there" / "a.bin"
    for text, expected in (("out/a.bin", "job-path-outside"), ("round/a", "job-path-not-followed")):
        with pytest.raises(JobError) as caught:
            beside(folder, text)
        assert caught.value.what.code == expected
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert beside(link, "there/a.bin") == link / "there" / "a.bin"


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nobody is refused anything here"
)
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "sensor.bin").chmod(0)
    assert code(path) == "file-not-openable"
    path.chmod(0)
    assert code(path) == "file-not-openable"
