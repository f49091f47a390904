"""Who wants to be told: any number of listeners, in place of an attribute that the next one takes.

    self.lost: Signal[LinkError] = Signal("lost")
    stop = link.lost.listen(show)       # until stop() is called
    self.lost.tell(error)

Listeners are held strongly: most are closures, which nobody else would keep alive; who tells and
who listens go together here. They are told in the order in which they came. One that listens
already is not told twice. What a listener raises is reported and goes no further: neither the
others nor what is half done on a device may suffer. Who stops while being told, itself or another,
is not told from then on; who comes then is told from the next time on. Nothing here knows threads:
one event loop tells and listens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar, TypeVarTuple

L = TypeVar("L")
Ts = TypeVarTuple("Ts")

log = logging.getLogger(__name__)


class Listeners(Generic[L]):
    """Listeners of any kind, for those who tell them more than one thing."""

    def __init__(self, name: str) -> None:
        """`name`: what they are told of, for the report of one that fails."""
        self.name = name
        self._listeners: list[L] = []

    def add(self, listener: L) -> Callable[[], None]:
        """Tell it from now on. Calling what is returned ends that, at any time, once or often."""
        if listener not in self._listeners:
            self._listeners.append(listener)
        return lambda: self.remove(listener)

    def remove(self, listener: L) -> None:
        """Tell it nothing more. Who does not listen stays as it is."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def __len__(self) -> int:
        return len(self._listeners)

    def __iter__(self) -> Iterator[L]:
        return iter(tuple(self._listeners))

    def each(self, tell: Callable[[L], object]) -> None:
        """Call `tell` with each of them."""
        for listener in self:
            if listener in self._listeners:
                try:
                    tell(listener)
                except Exception:
                    log.exception("a listener of %s failed", self.name)


class Signal(Generic[*Ts]):
    """See the module. The types are those of what is told."""

    def __init__(self, name: str) -> None:
        self._listeners: Listeners[Callable[[*Ts], object]] = Listeners(name)

    def listen(self, listener: Callable[[*Ts], object]) -> Callable[[], None]:
        """Call it each time from now on. Calling what is returned ends that."""
        return self._listeners.add(listener)

    def tell(self, *told: *Ts) -> None:
        """Tell every listener."""
        self._listeners.each(lambda listener: listener(*told))
