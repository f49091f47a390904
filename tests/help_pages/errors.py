"""errors.md and checks.md: an entry a code, in groups as a technician would look."""

from __future__ import annotations

from tests.help_pages.entries import MADE, entries, shown, stopped, tells, wrapped
from tests.help_pages.said import everything

_ERRORS = """\
# Errors

Everything that can stand in the way, with what causes it and what to do. The window leads here by
"What does this mean?" and F1. Each entry ends with its short name, which is also in the log and in
what `--json` prints, and never changes. Slanted words stand for what differs: *name* is the port,
the device or the file.
"""

_CHECKS = """\
# What is said before an update

Beside the Update button stands what was looked at in the file and on the device. A green line is
good, a yellow one is worth a second look, a red one forbids the update. The short name at the end
of an entry is what `--forbid` takes, to have a warning forbid.
"""


def errors_page() -> str:
    said = everything()
    lines = [MADE, "", _ERRORS]
    lines += [f"- [{group.title}](#{_slug(group.title)})" for group in entries().errors]
    for group in entries().errors:
        lines += ["", f"## {group.title}", ""]
        if group.text:
            lines += [*wrapped(group.text), ""]
        for code in group.codes:
            hand, ours = entries().of(code), said[code]
            causes = [*(shown(text) for text in ours.reasons if tells(text)), hand.cause]
            steps = [*(shown(text) for text in ours.steps if tells(text)), hand.remedy]
            lines += [f'<a id="{code}"></a>', f"### {hand.title or shown(ours.template)}", ""]
            lines += _told("Cause", causes)
            lines += _told("What to do", steps)
            lines += [f"`{code}`", ""]
    return "\n".join(lines).rstrip() + "\n"


def checks_page() -> str:
    said = everything()
    lines = [MADE, "", _CHECKS]
    lines += [f"- [{group.title}](#{_slug(group.title)})" for group in entries().checks]
    for group in entries().checks:
        lines += ["", f"## {group.title}", ""]
        if group.text:
            lines += [*wrapped(group.text), ""]
        for code in group.codes:
            hand = entries().of(code)
            lines += [f'<a id="{code}"></a>']
            lines += [f"### {hand.title or shown(said[code].template)}", ""]
            lines += [*wrapped(hand.means), "", f"`{code}`", ""]
    return "\n".join(lines).rstrip() + "\n"


def _told(label: str, texts: list[str]) -> list[str]:
    """One sentence after the label, several as a list."""
    texts = list(dict.fromkeys(stopped(text) for text in texts if text))
    if len(texts) == 1:
        return [*wrapped(f"**{label}.** {texts[0]}"), ""]
    several = [line for text in texts for line in wrapped(f"- {text}", "  ")]
    return [f"**{label}**, one of these:", "", *several, ""]


def _slug(title: str) -> str:
    from app.help_pages import slug

    return slug(title)
