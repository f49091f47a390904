"""The tests' own clock and log watch."""

from __future__ import annotations

import asyncio
import logging
import socket
import time

import pytest

from tests.helpers.clock import Clock, ClockLoop, run_on_clock
from tests.helpers.logwatch import LogWatch


async def test_made_up_time_jumps_to_the_next_timer(clock: Clock) -> None:
    before = clock.now
    await asyncio.sleep(3600)
    assert clock.now == pytest.approx(before + 3600)


async def test_made_up_time_keeps_the_order_of_timers(clock: Clock) -> None:
    loop, order = asyncio.get_running_loop(), []
    for delay in (3.0, 1.0, 2.0):
        loop.call_later(delay, order.append, delay)
    await asyncio.sleep(4.0)
    assert order == [1.0, 2.0, 3.0]


async def test_the_clock_counts_armed_timers(clock: Clock) -> None:
    loop = asyncio.get_running_loop()
    handle = loop.call_later(5.0, print)
    assert clock.timers == 1
    handle.cancel()
    assert clock.timers == 0


async def test_other_tests_run_on_real_time() -> None:
    assert not isinstance(asyncio.get_running_loop(), ClockLoop)


def test_a_coroutine_can_be_run_on_made_up_time() -> None:
    async def sleep() -> float:
        await asyncio.sleep(100)
        return asyncio.get_running_loop().time()

    assert run_on_clock(sleep()) == pytest.approx(100)


async def test_what_a_thread_does_takes_no_made_up_time(clock: Clock) -> None:
    assert await asyncio.to_thread(_wait) == 7
    with pytest.raises(OSError, match="gone"):
        await asyncio.to_thread(_fail)
    assert clock.now == 0


@pytest.mark.usefixtures("steady")
async def test_steady_time_waits_for_what_came_while_the_machine_stood_still() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        loop = asyncio.get_running_loop()
        echoing = asyncio.ensure_future(_echo(theirs))
        loop.call_soon(time.sleep, 0.3)
        await loop.sock_sendall(ours, b"hi")
        assert await asyncio.wait_for(loop.sock_recv(ours, 2), 0.1) == b"hi"
        await echoing


@pytest.mark.usefixtures("steady")
async def test_steady_time_goes_on_as_the_real_one_does() -> None:
    loop = asyncio.get_running_loop()
    real, began = time.monotonic(), loop.time()
    await asyncio.sleep(0.05)
    assert 0.05 - 1e-6 <= loop.time() - began <= time.monotonic() - real + 1e-6


async def _echo(end: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(end, await loop.sock_recv(end, 2))


def _wait() -> int:
    time.sleep(0.01)
    return 7


def _fail() -> None:
    raise OSError("gone")


def test_the_log_watch_sees_warnings_that_nobody_expected() -> None:
    log = logging.getLogger("anything")
    with LogWatch() as inner:
        log.warning("the %s leaks", "roof")
        log.error("fire")
        log.info("all is well")
    assert inner.unexpected == ["WARNING anything: the roof leaks", "ERROR anything: fire"]
    inner.expect("^the roof")
    assert inner.unexpected == ["ERROR anything: fire"]


def test_the_log_watch_ends() -> None:
    with LogWatch() as inner:
        pass
    before = logging.getLogger().handlers
    assert inner not in before


@pytest.fixture
def _expect_inner(log_watch: LogWatch) -> None:
    log_watch.expect("roof|fire")


pytestmark = pytest.mark.usefixtures("_expect_inner")
