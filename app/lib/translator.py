"""What views say of their own (`self.tr`), in the language of the program."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QObject, QTranslator

from app.language import Language


class Translator(QTranslator):
    """Looks templates up in a catalogue; install it in the application before any view is made."""

    def __init__(self, catalogue: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return self._catalogue(source)

    def isEmpty(self) -> bool:
        return False


def install(language: Language, application: QCoreApplication) -> None:
    """Before any view is made: views say it, and so do Qt's own buttons, menus and dialogs."""
    application.installTranslator(Translator(language, application))
    theirs = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    # Asked before ours, which has an answer to everything.
    if theirs.load(f"qtbase_{language.name}", folder):
        application.installTranslator(theirs)
