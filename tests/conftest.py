"""What every test gets: its event loop, a watch on the log, Hypothesis' settings.

GUI tests (those that use qtbot or qapp) run on the program's own Qt loop, tests that ask for
`clock` on a loop with made-up time, those that ask for `steady` on one whose time stands still
while the machine does, all others on asyncio's.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import is_hypothesis_test, settings

from tests.helpers import provoked
from tests.helpers.clock import Clock, ClockLoop, SteadyLoop
from tests.helpers.logwatch import LogWatch
from tests.helpers.texts import all_collected

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _take_a_display() -> None:
    """One of its own for each worker: a display has one keyboard, which goes to the newest window,
    be it that of a program which another worker's test has started."""
    displays = os.environ.get("FLASHDESK_TEST_DISPLAYS", "").split()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    if displays:
        os.environ["DISPLAY"] = displays[int(worker) % len(displays)]


_take_a_display()

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    names: set[str] = set(getattr(item, "fixturenames", ()))
    if names & {"qtbot", "qapp"} and (factory := _qt_loop_factory()) is not None:
        return {"qt": factory}
    if "clock" in names:
        return {"clock": ClockLoop}
    if "steady" in names:
        return {"steady": SteadyLoop}
    return {"asyncio": asyncio.new_event_loop}


def _qt_loop_factory() -> LoopFactory | None:
    try:
        from PySide6.QtWidgets import QApplication

        from app.loop import QtLoop
    except ImportError:
        return None
    application: Any = QApplication.instance() or QApplication(["test"])
    return lambda: QtLoop(application)


@pytest.fixture(scope="session", autouse=True)
def _texts_are_collected() -> Iterator[None]:
    with all_collected():
        yield


@pytest.fixture
def clock() -> Clock:
    """Made-up time: the test's loop jumps to the next timer as soon as nothing else can happen."""
    return Clock()


@pytest.fixture
def steady() -> None:
    """Real time without what the machine takes for others: a short wait for what is on its way does
    not end before it came."""


@pytest.fixture(autouse=True)
def log_watch() -> Iterator[LogWatch]:
    """Fails a test in which anything was logged at WARNING or above, unless it was expected:

    log_watch.expect("took long")     # a regular expression found in the message
    """
    with LogWatch() as watch:
        yield watch
    if watch.unexpected:
        lines = "\n".join(f"  {line}" for line in watch.unexpected)
        pytest.fail(f"unexpected log records:\n{lines}", pytrace=False)


provoked.watch()


_EMULATOR = "tests/zephyr/"
"""One port, and a core for an emulator: all of it shares a worker."""
_GUI = "tests/gui/"


def _gui_has_room(config: pytest.Config) -> bool:
    """Each worker has a display of its own, with a keyboard and a clipboard."""
    displays = os.environ.get("FLASHDESK_TEST_DISPLAYS", "").split()
    is_real = os.environ["QT_QPA_PLATFORM"] != "offscreen"
    return not is_real or len(displays) >= len(config.getoption("tx"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """As `--dist loadgroup`, whose marks nobody sees since nodes of pytest 9.2 keep their names."""
    from tests.helpers.spreading import Spreading

    by_file = _gui_has_room(config)

    def piece(nodeid: str) -> str:
        if nodeid.startswith(_EMULATOR):
            return _EMULATOR
        if nodeid.startswith(_GUI):
            return nodeid.partition("::")[0] if by_file else _GUI
        return nodeid

    return Spreading(config, log, piece)


def pytest_collection_finish() -> None:
    """What thousands of tests are made of is looked through by no collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    provoked.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test that is named in tests/provoked.toml has to provoke what is said there."""
    yield
    by_chance = is_hypothesis_test(getattr(item, "function", None))
    if wrong := provoked.ended(item.nodeid, by_chance=by_chance):
        pytest.fail(wrong, pytrace=False)


@pytest.fixture(autouse=True)
def no_simulated_device_left() -> Iterator[None]:
    """A device that lives in this process (`sim:`) would go into the next test as this one left
    it, its clock being of this one's loop."""
    yield
    if (living := sys.modules.get("smp.simulator.living")) is not None:
        living.close_simulated()
