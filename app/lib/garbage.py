"""Python's garbage is collected in Qt's thread only.

The collector runs in whichever thread allocates at the wrong moment. If a cycle holds a widget or
a timer, a worker that reads a file would destroy it, and Qt crashes or warns long afterwards.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY = 250
"""Milliseconds. Between two looks garbage only takes memory."""


class Garbage(QObject):
    """From its making to `stop`, cycles are collected by a timer of the thread that made it.

    What lives at its making is taken for long-lived and not looked at again, so that even a whole
    collection is short.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_automatic = gc.isenabled()
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        """Python collects by itself again."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_automatic:
            gc.enable()

    def _look(self) -> None:
        """Collect the oldest generation that Python itself would collect by now."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > limits[generation] > 0:
                gc.collect(generation)
                return
