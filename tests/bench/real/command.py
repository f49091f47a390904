"""`python -m tests.bench real [ROW ...] [--runs N] [--clients NAMES]`."""

from __future__ import annotations

import argparse
import os

from tests.bench.real import report
from tests.bench.real.clients import NAMES, Contender, contenders, why_no_peer
from tests.bench.real.measure import Measured, measure
from tests.bench.real.rows import ROWS
from tests.zephyr.servers import why_not


def main(arguments: list[str]) -> None:
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench real")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(names))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--clients", default=",".join(NAMES), help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    clients = chosen.clients.split(",")
    if unknown := [it for it in chosen.rows if it not in names]:
        parser.error(f"no row named {unknown[0]}; there are {', '.join(names)}")
    if unknown := [it for it in clients if it not in NAMES]:
        parser.error(f"no client named {unknown[0]}; there are {', '.join(NAMES)}")
    report.head()
    skipped = {}
    for row in ROWS:
        if chosen.rows and row.name not in chosen.rows:
            continue
        if reason := why_not(*row.server):
            skipped[row.name] = reason
            continue
        who = contenders(row, clients)
        results: dict[Contender, list[Measured]] = {contender: [] for contender in who}
        for run in range(chosen.runs):
            for contender in who:
                results[contender].append(measure(row, contender, run + 1))
        report.show(row, results)
    for name, reason in skipped.items():
        report.note(f"{name} was not measured: {reason}.")
    if "smpclient" in clients and (reason := why_no_peer()):
        report.note(f"smpclient was not measured: {reason}.")
    report.note(f"Medians of {chosen.runs} runs in turns, load average {os.getloadavg()[0]:.1f}.")
