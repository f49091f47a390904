"""What is understood of a bootloader's console: where the device is, and what it complains of."""

from __future__ import annotations

import asyncio

import pytest

from smp.errors import LinkLost
from smp.text import Coded
from smp.update.boot_log import BootLog
from tests.helpers.clock import Clock

BANNER = b"*** Booting MCUboot v2.1.0 ***\r\nI: Starting bootloader\r\n"
INVALID = b"E: Image in the secondary slot is not valid!\r\n"
STARTED = b"I: Jumping to the first image slot\r\n*** Booting Zephyr OS build v4.2.0 ***\r\n"


def heard(*texts: bytes) -> BootLog:
    log = BootLog()
    for text in texts:
        log.text_received(text)
    return log


async def test_who_speaks_is_where_it_is(clock: Clock) -> None:
    log = heard(BANNER)
    assert (log.seen_boot, log.in_bootloader, log.starts) == (True, True, 0)
    assert not log.left_bootloader.is_set()
    assert log.started_at is None
    await asyncio.sleep(3.0)
    log.text_received(STARTED)
    assert (log.seen_boot, log.in_bootloader, log.starts) == (True, False, 1)
    assert log.left_bootloader.is_set()
    assert log.started_at == clock.now
    log.text_received(BANNER)
    assert log.in_bootloader
    assert not log.left_bootloader.is_set()


async def test_nothing_is_heard_in_what_an_application_prints() -> None:
    log = heard(b"hello\r\n", b"[00:00:01.000] <inf> Starting bootloader thread\r\n", INVALID)
    assert not log.seen_boot
    assert not log.seen_invalid
    assert not log.complaints


@pytest.mark.parametrize("at", range(0, 90, 7))
async def test_a_text_may_come_in_any_pieces(at: int) -> None:
    text = BANNER + INVALID
    log = heard(text[:at], text[at:])
    assert log.in_bootloader
    assert log.seen_invalid
    assert log.complaints == "Image in the secondary slot is not valid"


async def test_an_image_is_only_called_invalid_by_who_says_so() -> None:
    log = heard(BANNER, b"W: Swap aborted\r\nI: Image index: 0, Swap type: revert\r\n", STARTED)
    assert log.seen_boot
    assert not log.seen_invalid
    assert heard(BANNER, INVALID).seen_invalid


async def test_a_complaint_is_kept_in_its_own_words() -> None:
    log = heard(
        BANNER,
        b"\x1b[31mE: Image in the secondary slot\xff is not\x07 valid!\x1b[0m\r\n",
        b"<err> mcuboot: Flash is worn.\r\n",
        b"I: nothing to complain of\r\n",
        b"<err> mcuboot: Flash is worn.\r\n",
        b"E: \r\n",
    )
    first, second = log.complaints.split("; ")
    assert first.startswith("Image in the secondary slot")
    assert first.endswith(" is not valid")
    assert second == "Flash is worn"


async def test_the_first_three_complaints_are_enough() -> None:
    log = heard(BANNER, *(b"W: %d\r\n" % number for number in range(5)))
    assert log.complaints == "0; 1; 2"


async def test_a_link_that_is_lost_is_not_waited_for() -> None:
    log = heard(BANNER)
    log.link_lost(LinkLost(Coded("gone", "It has gone")))
    assert log.left_bootloader.is_set()
