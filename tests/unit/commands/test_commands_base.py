"""Error answers in every shape, and the order in which a client must look for them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smp.commands.base import Request, refusal
from smp.commands.files import CloseFile, FileChunk, FileDigest
from smp.commands.image import Erase, ReadState, SlotInfo, UploadChunk, WriteState
from smp.commands.os import (
    BootloaderName,
    Echo,
    MemoryPools,
    OsInfo,
    ReadBootloaderMode,
    ReadDateTime,
    ReadParameters,
    Reset,
    TaskStatistics,
)
from smp.errors import DeviceError, MalformedPacket
from smp.packet import Group


def refused(body: dict[str, Any], group: int | None = None) -> tuple[int | None, int] | None:
    error = refusal(body, "it", group=group)
    return None if error is None else (error.group, error.code)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, None),
        ({"r": "hi"}, None),
        ({"rc": 0}, None),
        ({"rc": 0, "off": 64}, None),
        ({"rc": 3}, (None, 3)),
        ({"rc": 260}, (None, 260)),
        ({"rc": -7}, (None, -7)),
        ({"rc": 3, "off": 5}, (None, 3)),
        ({"err": {"group": 1, "rc": 9}}, (1, 9)),
        ({"err": {"group": 8, "rc": 11}, "len": 8}, (8, 11)),
        ({"ret": {"group": 1, "rc": 9}}, (1, 9)),
        ({"err": {"group": 1, "rc": 9}, "rc": 3}, (1, 9)),
        ({"err": {"group": 64, "rc": 500}}, (64, 500)),
        ({"err": {"group": 1, "rc": 0}}, None),
        ({"err": {"rc": 9}}, (None, 9)),
        # a shell's `ret` is the command's own status
        ({"o": "text", "ret": -8}, None),
        ({"o": "text", "ret": 0}, None),
        ({"err": "text"}, None),
        ({"err": 5}, None),
    ],
)
def test_the_shapes_of_errors(
    body: dict[str, Any], expected: tuple[int | None, int] | None
) -> None:
    assert refused(body) == expected


def test_a_shells_rc_beside_output_is_the_commands_own() -> None:
    assert refused({"o": "usage", "rc": -7}, Group.SHELL) is None
    assert refused({"o": "usage", "rc": -7}) == (None, -7)
    assert refused({"rc": 8}, Group.SHELL) == (None, 8)
    assert refused({"err": {"group": 9, "rc": 3}}, Group.SHELL) == (9, 3)


def test_the_devices_own_text_is_kept() -> None:
    error = refusal({"rc": 1, "rsn": "no slot"}, "the upload")
    assert error is not None
    assert error.reason == "no slot"
    assert error.what == "The device refused the upload"


@pytest.mark.parametrize("reason", [None, 5, b"bytes", ["no slot"]])
def test_a_reason_that_is_no_text_is_left_out(reason: object) -> None:
    error = refusal({"rc": 1, "rsn": reason})
    assert error is not None
    assert error.reason == ""


@pytest.mark.parametrize(
    "body",
    [
        {"rc": "3"},
        {"rc": None},
        {"rc": True},
        {"rc": 1.5},
        {"rc": b"\x03"},
        {"err": {}},
        {"err": {"group": 1}},
        {"err": {"group": 1, "rc": "9"}},
        {"err": {"group": 1, "rc": False}},
        {"ret": {}},
    ],
)
def test_errors_that_carry_no_number_are_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedPacket):
        refusal(body)


@pytest.mark.parametrize("group", [None, "1", True, -1.5])
def test_an_error_of_a_strange_group_is_still_told(group: object) -> None:
    error = refusal({"err": {"group": group, "rc": 9}})
    assert error is not None
    assert error.code == 9
    assert str(error)


WORDS = """
rc err ret rsn group off match images slot slots hash version active r d o output buf_size
buf_count mode datetime tasks prio bootloader size image len types
"""
KEYS = st.sampled_from(WORDS.split()) | st.text(max_size=3)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
EVERY_REQUEST: list[Request[Any]] = [
    Echo("a"),
    TaskStatistics(),
    MemoryPools(),
    ReadDateTime(),
    Reset(),
    ReadParameters(),
    OsInfo(),
    BootloaderName(),
    ReadBootloaderMode(),
    ReadState(),
    WriteState(None, confirm=True),
    UploadChunk(0, b""),
    Erase(),
    SlotInfo(),
    FileChunk("/a", 0, b""),
    FileDigest("/a"),
    CloseFile(),
]


@settings(max_examples=60)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_no_answer_brings_out_foreign_errors(body: dict[str, Any]) -> None:
    for request in EVERY_REQUEST:
        try:
            request.answer(body)
        except (DeviceError, MalformedPacket):
            pass
