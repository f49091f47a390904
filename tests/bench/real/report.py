"""Medians of the runs of one row, as a Markdown table."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence

from tests.bench.real.clients import Contender
from tests.bench.real.job import Outcome
from tests.bench.real.measure import Measured
from tests.bench.real.rows import Row

_COLUMNS = (
    "row", "goal", "client", "whole", "rate", "of line",
    "of smpclient", "of best probe", "client CPU", "over all runs",
)  # fmt: skip


def head() -> None:
    _print(_COLUMNS)
    _print(["---"] * len(_COLUMNS))


def show(row: Row, results: dict[Contender, list[Measured]]) -> None:
    """One line for each client."""
    rates = {contender: _median(runs, _rate) for contender, runs in results.items()}
    peer = next((rate for it, rate in rates.items() if it.name == "smpclient"), 0.0)
    limit = max((rate for it, rate in rates.items() if it.is_probe), default=0.0)
    for contender, runs in results.items():
        rate = rates[contender]
        _print(
            (
                row.name,
                row.goal,
                contender.name,
                f"{sum(run.is_done for run in runs)} of {len(runs)}",
                _text(row, rate),
                f"{100 * rate / row.ceiling:.0f} %" if row.ceiling and rate else "",
                f"{rate / peer:.2f}" if peer and rate else "",
                f"{rate / limit:.2f}" if limit and rate else "",
                _cpu(row, runs),
                _events(runs),
            )
        )


def note(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")
    sys.stdout.flush()


def _rate(outcome: Outcome) -> float:
    return outcome.done / outcome.seconds


def _median(runs: Sequence[Measured], value: Callable[[Outcome], float]) -> float:
    found = [value(run.outcome) for run in runs if run.is_done and run.outcome.done]
    return statistics.median(found) if found else 0.0


def _text(row: Row, rate: float) -> str:
    if not rate:
        return "-"
    return f"{rate:,.0f} trips/s" if row.kind == "echo" else f"{rate:,.0f} B/s"


def _cpu(row: Row, runs: Sequence[Measured]) -> str:
    each = _median(runs, lambda outcome: outcome.cpu / outcome.done)
    if not each:
        return "-"
    return f"{1000 * each:.2f} ms/trip" if row.kind == "echo" else f"{1e6 * each:.2f} s/MB"


def _events(runs: Sequence[Measured]) -> str:
    """What happened, summed, and what went wrong, each once."""
    sums: dict[str, float] = {}
    for run in runs:
        late = run.story.get("late_ms", 0)
        moved = {name: count for name, count in run.story.items() if name != "late_ms"}
        for name, count in {**run.outcome.events, **moved}.items():
            sums[name] = sums.get(name, 0) + count
        for name, count in run.complaints.items():
            sums[f'"{name}"'] = sums.get(f'"{name}"', 0) + count
        if late > 20:
            sums["link late, ms"] = max(sums.get("link late, ms", 0), late)
    told = [f"{name} {count:,}" for name, count in sums.items() if count]
    told += sorted({run.outcome.error[:100] for run in runs if run.outcome.error})
    wrong = sum(run.whole is False for run in runs)
    return "; ".join(told + [f"WRONG BYTES {wrong} times"] * bool(wrong)).replace("|", "/")


def _print(cells: Sequence[str]) -> None:
    sys.stdout.write("| " + " | ".join(cells) + " |\n")
    sys.stdout.flush()
