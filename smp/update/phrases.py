"""Phrases that several texts of an update share."""

from __future__ import annotations

from collections.abc import Sequence

from smp.text import NOTHING, Text, parts_of, sentences
from smp.update.verdict import Running

SAFE = Text("The device is safe")
"""It runs what it ran before, and a restart changes nothing of that. An ending of one image says it
of that; see `endings.side_by_side`."""


def unsafe(reason: Text) -> Text:
    """Without that sentence."""
    return sentences(*(part for part in parts_of(reason) if part != SAFE))


def named(version: str) -> str:
    """A version in a sentence. A device may tell none, or, as Zephyr does, `<???>`."""
    return version if _is_told(version) else Text("an unknown version")


def begun(version: str) -> str:
    """The same where a sentence begins with it."""
    return version if _is_told(version) else Text("An unknown version")


def still(running: Running | None) -> Text:
    if running is None:
        return Text("Not updated")
    version = named(running.version)
    if running.is_active:
        return Text("Not updated: still running {version}", version=version)
    return Text("Not updated: still holding {version}", version=version)


def silent(was: Running | None) -> Text:
    """Nothing new was started, and nobody tells what runs now."""
    if was is None:
        return Text("Not updated: the device does not answer")
    version = named(was.version)
    if was.is_active:
        return Text("Not updated: the device does not answer, it ran {version}", version=version)
    return Text("Not updated: the device does not answer, it held {version}", version=version)


def was_before(was: Running | None) -> Text:
    return Text("Was {version}", version=named(was.version)) if was else NOTHING


def waits_too(state: Text, version: str) -> Text:
    """A headline of what runs, and what the next restart starts."""
    return Text("{state}; {version} waits for the next restart", state=state, version=version)


def listed(words: Sequence[str]) -> Text:
    """ "a, b and c"."""
    if not words:
        return NOTHING
    *others, last = words
    if not others:
        return Text("{only}", only=last)
    some = others[0]
    for other in others[1:]:
        some = Text("{some}, {other}", some=some, other=other)
    return Text("{some} and {last}", some=some, last=last)


def _is_told(version: str) -> bool:
    return any(letter.isdigit() for letter in version)
