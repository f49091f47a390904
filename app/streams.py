"""The standard streams, which a program that was packaged or started by another may not have, and
whose reader may be gone or know few letters."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys

_PLAINER = {
    "→": "->",
    "←": "<-",
    "✓": "+",
    "✗": "x",
    "×": "x",
    "−": "-",
    "–": "-",
    "│": "|",
    "·": "-",
    "•": "-",
    "“": '"',
    "”": '"',
}
_HANDLER = "flashdesk.plainer"


def ensure_streams() -> None:
    """Give the process the standard streams it lacks, to nowhere. Before anything is opened: a
    file or a port that took the number of one would be written to by whoever complains there."""
    if os.name == "posix":
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(handle)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    _forgive()


def _forgive() -> None:
    """A letter that a stream's encoding lacks stops nothing. A pipe or file on Windows has that of
    the region (cp1252 has no arrow), and whoever reads it expects that one: it stays."""
    codecs.register_error(_HANDLER, _plainer)
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, _HANDLER), (sys.stderr, _HANDLER)):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """As an error handler of `codecs`: what is written instead, in ASCII, and where it goes on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAINER.get(letter) or _without_marks(letter) for letter in lacking), error.end


def _without_marks(letter: str) -> str:
    import unicodedata

    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if part.isascii()) or "?"


def can_carry(text: str) -> bool:
    """Whether all letters of it come out where this program writes. A stream that has no encoding
    takes any."""
    for stream in (sys.stdout, sys.stderr):
        try:
            text.encode(getattr(stream, "encoding", None) or "utf-8")
        except (UnicodeEncodeError, LookupError):
            return False
    return True


def tell_output_lost(error: OSError) -> bool:
    """Did this come of writing to stdout? Then it is said, except of a reader who had enough:
    Windows says EINVAL of such a pipe, which others say of anything."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        speak_to_nobody()
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            from app.language import say as spoken
            from smp.text import Text

            say(spoken(Text("The output cannot be written: {reason}.", reason=error.strerror)))
        return True
    return False


def speak_to_nobody() -> None:
    """From now on nothing that is written to stdout is heard, nor fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str) -> None:
    """Tell on stderr, where there is one and somebody still reads it."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
