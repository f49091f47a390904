"""Phrases that several endings of an update share."""

from __future__ import annotations

from collections.abc import Sequence

from smp.update.verdict import Running

SAFE = "The device is safe"


def named(version: str) -> str:
    """A version in a sentence. A device may tell none, or, as Zephyr does, `<???>`."""
    return version if any(letter.isdigit() for letter in version) else "an unknown version"


def still(running: Running | None) -> str:
    if running is None:
        return "Not updated"
    verb = "running" if running.is_active else "holding"
    return f"Not updated: still {verb} {named(running.version)}"


def was_before(was: Running | None) -> str:
    return f"Was {named(was.version)}. " if was else ""


def joined(what: str, why: str) -> str:
    return f"{what.rstrip('.')}. {why}".rstrip(". ") if why else what.rstrip(".")


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def listed(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
