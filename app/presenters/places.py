"""Where the help explains something, as `app.help_pages` finds it: "errors#port-gone"."""

from __future__ import annotations

from typing import assert_never

from app.ways import is_told
from smp.errors import DeviceError, SmpError
from smp.text import Coded, Text
from smp.update.verdict import Ending, Verdict

VERDICTS = "verdicts"
ERRORS = "errors"
CHECKS = "checks"
ANSWERS = "device-answers"


def of_error(error: SmpError) -> str:
    """The entry of this error; of a device's own answer, that of its number."""
    if isinstance(error, DeviceError):
        return f"{ANSWERS}#{answer_anchor(error.code, error.group)}"
    return of_text(error.what)


def of_text(what: Text) -> str:
    """The entry of an error's or obstacle's headline. Empty: it has none."""
    return f"{ERRORS}#{what.code}" if isinstance(what, Coded) else ""


def of_check(text: Text) -> str:
    """The entry of a check, or of what has to be agreed to."""
    return f"{CHECKS}#{text.code}" if isinstance(text, Coded) else ""


def of_verdict(verdict: Verdict) -> str:
    """That of the error where the verdict says no more than that; of how the update ended."""
    if verdict.error is not None and (is_told(verdict) or _only_passes_on(verdict.ending)):
        return of_error(verdict.error)
    return of_ending(verdict.ending)


def of_ending(ending: Ending) -> str:
    return f"{VERDICTS}#{ending.value}"


def answer_anchor(code: int, group: int | None) -> str:
    """Of a device's error number: "answer-8", "answer-1-27" of group 1."""
    return f"answer-{code}" if group is None else f"answer-{group}-{code}"


def _only_passes_on(ending: Ending) -> bool:
    """Such an ending says that there was an error, and the error says what it is."""
    match ending:
        case Ending.BAD_INPUT | Ending.FORBIDDEN | Ending.REFUSED_BY_DEVICE:
            return True
        case (
            Ending.PROVEN
            | Ending.NOTHING_TO_DO
            | Ending.CONFIRMED_ONLY
            | Ending.STARTED
            | Ending.CANCELLED
            | Ending.LINK_LOST
            | Ending.SILENT
            | Ending.UPLOAD_DAMAGED
            | Ending.OTHER_DEVICE
            | Ending.NOT_MARKED
            | Ending.RESTART_REFUSED
            | Ending.LOADER_NOT_STARTED
            | Ending.RECOVERY_NOT_STARTED
            | Ending.NOT_RESTARTED
            | Ending.NOT_SWAPPED
            | Ending.NOT_RESTARTED_OR_NOT_SWAPPED
            | Ending.NOT_HELD
            | Ending.REFUSED_AT_BOOT
            | Ending.OLD_IMAGE_PREFERRED
            | Ending.ROLLED_BACK
            | Ending.ROLLED_BACK_OR_REFUSED
            | Ending.NEVER_BACK
            | Ending.NOT_CONFIRMED
            | Ending.OTHER_IMAGE
            | Ending.NO_IMAGE_STATE
            | Ending.CORE_NOT_LISTED
        ):
            return False
        case _:
            assert_never(ending)
