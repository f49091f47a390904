"""What cannot go on at one time is held, and told for what."""

from __future__ import annotations

from pathlib import Path

from app.station.hubs import hub_of, missing
from app.station.limits import Limits
from smp.address import Address
from smp.discovery import Found
from smp.serial_ports import SerialPort
from smp.text import Text


def on_hub(socket: str, baud: str = "") -> Found:
    port = SerialPort(f"/dev/tty{socket}", vid=1, pid=2, location=socket)
    options = {"baud": baud} if baud else {}
    return Found(Address("serial", port.path, options=options), Text("unit"), port=port)


def on_air(number: int, adapter: str = "") -> Found:
    options = {"adapter": adapter} if adapter else {}
    return Found(Address("ble", f"C0:{number:02}", options=options), Text("unit"))


def test_one_adapter_has_few_connections() -> None:
    limits = Limits()
    working = [on_air(number) for number in range(4)]
    assert "adapter has 4" in str(limits.holds(on_air(9), working))
    assert not limits.holds(on_air(9), working[:3])
    assert not limits.holds(on_air(9, "hci1"), working), "another adapter has its own"
    assert not limits.holds(on_hub("1-1.1"), working)


def test_a_hub_carries_as_many_as_its_bandwidth_by_what_was_measured() -> None:
    limits = Limits()
    working = [on_hub(f"1-2.{number}") for number in range(1, 17)]
    assert not limits.holds(on_hub("1-2.20"), working)
    limits.learn(150_000.0)
    limits.learn(20_000.0)
    assert "hub 1-2" in str(limits.holds(on_hub("1-2.20"), working[:6]))
    assert not limits.holds(on_hub("1-2.20"), working[:5])
    assert not limits.holds(on_hub("1-3.1"), working), "another hub has its own"
    assert not limits.holds(on_hub("1-9"), working), "sockets of the computer share nothing"


def test_a_line_at_a_known_rate_needs_that() -> None:
    assert Limits().need(on_hub("1-2.1", "115200")) == 11_520.0


def test_the_first_one_goes_whatever_it_needs() -> None:
    limits = Limits()
    limits.learn(5_000_000.0)
    assert not limits.holds(on_hub("1-2.1"), [])


def test_the_jobs_own_limit_counts_for_all() -> None:
    working = [on_hub("1-2.1"), on_air(1)]
    assert "2 units" in str(Limits(at_once=2).holds(on_hub("1-4"), working))
    assert "other unit" in str(Limits(at_once=1).holds(on_hub("1-4"), working[:1]))


def test_a_socket_is_missing_with_its_hub(tmp_path: Path) -> None:
    for name in ("usb1", "1-2", "1-2.4", "1-0:1.0"):
        (tmp_path / name).mkdir()
    sockets = ("1-7", "1-2.4", "1-2.4.1", "1-3.1", "2-1", "ble:C0:01", "1-3.1:1.2")
    assert missing(sockets, tmp_path) == {"1-3.1", "2-1", "1-3.1:1.2"}
    assert missing(sockets, tmp_path / "nowhere") == frozenset()
    (tmp_path / "empty").mkdir()
    assert missing(sockets, tmp_path / "empty") == frozenset()
    assert [hub_of(at) for at in ("1-2.4", "1-2", "sim:demo")] == ["1-2", "usb1", ""]
