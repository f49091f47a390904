"""The program's start: what must be true before anything else, then a command or the window.

This room, and `app/__init__.py`, are also read by a Python that is too old for all others.
"""

import os
import sys

_OLDEST = (3, 11)
_UNKNOWN = 5
"""`smp.update.verdict.ExitStatus`, which may be what cannot be loaded."""


def main() -> None:
    """Entry point of `flashdesk` and `python -m app`."""
    if sys.version_info[:2] < _OLDEST:
        sys.stderr.write(
            "Flashdesk needs Python %d.%d or newer; this is Python %d.%d.\n"  # noqa: UP031
            "Start it with a newer Python, or install the package, which brings its own.\n"
            % (_OLDEST + tuple(sys.version_info[:2]))
        )
        sys.exit(1)
    from app.bundle import keep_libraries
    from app.streams import ensure_streams, tell_output_lost

    keep_libraries(os.environ)
    ensure_streams()
    _hear_of_faults()
    try:
        from app.cli.commands import main as command

        command()
    except ImportError as error:
        _miss(error)
    except OSError as error:
        from app.lib.resources import MissingResource

        if isinstance(error, MissingResource):
            _miss(error)
        if not tell_output_lost(error):
            _fail(error)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is told and written down
        _fail(error)


def _miss(error: Exception) -> None:
    """The installation is not whole."""
    from app.alert import alert
    from app.language import current
    from smp.text import Text, outside, said, sentences, stopped

    missing = Text(
        "A part of Flashdesk is missing or cannot be loaded: {reason}", reason=outside(str(error))
    )
    words = stopped(sentences(missing, Text("Install Flashdesk again")))
    alert(said(words, current()))
    sys.exit(1)


def _hear_of_faults() -> None:
    """What the system stops says where it was. On Windows also what nobody is stopped by."""
    import faulthandler

    if sys.platform != "win32":
        try:
            faulthandler.enable()
        except (OSError, ValueError, AttributeError, RuntimeError):
            return  # nobody would read it


def _fail(error: Exception) -> None:
    """The program itself failed: what became of a device nobody knows."""
    from app.crash.failing import tell_failure

    tell_failure(error, "flashdesk " + " ".join(sys.argv[1:2]))
    sys.exit(_UNKNOWN)


if __name__ == "__main__":
    main()
