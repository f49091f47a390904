"""The facts that a link tells of itself (`Transport.describe`): their names for people, by key."""

from __future__ import annotations

from collections.abc import Mapping

from smp.text import Text, outside

RADIO_ADDRESS = "bluetooth_address"
"""Where a radio found the device; it may be another address than the one that was asked for."""

_LABELS: Mapping[str, Text] = {
    "port": Text("Port"),
    "baud": Text("Baud"),
    "framing": Text("Framing"),
    "usb": Text("USB"),
    "serial_number": Text("Serial number"),
    "hub_path": Text("Hub path"),
    "host": Text("Host"),
    "tcp_port": Text("TCP port"),
    "udp_port": Text("UDP port"),
    "protocol": Text("Protocol"),
    RADIO_ADDRESS: Text("Bluetooth address"),
    "adapter": Text("Adapter"),
    "mtu": Text("MTU"),
    "simulated": Text("Simulated"),
}


def label(key: str) -> Text:
    """What a person calls the fact; a key that only a link of your own has is shown as it is."""
    return _LABELS.get(key) or outside(key)
