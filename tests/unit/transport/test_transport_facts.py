"""What links tell of themselves: keys that programs rely on, names for people."""

from __future__ import annotations

import re

import pytest

from smp.simulator.living import close_simulated, simulated
from smp.transport.base import Transport
from smp.transport.ble import BleTransport
from smp.transport.facts import label
from smp.transport.serial import SerialTransport
from smp.transport.tcp import TcpTransport
from smp.transport.udp import UdpTransport


@pytest.mark.parametrize(
    "transport",
    [
        SerialTransport("/dev/ttyUSB0"),
        TcpTransport("sensor", 7000),
        UdpTransport("sensor"),
        BleTransport("sensor", adapter="hci1"),
    ],
    ids=lambda transport: transport.kind,
)
def test_every_fact_has_a_key_and_a_name(transport: Transport) -> None:
    facts = transport.describe()
    assert facts
    for key in facts:
        assert re.fullmatch("[a-z_]+", key)
        assert label(key) != key


def test_simulated_ones_too() -> None:
    try:
        assert [str(label(key)) for key in simulated("demo").describe()][:1] == ["Simulated"]
    finally:
        close_simulated()


def test_a_fact_of_a_link_of_ones_own_is_called_as_it_is() -> None:
    assert label("Slot of the bench") == "Slot of the bench"


@pytest.mark.parametrize("key", ["bluetooth_address", "mtu", "usb", "serial_number", "hub_path"])
def test_facts_that_only_a_connection_knows_have_names(key: str) -> None:
    assert label(key) != key
