"""Files that are not code: they lie in the package, in a checkout, a wheel and a bundle alike."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent / "resources"


class MissingResource(FileNotFoundError):
    """The installation is not whole."""


def resource(path: str) -> Path:
    """The file or folder `path` under app/resources, e.g. "icons/check.svg".

    Raises `MissingResource` when the installation lacks it.
    """
    found = _ROOT / path
    if not found.exists():
        raise MissingResource(f"The installation lacks app/resources/{path}")
    return found


LANGUAGES = _ROOT / "languages"
"""One folder a language."""

FONTS = _ROOT / "fonts"
"""The program's own, with their licences."""
