"""The fields of a job as facts, made of what stands in them and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

from app.facts.job import FieldFacts, FieldKind
from app.facts.settings import OptionFacts
from app.station.draft_fields import YES
from app.station.job_draft import JobDraft
from smp.text import NOTHING, Text

Problems = Mapping[str, Text]


class Form:
    """Makes the facts of fields out of a draft and what is wrong with it."""

    def __init__(self, draft: JobDraft, problems: Problems) -> None:
        self.draft = draft
        self.problems = problems

    def line(self, key: str, title: Text, words: Text = NOTHING, **more: object) -> FieldFacts:
        return self._field(key, title, FieldKind.LINE, words, **more)

    def short(self, key: str, title: Text, words: Text = NOTHING, **more: object) -> FieldFacts:
        return self._field(key, title, FieldKind.SHORT, words, **more)

    def switch(self, key: str, title: Text, words: Text = NOTHING) -> FieldFacts:
        return self._field(key, title, FieldKind.SWITCH, words)

    def choice(
        self, key: str, title: Text, options: Mapping[str, Text], words: Text = NOTHING
    ) -> FieldFacts:
        offered = tuple(OptionFacts(each, said) for each, said in options.items())
        return self._field(key, title, FieldKind.CHOICE, words, options=offered)

    def _field(
        self, key: str, title: Text, kind: FieldKind, words: Text, **more: object
    ) -> FieldFacts:
        return FieldFacts(
            key,
            title,
            kind,
            value=self.draft.get(key),
            words=words,
            problem=self.problems.get(key, NOTHING),
            **more,  # type: ignore[arg-type]
        )

    def relevant(self, *fields: FieldFacts) -> tuple[FieldFacts, ...]:
        """Those of them that mean something now."""
        return tuple(each for each in fields if self.draft.is_relevant(each.key))

    def on(self, key: str) -> bool:
        return self.draft.get(key) == YES
