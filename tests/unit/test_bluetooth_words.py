"""What bleak and the systems raise, in a technician's words. Texts as BlueZ 5.66 wrote them."""

from __future__ import annotations

import sys

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from smp.bluetooth.words import RadioUnavailable, explain, system_problem
from smp.errors import LinkError, LinkForbidden, LinkLost, LinkNeedsPairing, LinkNotFound

Reason = BleakBluetoothNotAvailableReason
Code = BleakGATTProtocolErrorCode


def absent(reason: Reason) -> BleakError:
    return BleakBluetoothNotAvailableError("as bleak says it", reason)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (absent(Reason.NO_BLUETOOTH), RadioUnavailable, "no Bluetooth adapter"),
        (absent(Reason.NO_BLE_CENTRAL_ROLE), RadioUnavailable, "no Bluetooth adapter"),
        (absent(Reason.POWERED_OFF), RadioUnavailable, "switched off"),
        (absent(Reason.DENIED_BY_USER), RadioUnavailable, "may not use Bluetooth"),
        (absent(Reason.DENIED_BY_SYSTEM), RadioUnavailable, "may not use Bluetooth"),
        (absent(Reason.UNKNOWN), LinkError, "failed"),
        (PermissionError(13, "denied"), RadioUnavailable, "may not use Bluetooth"),
        (TimeoutError(), LinkNotFound, "did not accept"),
        (
            BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["not provided"]),
            RadioUnavailable,
            "service is not running",
        ),
        (
            BleakDBusError("org.freedesktop.DBus.Error.NoReply", ["disconnected from bus"]),
            RadioUnavailable,
            "service is not running",
        ),
        (
            BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["rejected"]),
            RadioUnavailable,
            "may not use Bluetooth",
        ),
        (
            BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]),
            RadioUnavailable,
            "switched off",
        ),
        (
            BleakDBusError("org.bluez.Error.Failed", ["Input/output error"]),
            RadioUnavailable,
            "switched off",
        ),
        (
            BleakDBusError("org.bluez.Error.Failed", ["Not connected"]),
            LinkLost,
            "dropped",
        ),
        (
            BleakDBusError("org.bluez.Error.Failed", ["br-connection-canceled"]),
            LinkLost,
            "dropped",
        ),
        (
            BleakDBusError("org.bluez.Error.Failed", ["Operation failed with ATT error: 0x0f"]),
            LinkNeedsPairing,
            "wants to be paired",
        ),
        (
            BleakDBusError("org.bluez.Error.NotPermitted", ["Not paired"]),
            LinkNeedsPairing,
            "wants to be paired",
        ),
        (
            BleakDBusError("org.freedesktop.DBus.Error.UnknownObject", ["no such object"]),
            LinkNotFound,
            "not heard",
        ),
        (BleakGATTProtocolError(Code.INSUFFICIENT_AUTHENTICATION), LinkNeedsPairing, "paired"),
        (BleakGATTProtocolError(Code.INSUFFICIENT_ENCRYPTION), LinkNeedsPairing, "paired"),
        (BleakGATTProtocolError(Code.UNLIKELY_ERROR), LinkForbidden, "does not let SMP"),
        (BleakDeviceNotFoundError("C0:DE", "not found"), LinkNotFound, "not heard"),
        (BleakError("device 'dev_C0_DE_00_00_00_02' not found"), LinkNotFound, "not heard"),
        (BleakError("adapter 'hci7' not found"), RadioUnavailable, "no Bluetooth adapter hci7"),
        (BleakError("Bleak requires BlueZ >= 5.55."), RadioUnavailable, "too old"),
        (BleakError("Not connected"), LinkLost, "dropped"),
        (BleakError("Service Discovery has not been performed yet"), LinkLost, "dropped"),
        (
            BleakError("failed to discover services, device disconnected"),
            LinkLost,
            "dropped",
        ),
        (BleakError("something new"), LinkError, "failed"),
        (KeyError("org.bluez.Device1"), LinkError, "failed"),
        (AssertionError(), LinkError, "failed"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, BaseException) else "",
)
def test_errors_have_words_and_a_next_step(
    error: BaseException, kind: type[LinkError], words: str
) -> None:
    found = explain(error, "sensor-7")
    assert isinstance(found, kind)
    assert words in found.what
    assert found.next_step
    assert "(" not in found.what
    assert explain(found, "sensor-7") is found


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux")
def test_a_missing_system_bus_is_named() -> None:
    found = explain(FileNotFoundError(2, "No such file or directory"), "the adapter")
    assert isinstance(found, RadioUnavailable)
    assert "D-Bus" in found.why
    assert "go on working" in found.why


def test_windows_10_is_told_of_before_anything_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    class Version:
        build = 19045

    assert system_problem() is None or sys.platform == "win32"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "getwindowsversion", Version, raising=False)
    found = system_problem()
    assert found is not None
    assert found.what == "Bluetooth needs Windows 11"
    assert "cable" in found.next_step
