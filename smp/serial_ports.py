"""Serial ports of this computer: what is plugged in, where, and who holds it.

Names change when a USB device restarts; vendor, product, serial number and hub path do not.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from smp.errors import LinkError
from smp.plain import plain
from smp.text import Coded, Text, outside
from smp.usb_interfaces import Role, placed, role, told_apart, without_port_name


@dataclass(frozen=True, slots=True)
class SerialPort:
    """One port. USB facts are None for a port that is not on USB.

    `path` is what is opened (/dev/ttyACM0, COM7); `location` is the hub path, e.g. "1-2.4", with
    the USB interface behind a colon where the system tells it ("1-2.4:1.2"). What the device says
    of itself is fit to be shown, but for `serial_number`, which is compared.
    """

    path: str
    description: str = ""
    manufacturer: str = ""
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    location: str | None = None
    is_alone: bool = True
    """No other port was listed at its hub path."""
    interface_name: str = ""
    """What a composite device calls this one of its ports; empty where that tells none apart."""
    arrival: int | None = None
    """Another number each time that the system meets a device at this place, be it the same one;
    None where it counts nothing (Linux does)."""

    @property
    def name(self) -> str:
        """The short name: ttyACM0, COM7, pts/3."""
        if self.path.startswith("/dev/pts/"):
            return plain(self.path.removeprefix("/dev/"))
        return plain(Path(self.path).name if self.path.startswith("/") else self.path)

    @property
    def title(self) -> str:
        """What a person would call the device."""
        return self.description or self.name

    @property
    def hub_path(self) -> str | None:
        """Where it is plugged in, without the interface."""
        return self.location.partition(":")[0] if self.location else None

    @property
    def interface(self) -> str | None:
        """Which of a composite device's ports it is."""
        return self.location.partition(":")[2] or None if self.location else None

    @property
    def stay(self) -> str:
        """One place from one arrival to the next; empty where that is not told."""
        return f"{self.hub_path}#{self.arrival}" if self.arrival is not None else ""

    @property
    def role(self) -> Role:
        """What this port of a composite device is for, as far as its name says."""
        return role(self.interface_name)

    @property
    def usb_id(self) -> str:
        """Vendor and product as "1366:1015", empty without USB."""
        if self.vid is None or self.pid is None:
            return ""
        return f"{self.vid:04x}:{self.pid:04x}"


def list_serial_ports() -> list[SerialPort]:
    """All ports now, sorted by name; of one device, the port for updates before its console.
    Blocking: some milliseconds."""
    from serial.tools import list_ports

    infos = list(list_ports.comports())
    names = told_apart(
        [
            (
                placed(info.location, info.device),
                info.product or "",
                getattr(info, "interface", None) or "",
            )
            for info in infos
        ]
    )
    found = []
    for info, name in zip(infos, names, strict=True):
        path = info.device
        if sys.platform == "darwin":
            path = path.replace("/dev/tty.", "/dev/cu.")
        description = plain(info.product or info.description or "")
        if description == "n/a":
            description = ""
        found.append(
            SerialPort(
                path,
                without_port_name(description, path),
                plain(info.manufacturer or ""),
                info.vid,
                info.pid,
                info.serial_number or None,
                placed(info.location, path),
                interface_name=plain(name),
                arrival=_arrival(info),
            )
        )
    places = Counter(port.hub_path for port in found)
    found = [replace(port, is_alone=places[port.hub_path] == 1) for port in found]
    return _in_order(found)


def _arrival(info: object) -> int | None:
    """Linux numbers devices as they come; what is plugged in again has another number."""
    folder = getattr(info, "usb_device_path", None)
    if not folder:
        return None
    try:
        return int((Path(folder) / "devnum").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def not_listed(error: Exception) -> LinkError:
    """What to say where `list_serial_ports` failed; parts of Windows may be missing."""
    return LinkError(
        Coded("ports-not-listed", "The serial ports of this computer cannot be listed"),
        why=Text("The system says: {reason}", reason=outside(str(error))),
        next_step=Text("Name the port yourself, for example serial:COM7"),
        detail=repr(error),
    )


def _in_order(ports: list[SerialPort]) -> list[SerialPort]:
    firsts: dict[object, list[tuple[int, int, str]]] = {}
    for port in ports:
        name = _natural(port.path)
        firsts[_device(port)] = min(firsts.get(_device(port), name), name)
    return sorted(
        ports, key=lambda port: (firsts[_device(port)], port.role.value, _natural(port.path))
    )


def _device(port: SerialPort) -> object:
    """The same for all ports of one device."""
    if port.hub_path is None:
        return port.path
    return port.hub_path, port.vid, port.pid, port.serial_number


def same_device(before: SerialPort, ports: list[SerialPort]) -> SerialPort | None:
    """Where the device that was `before` is now, None if it is not there (yet).

    The place decides: the socket it is plugged into, with the USB interface of a composite device.
    Serial numbers do not, cheap converters all have the same one. At its place it may show another
    identity, as a bootloader or new firmware does, and so may a board that was plugged in instead:
    see `is_certain`. Of several ports with one identity, the others are never it: a converter with
    four of them may lead to four boards, and its ports appear one after the other. A name of the
    interface says more than its number, which new firmware may count otherwise. Only where the
    system tells no place, a serial number that is there once decides, and without that the port's
    name. A port that is not on USB is its name.
    """
    if before.vid is None:
        return next((port for port in ports if port.path == before.path), None)
    if before.hub_path is not None:
        here = [
            port
            for port in ports
            if port.hub_path == before.hub_path and not _is_beside(before, port)
        ]
        return max(here, key=lambda port: _likeness(before, port), default=None)
    alike = [port for port in ports if port.hub_path is None and port.vid == before.vid]
    if before.serial_number:
        alike = [port for port in alike if port.serial_number == before.serial_number]
        by_name = [port for port in alike if port.path == before.path]
        return alike[0] if len(alike) == 1 else next(iter(by_name), None)
    return next((port for port in alike if port.path == before.path), None)


def is_certain(before: SerialPort, port: SerialPort) -> bool:
    """Whether the port that `same_device` found is the device without doubt; else what it says of
    itself must prove it."""
    if before.vid is None:
        return True
    if before.serial_number or port.serial_number:
        return (port.vid, port.serial_number) == (before.vid, before.serial_number)
    return (port.vid, port.pid) == (before.vid, before.pid)


def twin(before: SerialPort, ports: list[SerialPort]) -> SerialPort | None:
    """A port at another place that has the same serial number: not to be taken for the device."""
    if not before.serial_number:
        return None
    return next(
        (
            port
            for port in ports
            if (port.vid, port.serial_number) == (before.vid, before.serial_number)
            and port.hub_path != before.hub_path
        ),
        None,
    )


def _is_beside(before: SerialPort, port: SerialPort) -> bool:
    """Another port of the same device."""
    if before.is_alone or (port.vid, port.pid, port.serial_number) != (
        before.vid,
        before.pid,
        before.serial_number,
    ):
        return False
    if before.interface_name and port.interface_name:
        if before.interface_name == port.interface_name:
            return False
        if port.role.value > before.role.value:
            return True
    return port.interface != before.interface


def _likeness(before: SerialPort, port: SerialPort) -> tuple[bool, ...]:
    return (
        port.serial_number == before.serial_number,
        (port.vid, port.pid) == (before.vid, before.pid),
        bool(port.interface_name) and port.interface_name == before.interface_name,
        port.interface == before.interface,
        port.path == before.path,
    )


def may_have_holders(path: str) -> bool:
    """Whether looking for `holders` makes sense: on Linux, and not for pseudo-terminals, whose
    other end is a program by nature, nor for links to one. Blocking for a link."""
    return sys.platform.startswith("linux") and not behind(path).startswith("/dev/pts/")


def behind(path: str) -> str:
    """What a symbolic link leads to now. Blocking."""
    try:
        return os.path.realpath(path) if os.name == "posix" and path else path
    except (OSError, ValueError):
        return path


def holders(path: str) -> list[Text]:
    """Programs that have the port open, as "name (process 123)", where the system tells.

    Only processes this user may look into. Blocking: tens of milliseconds.
    """
    if not may_have_holders(path):
        return []
    try:
        target = Path(path).stat().st_rdev
    except OSError:
        return []
    found = []
    for process in Path("/proc").iterdir():
        other = process.name.isdigit() and int(process.name) != os.getpid()
        if other and _holds(process, target):
            program, number = _program(process), int(process.name)
            found.append(Text("{program} (process {number})", program=program, number=number))
    return found


def _holds(process: Path, device: int) -> bool:
    try:
        for link in (process / "fd").iterdir():
            if str(link.readlink()).startswith("/dev/") and link.stat().st_rdev == device:
                return True
    except OSError:
        return False
    return False


def _program(process: Path) -> Text:
    try:
        name = outside((process / "comm").read_text("utf-8", "replace"))
    except OSError:
        name = outside("")
    return name or Text("a program")


def owning_group(path: str) -> str | None:
    """The group that may open the port, e.g. "dialout"; None where there is none to join."""
    if os.name != "posix":
        return None
    import grp

    try:
        facts = Path(path).stat()
        return grp.getgrgid(facts.st_gid).gr_name if facts.st_mode & 0o060 else None
    except (OSError, KeyError):
        return None


def join_group(group: str) -> Text:
    """The step that lets a user open what belongs to the group; see `join_command`."""
    return Text("Join the group {group!r}, then log out and in again", group=group)


def join_command(group: str) -> str:
    """What joins the group, in a terminal."""
    return f"sudo usermod -aG {shlex.quote(group)} $USER"


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key with numbers as numbers: COM2 before COM10."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for letter in [*text, ""]:
        if letter.isdecimal():
            digits += letter
            continue
        if digits:
            parts.append((0, int(digits), ""))
            digits = ""
        if letter:
            parts.append((1, 0, letter))
    return parts
