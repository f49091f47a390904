"""A command that fails itself: said in words, with a report on the shelf; without the window, which
watches for the whole of its life."""

from __future__ import annotations

import time
import traceback

from app.crash.report import CrashReport
from app.crash.shelf import Shelf
from app.paths import log_folder
from app.streams import say
from app.versions import versions


def tell_failure(error: BaseException, command: str) -> None:
    """On stderr: what failed, and where the report is. `command`: what was being done."""
    trace = "".join(traceback.format_exception(error))
    report = CrashReport(time.time(), versions(), trace, (command,))
    path = Shelf(log_folder()).put(report, is_new=False)
    say(f"Flashdesk itself failed: {report.what}.")
    if path is not None:
        say(f"A report that helps to mend it is in {path}; nothing was sent.")
    else:
        say(report.text(keep_private=True))
