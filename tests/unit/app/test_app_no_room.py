"""A disk that is full in the middle of a file: nothing is left that is neither old nor new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.crash.report import CrashReport
from app.crash.shelf import Shelf
from app.demo import demo_files
from app.memory.safe_file import write_whole
from app.report import Report, write_report

if os.name != "posix":
    pytest.skip("limits are POSIX's", allow_module_level=True)

import resource


@contextmanager
def room_for(count: int) -> Iterator[None]:
    """No file can be longer than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("old")
    path.chmod(0o640)
    with room_for(1000), pytest.raises(OSError, match="too large"):
        write_whole(path, "n" * 5000)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_whole(path, "new ☃ \udcff")
    assert path.read_text("utf-8") == "new ☃ ?"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_is_read_by_whom_the_person_lets_read_files(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_whole(tmp_path / "new", b"\0new")
    assert (tmp_path / "new").read_bytes() == b"\0new"
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_stays_one_and_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("old")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there")
    write_whole(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "there").read_text() == "new"
    write_whole(Path(os.devnull), "nothing")
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, "nothing")
    with pytest.raises(OSError, match="No space left"):
        write_whole(Path("/dev/full"), "n" * 100)


@pytest.mark.parametrize(("text", "data"), [("t" * 5000, "d"), ("t", "d" * 5000)])
def test_of_a_report_and_its_json_both_are_there_or_none(
    tmp_path: Path, text: str, data: str
) -> None:
    report = Report("r", text, {"data": data})
    with room_for(1000), pytest.raises(OSError, match="too large"):
        write_report(report, tmp_path / "r.txt")
    assert not list(tmp_path.iterdir())
    assert write_report(report, tmp_path / "r.txt") == tmp_path / "r.txt"
    assert (tmp_path / "r.json").is_file()


def test_no_empty_crash_report_is_left(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    report = CrashReport(0.0, "flashdesk", "trace\n" * 500)
    with room_for(1000):
        assert shelf.put(report) is None
    assert not list(tmp_path.iterdir())
    with room_for(len(report.text()) + 10):  # what it was made from is longer
        text = shelf.put(report)
    assert text is not None
    assert list(tmp_path.iterdir()) == [text]
    assert shelf.put(report) is not None
    assert shelf.fresh() == [report]


def test_firmware_of_the_demo_is_whole_or_not_there(tmp_path: Path) -> None:
    with room_for(20_000), pytest.raises(OSError, match="too large"):
        demo_files(tmp_path)
    assert not list(tmp_path.iterdir())
    assert all(path.stat().st_size > 80_000 for path in demo_files(tmp_path))
