"""Which errors, checks and questions came about while something ran: their codes.

tests/provoked.toml names for each code a test that provokes it. While tests run this watches that
they do, so that the table cannot become untrue: who is named there and does not provoke it fails.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

from smp.errors import SmpError
from smp.text import Coded

TABLE = Path(__file__).resolve().parents[1] / "provoked.toml"
_OUT = "FLASHDESK_PROVOKED"
"""A file that gets a line of JSON for each test: its name, and what it provoked."""

_TESTS = str(TABLE.parent)

_now: set[str] = set()
_by_tests: set[str] = set()
"""Those that a test itself has put into an error: nothing brought them about."""


def watch() -> None:
    """Notice every code from now on. Texts that were made once and for all, while a module was
    loaded, come about when an error, a check or a plan carries them."""
    made = Coded.__new__

    def new(cls: type[Coded], code: str, template: str, /, **values: object) -> Coded:
        is_test = sys._getframe(1).f_code.co_filename.startswith(_TESTS)
        (_by_tests if is_test else _now).add(code)
        return made(cls, code, template, **values)

    Coded.__new__ = new  # type: ignore[method-assign, assignment]
    from smp.update.kinds import Check
    from smp.update.plan import Plan

    _after(SmpError, lambda error: [error.what])
    _after(Check, lambda check: [check.text])
    _after(Plan, lambda plan: plan.consents)


def _after(cls: Any, texts: Callable[[Any], Any]) -> None:
    init = cls.__init__

    @wraps(init)  # who makes one of anything asks what it takes
    def initialised(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        carried = {text.code for text in texts(self) if isinstance(text, Coded)}
        _now.update(carried - _by_tests)

    cls.__init__ = initialised


def begin() -> None:
    """A test begins."""
    _now.clear()
    _by_tests.clear()


def ended(test: str, *, by_chance: bool = False) -> str:
    """What is wrong with what the table says of this test; empty: nothing. `by_chance`: another
    run of it may provoke something else, so that nothing is to be told of it."""
    if not by_chance and (out := os.environ.get(_OUT)):
        with open(out, "a", encoding="utf-8") as file:  # noqa: PTH123 -- a test may replace Path's
            file.write(json.dumps({"test": test, "codes": sorted(_now)}) + "\n")
    missing = claimed().get(test, frozenset()) - _now
    if not missing:
        return ""
    return f"tests/provoked.toml says that this provokes {', '.join(sorted(missing))}"


@cache
def claimed() -> dict[str, frozenset[str]]:
    """The codes by the test that is named for them."""
    found: dict[str, set[str]] = defaultdict(set)
    for code, test in table()["provoked"].items():
        found[test].add(code)
    return {test: frozenset(codes) for test, codes in found.items()}


@cache
def table() -> dict[str, dict[str, str]]:
    """`provoked`: a test by code; `not-here`: by code, why no test on this system can."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def name_them(lines: Path) -> None:
    """Write the table from what a run of tests has told (see `ended`): for each code the test
    that provokes few others. Tests by chance (property) are nobody's proof."""
    from tests.help_pages.said import everything

    seen: dict[str, set[tuple[bool, bool, int, str]]] = defaultdict(set)
    for line in lines.read_text("utf-8").splitlines():
        told = json.loads(line)
        test, codes = told["test"], told["codes"]
        if "/property/" not in test and test.isascii() and test.isprintable():
            for code in codes:
                many = len(codes) > _MANY
                seen[code].add((many, "[" in test, len(codes), test))
    kept = table()["provoked"]
    named = {
        code: kept[code] if kept.get(code) in {test[-1] for test in seen[code]} else min(tests)[-1]
        for code, tests in sorted(seen.items())
        if code in everything()
    }
    rows = [f"{code} = {json.dumps(test)}" for code, test in named.items()]
    reasons = [f"{code} = {json.dumps(why)}" for code, why in table()["not-here"].items()]
    TABLE.write_text(
        "\n".join([*_HEAD, "[provoked]", *rows, "", "[not-here]", *reasons, ""]), "utf-8"
    )


_MANY = 8
"""Codes that one test may provoke and still be called a proof of each."""
_HEAD = (
    "# A test for each code that provokes it: an error, an obstacle, a check, a question. Whoever",
    "# is named here and does not provoke it fails (tests/helpers/provoked.py). Made anew by",
    "#",
    "#     FLASHDESK_PROVOKED=codes.jsonl python -m pytest -n 0",
    "#     python -m tests.helpers.provoked codes.jsonl",
    "#",
    "# [not-here]: why no test on this system can.",
    "",
)


if __name__ == "__main__":
    name_them(Path(sys.argv[1]))
