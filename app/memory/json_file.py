"""Entries by key in one JSON file, which several programs keep together.

    file = JsonFile(path, "packet sizes", parse=_size, most=1000)
    file.load()                       # in a thread, before it is needed
    file.get("ble:lamp")              # never touches the disk
    await file.keep("ble:lamp", 495)  # there at once, on the disk a little later

Reading and writing may take seconds where a folder is on the network: `load` and `save` are for
threads, the rest is for the event loop. A file that cannot be read or written costs only the
memory. Each entry that is written goes into what the file holds then: programs that run side by
side do not forget what the others have learnt.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from app.memory.safe_file import alone, replace

V = TypeVar("V")

log = logging.getLogger(__name__)


class JsonFile(Generic[V]):
    """See the module. `path` None: for this run only.

    what: its content in words, for the log; parse: an entry from what was stored, None if that
    can be none; store: the reverse, to what JSON knows; most: entries that are kept, the oldest
    go first.
    """

    def __init__(
        self,
        path: Path | None,
        what: str,
        *,
        parse: Callable[[object], V | None],
        store: Callable[[V], object] = lambda value: value,
        most: int,
    ) -> None:
        self.path = path
        self._what = what
        self._parse = parse
        self._store = store
        self._most = most
        self._entries: dict[str, V] = {}
        self._unsaved: dict[str, V] = {}
        self._lock = threading.Lock()
        """Of the two above."""
        self._writing = threading.Lock()

    def get(self, key: str) -> V | None:
        """None before it was loaded or kept."""
        return self._entries.get(key)

    @property
    def is_known(self) -> bool:
        """Something is remembered."""
        return bool(self._entries)

    async def keep(self, key: str, value: V) -> None:
        """Remember it; returns when it is on the disk, or cannot be."""
        if self.put(key, value):
            await asyncio.to_thread(self.save)

    def put(self, key: str, value: V) -> bool:
        """Remember it; the next `save` writes it. False if that is no news."""
        with self._lock:
            if self._entries.get(key) == value:
                return False
            self._entries = self._newest({**_without(self._entries, key), key: value})
            self._unsaved[key] = value
            return True

    def load(self) -> None:
        """Read what was remembered. Blocking."""
        stored = self._read()
        with self._lock:
            self._entries = self._newest({**stored, **self._entries})

    def save(self) -> None:
        """Write what was remembered since the last time; nothing if there is nothing. Blocking."""
        if self.path is None:
            return
        with self._writing:
            with self._lock:
                fresh, self._unsaved = self._unsaved, {}
            if fresh:
                self._write(self.path, fresh)

    def forget(self) -> bool:
        """Everything, also on the disk. False: it stays there. Blocking."""
        with self._writing:
            with self._lock:
                self._entries, self._unsaved = {}, {}
            if self.path is None:
                return True
            try:
                with alone(self.path.with_suffix(".lock")):
                    self.path.unlink(missing_ok=True)
            except OSError as error:
                log.info("%s stays: %s", self.path, error)
                return False
            return True

    def _newest(self, entries: dict[str, V]) -> dict[str, V]:
        return dict(list(entries.items())[-self._most :])

    def _read(self) -> dict[str, V]:
        if self.path is None:
            return {}
        try:
            stored = json.loads(self.path.read_text("utf-8"))
            read = {str(key): self._parse(value) for key, value in stored.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, RecursionError) as error:
            log.info("%s cannot be read: %s", self._what, error)
            return {}
        return {key: value for key, value in read.items() if value is not None}

    def _write(self, path: Path, fresh: dict[str, V]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with alone(path.with_suffix(".lock")):
                before = {k: v for k, v in self._read().items() if k not in fresh}
                entries = self._newest({**before, **fresh})
                replace(path, json.dumps({k: self._store(v) for k, v in entries.items()}))
        except OSError as error:
            log.info("%s cannot be kept: %s", self._what, error)
            return
        with self._lock:
            self._entries = self._newest({**entries, **self._entries})


def _without(entries: dict[str, V], key: str) -> dict[str, V]:
    return {known: value for known, value in entries.items() if known != key}
