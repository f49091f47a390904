"""Error codes against the specification's tables, typed in here number by number."""

from __future__ import annotations

import pytest

from smp import codes
from smp.codes import explain, v1_of

CORE = {
    0: "EOK",
    1: "EUNKNOWN",
    2: "ENOMEM",
    3: "EINVAL",
    4: "ETIMEOUT",
    5: "ENOENT",
    6: "EBADSTATE",
    7: "EMSGSIZE",
    8: "ENOTSUP",
    9: "ECORRUPT",
    10: "EBUSY",
    11: "EACCESSDENIED",
    12: "UNSUPPORTED_TOO_OLD",
    13: "UNSUPPORTED_TOO_NEW",
}

# group -> code -> what a server makes of it for SMP version 1
V1 = {
    0: {2: 3, 3: 5, 4: 5, 5: 1, 6: 5, 7: 1},
    1: {
        2: 1, 3: 5, 4: 5, 5: 1, 6: 1, 7: 1, 8: 1, 9: 6, 10: 1, 11: 1, 12: 1, 13: 1, 14: 3, 15: 2,
        16: 1, 17: 1, 18: 1, 19: 3, 20: 3, 21: 3, 22: 3, 23: 1, 24: 3, 25: 3, 26: 1, 27: 6, 28: 6,
        29: 1, 30: 1, 31: 1, 32: 1, 33: 1, 34: 1,
    },
    2: {2: 5, 3: 5, 4: 3, 5: 1},
    3: {2: 3, 3: 5, 4: 5, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1},
    8: {
        2: 3, 3: 5, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1, 11: 1, 12: 1, 13: 3, 14: 5, 15: 1,
        16: 1, 17: 1,
    },
    9: {2: 3, 3: 3},
    10: {2: 3, 3: 1, 4: 1},
    63: {2: 5, 3: 0, 4: 0},
}  # fmt: skip

EVERY_GROUP_CODE = [(group, code) for group, table in V1.items() for code in table]


@pytest.mark.parametrize(("code", "name"), CORE.items())
def test_core_codes_have_the_specifications_names(code: int, name: str) -> None:
    assert explain(code).name == name
    assert getattr(codes, name) == code


@pytest.mark.parametrize("code", [code for code in CORE if code])
def test_core_codes_have_words_and_a_next_step(code: int) -> None:
    entry = explain(code)
    assert entry.meaning
    assert entry.next_step


@pytest.mark.parametrize(("group", "code"), EVERY_GROUP_CODE)
def test_group_codes_have_a_name_and_a_meaning(group: int, code: int) -> None:
    entry = explain(code, group)
    assert entry.name.isupper()
    assert not entry.name.startswith("GROUP ")
    assert entry.meaning[0].isupper()
    assert not entry.meaning.endswith(".")


@pytest.mark.parametrize(("group", "code"), EVERY_GROUP_CODE)
def test_group_codes_tell_the_next_step(group: int, code: int) -> None:
    assert explain(code, group).next_step


@pytest.mark.parametrize(("group", "code"), EVERY_GROUP_CODE)
def test_group_codes_translate_as_servers_do_for_version_1(group: int, code: int) -> None:
    assert v1_of(group, code) == V1[group][code]


@pytest.mark.parametrize("group", V1)
def test_in_every_group_0_is_success_and_1_unknown(group: int) -> None:
    assert explain(0, group).name == "OK"
    assert explain(1, group).name == "UNKNOWN"
    assert v1_of(group, 0) == 0
    assert v1_of(group, 1) == 1


@pytest.mark.parametrize("group", V1)
def test_no_group_knows_codes_the_specification_does_not(group: int) -> None:
    for code in range(256):
        known = not explain(code, group).name.startswith("GROUP ")
        assert known == (code in V1[group] or code < 2), code


def test_names_differ_within_a_group() -> None:
    for group, table in V1.items():
        names = [explain(code, group).name for code in table]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("code", [15, 99, 255, -7, -2147483648])
def test_unknown_core_codes_are_shown_as_numbers(code: int) -> None:
    entry = explain(code)
    assert str(code) in entry.name
    assert str(code) in entry.meaning


@pytest.mark.parametrize("code", [256, 260, 1000, 1 << 40])
def test_the_firmwares_own_codes_are_shown_as_numbers(code: int) -> None:
    entry = explain(code)
    assert entry.name == f"EPERUSER+{code - 256}"
    assert str(code) in entry.meaning
    assert entry.next_step


@pytest.mark.parametrize(("group", "code"), [(1, 35), (1, 200), (7, 2), (64, 3), (65000, -1)])
def test_unknown_group_codes_are_shown_as_numbers(group: int, code: int) -> None:
    entry = explain(code, group)
    assert str(code) in entry.name
    assert str(group) in entry.name
    assert str(code) in entry.meaning
    assert str(group) in entry.meaning
    assert entry.next_step


@pytest.mark.parametrize(
    ("constant", "code"),
    [
        ("NO_IMAGE", 3),
        ("HASH_NOT_FOUND", 8),
        ("NO_FREE_SLOT", 9),
        ("FLASH_OPEN", 10),
        ("INVALID_OFFSET", 20),
        ("INVALID_LENGTH", 21),
        ("INVALID_HEADER", 22),
        ("INVALID_MAGIC", 23),
        ("INVALID_HASH", 24),
        ("WRONG_ADDRESS", 25),
        ("VERSION_GET", 26),
        ("NOT_NEWER", 27),
        ("ALREADY_PENDING", 28),
        ("TOO_LARGE", 30),
        ("OVERRUN", 31),
        ("CONFIRM_DENIED", 32),
        ("TEST_ACTIVE_DENIED", 33),
    ],
)
def test_the_codes_the_engine_acts_on(constant: str, code: int) -> None:
    assert getattr(codes.ImageError, constant) == code


def test_the_file_codes_the_engine_acts_on() -> None:
    assert (codes.FileCode.NOT_FOUND, codes.FileCode.OFFSET_NOT_VALID) == (3, 11)
