"""The commands that read what a device keeps: what they raise, and the core dump's file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import readings, waiting
from smp.address import Address
from smp.client import Client
from smp.errors import FileError, TransferError
from smp.simulator import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from tests.helpers.clock import Clock
from tests.helpers.updating import small

ADDRESS = Address.parse("sim:mynewt")


@pytest.fixture
def host(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorHost]:
    made = SimulatorHost(small("mynewt"))
    monkeypatch.setattr(waiting, "client", lambda *_: Client(LoopbackTransport(made)))
    monkeypatch.setattr(waiting, "packet_sizes", lambda: None)
    yield made
    made.close()


async def test_a_core_dump_is_written_then_erased(
    host: SimulatorHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host.device.mynewt.dump_core(3000)
    core, file = host.device.mynewt.core, tmp_path / "core"
    assert await readings.core_dump(ADDRESS, file, erase=True, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert file.read_bytes() == core
    assert (told["bytes"], told["is_core"], told["erased"]) == (3000, True, True)
    assert not host.device.mynewt.core


async def test_a_core_dump_that_is_none_is_told(
    host: SimulatorHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host.device.mynewt.core = b"something else"
    await readings.core_dump(ADDRESS, tmp_path / "core", erase=False, as_json=False)
    assert "does not begin as a core dump does" in capsys.readouterr().out


async def test_what_cannot_be_written_is_not_erased(host: SimulatorHost, tmp_path: Path) -> None:
    host.device.mynewt.dump_core()
    with pytest.raises(FileError) as caught:
        await readings.core_dump(ADDRESS, tmp_path, erase=True, as_json=True)
    assert caught.value.what.code == "core-dump-not-written"
    assert host.device.mynewt.core


async def test_a_log_is_cleared_by_a_name_that_is_there(host: SimulatorHost) -> None:
    with pytest.raises(TransferError) as caught:
        await readings.clear_log(ADDRESS, "nobody", as_json=True)
    assert caught.value.what.code == "no-such-log"
    assert host.device.mynewt.logs["reboot_log"]
    await readings.clear_log(ADDRESS, "reboot_log", as_json=False)
    assert not host.device.mynewt.logs["reboot_log"]


async def test_entries_that_were_not_sent_are_told(
    host: SimulatorHost, capsys: pytest.CaptureFixture[str]
) -> None:
    from smp.simulator.mynewt import memory

    kept = host.device.mynewt
    kept.logs["log"] = [memory.LogEntry(0, 0, b"x" * 600), memory.LogEntry(1, 5, b"short")]
    kept.next_index = 2
    await readings.show_log(ADDRESS, "log", as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Entry 0 is too large to be sent",
        "    0.000005 INFO     DEFAULT    short",
    ]


async def test_bytes_are_no_configuration(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatorHost(small("demo"))
    monkeypatch.setattr(waiting, "client", lambda *_: Client(LoopbackTransport(host)))
    monkeypatch.setattr(waiting, "packet_sizes", lambda: None)
    with pytest.raises(TransferError) as caught:
        await readings.show_config(ADDRESS, "a", as_json=True)
    assert caught.value.what.code == "config-not-text"
    host.close()
