"""What a device told of itself, and when: facts are of one moment, and devices are exchanged."""

from __future__ import annotations

import time
from enum import Enum

from smp.client import Client
from smp.commands.image import ImageEntry
from smp.errors import NoAnswer, SmpError
from smp.survey import DeviceFacts, read_again, survey
from smp.timing import Patience

_PATIENCE = Patience((2.0, 3.0), adaptive=False)
"""Silence while nothing is done is no alarm, but it is seen."""


class Look(Enum):
    SAME = "it lists what it listed before"
    OTHER = "it lists other images, or was silent before: everything was asked anew"
    SILENT = "no answer"
    UNCLEAR = "it answered, but not with a list"


class Told:
    """`at`, `silent_since` are seconds since the epoch."""

    def __init__(self) -> None:
        self.facts: DeviceFacts | None = None
        self.at = 0.0
        self.silent_since: float | None = None
        """It was asked then and has not answered since."""
        self.is_overtaken = False
        """An upload has begun since it listed its images."""

    def take(self, facts: DeviceFacts | None) -> None:
        """It has told this now; None: nothing is known."""
        self.facts, self.at = facts, time.time()
        self.silent_since, self.is_overtaken = None, False

    async def look(self, client: Client) -> Look:
        """Ask for the images, and for everything if they are others. Never raises but for a
        cancellation."""
        before, asked = self.facts, time.time()
        try:
            if before is None or self.silent_since is not None:
                self.take(await survey(client))
                return Look.OTHER
            facts = await read_again(client, before, patience=_PATIENCE)
            if facts.state is None and facts.state_problem is not None:
                return Look.UNCLEAR
            if _entries(facts) == _entries(before):
                self.take(facts)
                return Look.SAME
            self.take(await survey(client))
        except NoAnswer:
            self.silent_since = self.silent_since or asked
            return Look.SILENT
        except SmpError:
            return Look.UNCLEAR
        return Look.OTHER


def _entries(facts: DeviceFacts) -> tuple[ImageEntry, ...]:
    return facts.state.entries if facts.state is not None else ()
