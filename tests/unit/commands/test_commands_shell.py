"""Group 9: the shell of Zephyr and of Apache Mynewt."""

from __future__ import annotations

import pytest

from smp.commands.shell import RunShell, ShellAnswer
from smp.errors import DeviceError, OddAnswer
from smp.packet import Op, Packet, encode_body

MYNEWTS = (
    "0300003800090200bf616f7f676172676320320a685b68656c6c6f5d0a675b6661696c5d0a74286e6f2068656c70"
    "20617661696c61626c65290aff62726326ff"
)


def test_the_request_is_these_bytes() -> None:
    request = RunShell(("/demo", "hello", "fail"))
    packet = Packet(Op.WRITE, 9, 0, 2, encode_body(request.body()), 0).to_bytes()
    expected = "0200001800090200a1646172677683652f64656d6f6568656c6c6f646661696c"
    assert packet.hex() == expected


def test_a_command_that_fails_is_no_error_of_the_request() -> None:
    body = Packet.from_bytes(bytes.fromhex(MYNEWTS)).body()
    told = RunShell(("/demo",)).answer(body)
    assert told == ShellAnswer("argc 2\n[hello]\n[fail]\n(no help available)", -7)


@pytest.mark.parametrize("key", ["ret", "rc"])
def test_the_status_has_two_names(key: str) -> None:
    assert RunShell(("x",)).answer({"o": "done\r\n", key: 3}) == ShellAnswer("done", 3)
    assert RunShell(("x",)).answer({"o": ""}) == ShellAnswer("", 0)


@pytest.mark.parametrize("body", [{"rc": 8}, {"err": {"group": 9, "rc": 2}}])
def test_a_refusal_is_one(body: dict[str, object]) -> None:
    with pytest.raises(DeviceError):
        RunShell(("x",)).answer(body)


def test_an_answer_without_output_is_odd() -> None:
    with pytest.raises(OddAnswer):
        RunShell(("x",)).answer({"ret": 0})
