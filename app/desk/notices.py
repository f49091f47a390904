"""What the program has to say of itself, one after the other: each stands until it is put away."""

from __future__ import annotations

from collections.abc import Callable

from app.facts.window import NoticeFacts
from app.language import current
from app.views.main_window import MainWindow


class NoticeDesk:
    """Belongs to a `Desk`. Presents itself."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._waiting: dict[str, tuple[NoticeFacts, Callable[[], None] | None]] = {}
        window.note.closed.connect(self._put_away)
        window.note.action_requested.connect(self._act)

    def say(self, key: str, facts: NoticeFacts, act: Callable[[], None] | None = None) -> None:
        """Show it, or another one under the same key. `act` does what its action offers; then it
        is put away, too."""
        self._waiting[key] = (facts, act)
        self._show()

    def _show(self) -> None:
        facts = next((facts for facts, _ in self._waiting.values()), None)
        self._window.note.present(current().spoken(facts))

    def _put_away(self) -> None:
        self._waiting.pop(next(iter(self._waiting)), None)
        self._show()

    def _act(self) -> None:
        _, act = next(iter(self._waiting.values()))
        self._put_away()
        if act is not None:
            act()
