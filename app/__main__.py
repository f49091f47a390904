"""The program's start: what must be true before anything else, then a command or the window.

This room, and `app/__init__.py`, are also read by a Python that is too old for all others.
"""

import sys

_OLDEST = (3, 11)


def main() -> None:
    """Entry point of `flashdesk` and `python -m app`."""
    if sys.version_info[:2] < _OLDEST:
        sys.stderr.write(
            "Flashdesk needs Python %d.%d or newer; this is Python %d.%d.\n"  # noqa: UP031
            "Start it with a newer Python, or install the package, which brings its own.\n"
            % (_OLDEST + tuple(sys.version_info[:2]))
        )
        sys.exit(1)
    from app.streams import ensure_streams, tell_output_lost

    ensure_streams()
    try:
        from app.cli.commands import main as command

        command()
    except ImportError as error:
        from app.streams import say

        say(
            f"A part of Flashdesk is missing or cannot be loaded: {error}.\n"
            "Install Flashdesk again."
        )
        sys.exit(1)
    except OSError as error:
        if not tell_output_lost(error):
            raise
        sys.exit(1)


if __name__ == "__main__":
    main()
