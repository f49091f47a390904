"""device-answers.md: the error numbers of devices, from `smp.codes`."""

from __future__ import annotations

from app.presenters.places import answer_anchor
from smp import codes
from tests.help_pages.entries import MADE, stopped, wrapped

_HEAD = """\
# What a device answers

A device that cannot or will not do something answers with a number. Without a group it is one that
all of SMP shares (`rc` in the protocol); with a group it belongs to one group of commands (`err`).
The window shows both under "Details", the log and `--json` beside the error.

A firmware's author may add numbers of 256 and above: only the product's documentation knows them.
"""

GROUPS = {
    None: "Numbers that every device shares",
    codes.OS: "Group 0: the system",
    codes.IMAGE: "Group 1: images",
    codes.STATISTICS: "Group 2: statistics",
    codes.SETTINGS: "Group 3: settings",
    codes.FILE_SYSTEM: "Group 8: files",
    codes.SHELL: "Group 9: shell",
    codes.ENUMERATION: "Group 10: list of groups",
    codes.BASIC: "Group 63: Zephyr's own",
}


def numbers(group: int | None) -> list[int]:
    """Those that are explained, without "no error"."""
    return sorted(code for code in codes.known(group) if code)


def answers_page() -> str:
    lines = [MADE, "", _HEAD]
    for group, title in GROUPS.items():
        lines += [f"## {title}", ""]
        for code in numbers(group):
            entry = codes.explain(code, group)
            step = f" {stopped(entry.next_step)}" if entry.next_step else ""
            lines += [f'<a id="{answer_anchor(code, group)}"></a>']
            lines += [f"### {code}: {entry.meaning}", ""]
            lines += [*wrapped(f"**What to do.**{step or ' Nothing.'}"), ""]
            lines += [f"`{entry.name}`", ""]
    return "\n".join(lines).rstrip() + "\n"
