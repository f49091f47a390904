"""Hands tests out to the workers of a run, piece by piece, at a cost that does not grow with how
many there are: pytest-xdist's own way looks through all that a worker has ever had, and through
all names, for each test that ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, SupportsIndex

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController


class Spreading(LoadScopeScheduling):
    """`piece` names what stays together on one worker, in its order."""

    def __init__(self, config: pytest.Config, log: Any, piece: Callable[[str], str]) -> None:
        super().__init__(config, log)
        self._piece = piece

    def _split_scope(self, nodeid: str) -> str:
        return self._piece(nodeid)

    def add_node_collection(self, node: WorkerController, collection: Any) -> None:
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self.registered_collections[node] = _Names(collection)

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0
    ) -> None:
        super().mark_test_complete(node, item_index, duration)
        pieces = self.assigned_work[node]
        name = self._piece(self.registered_collections[node][item_index])
        if all(pieces[name].values()):
            del pieces[name]


class _Names(list[str]):
    """Finds each at once."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names)
        self._at = {name: at for at, name in enumerate(self)}

    def index(
        self, name: str, start: SupportsIndex = 0, stop: SupportsIndex | None = None, /
    ) -> int:
        return self._at[name]
