"""Records of attempts, as their window shows them."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.facts.settings import OptionFacts
from app.facts.window import NoticeFacts
from app.facts.words import ChipFacts
from app.lib.tone import Tone
from smp.text import NOTHING, Text

PAGE = 200
"""Rows that are fetched at a time."""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A line of the table. `key` comes back when it is looked at."""

    key: str
    when: str
    unit: str
    result: Text
    tone: Tone
    reason: Text
    job: str
    version: str
    place: str
    operator: str
    took: Text


@dataclass(frozen=True, slots=True)
class StepRow:
    name: Text
    took: Text
    tone: Tone
    result: Text


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """`wanted`: what it had to be, in words."""

    name: str
    value: str
    wanted: Text
    tone: Tone
    result: Text


@dataclass(frozen=True, slots=True)
class PairFacts:
    """A fact with its title. `is_code`: a hash, a path: letters of one width."""

    title: Text
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One attempt, all of it."""

    key: str
    unit: str
    title: Text
    chip: ChipFacts
    reason: Text = NOTHING
    next_step: Text = NOTHING
    steps: tuple[StepRow, ...] = ()
    measurements: tuple[MeasurementRow, ...] = ()
    groups: tuple[tuple[Text, tuple[PairFacts, ...]], ...] = ()
    """Cards of facts, each with its title."""
    attempts: Text = NOTHING
    """How often this unit was tried, where that is known."""


@dataclass(frozen=True, slots=True)
class FilterFacts:
    unit: str = ""
    result: str = ""
    job: str = ""
    since: str = ""
    until: str = ""
    results: tuple[OptionFacts, ...] = ()
    jobs: tuple[OptionFacts, ...] = ()
    problem: Text = NOTHING
    is_set: bool = False
    """Something is filtered."""


@dataclass(frozen=True, slots=True)
class RecordsFacts:
    """The whole window. `total`: rows there are with this filter; `generation`: another number
    says that rows which were fetched before are of no use any more."""

    database: str = ""
    total: int = 0
    generation: int = 0
    filter: FilterFacts = field(default_factory=FilterFacts)
    summary: Text = NOTHING
    waiting: Text = NOTHING
    """What is in the outbox; empty: nothing."""
    notice: NoticeFacts | None = None
    history: Text = NOTHING
    """Whose history is shown; empty: everybody's."""
    attempt: AttemptFacts | None = None
    nothing: Text = NOTHING
    """Said in place of the table while there is nothing in it."""
    is_busy: bool = False
    """Something is exported or fetched."""
