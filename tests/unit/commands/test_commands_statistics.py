"""Group 2: answers of Zephyr and of both generations of Apache Mynewt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.commands.base import Request
from smp.commands.statistics import ListStatistics, ReadStatistics, Statistics
from smp.errors import DeviceError, MalformedPacket, OddAnswer
from smp.packet import Group, Op, Packet


def test_what_is_asked() -> None:
    read, listed = ReadStatistics("demo"), ListStatistics()
    assert (read.group, read.command, read.op) == (Group.STATISTICS, 0, Op.READ)
    assert (listed.group, listed.command, listed.op) == (Group.STATISTICS, 1, Op.READ)
    assert (read.body(), listed.body()) == ({"name": "demo"}, {})


def test_an_answer_of_old_mynewt_is_read() -> None:
    packet = "0100003500021c00bf62726300646e616d656464656d6f6567726f757063737973666669656c6473"
    packet += "bf656e756d5f6101656e756d5f621a00011170ffff"
    body = Packet.from_bytes(bytes.fromhex(packet)).body()
    assert ReadStatistics("demo").answer(body) == Statistics("demo", {"num_a": 1, "num_b": 70000})


def test_what_is_no_number_is_left_out() -> None:
    told = ReadStatistics("x").answer({"fields": {"a": 1, "b": "2", "c": True}})
    assert told.figures == {"a": 1}
    assert ListStatistics().answer({"stat_list": ["a", 3, "b"]}) == ("a", "b")


def test_figures_that_are_missing_are_an_odd_answer() -> None:
    with pytest.raises(OddAnswer) as caught:
        ReadStatistics("x").answer({})
    assert caught.value.what.code == "answer-lacks-fields"


def test_names_that_are_missing_are_an_odd_answer() -> None:
    with pytest.raises(OddAnswer) as caught:
        ListStatistics().answer({})
    assert caught.value.what.code == "answer-lacks-list"


@given(
    st.sampled_from([ListStatistics(), ReadStatistics("x")]),
    st.dictionaries(
        st.sampled_from(["rc", "fields", "stat_list", "err"]),
        st.none() | st.integers() | st.lists(st.text() | st.integers())
        | st.dictionaries(st.text(), st.integers() | st.binary()),
    ),
)  # fmt: skip
def test_whatever_comes_only_our_errors_come_out(
    request_: Request[Any], body: dict[str, Any]
) -> None:
    try:
        request_.answer(body)
    except (DeviceError, MalformedPacket):
        pass
