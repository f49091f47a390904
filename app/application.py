"""Qt's application: started, dressed and given a language, for whichever window is opened."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app import requirements as early
from app.alert import alert
from app.crash.watch import CrashWatch
from app.language import current
from app.lib.resources import MissingResource
from app.paths import log_folder, usable_state_folder
from app.streams import say
from smp.text import Text, said, stopped
from smp.update.verdict import ExitStatus

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.lib.theme import Theme
    from app.memory.settings import Settings


def watched(open_it: Callable[[Path, CrashWatch], int]) -> int:
    """Open a window and run it, until it is closed; the exit status. Whatever fails is written down
    and told. `open_it` gets the program's folder, and who notices crashes."""
    state = usable_state_folder()
    watch = CrashWatch(log_folder(state))
    watch.start()
    try:
        return open_it(state, watch)
    except (ImportError, MissingResource):
        raise  # no fault of the program: it is not all there
    except Exception as error:  # noqa: BLE001 -- whatever it is, it ends the program in words
        watch.note("".join(traceback.format_exception(error)), went_on=False)
        words = Text("Flashdesk ended by a fault of its own: {error}", error=repr(error))
        alert(said(stopped(words), current()))
        return ExitStatus.UNKNOWN
    finally:
        watch.stop()


def dress(application: QApplication, settings: Settings) -> Theme:
    """As the settings want it: the language, unless another one was asked for, and the colours."""
    from app.language import ASKED, choose, english, use
    from app.lib.resources import LANGUAGES
    from app.lib.theme import Scheme, Theme
    from app.lib.translator import install

    if settings.language and not os.environ.get(ASKED):
        use(choose([settings.language], LANGUAGES))
    if current() is not english:
        install(current(), application)
    return Theme(application, Scheme.called(settings.scheme))


def start_qt(watch: CrashWatch, *, is_heard: bool) -> QApplication:
    """is_heard: Qt may complain, of a platform for example."""
    from PySide6.QtWidgets import QApplication

    from app.lib.qt_messages import hear, plugins

    def give_up(messages: Sequence[str]) -> None:
        """Qt aborts the process right after this."""
        problem = early.platform_trouble(messages, plugins())
        if problem is None:
            say("\n".join(messages))
            watch.fatal(messages)
            return
        alert(problem.said(current()))
        watch.stop()
        os._exit(1)

    started = hear(give_up, is_heard=is_heard)
    application = QApplication.instance() or QApplication(["flashdesk"])
    assert isinstance(application, QApplication)
    started()
    application.setApplicationName("Flashdesk")
    application.setDesktopFileName("flashdesk")
    return application
