"""Many listeners: in their order, none at the mercy of another."""

from __future__ import annotations

import asyncio
import gc

import pytest

from smp.signal import Listeners, Signal
from tests.helpers.logwatch import LogWatch


def test_all_are_told_in_the_order_they_came() -> None:
    signal: Signal[str, int] = Signal("news")
    told: list[tuple[str, str, int]] = []
    signal.listen(lambda word, number: told.append(("first", word, number)))
    signal.listen(lambda word, number: told.append(("second", word, number)))
    signal.tell("hot", 7)
    assert told == [("first", "hot", 7), ("second", "hot", 7)]


def test_one_that_nobody_else_holds_is_told() -> None:
    signal: Signal[int] = Signal("news")
    told: list[int] = []

    def listen() -> None:
        signal.listen(lambda number: told.append(number))

    listen()
    gc.collect()
    signal.tell(1)
    assert told == [1]


def test_listening_twice_is_listening_once() -> None:
    signal: Signal[int] = Signal("news")
    told: list[int] = []
    signal.listen(told.append)
    signal.listen(told.append)
    signal.tell(1)
    assert told == [1]


def test_who_stopped_is_told_nothing_and_may_stop_again() -> None:
    signal: Signal[int] = Signal("news")
    told: list[int] = []
    stop = signal.listen(told.append)
    stop()
    stop()
    signal.tell(1)
    assert told == []
    signal.listen(told.append)
    signal.tell(2)
    assert told == [2]


def test_one_that_fails_is_reported_and_stops_nobody(log_watch: LogWatch) -> None:
    log_watch.expect("a listener of news failed")
    signal: Signal[int] = Signal("news")
    told: list[int] = []

    def fail(number: int) -> None:
        raise RuntimeError("a mistake of its own")

    signal.listen(told.append)
    signal.listen(fail)
    later: list[int] = []
    signal.listen(later.append)
    signal.tell(1)
    assert told == later == [1]


def test_a_cancellation_is_no_failure() -> None:
    signal: Signal[()] = Signal("news")

    def cancelled() -> None:
        raise asyncio.CancelledError

    signal.listen(cancelled)
    with pytest.raises(asyncio.CancelledError):
        signal.tell()


def test_who_stops_itself_while_it_is_told_hears_no_more_and_the_rest_do() -> None:
    signal: Signal[int] = Signal("news")
    told: list[str] = []

    def once(number: int) -> None:
        told.append(f"once {number}")
        stop()

    stop = signal.listen(once)
    signal.listen(lambda number: told.append(f"always {number}"))
    signal.tell(1)
    signal.tell(2)
    assert told == ["once 1", "always 1", "always 2"]


def test_who_is_stopped_by_another_while_it_is_told_hears_nothing_of_it() -> None:
    signal: Signal[int] = Signal("news")
    told: list[int] = []
    signal.listen(lambda number: stop())
    stop = signal.listen(told.append)
    signal.tell(1)
    assert told == []


def test_who_comes_while_it_is_told_is_told_from_the_next_time_on() -> None:
    signal: Signal[int] = Signal("news")
    told: list[int] = []
    signal.listen(lambda number: signal.listen(told.append) and None)
    signal.tell(1)
    assert told == []
    signal.tell(2)
    assert told == [2]


def test_telling_within_telling_reaches_everybody_twice() -> None:
    signal: Signal[int] = Signal("news")
    told: list[int] = []

    def again(number: int) -> None:
        if number == 1:
            signal.tell(2)

    signal.listen(again)
    signal.listen(told.append)
    signal.tell(1)
    assert told == [2, 1]


def test_listeners_with_more_than_one_thing_to_hear() -> None:
    listeners: Listeners[list[str]] = Listeners("news")
    one: list[str] = []
    stop = listeners.add(one)
    listeners.each(lambda listener: listener.append("here"))
    listeners.each(lambda listener: listener.clear())
    listeners.each(lambda listener: listener.append("there"))
    assert one == ["there"]
    assert len(listeners) == 1
    stop()
    assert not list(listeners)
