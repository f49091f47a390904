"""Crash reports: what is in them, what is left out, how they are kept; the places of programs that
run at once; the log file."""

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.crash import logs as logs_room
from app.crash import seats
from app.crash.logs import Logs
from app.crash.report import HIDDEN, CrashReport, cleaned
from app.crash.seats import Seat
from app.crash.shelf import MOST, Shelf
from app.crash.watch import CrashWatch
from app.presenters.crash import file_words
from tests.helpers.logwatch import LogWatch

TRACE = 'Traceback (most recent call last):\n  File "x.py", line 3, in y\nValueError: broken\n'
REPORT = CrashReport(
    1_795_000_000.0,
    "flashdesk 0.1.0, Python 3.11.7",
    TRACE,
    ("sim device, demo board: updating, upload",),
    ("10:00 INFO app  Start",),
    ("sensor-7",),
)


def test_a_report_has_what_whoever_mends_it_needs() -> None:
    text = REPORT.text()
    for wanted in (
        "2026-11-1",
        "the program ended",
        "flashdesk 0.1.0, Python 3.11.7",
        "ValueError: broken",
        "sim device, demo board: updating, upload",
        "10:00 INFO app  Start",
    ):
        assert wanted in text
    assert "the program went on" in replace(REPORT, went_on=True).text()
    assert "Nothing with a device" in replace(REPORT, doing=()).text()
    assert "\nLog\n" not in replace(REPORT, log=()).text()


@pytest.mark.parametrize(
    ("trace", "what"),
    [
        (TRACE, "ValueError: broken"),
        ("Fatal Python error: Segmentation fault\n\nCurrent thread", "Fatal Python error: Seg"),
        ("Windows fatal exception: access violation\n\nThread 1", "Windows fatal exception: acc"),
        ("", ""),
    ],
)
def test_a_report_says_in_one_line_what_happened(trace: str, what: str) -> None:
    assert replace(REPORT, trace=trace).what.startswith(what)


def test_what_is_private_is_left_out_unless_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "anna.meier"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr("getpass.getuser", lambda: "anna.meier")
    monkeypatch.setattr("socket.gethostname", lambda: "werk-3-pc")
    told = (
        f"{home}/fw/app.bin by anna.meier on werk-3-pc: sensor-7 at C0:DE:00:11:22:33, "
        "/dev/serial/by-id/usb-SEGGER_J-Link_000683012345-if00?baud=1 and "
        "12345678-1234-1234-1234-123456789ABC"
    )
    report = replace(REPORT, trace=told)
    text = report.text()
    for hidden in ("anna", "werk-3", "sensor-7", "11:22:33", "000683012345", "123456789ABC"):
        assert hidden not in text
    for kept in ("~/fw/app.bin", "C0:DE:00:" + HIDDEN, "by-id/" + HIDDEN + "?baud=1"):
        assert kept in text
    assert told in report.text(keep_private=True)


def test_files_of_the_person_are_hidden_wherever_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/anna.meier"))
    paths = [
        Path("/home/anna.meier/ACME Geheim/lock 7.bin"),
        Path("/media/Werk 3/x"),
        Path("/y.bin"),
    ]
    told = (
        "There is no file '/home/anna.meier/ACME Geheim/lock 7.bin'. lock 7.bin: read. "
        "'/media/Werk 3/x', /home/anna.meier/ACME Geheim/other, /y.bin, x, app/y.binary"
    )
    assert cleaned(told, file_words(paths)) == (
        f"There is no file '{HIDDEN}'. {HIDDEN}: read. "
        f"'{HIDDEN}', {HIDDEN}/other, {HIDDEN}, x, app/y.binary"
    )
    windows = r"'C:\\Werk\\fw.bin' C:\Werk\fw.bin"
    assert cleaned(windows, [r"C:\Werk\fw.bin"]) == f"'{HIDDEN}' {HIDDEN}"


def test_only_whole_words_are_hidden_and_no_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "app")
    monkeypatch.setattr("socket.gethostname", lambda: "root")
    text = "apple app.bin happen root x to lamp"
    assert cleaned(text, ["x", "to", "lam"]) == f"apple {HIDDEN}.bin happen root x to lamp"


def test_a_windows_home_is_hidden_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    class Home:
        def __str__(self) -> str:
            return r"C:\Users\anna"

    monkeypatch.setattr(Path, "home", Home)
    text = r"C:\Users\anna\x 'c:\\Users\\anna\\y' C:/Users/anna/z C:\Users\annabel\q"
    assert cleaned(text) == r"~\x '~\\y' ~/z C:\Users\annabel\q"


def test_nobody_at_home_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> str:
        raise KeyError("no such user")

    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr(Path, "home", homeless)
    assert cleaned("all of it") == "all of it"
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert cleaned("/a/b") == "/a/b"


def test_a_report_is_stored_and_read_as_it_was() -> None:
    assert CrashReport.of_json(REPORT.to_json()) == REPORT
    for wrong in ([], {}, {**REPORT.to_json(), "log": 3}, {**REPORT.to_json(), "at": "then"}):
        with pytest.raises(ValueError, match=r"crash report|then"):
            CrashReport.of_json(wrong)


# -- the shelf ------------------------------------------------------------------------------------


def test_a_report_is_new_until_it_was_shown_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "logs")
    assert shelf.fresh() == []
    assert shelf.last() is None
    path = shelf.put(REPORT)
    assert path is not None
    assert "ValueError: broken" in path.read_text("utf-8")
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    later = replace(REPORT, at=REPORT.at + 60)
    shelf.put(later)
    shelf.put(replace(REPORT, at=REPORT.at + 120), is_new=False)
    assert shelf.fresh() == [later, REPORT], "the newest first"
    assert shelf.fresh() == []
    last = shelf.last()
    assert last is not None
    assert last.at == REPORT.at + 120


def test_reports_of_one_second_do_not_overwrite_each_other_and_only_the_last_stay(
    tmp_path: Path,
) -> None:
    shelf = Shelf(tmp_path)
    assert len({shelf.put(REPORT) for _ in range(3)}) == 3
    for number in range(20):
        shelf.put(replace(REPORT, at=REPORT.at + 10 * number))
    assert len(list(tmp_path.glob("crash-*.txt"))) == MOST
    assert len(list(tmp_path.iterdir())) == 2 * MOST


def test_a_shelf_that_cannot_be_used_fails_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shelf = Shelf(tmp_path / "file" / "logs")
    assert shelf.put(REPORT) is None
    assert shelf.fresh() == []
    damaged = Shelf(tmp_path)
    (tmp_path / "crash-1.new.json").write_text("{")
    assert damaged.fresh() == []
    assert damaged.last() is None


# -- places of programs ---------------------------------------------------------------------------


def taken(folder: Path) -> Seat:
    seat, crashes = seats.take(folder, 5)
    assert seat is not None
    assert crashes == []
    return seat


def died(seat: Seat, said: str) -> None:
    """As a process does that the system stops: the lock goes, the rest stays."""
    seat.fault.write_text(said, "utf-8")
    seat._lock.close()


def test_programs_that_run_at_once_have_places_of_their_own(tmp_path: Path) -> None:
    one, two = taken(tmp_path), taken(tmp_path)
    assert one.log.name == "flashdesk.log"
    assert two.log.name == "flashdesk-2.log"
    one.mark("version", ["doing"])
    one.fault.write_text("Windows fatal exception: one that nobody is stopped by")
    three = taken(tmp_path)
    three.leave()
    one.leave()
    again = taken(tmp_path)
    assert again.log == one.log
    two.leave()
    again.leave()


def test_a_place_that_cannot_be_used_costs_no_other(tmp_path: Path, log_watch: LogWatch) -> None:
    """As the lock of somebody else, who was root once."""
    log_watch.expect("the place 1 of a running program cannot be used")
    (tmp_path / "running-1.lock").mkdir()
    crashed = taken(tmp_path)
    crashed.mark("flashdesk 0.0.9")
    died(crashed, "Fatal Python error: Aborted\n")
    mine, crashes = seats.take(tmp_path, 5)
    assert mine is not None
    assert len(crashes) == 1
    mine.leave()


def test_more_programs_than_places_have_none(tmp_path: Path) -> None:
    some = [taken(tmp_path) for _ in range(seats.MOST)]
    assert seats.take(tmp_path, 5) == (None, [])
    for seat in some:
        seat.leave()


def test_who_left_a_place_by_a_crash_is_found_in_whichever_place(tmp_path: Path) -> None:
    first, second = taken(tmp_path), taken(tmp_path)
    second.mark("flashdesk 0.0.9", ["serial device"], ["mine"])
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    before = "2020-01-01 10:00:00,000 INFO  of the run before, with words nobody knows any more\n"
    second.log.write_text(before * 3 + "".join(f"{now},000 line {n}\n" for n in range(9)))
    died(second, "Fatal Python error: Segmentation fault\n")
    first.leave()
    mine, (crash,) = seats.take(tmp_path, 5)
    assert mine is not None
    assert mine.log == first.log
    assert crash.versions == "flashdesk 0.0.9"
    assert crash.doing == ("serial device",)
    assert crash.private == ("mine",)
    assert crash.log == tuple(f"{now},000 line {n}" for n in range(4, 9))
    assert not crash.went_on
    mine.leave()
    again = taken(tmp_path)
    assert again.log == first.log, "told once"
    again.leave()


@pytest.mark.parametrize(
    ("marked", "said"), [(True, ""), (True, " \n"), (False, "Fatal Python error: Aborted")]
)
def test_who_was_killed_or_ended_by_itself_has_not_crashed(
    tmp_path: Path, marked: bool, said: str
) -> None:
    seat = taken(tmp_path)
    if marked:
        seat.mark("version")
    died(seat, said)
    again = taken(tmp_path)
    assert not again.fault.exists()
    again.leave()


def test_a_damaged_mark_costs_only_what_it_would_have_told(tmp_path: Path) -> None:
    seat = taken(tmp_path)
    seat._mark.write_text('{"versions": ')
    died(seat, "Fatal Python error: Aborted")
    mine, (crash,) = seats.take(tmp_path, 5)
    assert "Aborted" in crash.trace
    assert mine is not None
    mine.leave()


# -- the watch ------------------------------------------------------------------------------------


def test_a_watch_without_a_folder_still_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    watch = CrashWatch(tmp_path / "file" / "logs")
    before = (sys.excepthook, sys.unraisablehook, threading.excepthook)
    watch.start()
    told: list[CrashReport] = []
    watch.came.listen(told.append)
    try:
        watch.mark(["a"], [])
        assert watch.note(TRACE) is None
        assert watch.note(TRACE) is None
    finally:
        watch.stop()
        watch.stop()
    assert [report.what for report in told] == ["ValueError: broken"]
    assert "ValueError: broken" in capsys.readouterr().err
    assert (sys.excepthook, sys.unraisablehook, threading.excepthook) == before


def test_a_failure_of_who_tells_what_goes_on_is_told_too(tmp_path: Path) -> None:
    watch = CrashWatch(tmp_path)

    def broken() -> tuple[list[str], list[str]]:
        raise RuntimeError("dictionary changed size")

    watch.doing = broken
    watch.start()
    try:
        assert watch.note(TRACE) is not None
    finally:
        watch.stop()
    (report,) = watch.shelf.fresh()
    assert "dictionary changed size" in report.doing[0]


def test_one_run_writes_a_few_reports_at_most(tmp_path: Path) -> None:
    watch = CrashWatch(tmp_path)
    watch.start()
    try:
        paths = [watch.note(TRACE.replace("line 3", f"line {n}")) for n in range(20)]
    finally:
        watch.stop()
    assert len([path for path in paths if path is not None]) == 5


# -- the log --------------------------------------------------------------------------------------


def test_the_log_is_bounded_in_size_and_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs_room, "LARGEST", 2_000)
    logs = Logs(tmp_path / "flashdesk.log")
    logs.start()
    for number in range(500):
        logging.getLogger("app.test").info("line %d of many", number)
    logging.getLogger("other").info("nobody reads this")
    logging.getLogger("smp.test").debug("nor this")
    logging.getLogger("smp.test").info("forged\n2026 INFO app  entry \x1b[31m")
    logs.stop()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 1 + logs_room.KEPT
    assert all(file.stat().st_size <= 2_000 for file in files)
    last = (tmp_path / "flashdesk.log").read_text("utf-8")
    assert "line 499 of many" in last
    assert "\x1b" not in last
    assert "nobody reads this" not in last
    assert "nor this" not in last
    assert any("line 499" in line for line in logs.last)
    assert len(logs.last) <= logs_room.LAST
    logging.getLogger("app.test").info("after the end")
    assert "after the end" not in (tmp_path / "flashdesk.log").read_text("utf-8")


def test_a_log_that_cannot_be_written_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(logs_room._File, "_open", full)
    logs = Logs(tmp_path / "flashdesk.log")
    logs.start()
    for _ in range(5):
        logging.getLogger("app.test").info("a line")
    logs.stop()
    assert capsys.readouterr().err.count("cannot be written") == 1
    assert len(logs.last) == 5, "the report has them all the same"


def test_a_log_that_cannot_be_renamed_is_still_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs_room, "LARGEST", 2_000)

    def held(*_: object) -> None:
        raise PermissionError("somebody reads it")

    monkeypatch.setattr("os.rename", held)
    logs = Logs(tmp_path / "flashdesk.log")
    logs.start()
    for number in range(1_000):
        logging.getLogger("app.test").info("line %d of many", number)
    logs.stop()
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size <= 6 * 2_000
    assert "line 999" in file.read_text("utf-8")


def test_warnings_are_heard_on_stderr_as_without_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log_watch: LogWatch
) -> None:
    log_watch.expect("something odd")
    logs = Logs(tmp_path / "flashdesk.log")
    logs.start()
    logging.getLogger("other").warning("something odd")
    logs.stop()
    assert "something odd" in capsys.readouterr().err
    assert "something odd" in (tmp_path / "flashdesk.log").read_text("utf-8")
