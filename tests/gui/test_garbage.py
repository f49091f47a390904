"""Cycles that hold Qt's objects die in Qt's thread, whoever allocates."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.lib.garbage import Garbage
from app.loop import run
from tests.gui.stage import until


class Held(QObject):
    """Garbage as soon as it is made: it holds itself."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def litter() -> None:
    """Enough for several collections of every generation."""
    for _ in range(30):
        kept = [[] for _ in range(5_000)]
        del kept


@pytest.fixture
def automatic() -> Iterator[None]:
    """Python collects by itself, as at the start of the program."""
    gc.enable()
    yield
    gc.disable()


async def _thread_of_the_end() -> tuple[threading.Thread, threading.Thread]:
    """Where a cycle with a QObject dies while a worker allocates; and this thread."""
    ends: list[threading.Thread] = []
    gc.collect()  # the next one is the worker's, however much was allocated before
    weakref.finalize(Held(), lambda: ends.append(threading.current_thread()))
    await asyncio.to_thread(litter)
    kept: list[list[int]] = []

    def ended() -> bool:
        kept.extend([] for _ in range(1_000))
        return bool(ends)

    await until(ended)
    return ends[0], threading.current_thread()


async def test_a_cycle_dies_in_the_thread_of_qt(qapp: QApplication, automatic: None) -> None:
    garbage = Garbage()
    try:
        died_in, here = await _thread_of_the_end()
    finally:
        garbage.stop()
    assert died_in is here
    assert gc.isenabled(), "stopped, it leaves Python as it was"


async def test_without_it_a_worker_would_end_the_cycle(qapp: QApplication, automatic: None) -> None:
    died_in, here = await _thread_of_the_end()
    assert died_in is not here, "else the test above shows nothing"


async def test_what_is_not_automatic_stays_so(qapp: QApplication) -> None:
    assert not gc.isenabled()
    Garbage().stop()
    assert not gc.isenabled()


def test_the_loop_of_the_program_collects_so(
    qapp: QApplication, automatic: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> bool:
        return gc.isenabled()

    assert run(qapp, main()) is False
    assert gc.isenabled()
