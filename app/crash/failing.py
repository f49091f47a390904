"""A command that fails itself: said in words, with a report on the shelf; without the window, which
watches for the whole of its life."""

from __future__ import annotations

import time
import traceback

from app.crash.report import CrashReport
from app.crash.shelf import Shelf
from app.language import current
from app.paths import log_folder
from app.streams import say
from app.versions import versions
from smp.text import Text, said, stopped


def tell_failure(error: BaseException, command: str) -> None:
    """On stderr: what failed, and where the report is. `command`: what was being done."""
    trace = "".join(traceback.format_exception(error))
    report = CrashReport(time.time(), versions(), trace, (command,))
    path = Shelf(log_folder()).put(report, is_new=False)
    failed = Text("Flashdesk itself failed: {what}", what=report.what)
    say(said(stopped(failed), current()))
    if path is None:
        say(report.text(keep_private=True))
        return
    kept = Text("A report that helps to mend it is in {path}; nothing was sent", path=str(path))
    say(said(stopped(kept), current()))
