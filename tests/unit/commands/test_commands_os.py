"""Group 0: exact bytes out, and answers as real servers sent them (spec transcripts A, B, C, N)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from smp.commands.base import Request
from smp.commands.os import (
    BootloaderMode,
    BootloaderName,
    BootMode,
    ConsoleEcho,
    Echo,
    MemoryPools,
    OsInfo,
    Parameters,
    Pool,
    ReadBootloaderMode,
    ReadDateTime,
    ReadParameters,
    Reset,
    Task,
    TaskStatistics,
    WriteDateTime,
)
from smp.errors import DeviceError, MalformedPacket
from smp.packet import Packet, Version, encode_body

REQUESTS: list[tuple[Request[Any], int, str]] = [
    (Echo("hi"), 0, "0a00000600000000a16164626869"),
    (Echo(""), 9, "0a00000400000900a1616460"),
    (Echo("grüße"), 1, "0a00000b00000100a16164676772c3bcc39f65"),
    (ConsoleEcho(False), 2, "0a00000700000201a1646563686f00"),
    (ConsoleEcho(True), 2, "0a00000700000201a1646563686f01"),
    (TaskStatistics(), 3, "0800000100000302a0"),
    (MemoryPools(), 4, "0800000100000403a0"),
    (ReadDateTime(), 5, "0800000100000504a0"),
    (
        WriteDateTime(datetime(2026, 11, 22, 9, 8, 7, 654321)),  # noqa: DTZ001
        6,
        "0a00001e00000604a1686461746574696d6573323032362d31312d32325430393a30383a3037",
    ),
    (Reset(), 20, "0a00000100001405a0"),
    (Reset(boot_mode=BootMode.BOOTLOADER), 15, "0a00000c00000f05a169626f6f745f6d6f646501"),
    (Reset(boot_mode=0), 15, "0a00000c00000f05a169626f6f745f6d6f646500"),
    (Reset(force=True), 1, "0a00000800000105a165666f726365f5"),
    (
        Reset(force=True, boot_mode=255),
        1,
        "0a00001400000105a265666f726365f569626f6f745f6d6f646518ff",
    ),
    (ReadParameters(), 2, "0800000100000206a0"),
    (OsInfo("Z"), 3, "0800000a00000307a166666f726d6174615a"),
    (OsInfo("a"), 66, "0800000a00004207a166666f726d61746161"),
    (OsInfo(), 0, "0800000a00000007a166666f726d61746173"),
    (BootloaderName(), 7, "0800000100000708a0"),
    (ReadBootloaderMode(), 8, "0800000c00000808a1657175657279646d6f6465"),
]


@pytest.mark.parametrize(
    ("request_", "sequence", "packet"), REQUESTS, ids=[repr(row[0]) for row in REQUESTS]
)
def test_requests_are_these_bytes(request_: Request[Any], sequence: int, packet: str) -> None:
    made = Packet(
        request_.op, request_.group, request_.command, sequence, encode_body(request_.body())
    )
    assert made.to_bytes().hex() == packet


def test_version_1_requests_differ_in_the_first_byte_only() -> None:
    asked = OsInfo("Z")
    payload = encode_body(asked.body())
    made = Packet(asked.op, asked.group, asked.command, 4, payload, Version.V1)
    assert made.to_bytes().hex() == "0000000a00000407a166666f726d6174615a"


def answer(request_: Request[Any], packet: str) -> Any:
    """What a request makes of an answer packet."""
    read = Packet.from_bytes(bytes.fromhex(packet))
    assert (read.group, read.command) == (request_.group, request_.command)
    assert read.op == request_.op.answer
    return request_.answer(read.body())


def body(**values: object) -> dict[str, Any]:
    return dict(values)


# -- answers of real servers ----------------------------------------------------------------------


def test_echo() -> None:
    assert answer(Echo("hi"), "0b00000700000000bf6172626869ff") == "hi"
    assert answer(Echo("hi"), "0300000700000100bf6172626869ff") == "hi"
    assert answer(Echo(""), "0b00000500000000bf617260ff") == ""


def test_parameters() -> None:
    packet = "0900001900000206bf686275665f73697a65190180696275665f636f756e7404ff"
    assert answer(ReadParameters(), packet) == Parameters(384, 4)
    recovery = "0900001900001106bf686275665f73697a65190400696275665f636f756e7401ff"
    assert answer(ReadParameters(), recovery) == Parameters(1024, 1)


def test_parameters_of_vendors_may_tell_more() -> None:
    told = body(buf_size=2048, buf_count=2, inst_role=1)
    assert ReadParameters().answer(told) == Parameters(2048, 2)


def test_os_info() -> None:
    packet = (
        "0900006800004207bf666f7574707574785d5a657068797220756e6b6e6f776e203638346339653866333265"
        "3420342e342e3020576564204a756e2020332032323a31383a3339203230323620706f73697820783836206e"
        "61746976655f73696d2f6e6174697665205a6570687972ff"
    )
    assert answer(OsInfo("a"), packet) == (
        "Zephyr unknown 684c9e8f32e4 4.4.0 Wed Jun  3 22:18:39 2026 posix x86 "
        "native_sim/native Zephyr"
    )


def test_an_unknown_letter_is_refused_in_both_versions() -> None:
    with pytest.raises(DeviceError) as two:
        answer(OsInfo("Z"), "0900001300000307bf63657272bf6567726f75700062726302ffff")
    assert (two.value.group, two.value.code, two.value.name) == (0, 2, "INVALID_FORMAT")
    with pytest.raises(DeviceError) as one:
        answer(OsInfo("Z"), "0100000600000407bf62726303ff")
    assert (one.value.group, one.value.code) == (None, 3)
    assert one.value.is_code(0, 2)


def test_a_bootloader_info_that_was_not_built_is_unsupported() -> None:
    with pytest.raises(DeviceError) as caught:
        answer(ReadBootloaderMode(), "0900000600000808bf62726308ff")
    assert caught.value.is_unsupported
    assert caught.value.what == "The device refused the bootloader's mode"


def test_reset_is_answered_with_an_empty_map() -> None:
    assert answer(Reset(), "0b00000200001405bfff") is None
    assert answer(Reset(), "0b00000600001405bf62726300ff") is None
    assert answer(Reset(), "0b00000000001405") is None


@pytest.mark.parametrize(
    ("number", "mode"),
    [
        (0, BootloaderMode.SINGLE_SLOT),
        (1, BootloaderMode.SWAP_SCRATCH),
        (2, BootloaderMode.OVERWRITE_ONLY),
        (3, BootloaderMode.SWAP_MOVE),
        (4, BootloaderMode.DIRECT_XIP),
        (5, BootloaderMode.DIRECT_XIP_REVERT),
        (6, BootloaderMode.RAM_LOAD),
        (7, BootloaderMode.FIRMWARE_LOADER),
        (8, BootloaderMode.SINGLE_SLOT_RAM_LOAD),
        (9, BootloaderMode.SWAP_OFFSET),
        (-1, BootloaderMode.UNKNOWN),
        (10, BootloaderMode.UNKNOWN),
        (200, BootloaderMode.UNKNOWN),
    ],
)
def test_bootloader_modes(number: int, mode: BootloaderMode) -> None:
    told = ReadBootloaderMode().answer(body(mode=number))
    assert (told.mode, told.number, told.no_downgrade) == (mode, number, False)


def test_a_bootloader_may_refuse_older_versions() -> None:
    told = ReadBootloaderMode().answer({"mode": 3, "no-downgrade": True})
    assert told.no_downgrade


def test_the_bootloaders_name() -> None:
    assert BootloaderName().answer(body(bootloader="MCUboot")) == "MCUboot"


# -- clock ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "moment"),
    [
        ("2026-06-03T22:18:39", datetime(2026, 6, 3, 22, 18, 39)),  # noqa: DTZ001
        ("2026-06-03T22:18:39.123", datetime(2026, 6, 3, 22, 18, 39, 123_000)),  # noqa: DTZ001
        (
            "1970-01-01T00:00:01.520000+00:00",
            datetime(1970, 1, 1, 0, 0, 1, 520_000, UTC),
        ),
        (
            "2026-06-03T22:18:39+02:00",
            datetime(2026, 6, 3, 22, 18, 39, 0, timezone(timedelta(hours=2))),
        ),
        ("2026-06-03T22:18:39Z", datetime(2026, 6, 3, 22, 18, 39, 0, UTC)),
    ],
)
def test_clocks(shown: str, moment: datetime) -> None:
    assert ReadDateTime().answer(body(datetime=shown)) == moment


def test_mynewts_clock_from_its_transcript() -> None:
    packet = (
        "0100002d00000504bf686461746574696d657820313937302d30312d30315430303a30303a30312e35323030"
        "30302b30303a3030ff"
    )
    moment = answer(ReadDateTime(), packet)
    assert moment == datetime(1970, 1, 1, 0, 0, 1, 520_000, UTC)


@pytest.mark.parametrize("shown", ["", "garbage", "2026-13-01T00:00:00", "22:18:39", "\ufffd" * 20])
def test_a_clock_that_shows_no_time_is_malformed(shown: str) -> None:
    with pytest.raises(MalformedPacket, match="clock"):
        ReadDateTime().answer(body(datetime=shown))


def test_a_clock_that_was_never_set_is_an_error_of_the_device() -> None:
    with pytest.raises(DeviceError) as caught:
        ReadDateTime().answer(body(err={"group": 0, "rc": 4}))
    assert caught.value.name == "RTC_NOT_SET"


def test_a_zone_is_not_sent() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 0, timezone(timedelta(hours=2)))
    assert WriteDateTime(moment).body() == {"datetime": "2026-01-02T03:04:05"}


# -- statistics -------------------------------------------------------------------------------


def test_tasks() -> None:
    told = body(
        tasks={
            "idle": {"prio": 15, "tid": 1, "state": 0, "stkuse": 20, "stksiz": 64, "cswcnt": 9},
            "": {"prio": -16, "tid": 2, "state": 2, "runtime": 1 << 33},
        }
    )
    assert TaskStatistics().answer(told) == (
        Task("idle", 15, 0, 20, 64, 9, None),
        Task("", -16, 2, None, None, None, 1 << 33),
    )


def test_tasks_of_nonsense_are_left_out() -> None:
    told = body(tasks={"a": 3, "b": {"prio": "high", "state": True}, "c": None})
    assert TaskStatistics().answer(told) == (Task("b", None, None, None, None, None, None),)


@pytest.mark.parametrize("tasks", [None, [], 3, "idle"])
def test_task_statistics_without_a_map_are_malformed(tasks: object) -> None:
    with pytest.raises(MalformedPacket, match="tasks"):
        TaskStatistics().answer(body(tasks=tasks))


POOLS = {
    "0": {"blksiz": 64, "nblks": 10, "nfree": 7, "min": 3},
    "msys_1": {"nblks": 12, "nfree": 10, "min": 2},
}


@pytest.mark.parametrize(
    "told",
    [POOLS, {"tasks": POOLS}, {"rc": 0, "mpools": POOLS}],
    ids=["documented", "Zephyr", "Mynewt"],
)
def test_memory_pools_are_found_where_they_are(told: dict[str, Any]) -> None:
    assert MemoryPools().answer(told) == (
        Pool("0", 64, 10, 7, 3),
        Pool("msys_1", 1, 12, 10, 2),
    )


def test_one_pool_is_a_pool() -> None:
    assert MemoryPools().answer({"heap": POOLS["0"]}) == (Pool("heap", 64, 10, 7, 3),)
    assert MemoryPools().answer({}) == ()


# -- nonsense ---------------------------------------------------------------------------------

WRONG = [
    (Echo("a"), {}, "r"),
    (Echo("a"), {"r": 1}, "r"),
    (Echo("a"), {"r": b"a"}, "r"),
    (Echo("a"), {"r": None}, "r"),
    (ReadParameters(), {"buf_size": 384}, "buf_count"),
    (ReadParameters(), {"buf_count": 4}, "buf_size"),
    (ReadParameters(), {"buf_size": "384", "buf_count": 4}, "buf_size"),
    (ReadParameters(), {"buf_size": -1, "buf_count": 4}, "buf_size"),
    (ReadParameters(), {"buf_size": 384, "buf_count": 4.0}, "buf_count"),
    (ReadParameters(), {"buf_size": True, "buf_count": 4}, "buf_size"),
    (OsInfo(), {}, "output"),
    (OsInfo(), {"output": ["Zephyr"]}, "output"),
    (BootloaderName(), {"mode": 3}, "bootloader"),
    (ReadBootloaderMode(), {"bootloader": "MCUboot"}, "mode"),
    (ReadBootloaderMode(), {"mode": "swap"}, "mode"),
    (ReadBootloaderMode(), {"mode": False}, "mode"),
    (ReadDateTime(), {"datetime": 5}, "datetime"),
]


@pytest.mark.parametrize(
    ("request_", "told", "key"), WRONG, ids=[f"{row[0].title} {row[1]}" for row in WRONG]
)
def test_missing_and_wrong_fields_are_named(
    request_: Request[Any], told: dict[str, Any], key: str
) -> None:
    with pytest.raises(MalformedPacket) as caught:
        request_.answer(told)
    assert f"`{key}`" in caught.value.what


@pytest.mark.parametrize("request_", [row[0] for row in REQUESTS], ids=lambda r: type(r).__name__)
def test_unknown_keys_change_nothing_and_every_request_says_what_it_asks(
    request_: Request[Any],
) -> None:
    assert request_.title
    with pytest.raises(DeviceError) as caught:
        request_.answer({"rc": 8, "new": {"a": [1]}, "": None})
    assert request_.title in caught.value.what
