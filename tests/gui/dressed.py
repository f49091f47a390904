"""The application for scripts that go through all windows: in a language, a scheme, a size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.language import ENGLISH
from app.views.main_window import MainWindow
from tests.gui.languages import speak
from tests.gui.windows import ALSO, OPENERS


def begin(language: str = ENGLISH) -> QApplication:
    application = QApplication(["flashdesk"])
    if language != ENGLISH:
        speak(language, application)
    return application


def names(wanted: Sequence[str] = ()) -> dict[str, str]:
    """Of `OPENERS` and `ALSO` those that are wanted (none named: all), by a name for files."""
    found = {}
    for key in (*OPENERS, *ALSO):
        name = key.removeprefix("window: ").replace(": ", "-").replace(" ", "-")
        if not wanted or name in wanted:
            found[name] = key
    return found


@contextmanager
def shown(application: QApplication, key: str, size: tuple[int, int]) -> Iterator[QWidget]:
    """One of them, over or in a main window of that size."""
    window = MainWindow()
    window.resize(*size)
    window.show()
    opened = {**OPENERS, **ALSO}[key][1](window)
    if isinstance(opened, QDialog) and not opened.testAttribute(Qt.WidgetAttribute.WA_Resized):
        opened.adjustSize()  # as `app.lib.dialog` does: a display may tell of a new size late
    opened.show()
    for _ in range(3):
        application.processEvents()
    yield opened
    if opened is not window:
        opened.close()
        opened.deleteLater()
    window.finish()
    window.deleteLater()
    # Outside of a loop nobody else deletes what was to be: windows would pile up.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
