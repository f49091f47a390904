"""What a job says, in words, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.station.job_file import job_of
from app.station.summary import rows
from smp.text import Joined
from tests.helpers.texts import english

HEAD = 'product = "Sensor 2"\nfirmware = "fw.bin"\n'
WHOLE = (
    HEAD
    + f"""
sha256 = "{"ab" * 32}"
key = "key.pem"
mode = "permanent"
watch = 20
consent = true
recovery = true
other-product = true
forbid = ["not-signed", "older-than-running"]
limit = 400
attempts = 3
at-once = 4
records = "postgresql://me:secret@hall/db"
[recognise]
usb = "2fe3:0001"
interface = "2"
board = "sensor2"
baud = 1000000
framing = "raw"
[[place]]
name = "A"
at = "1-2.1"
[[place]]
name = "B"
[[before]]
ask = "version"
low = "1.0.0"
high = "1.9.9"
[[before]]
ask = "bootloader-mode"
equals = "swap-move"
[[after]]
ask = "statistics"
what = "flash.errors"
high = 3
unit = "errors"
[[after]]
ask = "shell"
what = "selftest"
matches = "*ok*"
[[after]]
ask = "setting"
what = "id/kind"
low = 2
[[after]]
ask = "board"
[serial]
source = "counter"
format = "S2-{{number:06d}}"
last = 999
[[write]]
setting = "id/serial"
[before-start]
url = "https://mes/start"
[after-result]
url = "https://mes/result"
required = false
"""
)


def told(text: str) -> list[tuple[str, str]]:
    found = rows(job_of(text.encode(), Path("job.toml")))
    for label, words in found:
        assert not list(english(label))
        for part in words.parts if isinstance(words, Joined) else (words,):
            assert not list(english(part)), words
    return [(str(label), str(words)) for label, words in found]


def test_a_whole_job_is_told_in_the_order_in_which_things_happen() -> None:
    assert told(WHOLE) == [
        ("Product", "Sensor 2"),
        ("Firmware", "fw.bin"),
        ("SHA-256", "abab abab …"),
        ("Signed with", "key.pem"),
        (
            "Units",
            "over serial, USB 2fe3:0001, interface 2, board sensor2, 1000000 baud, raw",
        ),
        ("Places", "A at 1-2.1, B"),
        ("Serial number", "counted, S2-{number:06d} from 1 to 999"),
        ("Before start", "https://mes/start is asked, and has to answer"),
        ("Before", "the version is from 1.0.0 to 1.9.9"),
        ("Before", "the bootloader's mode is swap-move"),
        (
            "Update",
            "For good, without a way back. Watched for 20\u202fs. Through the bootloader's serial "
            "recovery. What cannot be taken back is agreed to. Firmware for another product is "
            "agreed to. Refused if found: not-signed, older-than-running",
        ),
        ("Written", "id/serial becomes {serial}"),
        ("After", "the statistic flash.errors is at most 3 errors"),
        ("After", "the answer to selftest looks like *ok*"),
        ("After", "the setting id/kind is at least 2"),
        ("After", "the board is told"),
        ("After the result", "https://mes/result is told"),
        ("Limits", "400 units that pass, 3 attempts on a unit, 4 units at one time"),
        ("Records", "postgresql://me@hall/db"),
        ("Lock", "none: whoever may write the file may change it"),
    ]


@pytest.mark.parametrize(
    ("serial", "words"),
    [
        ('source = "none"', "none"),
        ('source = "counter"\nfirst = 7', "counted, {number} from 7 on"),
        ('source = "list"\nfile = "n.txt"', "the next line of n.txt"),
        ('source = "scan"', "scanned"),
        ('source = "scan"\npattern = "S#"', "scanned, looks like S#"),
        ('source = "rest"\nurl = "https://mes/"', "from https://mes/"),
    ],
)
def test_each_source_of_serial_numbers_has_its_words(serial: str, words: str) -> None:
    assert ("Serial number", words) in told(f"{HEAD}[serial]\n{serial}\n")


@pytest.mark.parametrize(
    ("mode", "words"), [("confirm", "Tried out, then kept"), ("test", "Left on trial")]
)
def test_each_mode_has_its_words(mode: str, words: str) -> None:
    assert ("Update", words) in told(f'{HEAD}mode = "{mode}"\n')


def test_a_small_job_is_told_in_few_rows() -> None:
    assert [label for label, _ in told(HEAD)] == [
        *("Product", "Firmware", "SHA-256", "Units", "Places", "Serial number", "Update"),
        *("Records", "Lock"),
    ]
    assert ("Units", "over ble, called s-*") in told(
        HEAD + '[recognise]\ntransport = "ble"\nname = "s-*"\n'
    )
