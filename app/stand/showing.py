"""Presents a station as it is now: changes together, at most ten times a second."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.facts.station import StationFacts, TileKind
from app.language import current
from app.lib.tone import Tone
from app.presenters.station import StationPresenter
from app.stand.line import Line
from app.station.standing import StationStanding
from app.views.station_window import StationWindow
from smp.text import NOTHING, Text

_SOON = 100
_ANSWERED_FOR = 10_000
"""Milliseconds that an answer stands: a unit's number is not to outlive the unit."""


class StandShowing(QObject):
    """`shown`, whom it is told to: the facts of before and of now."""

    def __init__(
        self,
        window: StationWindow,
        line: Line,
        shown: Callable[[StationFacts | None, StationFacts], None],
        *,
        is_simulated: bool,
    ) -> None:
        super().__init__(window)
        self.is_sounding = True
        self._window = window
        self._line = line
        self._shown = shown
        self._presenter = StationPresenter(current().spoken, is_simulated=is_simulated)
        self._facts: StationFacts | None = None
        self._answer: tuple[Text, Tone, str] = (NOTHING, Tone.NEUTRAL, "")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self.now)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(_ANSWERED_FOR)
        self._forget.timeout.connect(lambda: self.answer(NOTHING))
        self._stop = line.changed.listen(self.soon)

    @property
    def standing(self) -> StationStanding:
        """As it was shown last, or would be."""
        return self._line.standing

    def soon(self) -> None:
        """Something changed."""
        if not self._soon.isActive():
            self._soon.start()

    def answer(self, words: Text, tone: Tone = Tone.NEUTRAL, place: str = "") -> None:
        """To what was scanned or pressed last. `place`: where that unit is, with which the answer
        goes."""
        self._answer = (words, tone, place)
        self._forget.stop()
        if words:
            self._forget.start()
        self.now()

    def now(self) -> None:
        """Present everything."""
        self._soon.stop()
        standing = self._line.standing
        words, tone, place = self._answer
        if place and _is_vacant(standing, place):
            words, self._answer = NOTHING, (NOTHING, Tone.NEUTRAL, "")
        facts = self._presenter.present(
            standing, answer=words, answer_tone=tone, is_sounding=self.is_sounding
        )
        before, self._facts = self._facts, facts
        self._window.present(facts)
        self._shown(before, facts)

    def stop(self) -> None:
        """The window goes away."""
        self._stop()
        self._soon.stop()
        self._forget.stop()


def verdicts(before: StationFacts | None, now: StationFacts) -> list[TileKind]:
    """Those that were not there before."""
    if before is None:
        return []
    known = {tile.name: tile for tile in before.tiles}
    return [
        tile.kind
        for tile in now.tiles
        if tile.kind.is_verdict and (tile.name not in known or known[tile.name].kind != tile.kind)
    ]


def _is_vacant(standing: StationStanding, place: str) -> bool:
    there = next((each for each in standing.places if each.name == place), None)
    return there is None or not there.unit
