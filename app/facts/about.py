"""What the program is, and which keys it knows."""

from __future__ import annotations

from dataclasses import dataclass

from smp.text import Text


@dataclass(frozen=True, slots=True)
class PartFacts:
    """Somebody's work that is inside. `version`: empty where it cannot be told."""

    name: str
    version: str
    licence: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class AboutFacts:
    version: str
    system: str
    """What it runs on: "Linux 6.1, x86_64"."""
    parts: tuple[PartFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """`keys`: each of them does it, as the system writes them."""

    keys: tuple[str, ...]
    words: str | Text
