"""resources/help/every-error.md: each error, check and ending, its entry in the help, its test."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from app.presenters.places import ANSWERS, CHECKS, ERRORS, VERDICTS, answer_anchor
from smp import codes
from smp.update.verdict import Ending
from tests.help_pages.answers import GROUPS, numbers
from tests.help_pages.entries import MADE, entries, shown
from tests.help_pages.said import everything
from tests.help_pages.verdicts import by_hand
from tests.helpers.provoked import table
from tests.messages import ROOT

_PAGES = "../../app/resources/help"
_NUMBERS = "tests/unit/test_every_error.py::test_every_number_of_a_device_is_said_and_in_the_help"

_HEAD = """\
# Every error

What the engine and the program can say is wrong, asks or warns of; each leads to its entry in the
help, and is provoked by the test beside it, which fails if it does not
(`tests/helpers/provoked.py`, `tests/unit/test_every_error.py`).
"""


def every_error_page() -> str:
    errors = [code for group in entries().errors for code in group.codes]
    checks = [code for group in entries().checks for code in group.codes]
    endings = [
        (
            f"[`{ending.value}`]({_PAGES}/{VERDICTS}.md#{ending.value})",
            by_hand()[ending.value]["title"],
            who_demands()[ending][0],
        )
        for ending in Ending
    ]
    answers = [
        (
            f"[{'' if group is None else f'{group}, '}{code}]"
            f"({_PAGES}/{ANSWERS}.md#{answer_anchor(code, group)})",
            codes.explain(code, group).meaning,
            _NUMBERS,
        )
        for group in GROUPS
        for code in numbers(group)
    ]
    lines = [MADE, "", _HEAD]
    for title, rows in (
        ("Errors and obstacles", list(_coded(errors, ERRORS))),
        ("Checks, warnings, questions", list(_coded(checks, CHECKS))),
        ("How an update can end", endings),
        ("What a device can answer", answers),
    ):
        lines += [
            f"## {title}",
            "",
            f"{len(rows)} of them.",
            "",
            "| | English | test |",
            "|---|---|---|",
        ]
        lines += [
            f"| {link} | {english.replace('|', ' ')} | {test} |" for link, english, test in rows
        ]
        lines += [""]
    return "\n".join(lines)


def _coded(names: list[str], page: str) -> Iterator[tuple[str, str, str]]:
    for code in names:
        english = entries().of(code).title or shown(everything()[code].template)
        test = table()["provoked"].get(code)
        told = f"`{test}`" if test else f"none: {table()['not-here'].get(code, '')}"
        yield f"[`{code}`]({_PAGES}/{page}.md#{code})", english, told.replace("|", "\\|")


@cache
def who_demands() -> dict[Ending, list[str]]:
    """The tests that demand an ending by its name alone: `x.ending is Ending.A`."""
    found: dict[Ending, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(test):
                for name in _demanded(node) if test.name.startswith("test_") else ():
                    place = f"`{path.relative_to(ROOT).as_posix()}::{test.name}`"
                    if place not in found[Ending[name]]:
                        found[Ending[name]].append(place)
    return found


def _demanded(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.Eq):
        attributes = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
        if any(each.attr == "ending" for each in attributes):
            for each in attributes:
                if isinstance(each.value, ast.Name) and each.value.id == "Ending":
                    yield each.attr
