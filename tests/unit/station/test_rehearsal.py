"""A job tried out on a simulated unit: one that can work passes, one that cannot says why."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.records.attempt import Result
from app.station.firmware_of import opened
from app.station.job_file import read_job
from app.station.rehearsal import Rehearsal, rehearse
from app.station.rehearsal_unit import sample
from app.station.standing import Phase, PlaceStanding
from smp.simulator import build_image
from smp.simulator.store import Flags
from tests.helpers.clock import Clock

HEAD = '[recognise]\nusb = "2fe3:0001"\n'
WHOLE = (
    HEAD
    + r"""
board = "sensor2"
[[before]]
ask = "version"
low = "1.2.0"
high = "1.9.9"
[[before]]
ask = "bootloader-mode"
equals = "swap-scratch"
[[before]]
ask = "statistics"
what = "test.state"
high = 0
[[after]]
ask = "version"
equals = "1.4.2"
[[after]]
ask = "statistics"
what = "test.state"
low = 7
[[after]]
ask = "shell"
what = "selftest 'all of it'"
matches = "*passed?"
[[after]]
ask = "setting"
what = "id/kind"
equals = "S2"
[serial]
source = "rest"
url = "https://mes.invalid/serials"
pattern = "S2-####"
[[write]]
setting = "id/serial"
[[write]]
setting = "id/date"
value = "{date}"
restart = true
[before-start]
url = "https://mes.invalid/start"
headers = { Authorization = "$NOT_SET" }
"""
)


async def rehearsed(folder: Path, more: str = HEAD, data: bytes | None = None) -> Rehearsal:
    data = data or build_image("1.4.2", 20_000)
    (folder / "fw.bin").write_bytes(data)
    path = folder / "job.toml"
    pin = hashlib.sha256(data).hexdigest()
    path.write_text(f'product = "S"\nfirmware = "fw.bin"\nsha256 = "{pin}"\n{more}', "utf-8")
    phases: list[PlaceStanding] = []
    rehearsal = await rehearse(opened(read_job(path)), phases.append)
    assert phases[-1].phase is Phase.DONE
    assert rehearsal.to_json()["ok"] is rehearsal.is_good
    return rehearsal


async def test_a_job_that_wants_everything_passes(tmp_path: Path, clock: Clock) -> None:
    rehearsal = await rehearsed(tmp_path, WHOLE)
    attempt = rehearsal.attempt
    assert (attempt.result, attempt.reason[:13]) == (Result.PASS, "Running 1.4.2")
    assert (attempt.unit, attempt.board, attempt.from_version) == ("S2-0000", "sensor2", "1.2.0")
    assert len(attempt.measurements) == 10
    assert len(rehearsal.remarks) == 3


async def test_a_small_job_passes_without_remarks(tmp_path: Path, clock: Clock) -> None:
    rehearsal = await rehearsed(tmp_path)
    assert (rehearsal.is_good, rehearsal.remarks) == (True, ())


async def test_a_job_that_no_unit_passes_says_why(tmp_path: Path, clock: Clock) -> None:
    wanted = '[[after]]\nask = "version"\nequals = "1.4.3"\n'
    rehearsal = await rehearsed(tmp_path, HEAD + wanted)
    assert (rehearsal.is_good, rehearsal.attempt.result) == (False, Result.FAIL)
    assert rehearsal.attempt.code == "station-not-as-wanted"
    assert "1.4.2" in rehearsal.attempt.reason


async def test_what_a_job_forbids_is_found(tmp_path: Path, clock: Clock) -> None:
    rehearsal = await rehearsed(tmp_path, 'forbid = ["not-signed"]\n' + HEAD)
    assert (rehearsal.attempt.result, rehearsal.attempt.code) == (Result.FAIL, "forbidden")


async def test_a_long_watch_is_not_waited_for(tmp_path: Path, clock: Clock) -> None:
    rehearsal = await rehearsed(tmp_path, "watch = 3600\n" + HEAD)
    assert rehearsal.is_good
    assert rehearsal.attempt.seconds < 600
    assert "for a moment only" in rehearsal.remarks[0]


@pytest.mark.parametrize(
    "more",
    [
        'mode = "permanent"\nconsent = true\n' + HEAD,
        'mode = "test"\n' + HEAD,
        "recovery = true\nconsent = true\n" + HEAD,
        "image = 1\nconsent = true\n" + HEAD,
        HEAD + 'framing = "raw"\n',
        '[recognise]\ntransport = "ble"\nname = "s*"\n',
        '[recognise]\ntransport = "udp"\n[[place]]\nname = "A"\nat = "udp:h"\n',
        HEAD + '[serial]\nsource = "scan"\npattern = "S2-####"\n',
        HEAD + '[serial]\nsource = "counter"\nlast = 5\n[[write]]\nsetting = "s"\n',
    ],
)
async def test_each_way_of_a_job_can_be_rehearsed(more: str, tmp_path: Path, clock: Clock) -> None:
    rehearsal = await rehearsed(tmp_path, more)
    assert rehearsal.is_good, rehearsal.attempt


async def test_an_image_for_ram_is_taken_by_a_bootloader_that_runs_from_there(
    tmp_path: Path, clock: Clock
) -> None:
    data = build_image("1.4.2", 20_000, flags=Flags.RAM_LOAD, load_address=0x2000_0000)
    rehearsal = await rehearsed(tmp_path, "consent = true\n" + HEAD, data)
    assert rehearsal.is_good, rehearsal.attempt


def test_a_sample_fits_its_pattern() -> None:
    assert sample("a*b?c#") == "abxc#"
    assert sample("S2-##*", digits=True) == "S2-00"
