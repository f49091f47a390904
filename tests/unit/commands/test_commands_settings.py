"""Group 3: exact bytes out, answers as a real server sent them (spec transcripts A), and others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.commands.base import Request
from smp.commands.settings import (
    CommitSettings,
    DeleteSetting,
    LoadSettings,
    ReadSetting,
    SaveSettings,
    Setting,
    WriteSetting,
)
from smp.errors import DeviceError, MalformedPacket, OddAnswer
from smp.packet import Group, Op, Packet, encode_body


def answer(request: Request[Any], packet: str) -> Any:
    return request.answer(Packet.from_bytes(bytes.fromhex(packet)).body())


@pytest.mark.parametrize(
    ("request_", "sequence", "packet"),
    [
        (ReadSetting("foo/bar"), 15, "0800000e00030f00a1646e616d6567666f6f2f626172"),
        (SaveSettings(), 16, "0a00000100031003a0"),
    ],
)
def test_requests_are_these_bytes(request_: Request[Any], sequence: int, packet: str) -> None:
    body = encode_body(request_.body())
    made = Packet(request_.op, request_.group, request_.command, sequence, body)
    assert made.to_bytes().hex() == packet


@pytest.mark.parametrize(
    ("request_", "command", "op", "body"),
    [
        (ReadSetting("a/b", 16), 0, Op.READ, {"name": "a/b", "max_size": 16}),
        (WriteSetting("a/b", b"\x00x"), 0, Op.WRITE, {"name": "a/b", "val": b"\x00x"}),
        (WriteSetting("a/b", b""), 0, Op.WRITE, {"name": "a/b", "val": b""}),
        (DeleteSetting("a/b"), 1, Op.WRITE, {"name": "a/b"}),
        (CommitSettings(), 2, Op.WRITE, {}),
        (LoadSettings(), 3, Op.READ, {}),
        (SaveSettings("a"), 3, Op.WRITE, {"name": "a"}),
    ],
)
def test_what_is_asked(
    request_: Request[Any], command: int, op: Op, body: dict[str, object]
) -> None:
    assert (request_.group, request_.command, request_.op) == (Group.SETTINGS, command, op)
    assert request_.body() == body


def test_a_value_is_bytes_as_they_came() -> None:
    assert ReadSetting("a").answer({"val": b"\x00\xff"}) == Setting(b"\x00\xff")
    assert ReadSetting("a").answer({"val": b"\x00", "max_size": 1}) == Setting(b"\x00", limit=1)


def test_an_answer_without_a_value_is_none() -> None:
    with pytest.raises(OddAnswer) as caught:
        ReadSetting("a").answer({})
    assert caught.value.what.code == "answer-lacks-value"


@pytest.mark.parametrize("value", ["text", 3, None, [b"x"]])
def test_a_value_that_is_no_bytes_is_odd(value: object) -> None:
    with pytest.raises(OddAnswer):
        ReadSetting("a").answer({"val": value})


def test_refusals_of_a_real_server() -> None:
    with pytest.raises(DeviceError) as caught:
        answer(ReadSetting("foo/bar"), "0900001300030f00bf63657272bf6567726f75700362726305ffff")
    assert (caught.value.group, caught.value.code) == (3, 5)
    with pytest.raises(DeviceError) as caught:
        answer(SaveSettings(), "0b00001300031003bf63657272bf6567726f75700362726308ffff")
    assert (caught.value.group, caught.value.code) == (3, 8)


@pytest.mark.parametrize("body", [{}, {"rc": 0}])
@pytest.mark.parametrize(
    "request_",
    [WriteSetting("a", b""), DeleteSetting("a"), CommitSettings(), LoadSettings(), SaveSettings()],
)
def test_success_carries_nothing(request_: Request[None], body: dict[str, object]) -> None:
    request_.answer(body)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["val", "max_size", "rc", "err", "x"]), _VALUES))
def test_whatever_is_answered_only_our_own_errors_come_out(body: dict[str, Any]) -> None:
    for request in (ReadSetting("a"), SaveSettings(), WriteSetting("a", b"")):
        try:
            request.answer(body)
        except (DeviceError, MalformedPacket):
            pass
