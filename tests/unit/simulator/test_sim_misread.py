"""A wire whose ends have different rates, and a terminal at another rate than its device."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.simulator.misread import misread
from smp.transport.ear import Ear, Heard
from smp.transport.line_search import RATES

LOG = b"[00:00:01.204,000] <inf> app: sensor started, 3 channels\r\n" * 4
pairs = [(sent, read) for sent in RATES for read in RATES if sent != read]


def heard(data: bytes) -> Heard:
    ear = Ear()
    ear.hear(data)
    return ear.heard


@given(st.binary(max_size=200), st.sampled_from(RATES), st.integers(-2, 2))
def test_rates_that_nearly_agree_lose_nothing(data: bytes, rate: int, percent: int) -> None:
    assert misread(data, rate, rate + rate * percent // 100) == data


@given(st.binary(max_size=60), st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_any_two_rates_are_borne(data: bytes, sent: int, read: int) -> None:
    got = misread(data, sent, read)
    if sent and read:
        assert len(got) <= len(data) * max(1, -(-10 * read // (9 * sent)))
    else:
        assert got == (data if sent == read else b"")


def test_half_the_rate_by_hand() -> None:
    """0x55 is a square wave: every second of its bits is seen, then the line is high."""
    assert misread(b"\x55", 9600, 4800) == b"\xff"
    assert misread(b"\xaa", 9600, 4800) == b"\xf8"
    assert misread(b"\x00", 4800, 9600) == bytes.fromhex("00"), "a break is one byte, not two"


@pytest.mark.parametrize(("sent", "read"), pairs)
def test_a_log_at_a_wrong_rate_is_no_text(sent: int, read: int) -> None:
    assert heard(misread(LOG, sent, read)) is not Heard.TEXT
    if sent / read < 10:
        assert heard(misread(LOG, sent, read)) is Heard.NOISE


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
@pytest.mark.parametrize("rate", [*RATES, 250_000])
async def test_a_strict_terminal_answers_at_its_own_rate_only(rate: int) -> None:
    from smp.address import Address
    from smp.client import Client
    from smp.commands.os import Echo
    from smp.connection import Connection
    from smp.errors import NoAnswer
    from smp.packet import Version
    from smp.simulator import serve
    from smp.timing import Patience

    async with serve("pty", "fast", "baud=57600,strict=1") as served:
        transport = Address.parse(f"{served.address}?baud={rate}").transport()
        connection = Connection(transport, Version.V2)
        await connection.open()
        if rate == 57600:
            assert (await connection.ask(Echo("hi"))).body() == {"r": "hi"}
        else:
            with pytest.raises(NoAnswer):
                await connection.ask(Echo("hi"), patience=Patience((0.2,), adaptive=False))
        await connection.close()
    async with serve("pty", "fast", "baud=57600") as served:
        client = Client(Address.parse(f"{served.address}?baud={rate}").transport())
        async with client:
            assert await client.echo("hi") == "hi", "it does not count where nobody asked for it"
