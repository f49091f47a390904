"""How many attempts of this computer's stations a database has not got yet."""

from __future__ import annotations

import logging
from pathlib import Path

from app.records.outbox import Outbox
from app.records.where import default_file, outboxes
from smp.errors import RecordError
from smp.text import NOTHING, Text

log = logging.getLogger(__name__)


def count_waiting(where: str | Path) -> int:
    """Blocking. Never raises: an outbox that cannot be read does not count, and the log says so."""
    count = 0
    try:
        paths = outboxes(where or default_file())
    except RecordError:
        return 0  # no address of a database: nothing waits for it
    for path in paths:
        try:
            count += Outbox(path).count()
        except (RecordError, OSError) as error:
            log.warning("what waits in %s is not counted: %s", path, error)
    return count


def waiting_words(waiting: int) -> Text:
    """Nothing where none waits."""
    if not waiting:
        return NOTHING
    if waiting == 1:
        return Text("One record waits until the database takes it")
    return Text("{waiting:,} records wait until the database takes them", waiting=waiting)
