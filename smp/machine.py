"""States that follow a table: who is in a state, what happens, the state after it.

    self._state = after(STEPS, self._state, Happened.BEGUN)

A table lists every step there is; each machine has one method that looks it up and is the only
one that writes the state. What is not in the table must not happen: it raises, so that a mistake
shows where it is made, and not as a state that fits nothing later.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class IllegalStep(RuntimeError):
    """A mistake in the program: this cannot happen in this state."""

    def __init__(self, state: Enum, happened: Enum) -> None:
        super().__init__(
            f"{type(state).__name__}.{state.name} has no step for "
            f"{type(happened).__name__}.{happened.name}"
        )
        self.state = state
        self.happened = happened


def after(table: Mapping[tuple[S, E], S], state: S, happened: E) -> S:
    """The state that follows. Raises `IllegalStep` where the table has none."""
    try:
        return table[state, happened]
    except KeyError:
        raise IllegalStep(state, happened) from None
