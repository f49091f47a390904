"""What a check of the installation found: values, and how they are written as text and JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from smp.text import NOTHING, Text


class State(Enum):
    OK = "ok"
    NOTE = "note"
    """Something is missing that the program can do without."""
    FAILED = "failed"

    @property
    def words(self) -> Text:
        return _WORDS[self]


_WORDS = {State.OK: Text("OK"), State.NOTE: Text("note"), State.FAILED: Text("failed")}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to. `words` and `next_step` are whole sentences without the last dot."""

    state: State
    words: Text
    next_step: Text = NOTHING
    detail: str = ""
    """For the expert: what a system or a library said."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to try. `key` is stable, for programs."""

    key: str
    name: Text
    find: Callable[[], Awaitable[Finding]]
    limit: float = 20.0
    """Seconds after which it is given up, and called failed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the table."""

    key: str
    name: Text
    finding: Finding

    @property
    def state(self) -> State:
        return self.finding.state

    def to_json(self) -> dict[str, object]:
        found = self.finding
        return {
            "part": self.key,
            "name": self.name,
            "state": found.state.value,
            "words": found.words,
            "next_step": found.next_step,
            "detail": found.detail,
        }


def ok(words: Text) -> Finding:
    return Finding(State.OK, words)


def note(words: Text, next_step: Text = NOTHING, detail: str = "") -> Finding:
    return Finding(State.NOTE, words, next_step, detail)


def failed(words: Text, next_step: Text, detail: str = "") -> Finding:
    return Finding(State.FAILED, words, next_step, detail)


INSTALL_AGAIN = Text("Install Flashdesk again")


def result(parts: Iterable[Part]) -> Text:
    """One sentence about all of them."""
    states = [part.state for part in parts]
    failures, notes = states.count(State.FAILED), states.count(State.NOTE)
    if failures == 1:
        return Text("One part of {all} failed", all=len(states))
    if failures:
        return Text("{failed} parts of {all} failed", failed=failures, all=len(states))
    if notes == 1:
        return Text("All {all} parts work, with one note", all=len(states))
    if notes:
        return Text("All {all} parts work, with {notes} notes", all=len(states), notes=notes)
    return Text("All {all} parts work", all=len(states))


def is_good(parts: Iterable[Part]) -> bool:
    """Nothing failed."""
    return all(part.state is not State.FAILED for part in parts)
