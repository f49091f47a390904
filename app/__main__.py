"""The program's start: what must be true before anything else, then a command or the window."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `flashdesk` and `python -m app`."""
    from app.streams import ensure_streams, tell_output_lost

    ensure_streams()
    from app.cli.commands import main as command

    try:
        command()
    except OSError as error:
        if not tell_output_lost(error):
            raise
        sys.exit(1)


if __name__ == "__main__":
    main()
