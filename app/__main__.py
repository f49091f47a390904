"""The program's start: what must be true before anything else, then a command or the window."""

from __future__ import annotations


def main() -> None:
    """Entry point of `flashdesk` and `python -m app`."""
    from app.streams import ensure_streams

    ensure_streams()
    from app.cli.commands import main as command

    command()


if __name__ == "__main__":
    main()
