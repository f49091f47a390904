"""Rooms that the tests reach whole: every line and every branch, or the checks fail.

    python -m pytest -p tests.coverage_list ...     measures meanwhile, in each worker
    python -m tests.coverage_list                   says what is missing

A line that no test can reach says so itself, with its reason: `# pragma: no cover -- why`.
Tests of the window run unmeasured: some of them look at the clock, and none is needed here.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / ".work" / "coverage"
ROOMS = (
    "framing",
    "packet",
    "session",
    "timing",
    *(f"transfer/{name}" for name in ("chunks", "congestion", "cutting", "drive", "endurance")),
    *(f"transfer/{name}" for name in ("failures", "flight", "limits", "offsets", "packet_size")),
    *(f"transfer/{name}" for name in ("patience", "pipeline", "states", "upload")),
    *(f"update/{name}" for name in ("case", "consent", "demands", "fit", "obstacles", "plan")),
    *(f"update/{name}" for name in ("persistence", "restart", "restarting", "verdict")),
    "update/endings/*",
)
_PATHS = [path for room in ROOMS for path in sorted((ROOT / "smp").glob(f"{room}.py"))]
_ENGINE = tuple(ROOT / "tests" / name for name in ("unit", "property", "conformance"))
_ELSEWHERE = (
    *("tests/unit/app/", "tests/unit/image/", "tests/property/test_image"),
    *(f"tests/unit/test_{name}" for name in ("house", "messages", "help_pages", "catalogues")),
)
"""They are about other rooms, or read the code as text; measured, each would take twice as long."""


def _new() -> coverage.Coverage:
    made = coverage.Coverage(
        data_file=DATA / "data",
        data_suffix=True,
        branch=True,
        config_file=False,
        include=[str(path) for path in _PATHS],
    )
    made.exclude(r"case _:\n\s+assert_never\(")
    # With workers, the process that leads them runs no test.
    made.set_option("run:disable_warnings", ["no-data-collected", "module-not-measured"])
    return made


class _Measuring:
    """A plugin for one process: on from before the rooms are imported, off in other tests."""

    def __init__(self) -> None:
        self._coverage = _new()
        self._coverage.start()
        self._is_on = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        wanted = any(item.path.is_relative_to(folder) for folder in _ENGINE)
        where = item.path.relative_to(ROOT).as_posix()
        self._switch(wanted and not where.startswith(_ELSEWHERE))
        return (yield)  # type: ignore[return-value]

    def _switch(self, on: bool) -> None:
        if on != self._is_on:
            self._is_on = on
            if on:
                self._coverage.start()
            else:
                self._coverage.stop()

    def pytest_unconfigure(self) -> None:
        self._switch(on=False)
        self._coverage.save()


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(DATA, ignore_errors=True)
        DATA.mkdir(parents=True)
    early_config.pluginmanager.register(_Measuring())


def main() -> int:
    """Join what the workers saw and say what is missing; 1 if anything is."""
    found = _new()
    found.combine(data_paths=[str(DATA)])
    rooms = {f"smp/{room}.py" for room in ROOMS if not list((ROOT / "smp").glob(f"{room}.py"))}
    unseen = rooms | {str(path) for path in _PATHS} - found.get_data().measured_files()
    for path in sorted(unseen):
        print(f"{path}: there is none, or no test was there")
    reached = found.report(show_missing=True, skip_covered=True)
    print(f"{len(_PATHS)} rooms, {reached:.2f} % of their lines and branches")
    return 1 if unseen or reached < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
