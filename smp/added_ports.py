"""Serial ports that a person named: a path of their own, or a USB device, and what is there now.

A path may be a link that leads to another port from plug to plug (/dev/serial/by-id/...), a
pseudo-terminal, or a port that the system does not list (/dev/ttymxc0). It stays the address.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from smp.address import Address
from smp.errors import LinkError, LinkNotFound
from smp.serial_ports import SerialPort, behind
from smp.usb_address import UsbAddress


@dataclass(frozen=True, slots=True)
class AddedPort:
    """What an address leads to now. `port` is None where the system lists none for it; `problem`
    says why it is not clear which is meant."""

    port: SerialPort | None = None
    is_absent: bool = False
    problem: LinkError | None = None


def look_up(address: Address, ports: Sequence[SerialPort] | None) -> AddedPort:
    """Blocking: looks at the path. `ports`: what is plugged in; None: that cannot be told, and of
    what has no path it is not known whether it is there."""
    if ports is None:
        has_path = address.scheme != "usb" and os.name == "posix"
        return AddedPort(is_absent=has_path and not os.path.exists(address.target))  # noqa: PTH110
    if address.scheme == "usb":
        usb = UsbAddress.parse(address.target, address.options.get("interface", ""))
        try:
            return AddedPort(usb.find(ports))
        except LinkNotFound:
            return AddedPort(is_absent=True)
        except LinkError as error:
            return AddedPort(problem=error)
    path = address.target
    names = {path, behind(path)} if os.name == "posix" else {path, path.upper()}
    port = next((port for port in ports if port.path in names), None)
    if port is not None or os.name != "posix":
        is_custom = path.startswith("\\\\")
        return AddedPort(port, is_absent=port is None and not is_custom)
    return AddedPort(is_absent=not os.path.exists(path))  # noqa: PTH110 -- never raises
