"""What cannot be meant together in a job: each is told at its line, and nothing else is."""

from __future__ import annotations

import pytest

from app.station.contradictions import contradictions
from app.station.job_file import job_of_text
from app.station.job_toml import Lines
from smp.update.kinds import Tone
from tests.helpers.texts import english

HEAD = 'product = "Sensor 2"\nfirmware = "fw.bin"\n'
USB = '[recognise]\nusb = "2fe3:0001"\n'
COUNTER = '[serial]\nsource = "counter"\n[[write]]\nsetting = "id/serial"\n'


def found(text: str) -> list[tuple[str, str, int | None]]:
    checks = contradictions(job_of_text(text), Lines(text))
    for check in checks:
        for words in (check.text, check.why, check.next_step):
            assert not list(english(words)), words
        assert check.next_step
        assert check.fault.what.code == check.text.code
    return [(check.tone.value, check.text.code, check.line) for check in checks]


BAD, WARN = Tone.BAD.value, Tone.WARN.value
AFTER = "[[after]]\n"

CASES = [
    # what is beside the head, how it is taken, as what, in which line
    ('[recognise]\ntransport = "ble"\nusb = "2fe3:0001"', BAD, "job-key-of-other-transport", 5),
    ('[recognise]\nusb = "2fe3:0001"\nname = "x*"', BAD, "job-key-of-other-transport", 5),
    ('[recognise]\ntransport = "sim"\nbaud = 9600', BAD, "job-key-of-other-transport", 5),
    ("places = 2", WARN, "job-any-port", None),
    ('[recognise]\ntransport = "ble"', WARN, "job-any-radio", 3),
    (USB + '[[place]]\nname = "A"\n[[place]]\nname = "a"', BAD, "job-place-twice", 8),
    (
        USB + '[[place]]\nname = "A"\nat = "1-2"\n[[place]]\nname = "B"\nat = "1-2"',
        BAD,
        "job-place-bound-twice",
        10,
    ),
    ('[recognise]\ntransport = "udp"', BAD, "job-place-without-address", None),
    (
        '[recognise]\ntransport = "udp"\n[[place]]\nname = "A"\nat = "127.0.0.1:1337"',
        BAD,
        "job-place-without-address",
        7,
    ),
    (USB + '[[place]]\nname = "A"\nat = "udp:x"', BAD, "job-place-of-other-transport", 7),
    (USB + '[[place]]\nname = "A"\nat = "serial:x?speed=1"', BAD, "address-unknown-option", 7),
    (USB + '[[place]]\nname = "A"\nat = "COM7"', WARN, "job-place-odd", 7),
    ("at-once = 2\n" + USB, WARN, "job-at-once-no-limit", 3),
    (
        USB + '[before-start]\nurl = "http://mes/"\nheaders = { A = "$B" }',
        WARN,
        "job-hook-readable",
        6,
    ),
    ('records = "postgresql://me:secret@hall/db"\n' + USB, WARN, "job-password-readable", 3),
    ('mode = "test"\n' + USB, WARN, "job-mode-test", 3),
    ('mode = "permanent"\n' + USB, BAD, "job-needs-consent", 3),
    ("recovery = true\n" + USB, BAD, "job-needs-consent", 3),
    (
        'mode = "permanent"\nconsent = true\nforbid = ["permanent"]\n' + USB,
        BAD,
        "job-forbids-itself",
        5,
    ),
    (
        USB + 'board = "a"\n[[before]]\nask = "board"\nequals = "b"',
        BAD,
        "job-two-boards",
        8,
    ),
    # what has to hold
    (USB + AFTER + 'ask = "shell"\nmatches = "*"', BAD, "job-asks-for-nothing", 5),
    (USB + AFTER + 'ask = "version"\nwhat = "x"\nlow = "1.0.0"', WARN, "job-what-unused", 7),
    (USB + AFTER + 'ask = "statistics"\nwhat = "errors"\nhigh = 0', BAD, "job-statistic-odd", 7),
    (
        USB + AFTER + 'ask = "bootloader-mode"\nequals = "swap"',
        BAD,
        "job-bootloader-mode-unknown",
        7,
    ),
    (USB + AFTER + 'ask = "board"', BAD, "job-wants-nothing", 5),
    (USB + AFTER + 'ask = "board"\nlow = "a"', BAD, "job-no-order", 7),
    (USB + AFTER + 'ask = "version"\nlow = "1.x"', BAD, "job-no-version", 7),
    (USB + AFTER + 'ask = "version"\nequals = "new"', BAD, "job-no-version", 7),
    (USB + AFTER + 'ask = "shell"\nwhat = "u"\nlow = "a"', BAD, "job-no-number", 8),
    (USB + AFTER + 'ask = "shell"\nwhat = "u"\nlow = "nan"', BAD, "job-no-number", 8),
    (USB + AFTER + 'ask = "version"\nlow = "2.0.0"\nhigh = "1.9"', BAD, "job-bounds-crossed", 8),
    (
        USB + AFTER + 'ask = "setting"\nwhat = "u"\nlow = 10\nhigh = 9',
        BAD,
        "job-bounds-crossed",
        9,
    ),
    (USB + AFTER + 'ask = "version"\nlow = "2.0.0"\nequals = "1.0"', BAD, "job-equals-outside", 8),
    (
        USB + AFTER + 'ask = "shell"\nwhat = "u"\nequals = "no"\nmatches = "*ok"',
        BAD,
        "job-never-both",
        9,
    ),
    (
        USB + (AFTER + 'ask = "board"\nequals = "b"\n') * 2,
        WARN,
        "job-asks-twice",
        8,
    ),
    # serial numbers and writes
    (USB + '[serial]\nsource = "list"\n[[write]]\nsetting = "s"', BAD, "job-list-missing", 6),
    (USB + '[serial]\nsource = "rest"\n[[write]]\nsetting = "s"', BAD, "job-service-missing", 6),
    (USB + '[serial]\nsource = "scan"', WARN, "job-scan-anything", 6),
    (USB + COUNTER.replace("[[", 'format = "S"\n[['), BAD, "job-format-odd", 7),
    (USB + COUNTER.replace("[[", 'format = "{number}{number}"\n[['), BAD, "job-format-odd", 7),
    (USB + COUNTER.replace("[[", 'format = "{number!r}"\n[['), BAD, "job-format-odd", 7),
    (USB + COUNTER.replace("[[", 'format = "{number:99d}"\n[['), BAD, "job-serial-too-long", 7),
    (USB + COUNTER.replace("[[", "first = 9\nlast = 8\n[["), BAD, "job-numbers-crossed", 8),
    (USB + COUNTER.replace("[[", 'pattern = "##"\n[['), BAD, "job-format-unlike", 7),
    (USB + '[serial]\nsource = "none"\nfile = "n.txt"', WARN, "job-serial-key-unused", 7),
    (USB + '[serial]\nsource = "counter"', WARN, "job-serial-unwritten", 6),
    ("duplicates = true\n" + USB, WARN, "job-duplicates-unused", 3),
    (USB + '[[write]]\nsetting = "s"\nvalue = "{place}"', BAD, "job-value-odd", 7),
    (USB + '[[write]]\nsetting = "s"\nvalue = "{date"', BAD, "job-value-odd", 7),
    (USB + '[[write]]\nsetting = "s"', BAD, "job-no-serial", 5),
    (USB + COUNTER + '[[write]]\nsetting = "id/serial"', BAD, "job-write-twice", 10),
]


@pytest.mark.parametrize(
    ("more", "tone", "code", "line"), CASES, ids=[code for _, _, code, _ in CASES]
)
def test_each_is_told_at_its_line_and_nothing_else(
    more: str, tone: str, code: str, line: int | None
) -> None:
    assert found(HEAD + more + "\n") == [(tone, code, line)]


@pytest.mark.parametrize(
    "more",
    [
        USB,
        'mode = "permanent"\nconsent = true\n' + USB,
        'recovery = true\nconsent = true\nforbid = ["not-signed"]\n' + USB,
        '[recognise]\ntransport = "ble"\nname = "sensor-*"',
        '[recognise]\ntransport = "udp"\n[[place]]\nname = "A"\nat = "udp:192.0.2.7"',
        '[recognise]\ntransport = "sim"\n',
        '[[place]]\nname = "A"\nat = "1-2.4"\n[[place]]\nname = "B"\nat = "usb:2fe3:0001@1-2.3"',
        '[[place]]\nname = "A"\nat = "1-2.4:1.0"',
        USB + COUNTER.replace("[[", 'format = "S-{number:04X}"\npattern = "S-000?"\nlast = 9\n[['),
        "duplicates = true\n" + USB + '[serial]\nsource = "scan"\npattern = "S2-####"',
        USB + '[[write]]\nsetting = "s"\nvalue = "{date} {operator} {station}"',
        USB + AFTER + 'ask = "version"\nlow = "1.2"\nhigh = "1.2.0+7"\nequals = "1.2.0+3"',
        USB + AFTER + 'ask = "statistics"\nwhat = "a.b.c"\nlow = 1\nhigh = 1.5',
        USB + AFTER + 'ask = "bootloader-mode"\nequals = "swap-move"',
        USB + '[after-result]\nurl = "https://mes/"\nheaders = { A = "$B" }',
        USB + '[after-result]\nurl = "http://mes/"',
        'records = "postgresql://me@hall:5432/db"\n' + USB,
    ],
)
def test_what_can_be_meant_is_left_alone(more: str) -> None:
    assert found(HEAD + more + "\n") == []
