"""`flashdesk records`: list, unit, summary, export, serials, waiting, deliver."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.commands import main
from app.cli.moments import Moment
from app.records.attempt import Result as How
from app.records.entry import SerialEnd
from app.records.outbox import Outbox
from app.records.records import Records
from app.records.serials import Serial
from app.records.waiting import count_waiting
from app.records.where import outbox_file
from tests.helpers.logwatch import LogWatch
from tests.helpers.recorded import NOON, attempt


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path))
    monkeypatch.delenv("FLASHDESK_RECORDS", raising=False)
    monkeypatch.setenv("TZ", "UTC")

    async def fill() -> None:
        records = await Records.open("", outbox_file("", "S1"), station="S1")
        await records.write(attempt("0041", began=NOON, ended=NOON + 12))
        await records.write(attempt("0042", How.FAIL, began=NOON + 60, ended=NOON + 70))
        serial = await records.take_serial("sensor", "k1", format="{number:04d}", first=43)
        assert serial.text == "0043"
        await records.close()

    asyncio.run(fill())
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["records", *words])


def told(*words: str) -> list[dict[str, Any]]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_attempts_are_listed_the_newest_first(folder: Path) -> None:
    done = run("list")
    assert done.exit_code == 0
    head, first, second = done.stdout.splitlines()
    assert head.split() == ["Began", "Unit", "Result", "Time", "Place", "Reason"]
    assert "0042" in first
    assert "The device does not answer" in first
    assert "0041" in second
    assert [each["unit"] for each in told("list")] == ["0042", "0041"]
    assert [each["unit"] for each in told("list", "--result", "pass")] == ["0041"]
    assert told("list", "--since", "today") == []
    assert len(told("list", "--since", "2023-11-14T22:14", "--until", "2023-11-15")) == 1
    assert "Only the newest 1" in run("list", "--limit", "1").stdout
    assert "No attempt is like that" in run("list", "--unit", "nobody").stdout


def test_a_unit_is_told_whole(folder: Path) -> None:
    done = run("unit", "0042")
    assert done.exit_code == 0
    for part in ("FAIL  0042", "The device does not answer", "check 0.5", "battery 3.1 V", "Ada"):
        assert part in done.stdout
    assert told("unit", "0042")[0]["event"] == "attempt"
    done = run("unit", "nobody")
    assert done.exit_code == 3
    assert "No unit nobody is on record" in done.stderr


def test_a_summary_has_yield_and_failures(folder: Path) -> None:
    done = run("summary")
    assert "50\u202f%" in done.stdout
    assert "no-answer" in done.stdout
    (summary,) = told("summary")
    assert (summary["units"], summary["yield"]) == (2, 0.5)


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.html"])
def test_an_export_is_a_file(folder: Path, name: str) -> None:
    done = run("export", str(folder / name))
    assert done.exit_code == 0, done.output
    assert "2 attempts" in done.stdout
    assert "0042" in (folder / name).read_text("utf-8")


def test_an_export_of_other_forms(folder: Path) -> None:
    (exported,) = told("export", str(folder / "htf"), "--format", "openhtf", "--unit", "0042")
    assert (exported["form"], exported["attempts"]) == ("openhtf", 1)
    assert len(list((folder / "htf").iterdir())) == 1
    done = run("export", str(folder / "r.xlsx"))
    assert done.exit_code == 2
    assert "does not tell its form" in done.stderr


def test_serial_numbers_are_listed_and_freed(folder: Path) -> None:
    (serial,) = told("serials")
    assert (serial["serial"], serial["state"], serial["station"]) == ("0043", "held", "S1")
    assert "0043" in run("serials", "--state", "held").stdout
    assert "No serial number" in run("serials", "--pool", "lamp").stdout
    assert run("give-back", "sensor", "0043").exit_code == 2
    done = run("give-back", "sensor", "0043", "--reason", "Station 1 was scrapped")
    assert "0043 can be handed out again" in done.stdout
    assert told("serials")[0]["reason"] == "Station 1 was scrapped"
    done = run("give-back", "sensor", "0043", "--reason", "again")
    assert done.exit_code == 3
    assert "Nobody holds 0043" in done.stderr


def test_what_waits_is_told_and_delivered(folder: Path) -> None:
    assert "No record waits" in run("waiting").stdout

    async def away() -> None:
        where = "postgresql://user:secret@127.0.0.1:1/db"
        records = await Records.open(where, outbox_file("", "S1"), station="S1", retry=60)
        await records.write(attempt("0044"))
        await records.close()

    asyncio.run(away())
    (waiting,) = told("waiting")
    assert waiting["attempts"] == 1
    assert "One record waits in" in run("waiting").stdout
    told_it = "One record waits until the database takes it"
    for words in (("list",), ("summary",), ("unit", "0042"), ("export", str(folder / "a.csv"))):
        assert told_it in run(*words).stderr, "what is shown is not all there is"
    assert "One record was delivered" in run("deliver").stdout
    assert told("waiting") == []
    assert told_it not in run("list").output
    assert told("deliver") == [{"schema": 1, "event": "delivered", "attempts": 0}]
    assert [each["unit"] for each in told("list", "--limit", "1")] == ["0044"]


def test_what_the_database_did_not_take_is_told(folder: Path) -> None:
    outbox = Outbox(outbox_file("", "S1"))
    outbox.path.write_bytes(b"{half a line\n")
    run("deliver")
    (refused,) = told("waiting")
    assert (refused["event"], refused["records"]) == ("refused", 1)
    said = run("waiting").stdout
    assert "did not take" in said
    assert str(outbox.refused) in said.replace("\n", "")


def test_an_outbox_that_cannot_be_read_hides_no_other(folder: Path, log_watch: LogWatch) -> None:
    outbox_file("", "S0").mkdir(parents=True)
    Outbox(outbox_file("", "S1")).add(attempt("0045"))
    log_watch.expect("what waits in .*S0.* is not counted")
    assert count_waiting("") == 1


def test_who_delivers_for_a_station_leaves_its_name_on_its_numbers(folder: Path) -> None:
    held = Serial("sensor", 43, "0043", "k1")
    Outbox(outbox_file("", "S1")).add(SerialEnd(held, True, "", NOON))
    run("deliver")
    (serial,) = told("serials")
    assert (serial["state"], serial["station"]) == ("used", "S1")


def test_what_waits_for_one_database_is_not_delivered_to_another(folder: Path) -> None:
    here = outbox_file("postgresql://a:b@host/db", "S1")
    assert here == outbox_file("postgresql://c:d@host/db?sslmode=require", "S1")
    assert here != outbox_file("postgresql://a:b@host/other", "S1")
    assert here != outbox_file("postgresql://a:b@host/db", "S2")
    assert here != outbox_file("", "S1")
    assert outbox_file("", "../Halle 3/ä").parent == here.parent


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00"),
        ("2023-11-14T23:13:20+01:00", "2023-11-14T22:13:20+00:00"),
        ("2023-11-14 22:13", "2023-11-14T22:13:00"),
        ("14.11.2023 22:13", "2023-11-14T22:13:00"),
        ("4.1.2024", "2024-01-04T00:00:00"),
    ],
)
def test_a_moment_is_read_as_people_and_exports_write_it(written: str, meant: str) -> None:
    expected = datetime.fromisoformat(meant).timestamp()  # of this computer where no zone is told
    assert Moment().convert(written, None, None) == expected


@pytest.mark.parametrize(
    ("written", "ago"),
    [("now", 0), ("30m", 1800), ("90 min", 5400), ("24hours", 86_400), ("2w", 1_209_600)],
)
def test_a_moment_is_so_long_ago(monkeypatch: pytest.MonkeyPatch, written: str, ago: int) -> None:
    monkeypatch.setattr("app.cli.moments.time.time", lambda: NOON)
    assert Moment().convert(written, None, None) == NOON - ago


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list", "--db", "nowhere.sqlite"), 3, "There are no records at"),
        (("list", "--db", "postgresql://u:secret@127.0.0.1:1/db"), 3, "does not answer"),
        (("list", "--db", "postgresql://u:secret@"), 3, "This is no address of a database"),
        (("list", "--db", "host=hall password=secret"), 3, "This is no address of a database"),
        (("waiting", "--db", "mysql://u:secret@h/db"), 3, "This is no address of a database"),
        (("deliver", "--db", "postgresql://u:secret@h"), 3, "This is no address of a database"),
        (("list", "--since", "soon"), 2, "is no time"),
        (("list", "--since", "99999999d"), 2, "is no time"),
        (("list", "--since", "31.2.2026"), 2, "is no time"),
        (("list", "--since", "25:00"), 2, "is no time"),
        (("list", "--result", "GOOD"), 2, "GOOD"),
        (("deliver", "--db", "postgresql://u:secret@127.0.0.1:1/db"), 0, ""),
    ],
)
def test_mistakes_are_told(folder: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = run(*words)
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert "secret" not in done.output
