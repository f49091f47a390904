"""The settings, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """One of several. `key` comes back when it is chosen."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An entry of a list that can be removed; `identity` comes back with what is done with it."""

    identity: str
    name: str
    detail: str = ""
    problem: str = ""
    """Why it is of no use."""
    lasting: str = ""
    """Why it cannot be removed or changed now; empty: it can."""


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """Checks of a plan that are decided on together. `choice`: "warn", "forbid", or empty where
    some of them forbid."""

    key: str
    title: str
    words: str = ""
    choice: str = "warn"


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    scheme: str = "system"
    languages: tuple[OptionFacts, ...] = ()
    language: str = ""
    language_waits: bool = False
    """Another one is spoken until the program starts again."""
    sound: bool = True
    notify: bool = True
    watch: str = ""
    """As it was entered; empty: the usual time."""
    watch_problem: str = ""
    modes: tuple[OptionFacts, ...] = ()
    mode: str = "confirm"
    mode_words: str = ""
    """What it means."""
    keys: tuple[EntryFacts, ...] = ()
    guards: tuple[GuardFacts, ...] = ()
    locked: str = ""
    """Why nothing can be changed of what is done in updates; empty: it can."""
    devices: tuple[EntryFacts, ...] = ()
    recent: int = 0
    """How many files are remembered."""
    path: str = ""
    problem: str = ""
    """What is wrong with the file of the settings."""
