"""How many attempts of this computer's stations a database has not got yet."""

from __future__ import annotations

from pathlib import Path

from app.records.outbox import Outbox
from app.records.where import default_file, outboxes
from smp.errors import RecordError
from smp.text import NOTHING, Text


def count_waiting(where: str | Path) -> int:
    """Blocking. Never raises: an outbox that cannot be read does not count."""
    count = 0
    try:
        for path in outboxes(where or default_file()):
            count += Outbox(path).count()
    except (RecordError, OSError):
        pass
    return count


def waiting_words(waiting: int) -> Text:
    """Nothing where none waits."""
    if not waiting:
        return NOTHING
    if waiting == 1:
        return Text("One record waits until the database takes it")
    return Text("{waiting:,} records wait until the database takes them", waiting=waiting)
