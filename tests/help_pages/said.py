"""What the code says with each code, read from the code: the reason and the next step that stand
beside it where it is made.

    LinkBusy(Coded("port-in-use", ...), why=Text(...), next_step=Text(...))

Names are followed to what they were given, in the function, the module, or the module that they
come from. What is only known while the program runs (a device's words) is left out.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smp.errors import SmpError
from smp.text import Coded, Text
from tests.messages import ROOT

_REASONS, _STEPS = ("why", "reason"), ("next_step", "step")


@dataclass(frozen=True, slots=True)
class Said:
    """One code: its template, and what is said with it, each time it is made."""

    code: str
    template: str
    room: str
    reasons: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    kind: str = ""
    """The class that carries it: "LinkBusy", "Check"; empty where none does by name."""


@cache
def everything() -> dict[str, Said]:
    """All codes, in their alphabetical order."""
    found: dict[str, Said] = {}
    for folder in ("smp", "app"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for said in _Room(path).said():
                known = found.get(said.code)
                found[said.code] = said if known is None else _both(known, said)
    return dict(sorted(found.items()))


def _both(one: Said, other: Said) -> Said:
    return Said(
        one.code,
        one.template,
        one.room,
        _unique(*one.reasons, *other.reasons),
        _unique(*one.steps, *other.steps),
        one.kind or other.kind,
    )


def _unique(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


class _Room:
    """A module of the code, as it is written."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(ROOT).as_posix()
        parts = path.relative_to(ROOT).with_suffix("").parts
        self.module = ".".join(parts).removesuffix(".__init__")
        self.tree = ast.parse(path.read_text("utf-8"))
        self.values = _assigned(self.tree.body)
        self.imported = {
            alias.asname or alias.name: (node.module, alias.name)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    def said(self) -> Iterator[Said]:
        for scope in self._scopes():
            inside = _assigned(ast.walk(scope))
            made = [node for node in ast.walk(scope) if _is(node, "Coded")]
            for coded in made:
                if not isinstance(coded, ast.Call) or len(coded.args) < 2:
                    continue
                code, template = (getattr(given, "value", None) for given in coded.args[:2])
                if not isinstance(code, str) or not isinstance(template, str):
                    continue
                whole = _carrier(scope, coded, inside)
                yield self._one(code, template, whole, inside)

    def _scopes(self) -> Iterator[ast.AST]:
        """Each function, and the module without its functions."""
        functions = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        yield from functions
        yield ast.Module(
            [
                node
                for node in self.tree.body
                if not isinstance(node, ast.ClassDef) and node not in functions
            ],
            [],
        )

    def _one(
        self,
        code: str,
        template: str,
        whole: ast.Call | None,
        inside: dict[str, list[ast.expr]],
    ) -> Said:
        reasons: tuple[str, ...] = ()
        steps: tuple[str, ...] = ()
        kind = ""
        if whole is not None:
            kind = _called(whole)
            given = {word.arg: word.value for word in whole.keywords}
            if kind == "Obstacle":
                given |= dict(zip(("what", "why", "next_step"), whole.args, strict=False))
            for name, value in given.items():
                if name in _REASONS:
                    reasons = _unique(*self.templates(value, inside))
                elif name in _STEPS:
                    steps = _unique(*self.templates(value, inside))
            usual = self._usual(kind)
            reasons = reasons or usual[0]
            steps = steps or usual[1]
        return Said(code, template, self.name, reasons, steps, kind)

    def _usual(self, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a class of errors says where nothing else is given."""
        cls = getattr(importlib.import_module(self.module), kind, None)
        if not isinstance(cls, type) or not issubclass(cls, SmpError):
            return (), ()
        try:
            error = cls(Coded("any", "any"))
        except TypeError:
            return (), (_template(cls.usual_step),)
        return _unique(_template(error.why)), _unique(_template(error.next_step))

    def templates(
        self, value: ast.expr, inside: dict[str, list[ast.expr]], depth: int = 0
    ) -> list[str]:
        """Each text that it may be; nothing of those that are only known at run time."""
        if depth > 6:
            return []
        deeper = depth + 1
        match value:
            case ast.Call() if _called(value) in ("Text", "Coded"):
                given = value.args[1 if _called(value) == "Coded" else 0]
                literal = isinstance(given, ast.Constant) and isinstance(given.value, str)
                return [str(given.value)] if literal and isinstance(given, ast.Constant) else []
            case ast.Call() if _called(value) == "sentences":
                parts = [self.templates(part, inside, deeper) for part in value.args]
                told = [part[0] for part in parts if len(part) == 1]
                several = [part for part in parts if len(part) > 1]
                if not several:
                    return [". ".join(told)] if told else []
                return [". ".join([one, *told]) for one in several[0]]
            case ast.IfExp():
                return [
                    *self.templates(value.body, inside, deeper),
                    *self.templates(value.orelse, inside, deeper),
                ]
            case ast.BoolOp():
                return [
                    text for part in value.values for text in self.templates(part, inside, deeper)
                ]
            case ast.Name():
                known = inside.get(value.id) or self.values.get(value.id)
                if known:
                    rest = {name: v for name, v in inside.items() if name != value.id}
                    return [t for each in known for t in self.templates(each, rest, deeper)]
                return self._elsewhere(value.id)
            case _:
                return []

    def _elsewhere(self, name: str) -> list[str]:
        module, named = self.imported.get(name, ("", ""))
        if not module.startswith(("smp", "app")):
            return []
        value = getattr(importlib.import_module(module), named, None)
        return [_template(value)] if isinstance(value, Text) and value else []


def _template(text: object) -> str:
    return text.template if isinstance(text, Text) else str(text)


def _assigned(nodes: object) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:  # type: ignore[attr-defined]
        if isinstance(node, ast.Assign):
            for to in node.targets:
                if isinstance(to, ast.Name):
                    found.setdefault(to.id, []).append(node.value)
                elif isinstance(to, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    for name, value in zip(to.elts, node.value.elts, strict=False):
                        if isinstance(name, ast.Name):
                            found.setdefault(name.id, []).append(value)
    return found


def _carrier(scope: ast.AST, coded: ast.AST, inside: dict[str, list[ast.expr]]) -> ast.Call | None:
    """The call that is given this text: directly, or by a name that it was given before."""
    names = {name for name, values in inside.items() if any(v is coded for v in values)}
    for node in ast.walk(scope):
        if not isinstance(node, ast.Call) or _is(node, "Coded") or _is(node, "sentences"):
            continue
        given = [*node.args, *(word.value for word in node.keywords)]
        alternatives = [
            each
            for one in given
            for each in ([one.body, one.orelse] if isinstance(one, ast.IfExp) else [one])
        ]
        if any(each is coded for each in alternatives):
            return node
        if any(isinstance(each, ast.Name) and each.id in names for each in alternatives):
            return node
    return None


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and _called(node) == name


def _called(call: ast.Call) -> str:
    """The name of what is called."""
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
