"""Rows of measurements, printed as they come."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`ours` and `single` are what was measured: with the engine's window, and one in flight."""

    what: str
    budget: str
    ours: str
    single: str = ""
    note: str = ""


_WIDTHS = (44, 22, 24, 22)


def head() -> None:
    _print(("what", "budget", "measured", "one in flight", "note"))
    _print(tuple("-" * width for width in (*_WIDTHS, 20)))


def show(row: Row) -> None:
    _print((row.what, row.budget, row.ours, row.single, row.note))


def _print(cells: tuple[str, ...]) -> None:
    line = " | ".join(f"{cell:{width}}" for cell, width in zip(cells[:-1], _WIDTHS, strict=True))
    sys.stdout.write(f"{line} | {cells[-1]}".rstrip(" |") + "\n")
    sys.stdout.flush()
