"""Group 4: exact bytes out, answers as real servers sent them (spec transcripts N and O)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.commands.base import Request
from smp.commands.logs import (
    ClearLogs,
    ListLogs,
    LogEntry,
    ReadLogLevels,
    ReadLogModules,
    ShowLogs,
)
from smp.errors import DeviceError, MalformedPacket
from smp.packet import Group, Op, Packet, encode_body

NEW = (
    "0100006e00040700bf6a6e6578745f696e6465780b646c6f67739fbf646e616d65636c6f67647479706501"
    "67656e74726965739fbf647479706563737472627473192710656c6576656c0265696e64657809666d6f64"
    "756c6500636d73675f4c7365636f6e6420656e747279ffffffffff62726300ff"
)
OLD = (
    "0100006500040700bf6a6e6578745f696e6465780a646c6f67739fbf646e616d65636c6f67647479706501"
    "67656e74726965739fbf636d73676c7365636f6e6420656e7472796274731a0002e630656c6576656c0265"
    "696e64657809666d6f64756c6500ffffffff62726300ff"
)


def answer(request: Request[Any], packet: str) -> Any:
    return request.answer(Packet.from_bytes(bytes.fromhex(packet)).body())


@pytest.mark.parametrize(
    ("request_", "command", "op", "body"),
    [
        (ListLogs(), 5, Op.READ, {}),
        (ReadLogLevels(), 4, Op.READ, {}),
        (ReadLogModules(), 3, Op.READ, {}),
        (ShowLogs(), 0, Op.READ, {}),
        (ShowLogs("log", 5), 0, Op.READ, {"log_name": "log", "index": 5}),
        (ShowLogs("log", -5, since=-9), 0, Op.READ, {"log_name": "log", "ts": 0, "index": 0}),
        (ShowLogs("log", only_last=True), 0, Op.READ, {"log_name": "log", "ts": -1}),
        (ClearLogs("log"), 1, Op.WRITE, {"log_name": "log"}),
        (ClearLogs(), 1, Op.WRITE, {}),
    ],
)
def test_what_is_asked(
    request_: Request[Any], command: int, op: Op, body: dict[str, object]
) -> None:
    """A negative index would reset the device: it is never sent."""
    assert (request_.group, request_.command, request_.op) == (Group.LOG, command, op)
    assert request_.body() == body


def test_the_request_for_the_last_entry_is_these_bytes() -> None:
    body = encode_body(ShowLogs("log", only_last=True).body())
    packet = Packet(Op.READ, Group.LOG, 0, 7, body, 0).to_bytes()
    assert packet.hex() == "0000001200040700a2686c6f675f6e616d65636c6f6762747320"


def test_answers_of_both_generations_are_read() -> None:
    new = answer(ShowLogs("log", only_last=True), NEW)
    assert new.entries == (LogEntry("log", 9, 10_000, 2, 0, "str", "second entry"),)
    assert (new.has_more, new.next_index) == (False, 11)
    (old,) = answer(ShowLogs("log", only_last=True), OLD).entries
    assert old == LogEntry("log", 9, 190_000, 2, 0, "", "second entry")


def test_the_list_is_read() -> None:
    names = "0100002800040105bf62726300686c6f675f6c6973749f6a7265626f6f745f6c6f67"
    names += "67746573746c6f67636c6f67ffff"
    assert answer(ListLogs(), names) == ("reboot_log", "testlog", "log")


def test_more_to_come_is_no_error() -> None:
    told = ShowLogs().answer({"logs": [{"name": "log", "entries": []}], "rc": 1, "next_index": 4})
    assert told.has_more
    with pytest.raises(DeviceError):
        ShowLogs().answer({"rc": 1})


@pytest.mark.parametrize(("code", "name"), [(7, "ECORRUPT"), (9, "EMSGSIZE"), (5, "ENOENT")])
def test_two_codes_are_exchanged_in_this_group(code: int, name: str) -> None:
    with pytest.raises(DeviceError) as caught:
        ShowLogs("log").answer({"rc": code})
    assert caught.value.name == name


def test_levels_and_modules_are_names_and_numbers() -> None:
    assert ReadLogLevels().answer({"rc": 0, "level_map": {"INFO": 1, "odd": "x"}}) == {"INFO": 1}
    assert ReadLogModules().answer({"rc": 0}) == {}
    assert ClearLogs().answer({}) is None


def test_what_is_no_text_stays_bytes() -> None:
    entries = [{"index": 1, "type": "cbor", "msg": b"\xa1"}, {"index": 2, "msg": b"a\x00"}, 7]
    told = ShowLogs().answer({"logs": [{"name": "x", "entries": entries}]})
    assert [entry.message for entry in told.entries] == [b"\xa1", "a"]


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from([ListLogs(), ShowLogs("x"), ReadLogLevels(), ClearLogs()]),
    st.dictionaries(
        st.sampled_from(["rc", "logs", "log_list", "level_map", "next_index", "err"]), NESTED
    ),
)
def test_whatever_comes_only_our_errors_come_out(
    request_: Request[Any], body: dict[str, Any]
) -> None:
    try:
        request_.answer(body)
    except (DeviceError, MalformedPacket):
        pass
