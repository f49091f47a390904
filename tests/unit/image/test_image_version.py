"""Versions: spellings, ranges, order."""

from __future__ import annotations

import pytest

from smp.image.version import Version, VersionError


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.2.3+4", Version(1, 2, 3, 4)),
        ("1.2.3.4", Version(1, 2, 3, 4)),
        ("1.2.3", Version(1, 2, 3)),
        ("1.2", Version(1, 2)),
        ("7", Version(7)),
        (" 0.0.0 ", Version(0)),
        ("255.255.65535+4294967295", Version(255, 255, 65535, 4294967295)),
    ],
)
def test_parse_reads_tools_and_devices_spelling(text: str, version: Version) -> None:
    assert Version.parse(text) == version


@pytest.mark.parametrize(
    "text", ["", "v1.2", "1.2+4", "1.2.3+", "1..3", "1.2.3.4.5", "-1.0.0", "1.2.3-rc1", "١.٢.٣"]
)
def test_parse_refuses_what_is_no_version(text: str) -> None:
    with pytest.raises(VersionError) as caught:
        Version.parse(text)
    assert "major.minor.revision+build" in caught.value.next_step


@pytest.mark.parametrize("text", ["256.0.0", "0.256", "0.0.65536", "0.0.0+4294967296"])
def test_parts_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(VersionError, match="highest possible"):
        Version.parse(text)
    assert Version.parse_device(text) is None


def test_text_in_both_spellings_without_a_build_of_zero() -> None:
    assert str(Version(1, 2, 3, 4)) == "1.2.3+4"
    assert Version(1, 2, 3, 4).device_text == "1.2.3.4"
    assert str(Version(1, 2, 3)) == Version(1, 2, 3).device_text == "1.2.3"


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("1.2.3.4", Version(1, 2, 3, 4)),
        ("v1.2.3", Version(1, 2, 3)),
        ("\x00 2.0.1\x00\x00", Version(2, 0, 1)),
        ("1.2.3-rc1 (dirty)", Version(1, 2, 3)),
        ("<???>", None),
        ("", None),
        ("build 1.2.3", None),
        ("12345678901.0", None),
        (None, None),
        (b"1.2.3", None),
        (3, None),
    ],
)
def test_what_a_device_tells_is_never_an_error(told: object, version: Version | None) -> None:
    assert Version.parse_device(told) == version


def test_order_ignores_the_build_but_equality_does_not() -> None:
    old, new = Version(1, 9, 9, 9), Version(1, 10, 0, 0)
    assert old < new
    assert new > old
    assert max(old, new) is new
    first, second = Version(1, 0, 0, 1), Version(1, 0, 0, 2)
    assert not first < second
    assert first >= second
    assert first <= second
    assert first != second


def test_newer_compares_the_build_only_when_asked() -> None:
    first, second = Version(1, 0, 0, 1), Version(1, 0, 0, 2)
    assert not second.is_newer_than(first)
    assert second.is_newer_than(first, build=True)
    assert not first.is_newer_than(second, build=True)
    assert not first.is_newer_than(first, build=True)
    assert Version(2).is_newer_than(Version(1, 9, 9, 9), build=True)


def test_header_bytes_in_both_byte_orders() -> None:
    version = Version(1, 2, 0x0304, 0x05060708)
    assert version.to_bytes() == bytes.fromhex("0102040308070605")
    assert version.to_bytes("big") == bytes.fromhex("0102030405060708")
    assert Version.from_bytes(version.to_bytes("big"), "big") == version
