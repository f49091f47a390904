"""What Apache Mynewt alone has: exact bytes, answers of real servers (spec transcripts N)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.commands.base import Request
from smp.commands.mynewt import (
    CorePart,
    Crash,
    CrashKind,
    EraseCore,
    FindCore,
    ListTests,
    LoadCore,
    ReadConfig,
    RunTest,
    SaveConfig,
    WriteConfig,
)
from smp.errors import DeviceError, MalformedPacket, OddAnswer
from smp.packet import Group, Op, Packet, encode_body


def answer(request: Request[Any], packet: str) -> Any:
    return request.answer(Packet.from_bytes(bytes.fromhex(packet)).body())


@pytest.mark.parametrize(
    ("request_", "sequence", "packet"),
    [
        (FindCore(), 1, "0000000100010103a0"),
        (LoadCore(2000), 9, "0000000800010904a1636f66661907d0"),
        (ReadConfig("test/str"), 0x11, "0000000f00031100a1646e616d6568746573742f737472"),
        (
            WriteConfig("test/str", "hello", save=True),
            0x12,
            "0200001f00031200a3646e616d6568746573742f7374726376616c6568656c6c6f6473617665f5",
        ),
        (ListTests(), 1, "0000000100070101a0"),
        (
            RunTest("demo_suite", "tok"),
            2,
            "0200001f00070200a268746573746e616d656a64656d6f5f737569746565746f6b656e63746f6b",
        ),
    ],
)
def test_requests_are_these_bytes(request_: Request[Any], sequence: int, packet: str) -> None:
    body = encode_body(request_.body())
    made = Packet(request_.op, request_.group, request_.command, sequence, body, 0)
    assert made.to_bytes().hex() == packet


@pytest.mark.parametrize(
    ("request_", "group", "command", "body"),
    [
        (SaveConfig(), Group.SETTINGS, 0, {"save": True}),
        (WriteConfig("a", "b"), Group.SETTINGS, 0, {"name": "a", "val": "b"}),
        (EraseCore(), Group.IMAGE, 4, {}),
        (Crash(CrashKind.ASSERT), Group.CRASH, 0, {"t": "assert"}),
        (RunTest(), Group.RUN, 0, {"testname": "all"}),
    ],
)
def test_what_is_written(
    request_: Request[Any], group: int, command: int, body: dict[str, object]
) -> None:
    assert (request_.group, request_.command, request_.op) == (group, command, Op.WRITE)
    assert request_.body() == body
    assert request_.answer({}) is None


def test_no_negative_offset_is_sent() -> None:
    assert LoadCore(-5).body() == {"off": 0}


def test_answers_are_read() -> None:
    assert answer(FindCore(), "0100000600010403bf62726300ff") is True
    assert answer(FindCore(), "0100000600010103bf62726305ff") is False
    end = answer(LoadCore(2000), "0100001300010904bf62726300636f66661903e8646461746140ff")
    assert end == CorePart(1000, b"", None)
    value = "0100000c00031100bf6376616c6568656c6c6fff"
    assert answer(ReadConfig("test/str"), value) == "hello"
    tests = "0100001c00070101bf627263006872756e5f6c6973749f6a64656d6f5f7375697465ffff"
    assert answer(ListTests(), tests) == ("demo_suite",)


@pytest.mark.parametrize("code", [1, 8])
def test_a_core_dump_that_cannot_be_asked_for_is_no_absent_one(code: int) -> None:
    with pytest.raises(DeviceError):
        FindCore().answer({"rc": code})


def test_a_value_of_bytes_is_odd() -> None:
    with pytest.raises(OddAnswer) as caught:
        ReadConfig("x").answer({"val": b"\x01"})
    assert caught.value.what.code == "answer-no-text-value"


@given(
    st.sampled_from([ReadConfig("x"), FindCore(), LoadCore(), ListTests(), EraseCore()]),
    st.dictionaries(
        st.sampled_from(["rc", "val", "off", "data", "len", "run_list", "err"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.lists(st.text()),
    ),
)
def test_whatever_comes_only_our_errors_come_out(
    request_: Request[Any], body: dict[str, Any]
) -> None:
    try:
        request_.answer(body)
    except (DeviceError, MalformedPacket):
        pass
