"""verdicts.md: how an update can end, with the words that the program has for it."""

from __future__ import annotations

import tomllib
from collections import defaultdict

from smp.text import Text
from smp.update.verdict import Ending, Outcome, Verdict
from tests.help_pages.entries import MADE, SOURCES, Group, stopped, wrapped
from tests.messages import ROOT

_WRITTEN = ROOT / "tests" / "unit" / "update" / "verdicts.txt"
_SHOWN = 5
"""Headlines of one ending; the others are like them."""

_HEAD = """\
# Verdicts

How an update can end. The headline in the window says what the device runs now; below it stand the
reason and the next step. This page says more of each, under the short name that stands in records
and in `--json` as `ending`.

The colour: green, the device runs the file and that is proven; red, it does not, and that is known;
yellow, nobody knows. A grey one was cancelled, or is of an earlier time.
"""

_STATUS = """\
In the program's exit status: 0 it runs, 1 the old image runs, 2 nothing was sent, 3 the device is
not reachable, 4 cancelled, 5 unknown. See [the command line](command-line.md#exit-statuses).
"""


def groups() -> tuple[Group, ...]:
    return tuple(
        Group(group["title"], tuple(group["endings"]), group.get("text", ""))
        for group in _read()["group"]
    )


def by_hand() -> dict[str, dict[str, str]]:
    return dict(_read()["ending"])


def verdicts_page() -> str:
    from app.help_pages import slug

    said, hand = _said(), by_hand()
    lines = [MADE, "", _HEAD, _STATUS]
    lines += [f"- [{group.title}](#{slug(group.title)})" for group in groups()]
    for group in groups():
        lines += ["", f"## {group.title}", ""]
        if group.text:
            lines += [*wrapped(group.text), ""]
        for name in group.codes:
            words, ending = hand[name], Ending(name)
            lines += [f'<a id="{name}"></a>', f"### {words['title']}", ""]
            lines += [*wrapped(f"**Why.** {words['cause']}"), ""]
            lines += [*wrapped(f"**What to do.** {words['remedy']}"), ""]
            if said[name]:
                lines += ["It is said like this:", ""]
                lines += [f"- {stopped(headline)}" for headline in said[name][:_SHOWN]]
                lines += [""]
            lines += [f"`{name}`, exit status {_statuses(ending)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _statuses(ending: Ending) -> str:
    """Of the outcomes that it can have."""
    outcomes = [outcome for outcome in Outcome if (outcome.value, ending.value) in _pairs()]
    found = {int(Verdict(outcome, ending, Text("")).exit_status) for outcome in outcomes}
    return " or ".join(str(status) for status in sorted(found))


def _pairs() -> set[tuple[str, str]]:
    return {(outcome, ending) for outcome, ending, _ in _blocks()}


def _said() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for _, ending, headline in _blocks():
        if headline not in found[ending]:
            found[ending].append(headline)
    return found


def _blocks() -> list[tuple[str, str, str]]:
    """Outcome, ending, headline of each verdict that a test has written down."""
    blocks = _WRITTEN.read_text("utf-8").strip().split("\n\n")
    found = []
    for block in blocks:
        head, headline, *_ = block.splitlines()
        outcome, _, ending = head.strip("[]").partition(", ")
        found.append((outcome, ending, headline))
    return found


def _read() -> dict[str, object] | dict[str, list[dict[str, str]]]:
    return tomllib.loads((SOURCES / "verdicts.toml").read_text("utf-8"))
