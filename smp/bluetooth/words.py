"""What bleak, D-Bus and the systems say when Bluetooth fails, as our errors.

Sources: bleak 3.1 `exc.py`; BlueZ doc/org.bluez.*.rst (error names); Core Specification 5.4, volume
3, part F, 3.4.1.1 (ATT errors). Measured with BlueZ 5.66 unless it is about Windows or macOS.
"""

from __future__ import annotations

import sys

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from smp.errors import LinkBusy, LinkError, LinkForbidden, LinkLost, LinkNeedsPairing, LinkNotFound
from smp.serial_ports import join_command, join_group
from smp.text import Coded, Text, sentences

_OLDEST_WINDOWS = 22000
_OTHERWISE = Text("Serial ports and the network go on working")
_SECURITY = {0x05, 0x08, 0x0C, 0x0F}
"""ATT errors that pairing cures."""
_SERVICE_GONE = (
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.TimedOut",
    "org.freedesktop.DBus.Error.Spawn",
    "org.freedesktop.systemd1.",
)
_PAIRING = (
    "org.bluez.Error.AuthenticationFailed",
    "org.bluez.Error.AuthenticationCanceled",
    "org.bluez.Error.AuthenticationRejected",
    "org.bluez.Error.AuthenticationTimeout",
    "org.bluez.Error.NotAuthorized",
)
_DROPPED = ("org.bluez.Error.NotConnected", "org.bluez.Error.ConnectionAttemptFailed")
_DROPPED_WORDS = ("not connected", "abort", "canceled")


class RadioUnavailable(LinkError):
    """This computer cannot use Bluetooth now. `what` is fit for a headline of its own."""


class NoRadio(RadioUnavailable):
    """This computer has no Bluetooth at all: nothing that anybody has to mend."""


def system_problem() -> RadioUnavailable | None:
    """What is wrong with this system for good, found without touching the radio."""
    if sys.platform == "win32" and sys.getwindowsversion().build < _OLDEST_WINDOWS:
        return RadioUnavailable(
            Coded("bluetooth-needs-windows-11", "Bluetooth needs Windows 11"),
            why=Text("Windows 10 cannot be used for it"),
            next_step=Text("Connect the device with a cable or over the network instead"),
        )
    return None


def explain(error: BaseException, name: str) -> LinkError:
    """Whatever came out of bleak while dealing with the device `name`, as an error of ours."""
    if isinstance(error, LinkError):
        return error
    detail = f"{type(error).__name__}: {error}".rstrip(": ")
    for judge in (_availability, _dbus, _attribute, _plain):
        found = judge(error, name, detail)
        if found is not None:
            return found
    return LinkError(
        Coded(
            "bluetooth-connection-failed", "The Bluetooth connection to {name} failed", name=name
        ),
        why=Text("The system gave no reason that is known here"),
        next_step=Text("Try again; if it stays, switch Bluetooth off and on"),
        detail=detail,
    )


def needs_pairing(name: str, detail: str) -> LinkNeedsPairing:
    return LinkNeedsPairing(
        Coded("bluetooth-needs-pairing", "{name} wants to be paired first", name=name),
        why=Text("Its firmware talks to paired computers only"),
        next_step=Text("Pair this computer with it first"),
        detail=detail,
    )


def bond_lost(name: str, detail: str) -> LinkNeedsPairing:
    return LinkNeedsPairing(
        Coded("bluetooth-bond-lost", "{name} does not know this computer any more", name=name),
        why=Text(
            "It lost its pairing, for example because its memory was erased, while "
            "this computer still has it"
        ),
        next_step=Text("Pair this computer with it again"),
        detail=detail,
    )


def unreachable(name: str, detail: str = "") -> LinkNotFound:
    return LinkNotFound(
        Coded("bluetooth-not-heard", "{name} was not heard over Bluetooth", name=name),
        why=Text(
            "It is out of reach, switched off, or connected to something else: most "
            "devices are silent then"
        ),
        next_step=Text(
            "Bring it closer, check its power, disconnect phones and other computers from it"
        ),
        detail=detail,
    )


def neither_heard(name: str, loader: str) -> LinkNotFound:
    """Of a device that has a firmware loader with a name of its own."""
    return LinkNotFound(
        Coded(
            "bluetooth-loader-not-heard",
            "Neither {name} nor its firmware loader {loader} was heard over Bluetooth",
            name=name,
            loader=loader,
        ),
        why=Text(
            "It is out of reach, switched off, or connected to something else. A firmware loader "
            "that lost its power may have the name again that it was built with"
        ),
        next_step=Text(
            "Bring it closer, check its power, disconnect phones and other computers from it. If "
            "another firmware loader appears in the list that can only be this one, choose that"
        ),
    )


def dropped(name: str, detail: str = "") -> LinkLost:
    return LinkLost(
        Coded(
            "bluetooth-connection-dropped", "The Bluetooth connection to {name} dropped", name=name
        ),
        why=Text("The device restarted, lost power or went out of reach"),
        next_step=Text("Bring it closer and try again"),
        detail=detail,
    )


def service_stopped(detail: str) -> RadioUnavailable:
    return RadioUnavailable(
        Coded("bluetooth-service-not-running", "The Bluetooth service is not running"),
        why=sentences(Text("The program bluetoothd does not answer"), _OTHERWISE),
        next_step=Text(
            "Start the service bluetooth, then try again; if there is no such service, install "
            "the package bluez"
        ),
        command="sudo systemctl enable --now bluetooth",
        detail=detail,
    )


def occupied(detail: str) -> RadioUnavailable:
    return RadioUnavailable(
        Coded("bluetooth-adapter-occupied", "The Bluetooth adapter is occupied"),
        why=sentences(
            Text("Another program is using it, or its service was restarted"), _OTHERWISE
        ),
        next_step=Text("Wait a moment; if it stays, switch Bluetooth off and on"),
        detail=detail,
    )


def switched_off(detail: str) -> RadioUnavailable:
    command = "rfkill unblock bluetooth; bluetoothctl power on"
    return RadioUnavailable(
        Coded("bluetooth-switched-off", "Bluetooth is switched off"),
        why=_OTHERWISE,
        next_step=Text("Switch it on in the system's settings"),
        command=command if sys.platform == "linux" else "",
        detail=detail,
    )


def no_adapter(detail: str, adapter: str = "") -> RadioUnavailable:
    if adapter:
        return RadioUnavailable(
            Coded(
                "bluetooth-unknown-adapter",
                "There is no Bluetooth adapter {adapter}",
                adapter=adapter,
            ),
            why=_OTHERWISE,
            next_step=Text("Plug it in, or choose another adapter"),
            detail=detail,
        )
    return NoRadio(
        Coded("bluetooth-no-adapter", "This computer has no Bluetooth adapter"),
        why=_OTHERWISE,
        next_step=Text("Plug in a USB Bluetooth adapter"),
        detail=detail,
    )


def no_bus(detail: str) -> RadioUnavailable:
    return NoRadio(
        Coded("bluetooth-not-available", "Bluetooth is not available"),
        why=sentences(
            Text("The system bus (D-Bus), which carries it to programs, is not there"), _OTHERWISE
        ),
        next_step=Text("Install the packages dbus and bluez, then restart the computer"),
        command="sudo apt install dbus bluez",
        detail=detail,
    )


def denied(detail: str) -> RadioUnavailable:
    command = ""
    if sys.platform == "darwin":
        step = Text("Allow it in System Settings, Privacy & Security, Bluetooth, then start again")
    elif sys.platform == "win32":
        step = Text("Allow it in Settings, Privacy & security, Radios")
    else:
        step, command = join_group("bluetooth"), join_command("bluetooth")
    return RadioUnavailable(
        Coded("bluetooth-not-allowed", "This program may not use Bluetooth"),
        why=sentences(Text("The system does not allow it"), _OTHERWISE),
        next_step=step,
        command=command,
        detail=detail,
    )


def _availability(error: BaseException, name: str, detail: str) -> LinkError | None:
    if isinstance(error, BleakBluetoothNotAvailableError):
        reason = error.reason
        if reason is BleakBluetoothNotAvailableReason.POWERED_OFF:
            return switched_off(detail)
        if reason in (
            BleakBluetoothNotAvailableReason.DENIED_BY_USER,
            BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM,
            BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN,
        ):
            return denied(detail)
        if reason is BleakBluetoothNotAvailableReason.UNKNOWN:
            return None
        return no_adapter(detail)
    if isinstance(error, PermissionError):
        return denied(detail)
    if isinstance(error, TimeoutError):
        return LinkNotFound(
            Coded(
                "bluetooth-connect-timeout",
                "{name} did not accept the Bluetooth connection in time",
                name=name,
            ),
            why=Text("It is at the edge of reach, or busy with another connection"),
            next_step=Text("Bring it closer and try again"),
            detail=detail,
        )
    # dbus-fast: no socket, nobody listens, or the bus closed under it.
    if sys.platform == "linux" and isinstance(error, OSError | EOFError):
        return no_bus(detail)
    return None


def _dbus(error: BaseException, name: str, detail: str) -> LinkError | None:
    if not isinstance(error, BleakDBusError):
        return None
    kind, text = error.dbus_error, (error.dbus_error_details or "").lower()
    if kind.startswith(_SERVICE_GONE):
        return service_stopped(detail)
    if kind.endswith("Error.AccessDenied"):
        return denied(detail)
    if kind == "org.bluez.Error.NotReady" or "not powered" in text:
        return switched_off(detail)
    if kind.startswith(_PAIRING) or "not paired" in text or _security_in(text):
        return needs_pairing(name, detail)
    if kind == "org.bluez.Error.InProgress":
        return LinkBusy(
            Coded("bluetooth-connecting-already", "{name} is being connected already", name=name),
            why=Text("Another program, or the system itself, is doing it right now"),
            next_step=Text("Wait a moment and try again"),
            detail=detail,
        )
    if kind == "org.freedesktop.DBus.Error.UnknownObject":
        return unreachable(name, detail)
    if text == "input/output error":
        return switched_off(detail)
    if kind in _DROPPED or any(words in text for words in _DROPPED_WORDS):
        return dropped(name, detail)
    return None


def _security_in(text: str) -> bool:
    return "att error" in text and any(f"0x{code:02x}" in text for code in _SECURITY)


def _attribute(error: BaseException, name: str, detail: str) -> LinkError | None:
    if not isinstance(error, BleakGATTProtocolError):
        return None
    if int(error.code) in _SECURITY:
        return needs_pairing(name, detail)
    return LinkForbidden(
        Coded("bluetooth-smp-refused", "{name} does not let SMP be used", name=name),
        why=Text("It refused to send answers"),
        next_step=Text(
            "Restart the device and try again; if it stays, its firmware's author must look"
        ),
        detail=detail,
    )


def _plain(error: BaseException, name: str, detail: str) -> LinkError | None:
    if isinstance(error, BleakDeviceNotFoundError):
        return unreachable(name, detail)
    if not isinstance(error, BleakError):
        return None
    text = str(error).lower()
    if "adapter '" in text and "not found" in text:
        return no_adapter(detail, str(error).split("'")[1])
    if "device '" in text and "not found" in text:
        return unreachable(name, detail)
    if "bluez >=" in text:
        return RadioUnavailable(
            Coded("bluetooth-too-old", "This system's Bluetooth software is too old"),
            why=_OTHERWISE,
            next_step=Text("Update the system: BlueZ 5.55 or newer is needed"),
            detail=detail,
        )
    if any(words in text for words in ("not connected", "disconnected", "service discovery")):
        return dropped(name, detail)
    if "not turned on" in text or "powered off" in text or "turned off" in text:
        return switched_off(detail)
    return None
