"""`python -m tests.messages`: what is said to people, collected from the code.

    python -m tests.messages        the codes and their English, as resources/messages.md

Codes are for scripts: stable, unique, listed. Templates are for translators (`tests.catalogues`).
Both are literals in the code, so they are read from it and never kept twice.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODES = ROOT / "resources" / "messages.md"
_REPEATED = "text.template"
"""Said of a text that was collected where it was made."""
MAKERS = {"Text": (0,), "Coded": (1,), "tr": (0,), "translate": (1,), "_entry": (1, 2)}
"""Who is given templates, and as which arguments."""


@dataclass(frozen=True, slots=True)
class Message:
    template: str
    room: str
    line: int
    code: str = ""


class NoLiteral(Exception):
    """A template that nobody can collect."""


@cache
def messages() -> tuple[Message, ...]:
    """All of them. Raises `NoLiteral` for one that is made while the program runs."""
    return tuple(
        message
        for folder in ("smp", "app")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for message in of_tree(
            ast.parse(path.read_text("utf-8")), path.relative_to(ROOT).as_posix()
        )
    )


def of_tree(tree: ast.Module, room: str) -> Iterator[Message]:
    """Those of one module."""
    nodes = list(ast.walk(tree))
    imported = {
        alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "smp.text"
        for alias in node.names
    }
    if room.endswith("smp/text.py"):
        imported = {"Text", "Coded"}
    makers = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    inside = {id(node) for maker in makers if maker.name in MAKERS for node in ast.walk(maker)}
    for node in nodes:
        yield from _of_help(node, room)
        if not isinstance(node, ast.Call) or id(node) in inside:
            continue
        name = getattr(node.func, "id", "")
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("tr", "translate"):
            name = node.func.attr
        if name in MAKERS and (name not in ("Text", "Coded") or name in imported):
            yield from _of_call(node, name, room)


def _of_call(node: ast.Call, name: str, room: str) -> Iterator[Message]:
    for place in MAKERS[name]:
        if place >= len(node.args):
            continue
        given = node.args[place]
        if ast.unparse(given) == _REPEATED:
            continue
        if not (isinstance(given, ast.Constant) and isinstance(given.value, str)):
            raise NoLiteral(f"{room}:{node.lineno}: {ast.unparse(node)[:80]}")
        code = node.args[0] if name == "Coded" else None
        if code is not None and not isinstance(code, ast.Constant):
            raise NoLiteral(f"{room}:{node.lineno}: {ast.unparse(node)[:80]}")
        if given.value:
            yield Message(given.value, room, node.lineno, code.value if code else "")


def _of_help(node: ast.AST, room: str) -> Iterator[Message]:
    """What click shows: help of options, and of commands, which is their docstring."""
    if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
        yield Message(ast.get_docstring(node) or "", room, node.lineno)
    if isinstance(node, ast.Call) and (_is_command(node) or _is_option(node)):
        for told in node.keywords:
            if told.arg in ("help", "epilog") and isinstance(told.value, ast.Constant):
                yield Message(str(told.value.value), room, node.lineno)


def _is_option(node: ast.Call) -> bool:
    return _called(node) == ("click", "option")


def _is_command(node: ast.AST) -> bool:
    """A decorator of click: the docstring below it is the command's help."""
    return _called(node)[1] in ("command", "group")


def _called(node: ast.AST) -> tuple[str, str]:
    """Of `one.other(...)` both."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return getattr(node.func.value, "id", ""), node.func.attr
    return "", ""


def codes_page() -> str:
    """resources/messages.md."""
    found: dict[str, Message] = {}
    for message in messages():
        if message.code:
            found.setdefault(message.code, message)
    rows = [
        f"| `{code}` | {_cell(found[code].template)} | {found[code].room} |"
        for code in sorted(found)
    ]
    return "\n".join([*_HEAD, *rows, ""])


_HEAD = (
    "# Codes",
    "",
    "Every error, check, obstacle and question to agree to has a code. A code is never given to",
    "anything else and never changed; the English beside it may be. In JSON: `code`. How an",
    "update ended is `ending` in its verdict (`smp/update/verdict.py`). This page is made by",
    "`python -m tests.messages`; a test compares it with the code.",
    "",
    "| code | English | where |",
    "|---|---|---|",
)


def _cell(template: str) -> str:
    return template.replace("|", "\\|")


def main() -> int:
    argparse.ArgumentParser(description=__doc__, usage="python -m tests.messages").parse_args()
    CODES.write_text(codes_page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
