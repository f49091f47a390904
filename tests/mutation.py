"""Breaks the engine on purpose, a little at a time, and looks whether a test notices.

    python -m tests.mutation [--part core|update] [--minutes 25] [--seed 0] [--only REGEX]

mutmut makes thousands of mutants: a sample is taken, in an order that the seed gives, and bunches
of it are judged until the minutes are over, on one core; the last bunch is judged to its end. What
survives is shown as a difference; those that were judged, and why they may live, are in
mutation.md. Nothing of the checkout is touched.

Before the first mutant all tests of the part run once, to learn which functions each of them
touches (a minute); a mutant is judged by the tests that touched its function, so no test of a
part may be slow. Then a bunch takes three to five minutes. If one of these tests fails in the copy,
no mutant can be judged, and that is said at once: most often it reads the source, where the tool
has written all mutants of a function side by side (leave it out, as `_READS_SOURCE`), or its name
has backslashes, which pytest does not find again (give its parameters `ids`).

    --only 'x_make_plan__mutmut_(3|17)$'     judges these again, after a test was written

Texts for people are no target, nor what goes to the log: their wording is pinned where it matters.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import site
import subprocess
import sys
import time
import venv
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".work" / "mutation"
TREE = PLACE / "tree"
TOOL = "mutmut==3.8.1"
_COPIED = ("app", "smp", "tests", "resources", "README.md", "pyproject.toml")
_UNIT, _PROPERTY, _CONFORMANCE = "tests/unit", "tests/property", "tests/conformance"
PARTS: dict[str, tuple[list[str], list[str]]] = {
    "core": (
        ["smp/session.py", "smp/framing.py", "smp/transfer/*.py"],
        [
            f"{_UNIT}/transfer",
            *(f"{_UNIT}/test_{n}.py" for n in ("session", "framing_console", "framing_raw")),
            f"{_UNIT}/test_connection.py",
            *(
                f"{_PROPERTY}/test_property_{n}.py"
                for n in ("session", "framing", "chunks", "transfer")
            ),
        ],
    ),
    "update": (
        ["smp/update/*.py", "smp/update/steps/*.py", "smp/update/endings/*.py"],
        [
            f"{_UNIT}/update",
            f"{_UNIT}/app/test_app_since.py",
            f"{_PROPERTY}/test_property_plan.py",
            _CONFORMANCE,
        ],
    ),
}
"""What is broken, and the tests that should notice."""
_SLOW = ("test_transports.py", "test_smpclient.py", "test_power_cuts.py")
"""They wait in real time, or long; and break nothing that others do not."""
_READS_SOURCE = "test_the_codes_that_may_forbid_are_those_of_the_checks"
"""Its subject is the written code, and the tool writes all mutants of a room side by side."""
_TEXTS = [r'"[^"]* [^"]* [^"]*"', r'^\s*"[a-z0-9]+(-[a-z0-9]+)+",$', r"^\s*log\."]
"""Sentences, their codes (another test holds them against a list), and the log."""
_KILLED, _SURVIVED, _UNTESTED = (1, 3), (0,), (5, 33)
_BUNCH = 50
_AT_MOST = 1800.0
"""Seconds for a bunch that was begun, or for what comes before the first."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=PARTS, default="core")
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="mutants whose names have this regex in them")
    chosen = parser.parse_args()
    end = time.monotonic() + 60 * chosen.minutes
    _prepare(chosen.part)
    _mutmut("run", "none-of-them")
    if not (TREE / "mutants" / "mutmut-stats.json").exists():
        print("No mutant can be judged: a test fails that should pass. What mutmut said last:")
        print("\n".join((PLACE / "mutmut.log").read_text().splitlines()[-20:]))
        return 1
    names = sorted(name for name in _outcomes() if re.search(chosen.only, name))
    random.Random(chosen.seed).shuffle(names)
    done = 0
    while done < len(names) and time.monotonic() < end:
        few = names[done : done + _BUNCH]
        _mutmut("run", *few)
        done += len(few)
        judged = sum(status is not None for status in _outcomes().values())
        print(f"{judged} of {len(names)} are judged", file=sys.stderr, flush=True)
    return _report(len(names))


def _prepare(part: str) -> None:
    """An environment with mutmut beside the project's packages, and a copy of the tree."""
    if not (PLACE / "bin" / "mutmut").exists():
        venv.create(PLACE, with_pip=True)
        subprocess.run([PLACE / "bin" / "python", "-m", "pip", "-q", "install", TOOL], check=True)
    (packages,) = PLACE.glob("lib/python*/site-packages")
    (packages / "project.pth").write_text("\n".join(site.getsitepackages()))
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in _COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, TREE / name)
    rooms, tests = PARTS[part]
    left_out = [
        *(f"--ignore={_CONFORMANCE}/{name}" for name in _SLOW),
        f"--deselect={_UNIT}/update/test_job.py::{_READS_SOURCE}",
    ]
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist"]
    settings = {
        "source_paths": ["smp"],
        "only_mutate": rooms,
        "also_copy": ["app", "resources", "README.md"],
        "do_not_mutate_patterns": _TEXTS,
        "pytest_add_cli_args": [*plugins, "-q", "--timeout=20", *left_out],
        "timeout_multiplier": 4.0,
        "timeout_constant": 5.0,
        "pytest_add_cli_args_test_selection": tests,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    with (TREE / "pyproject.toml").open("a") as file:
        file.write("\n".join(["", "[tool.mutmut]", "use_git_change_detection = false", *lines, ""]))


def _mutmut(*arguments: str) -> None:
    """On one core. A bunch is judged to its end: mutmut takes first the mutants that few tests
    reach, and half a bunch would be no fair sample."""
    process = subprocess.Popen(
        [PLACE / "bin" / "mutmut", *arguments, "--max-children", "1"],
        cwd=TREE,
        env={**os.environ, "PYTHONPATH": "", "QT_QPA_PLATFORM": "offscreen"},
        stdout=(PLACE / "mutmut.log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: os.nice(10) and None,
    )
    try:
        process.wait(_AT_MOST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _outcomes() -> dict[str, int | None]:
    """Exit status of its tests by mutant; None: it was not run."""
    found: dict[str, int | None] = {}
    for path in (TREE / "mutants").rglob("*.meta"):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


def _report(known: int) -> int:
    outcomes = {name: status for name, status in _outcomes().items() if status is not None}
    counts: Counter[str] = Counter()
    for name, status in sorted(outcomes.items()):
        if status in _KILLED:
            counts["killed"] += 1
        elif status in _SURVIVED or status in _UNTESTED:
            counts["survived"] += 1
            shown = subprocess.run(
                [PLACE / "bin" / "mutmut", "show", name], cwd=TREE, capture_output=True, text=True
            ).stdout
            print("\n".join([name, *(x for x in shown.splitlines() if x[:2] in ("- ", "+ "))]))
        else:
            counts["killed"] += 1  # it hung, or ended the process
    run = counts.total()
    score = 100 * counts["killed"] / max(run, 1)
    print(f"{run} of {known} mutants: {counts['killed']} killed, {score:.1f} %")
    return 0 if run else 1


if __name__ == "__main__":
    sys.exit(main())
