"""Hosts as people write them, and what is wrong with them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controllers.network_entry import read_entry
from smp.address import Address
from smp.errors import AddressError
from smp.hosts import check_host, split_host


@pytest.mark.parametrize(
    "host",
    [
        "192.0.2.7",
        "255.255.255.255",
        "0.0.0.0",
        "localhost",
        "sensor-7.local",
        "my_board",
        "7.example",
        "büro.example",
        "::1",
        "2001:db8::7",
        "fe80::1%eth0",
        "fe80::1%enp3s0.100",
        "fe80::1%14",
        "::ffff:192.0.2.7",
        "host.example.",
    ],
)
def test_hosts_that_can_be(host: str) -> None:
    check_host(host)
    assert Address.parse(str(Address("udp", host, 7000))) == Address("udp", host, 7000)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("300.1.1.1", "300.1.1.1 is no IP address"),
        ("192.0.2.1000", "0 to 255, not 1000"),
        ("192.0.2", "four numbers"),
        ("1.2.3.4.5", "four numbers"),
        ("192.0..7", "four numbers"),
        ("7", "four numbers"),
        ("192.0.2.010", "Write 192.0.2.10"),
        ("fe80::1", "fe80::1%eth0"),
        ("fe80::1%", "interface"),
        ("2001:db8::g", "no IPv6 address"),
        ("1:2:3", "no IPv6 address"),
        ("hello world", "It holds a space"),
        ("a\tb", "It holds a blank"),
        ("user@host", "no '@' in it"),
        ("host/path", "no '/' in it"),
        ("-host", "Its parts are too long or empty"),
        ("a..b", "Its parts are too long or empty"),
        ("x" * 64, "Its parts are too long or empty"),
    ],
)
def test_hosts_that_cannot_be_are_told_why(host: str, words: str) -> None:
    with pytest.raises(AddressError) as caught:
        check_host(host)
    assert words in str(caught.value)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_understood_or_refused_in_words(text: str) -> None:
    entry = read_entry(text, "1337", "udp")
    assert not (entry.address and entry.problem)
    if entry.address:
        assert str(Address.parse(entry.address)) == entry.address
    elif text.strip():
        assert entry.problem
    with contextlib.suppress(AddressError):
        split_host(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", "udp:127.0.0.1:4000"),
        (" 127.0.0.1:1337 ", "udp:127.0.0.1"),
        ("udp:127.0.0.1:1337", "udp:127.0.0.1"),
        ("UDP://board:9/", "udp:board:9"),
        ("tcp:board", "tcp:board:4000"),
        ("tcp:board:7000?framing=raw", "tcp:board:7000?framing=raw"),
        ("[fe80::1%eth0]:1338", "udp:[fe80::1%eth0]:1338"),
        ("fe80::1%eth0", "udp:[fe80::1%eth0]:4000"),
        ("/dev/ttyUSB0?baud=9600", "serial:/dev/ttyUSB0?baud=9600"),
        ("COM7", "serial:COM7"),
        ("ble:sensor", "ble:sensor"),
    ],
)
def test_all_that_the_program_prints_is_understood(text: str, address: str) -> None:
    assert read_entry(text, "4000", "udp").address == address
