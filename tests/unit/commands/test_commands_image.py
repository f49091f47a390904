"""Group 1: exact bytes out, and answers as real servers sent them (spec transcripts C, D, N)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.commands.base import Request
from smp.commands.files import FileChunk
from smp.commands.image import (
    Erase,
    ImageEntry,
    ImageState,
    ReadState,
    SlotFacts,
    SlotInfo,
    UploadAnswer,
    UploadChunk,
    WriteState,
)
from smp.commands.os import Echo, OsInfo, ReadDateTime, ReadParameters
from smp.errors import DeviceError, OddAnswer
from smp.packet import Packet, encode_body

OLD = bytes.fromhex("1baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a")
NEW = bytes.fromhex("7f2a016ad10e3474db90a1e342e021e761005867733f45a6a812b01cee323630")
RAM = bytes.fromhex("18779b16a62c10405e239b096eae0c54c8b097a260978b21b4cec75f149a617e")
HEAD = bytes.fromhex("3db8f39600002420000200005403020020000000000000000000000000000000")
FILE_SHA = bytes.fromhex("7fe9223179f723b5599bb17f93ea3323c0dd17c9c1b034ed9403b72d16c2f9b1")

# Key order is ours: off, len, sha, image, upgrade, data.
REQUESTS: list[tuple[str, Request[Any], int, str]] = [
    ("C1", ReadState(), 0, "0800000100010000a0"),
    ("C2", SlotInfo(), 1, "0800000100010106a0"),
    (
        "C4",
        UploadChunk(64, bytes(8)),
        3,
        "0a00001500010301a2636f666618406464617461480000000000000000",
    ),
    (
        "C11",
        UploadChunk(0, bytes(32), 100),
        10,
        "0a00003300010a01a3636f666600636c656e1864646461746158200000000000000000000000000000000000"
        "000000000000000000000000000000",
    ),
    (
        "C13",
        UploadChunk(0, HEAD, 132476, upgrade=True),
        12,
        "0a00003f00010c01a4636f666600636c656e1a0002057c6775706772616465f56464617461582"
        "03db8f39600002420000200005403020020000000000000000000000000000000",
    ),
    (
        "C7",
        UploadChunk(0, HEAD + bytes(32), 132476, FILE_SHA),
        6,
        "0a00007c00010601a4636f666600636c656e1a0002057c6373686158207fe9223179f723b5599bb17f93ea33"
        "23c0dd17c9c1b034ed9403b72d16c2f9b16464617461584"
        "03db8f39600002420000200005403020020000000000000000000000000000000" + "00" * 32,
    ),
    (
        "D1",
        WriteState(NEW, confirm=False),
        0,
        "0a00003100010000a267636f6e6669726df4646861736858207f2a016ad10e3474db90a1e342e021e7610058"
        "67733f45a6a812b01cee323630",
    ),
    ("D2", WriteState(None, confirm=True), 1, "0a00000a00010100a167636f6e6669726df5"),
    ("D5", WriteState(None, confirm=False), 4, "0a00000a00010400a167636f6e6669726df4"),
    ("D8", Erase(), 8, "0a00000100010805a0"),
    ("erase 3", Erase(3), 8, "0a00000700010805a164736c6f7403"),
    ("erase 0", Erase(0), 8, "0a00000700010805a164736c6f7400"),
]


@pytest.mark.parametrize(
    ("request_", "sequence", "packet"),
    [row[1:] for row in REQUESTS],
    ids=[row[0] for row in REQUESTS],
)
def test_requests_are_these_bytes(request_: Request[Any], sequence: int, packet: str) -> None:
    made = Packet(
        request_.op, request_.group, request_.command, sequence, encode_body(request_.body())
    )
    assert made.to_bytes().hex() == packet


@pytest.mark.parametrize(
    ("request_", "packet"),
    [
        (
            UploadChunk(0, HEAD + bytes(32), 132476, FILE_SHA),
            "0a00007c00010601a4636f666600646461746158403db8f39600002420000200005403020020000000"
            + "00" * 44
            + "636c656e1a0002057c6373686158207fe9223179f723b5599bb17f93ea3323c0dd17c9c1b034ed9403b7"
            "2d16c2f9b1",
        ),
        (
            UploadChunk(0, HEAD, 132476, upgrade=True),
            "0a00003f00010c01a4636f666600646461746158203db8f396000024200002000054030200200000000000"
            "00000000000000000000636c656e1a0002057c6775706772616465f5",
        ),
        (
            WriteState(NEW, confirm=False),
            "0a00003100010000a2646861736858207f2a016ad10e3474db90a1e342e021e761005867733f45a6a812b0"
            "1cee32363067636f6e6669726df4",
        ),
    ],
)
def test_requests_say_the_same_as_those_that_real_servers_took(
    request_: Request[Any], packet: str
) -> None:
    assert Packet.from_bytes(bytes.fromhex(packet)).body() == request_.body()


def answer(request_: Request[Any], packet: str) -> Any:
    read = Packet.from_bytes(bytes.fromhex(packet))
    assert (read.group, read.command) == (request_.group, request_.command)
    assert read.op == request_.op.answer
    return request_.answer(read.body())


# -- image state ------------------------------------------------------------------------------

FLAGS = "68626f6f7461626c65f5"
C1 = (
    "0900008600010000bf66696d616765739fbf64736c6f74006776657273696f6e65302e302e306468617368582018"
    "779b16a62c10405e239b096eae0c54c8b097a260978b21b4cec75f149a617e68626f6f7461626c65f56770656e64"
    "696e67f469636f6e6669726d6564f566616374697665f5697065726d616e656e74f4ffff6b73706c697453746174"
    "757300ff"
)
C17 = (
    "0900004800011000bf66696d616765739fbf64736c6f74006468617368582018779b16a62c10405e239b096eae0c"
    "54c8b097a260978b21b4cec75f149a617e6776657273696f6e65302e302e30ffffff"
)
D1 = (
    "0b0000f600010000bf66696d616765739fbf64736c6f74006776657273696f6e65302e302e3064686173685820"
    "1baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a68626f6f7461626c65f56770656e"
    "64696e67f469636f6e6669726d6564f566616374697665f5697065726d616e656e74f4ffbf64736c6f7401677665"
    "7273696f6e67312e322e332e34646861736858207f2a016ad10e3474db90a1e342e021e761005867733f45a6a812"
    "b01cee32363068626f6f7461626c65f56770656e64696e67f569636f6e6669726d6564f466616374697665f46970"
    "65726d616e656e74f4ffff6b73706c697453746174757300ff"
)
D6 = (
    "090000f600010600bf66696d616765739fbf64736c6f74006776657273696f6e67312e322e332e34646861736858"
    "207f2a016ad10e3474db90a1e342e021e761005867733f45a6a812b01cee32363068626f6f7461626c65f5677065"
    "6e64696e67f469636f6e6669726d6564f466616374697665f5697065726d616e656e74f4ffbf64736c6f74016776"
    "657273696f6e65302e302e30646861736858201baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d"
    "82d9aa9d5a68626f6f7461626c65f56770656e64696e67f469636f6e6669726d6564f566616374697665f4697065"
    "726d616e656e74f4ffff6b73706c697453746174757300ff"
)
N7 = "0100001800010100bf66696d616765739fff6b73706c697453746174757300ff"


def test_one_image_in_ram() -> None:
    state = answer(ReadState(), C1)
    assert state == ImageState(
        (ImageEntry(0, 0, "0.0.0", RAM, bootable=True, confirmed=True, active=True),)
    )
    assert state.has_flags


def test_recovery_sends_no_flags_and_another_order() -> None:
    state = answer(ReadState(), C17)
    assert state.entries == (ImageEntry(0, 0, "0.0.0", RAM),)
    assert not state.has_flags
    assert state.active() is None


def test_an_image_marked_for_test() -> None:
    state = answer(WriteState(NEW, confirm=False), D1)
    assert state.entries == (
        ImageEntry(0, 0, "0.0.0", OLD, bootable=True, confirmed=True, active=True),
        ImageEntry(0, 1, "1.2.3+4", NEW, bootable=True, pending=True),
    )
    active = state.active()
    assert active is not None
    assert active.hash == OLD
    found = state.by_hash(NEW)
    assert found is not None
    assert found.slot == 1
    assert state.by_hash(RAM) is None


def test_a_test_that_runs() -> None:
    state = answer(ReadState(), D6)
    assert state.entries == (
        ImageEntry(0, 0, "1.2.3+4", NEW, bootable=True, active=True),
        ImageEntry(0, 1, "0.0.0", OLD, bootable=True, confirmed=True),
    )


def test_nothing_installed() -> None:
    state = answer(ReadState(), N7)
    assert state.entries == ()
    assert state.active() is None
    assert state.has_flags, "no entry is no sign of recovery"


def test_several_images() -> None:
    told = {
        "images": [
            {"image": 0, "slot": 0, "version": "1.0.0", "active": True},
            {"image": 1, "slot": 0, "version": "2.0.0", "active": True, "hash": OLD},
            {"image": 1, "slot": 1, "version": "2.1.0", "hash": NEW},
        ]
    }
    state = ReadState().answer(told)
    active = state.active(1)
    assert active is not None
    assert active.version == "2.0.0"
    assert [entry.version for entry in state.of(1)] == ["2.0.0", "2.1.0"]
    assert state.by_hash(NEW) is None
    assert state.by_hash(NEW, 1) == state.entries[2]


def test_the_active_of_two_equal_images_is_found() -> None:
    told = {"images": [{"slot": 0, "hash": NEW}, {"slot": 1, "hash": NEW, "active": True}]}
    found = ReadState().answer(told).by_hash(NEW)
    assert found is not None
    assert found.slot == 1


@pytest.mark.parametrize("size", [32, 48, 64])
def test_hashes_of_every_length_are_kept(size: int) -> None:
    state = ReadState().answer({"images": [{"slot": 0, "hash": bytes(size)}]})
    assert state.entries[0].hash == bytes(size)


def test_frugal_entries_and_hooks_are_read() -> None:
    told = {"images": [{"slot": 0, "active": True, "boot_count": 7}, "nonsense", 5]}
    assert ReadState().answer(told).entries == (ImageEntry(0, 0, "", None, active=True),)


def test_flags_that_are_no_booleans_count_as_false() -> None:
    told = {"images": [{"slot": 0, "active": 1, "confirmed": "yes", "pending": None}]}
    assert ReadState().answer(told).entries == (ImageEntry(0, 0, "", None),)


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({}, "images"),
        ({"images": {}}, "images"),
        ({"images": None}, "images"),
        ({"images": [{"version": "1.0.0"}]}, "slot"),
        ({"images": [{"slot": -1}]}, "slot"),
        ({"images": [{"slot": "0"}]}, "slot"),
        ({"images": [{"slot": 1.0}]}, "slot"),
        ({"images": [{"slot": 0, "image": -1}]}, "image"),
    ],
)
def test_nonsense_states_are_malformed(told: dict[str, Any], key: str) -> None:
    with pytest.raises(OddAnswer) as caught:
        ReadState().answer(told)
    assert f"`{key}`" in caught.value.what
    assert "baud" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "kept", "told"),
    [
        (
            {"slot": 1, "hash": "ab" * 32},
            ImageEntry(0, 1, "", b"\xab" * 32),
            "..., read as hexadecimal",
        ),
        ({"slot": 1, "hash": "zz" * 32}, ImageEntry(0, 1, "", None), "Slot 1: `hash` is the text"),
        ({"slot": 1, "hash": "ab"}, ImageEntry(0, 1, "", None), "Slot 1: `hash` is the text 'ab'"),
        ({"slot": 1, "hash": 5.5}, ImageEntry(0, 1, "", None), "Slot 1: `hash` is 5.5"),
        ({"slot": 1, "version": 7}, ImageEntry(0, 1, "", None), "Slot 1: `version` is 7"),
        ({"slot": 1, "pending": 1}, ImageEntry(0, 1, "", None), "`pending` is 1, taken as no"),
        ({"slot": "1"}, None, "left out. The answer's `slot` is the text '1'"),
        ({"slot": -1}, None, "left out. The answer's `slot` is -1, which is negative"),
        ({"slot": 1, "image": b"\x00"}, None, "left out. The answer's `image` is the bytes 00"),
        ({"version": "1.0.0"}, None, "left out. The answer lacks `slot`: it holds 'version'"),
        ("nonsense", None, "An entry is the text 'nonsense', left out"),
    ],
)
def test_an_odd_entry_leaves_the_others_as_they_are(
    entry: object, kept: ImageEntry | None, told: str
) -> None:
    running = {"slot": 0, "version": "1.0.0", "hash": OLD, "active": True, "confirmed": True}
    for images in ([running, entry], [entry, running]):
        state = ReadState().answer({"images": images})
        active = state.active()
        assert active == ImageEntry(0, 0, "1.0.0", OLD, active=True, confirmed=True)
        assert [e for e in state.entries if e is not active] == ([kept] if kept else [])
        assert len(state.odd) == 1
        assert told in state.odd[0]


@pytest.mark.parametrize("broken", [{"slot": "0"}, {"slot": 0, "image": -1}, {"slot": None}])
def test_a_running_image_that_stands_nowhere_makes_the_whole_list_worthless(
    broken: dict[str, Any],
) -> None:
    running = {"version": "1.0.0", "hash": OLD, "active": True, **broken}
    with pytest.raises(OddAnswer):
        ReadState().answer({"images": [running, {"slot": 1, "hash": NEW}]})


def test_an_empty_hash_is_no_hash() -> None:
    told = {"images": [{"slot": 0, "hash": b"", "active": True}, {"slot": 1, "hash": b""}]}
    state = ReadState().answer(told)
    assert [entry.hash for entry in state.entries] == [None, None]
    assert state.by_hash(b"") is None
    assert not state.odd


@pytest.mark.parametrize("version", ["<???>", "", "1.2", "v7-rc1"])
def test_a_version_is_passed_on_as_the_device_has_it(version: str) -> None:
    state = ReadState().answer({"images": [{"slot": 0, "version": version, "splitStatus": None}]})
    assert state.entries[0].version == version
    assert not state.odd


ODD = (
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.lists(st.integers(0, 3), max_size=3)
    | st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2)
)
KEYS = ("image", "slot", "version", "hash", "bootable", "pending", "confirmed", "permanent")


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), ODD, max_size=5) | ODD, max_size=4))
def test_whatever_the_other_entries_are_the_running_one_is_read(others: list[Any]) -> None:
    running = {"slot": 0, "version": "1.0.0", "hash": OLD, "active": True}
    state = ReadState().answer({"images": [*others, running]})
    assert state.entries[-1] == ImageEntry(0, 0, "1.0.0", OLD, active=True)
    assert all(entry.hash != b"" and entry.slot >= 0 <= entry.image for entry in state.entries)
    left_out = len(others) + 1 - len(state.entries)
    assert sum("left out" in text for text in state.odd) == left_out
    assert all(text.isprintable() for text in state.odd)


@pytest.mark.parametrize(
    ("packet", "code", "name"),
    [
        ("0b00001400010100bf63657272bf6567726f757001627263181cffff", 28, "IMAGE_ALREADY_PENDING"),
        (
            "0b00001400010200bf63657272bf6567726f7570016272631821ffff",
            33,
            "IMAGE_SETTING_TEST_TO_ACTIVE_DENIED",
        ),
        ("0b00001300010300bf63657272bf6567726f75700162726308ffff", 8, "HASH_NOT_FOUND"),
        ("0b00001400010400bf63657272bf6567726f7570016272631818ffff", 24, "INVALID_HASH"),
    ],
)
def test_refused_marks(packet: str, code: int, name: str) -> None:
    with pytest.raises(DeviceError) as caught:
        answer(WriteState(NEW, confirm=False), packet)
    assert (caught.value.group, caught.value.code, caught.value.name) == (1, code, name)
    assert not caught.value.is_unsupported


def test_marking_where_the_bootloader_chooses_itself() -> None:
    with pytest.raises(DeviceError) as caught:
        answer(WriteState(None, confirm=True), "0b00000600010d00bf62726308ff")
    assert caught.value.is_unsupported


# -- upload -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "offset"),
    [
        ("0b00000800010201bf636f66661840ff", 64),
        ("0b00000800010301bf636f66661848ff", 72),
        ("0b00000700010901bf636f666600ff", 0),
        ("0b00000c00011201bf62726300636f66661840ff", 64),
        ("0300000c00010101bf62726300636f66661820ff", 32),
        ("0b00000900010501bf636f666619c21cff", 49692),
    ],
)
def test_upload_answers(packet: str, offset: int) -> None:
    assert answer(UploadChunk(0, b""), packet) == UploadAnswer(offset, None)


@pytest.mark.parametrize(
    ("match", "read"), [(True, True), (False, False), (None, None), (1, None), ("yes", None)]
)
def test_the_servers_check_is_read(match: object, read: bool | None) -> None:
    assert UploadChunk(0, b"").answer({"off": 5, "match": match}) == UploadAnswer(5, read)


@pytest.mark.parametrize(
    ("packet", "group", "code", "reason"),
    [
        ("0b00001400010801bf63657272bf6567726f757001627263181fffff", 1, 31, ""),
        ("0b00001300010a01bf63657272bf6567726f75700162726317ffff", 1, 23, ""),
        (
            "0300001900010b01bf627263016372736e6e6d61676963206d69736d61746368ff",
            None, 1, "magic mismatch",
        ),
        ("0b00001400010c01bf63657272bf6567726f757001627263181bffff", 1, 27, ""),
        ("0b00000600011401bf62726303ff", None, 3, ""),
        ("0b00001300010701bf63657272bf6567726f75700162726309ffff", 1, 9, ""),
    ],
)  # fmt: skip
def test_refused_uploads(packet: str, group: int | None, code: int, reason: str) -> None:
    with pytest.raises(DeviceError) as caught:
        answer(UploadChunk(0, b""), packet)
    assert (caught.value.group, caught.value.code, caught.value.reason) == (group, code, reason)
    assert reason in caught.value.detail


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "lacks `off`: it holds nothing"),
        ({"off": -1}, "`off` is -1, which is negative"),
        ({"off": "5"}, "`off` is the text '5', no whole number"),
        ({"off": 5.5}, "`off` is 5.5, no whole number"),
        ({"off": True}, "`off` is true, no whole number"),
        ({"off": None}, "lacks `off`: it holds 'off'"),
        ({"rc": 0}, "lacks `off`: it holds 'rc'"),
        ({"off": "\x1b[2J" * 40}, "`off` is the text '\\x1b"),
    ],
)
def test_an_upload_answer_without_offset_is_told_as_it_is(told: dict[str, Any], words: str) -> None:
    with pytest.raises(OddAnswer) as caught:
        UploadChunk(0, b"").answer(told)
    assert words in caught.value.what
    assert len(caught.value.what) < 120
    assert "answered" in caught.value.why


# -- erase and slots ----------------------------------------------------------------------------


def test_erase() -> None:
    assert Erase().answer({}) is None
    assert Erase().answer({"rc": 0}) is None
    with pytest.raises(DeviceError) as caught:
        answer(Erase(), "0b00001300010805bf63657272bf6567726f75700162726309ffff")
    assert caught.value.is_code(1, 9)


def test_slot_info() -> None:
    packet = (
        "0900005100010106bf66696d616765739fbf65696d6167650065736c6f74739fbf64736c6f74006473697a651a"
        "00080000ffbf64736c6f74016473697a651a000800006f75706c6f61645f696d6167655f696400ffffffffff"
    )
    assert answer(SlotInfo(), packet) == (
        SlotFacts(0, 0, 524288, None, None),
        SlotFacts(0, 1, 524288, 0, None),
    )


def test_slot_info_with_the_largest_image() -> None:
    told = {
        "images": [
            {
                "image": 1,
                "slots": [{"slot": 0, "size": 1000}, {"slot": 1, "rc": 5}],
                "max_image_size": 900,
            }
        ]
    }
    assert SlotInfo().answer(told) == (
        SlotFacts(1, 0, 1000, None, 900),
        SlotFacts(1, 1, None, None, 900),
    )


@pytest.mark.parametrize("told", [{}, {"images": [{"image": 0}]}, {"images": [{"slots": [{}]}]}])
def test_nonsense_slot_info_is_malformed(told: dict[str, Any]) -> None:
    with pytest.raises(OddAnswer):
        SlotInfo().answer(told)


@pytest.mark.parametrize("odd", [{}, {"slot": "1"}, {"slot": -1}, {"slot": None, "size": 5}])
def test_an_odd_slot_leaves_the_sizes_of_the_others(odd: dict[str, Any]) -> None:
    told = {"images": [{"slots": [{"slot": 0, "size": 1000}, odd]}, {"image": 1}]}
    assert SlotInfo().answer(told) == (SlotFacts(0, 0, 1000, None, None),)


# -- commands that are not there --------------------------------------------------------------


@pytest.mark.parametrize("code", [5, 8])
@pytest.mark.parametrize(
    "request_", [ReadState(), SlotInfo(), ReadParameters(), OsInfo(), Echo("")]
)
def test_no_such_entry_means_no_such_command_where_nothing_is_named(
    code: int, request_: Request[Any]
) -> None:
    """Old Apache Mynewt answers rc 5 for what it does not have."""
    with pytest.raises(DeviceError) as caught:
        request_.answer({"rc": code})
    assert caught.value.is_unsupported
    assert "does not have that command" in caught.value.why
    assert f"code {code}" in caught.value.detail


@pytest.mark.parametrize(
    "request_", [WriteState(NEW, confirm=False), Erase(1), FileChunk("/a", 0, b""), ReadDateTime()]
)
def test_no_such_entry_speaks_of_what_was_named(request_: Request[Any]) -> None:
    with pytest.raises(DeviceError) as caught:
        request_.answer({"rc": 5})
    assert not caught.value.is_unsupported
    assert "no such entry" in caught.value.why
    with pytest.raises(DeviceError) as caught:
        request_.answer({"err": {"group": 8, "rc": 5}})
    assert not caught.value.is_unsupported


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("2.0.0.7", "2.0.0+7"),
        ("2.0.0+7", "2.0.0+7"),
        ("2.0.0.0", "2.0.0"),
        ("2.0.0", "2.0.0"),
        ("1.2", "1.2"),
        ("v1.2.3-rc1", "v1.2.3-rc1"),
        ("1.2.3.4.5", "1.2.3.4.5"),
        ("<???>", "<???>"),
        ("1.0.0 and all is well", "1.0.0"),
        ("", ""),
    ],
)
def test_versions_are_written_as_files_write_them(told: str, shown: str) -> None:
    state = ReadState().read({"images": [{"slot": 0, "version": told}]})
    assert state.entries[0].version == shown
