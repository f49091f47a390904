"""Text from outside: nothing that drives a terminal, forges a line or hides comes through."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.commands.base import refusal
from smp.commands.image import ReadState
from smp.commands.os import BootloaderName, Echo, OsInfo
from smp.errors import DeviceError, FileError
from smp.image.file import classify
from smp.plain import console_line, plain
from smp.text import Coded, outside

TITLE = "\x1b]0;owned\x07\x1b[2J\x1b[31m"


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in text)


@given(st.text(st.characters(), max_size=300) | st.text("\x1b\x9b\x9d[]0;m\x07\\aä\u202e\ud800"))
def test_nothing_that_controls_comes_out_of_any_text(text: str) -> None:
    shown = plain(text, 100)
    assert is_harmless(shown)
    assert len(shown) <= 100
    assert plain(shown, 100) == shown


@given(st.binary(max_size=300))
def test_nothing_that_controls_comes_out_of_any_console(data: bytes) -> None:
    shown = console_line(data, 120)
    assert is_harmless(shown)
    assert len(shown) <= 120


@pytest.mark.parametrize(
    "text",
    [
        "nRF52840 DK",
        "Straße 5 – Prüfstand №3",
        "温度センサー",
        "датчик-7",
        "حساس الحرارة",
        "חיישן שָׁלוֹם",
        "เซ็นเซอร์",
        "กี๊",
        "tiếng Việt e\u0302\u0323",
        "café cafe\u0301",
        "📟 42 ❤\ufe0f",
        "1.2.3+4 (50\u00a0%, 7\u202fkB)",
        "C:\\Users\\me\\[1] & <b>.bin",
    ],
)
def test_ordinary_writing_is_left_alone(text: str) -> None:
    assert plain(text) == text
    assert console_line(text.encode()) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"1.0.0{TITLE}", "1.0.0"),
        ("1.0.0\n\x1b[1AAlready up to date", "1.0.0 Already up to date"),
        ("a\r\n\tb\u2028c\x85d", "a b c d"),
        ("MCU\x9b2Jboot", "MCUboot"),
        ("MCU\x9d0;title\x9cboot", "MCUboot"),
        ("MCU\x1b]0;never closed", "MCU0;never closed"),
        ("MCU\x1b(0boot\x1bc", "MCUboot"),
        ("exe\u202egnp.bin", "exegnp.bin"),
        ("sen\u200bsor\ufeff\u2060", "sensor"),
        ("a\u00adb", "ab"),
        ("\u3164\u2800", ""),
        ("half \ud83d pair", "half \ufffd pair"),
        ("own \ue000 one", "own \ufffd one"),
        ("Z" + "\u0301" * 40, "Z" + "\u0301" * 6),
        ("tag\U000e0041\U000e0100", "tag"),
        ("", ""),
    ],
)
def test_what_drives_hides_or_forges_is_gone(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_text_without_end_costs_nothing_and_ends_in_an_ellipsis() -> None:
    assert plain("x" * 300) == "x" * 199 + "…"
    assert plain("\x9d" * 10_000_000) == ""
    assert len(plain("ü" * 10_000_000, 50)) == 50
    assert plain("x" * 200) == "x" * 200


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"\x1b[32m<inf> app: started\x1b[0m\r", "<inf> app: started"),
        (b"50 %\r51 %\r\r\n", "50 %␍51 %"),
        (b"bell\x07 back\x08 nul\x00 del\x7f", "bell␇ back␈ nul␀ del␡"),
        ("turn \u202eround".encode(), "turn \\u202eround"),
        ("line\u2028break \u3164".encode(), "line\\u2028break \\u3164"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"a\tb", "a       b"),
        (b"\x1b[0m \r", ""),
    ],
)
def test_a_console_loses_its_colours_and_shows_its_control_characters(
    data: bytes, shown: str
) -> None:
    assert console_line(data) == shown


# -- where texts enter ----------------------------------------------------------------------


def test_what_a_device_says_of_itself_is_cleaned() -> None:
    entry = {"slot": 0, "version": f"1.0.0{TITLE}\n\x1b[1AAlready up to date"}
    (image,) = ReadState().answer({"images": [entry]}).entries
    assert image.version == "1.0.0"  # or it would end the sentence it stands in
    assert OsInfo().answer({"output": f"Zephyr{TITLE}\r\n\x00"}) == "Zephyr"
    assert len(OsInfo().answer({"output": "x" * 9000})) == 200
    assert BootloaderName().answer({"bootloader": f"MCU{TITLE}boot"}) == "MCUboot"


def test_an_echo_comes_back_as_it_was_sent() -> None:
    assert Echo("\x1b[m" + "x" * 900).answer({"r": "\x1b[m" + "x" * 900}) == "\x1b[m" + "x" * 900


def test_a_devices_reason_is_cleaned() -> None:
    error = refusal({"rc": 1, "rsn": f"no{TITLE}\nroom"}, "the upload")
    assert isinstance(error, DeviceError)
    assert error.reason == "no room"
    assert error.detail.endswith(": no room")


def test_every_error_is_one_line() -> None:
    error = FileError(
        Coded("file-is-folder", "{name} is a folder", name=f"a\n{TITLE}b.bin"),
        why=outside("\x07why"),
        next_step=outside("do\u202e"),
        detail="x\x1b[2J",
    )
    assert (error.what, error.why, error.next_step, error.detail) == (
        "a b.bin is a folder",
        "why",
        "do",
        "x",
    )
    assert is_harmless(str(error))
    assert is_harmless(error.args[0])


def test_the_name_of_a_file_is_cleaned() -> None:
    file = classify(b"hello", f"fw{TITLE}\u202enib.\udcff")
    assert file.name == "fwnib.\ufffd"
    assert file.problem is not None
    assert is_harmless(str(file.problem))
