"""What a window does with a file: the job that is made of it for any device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.controllers.watch_entry import LONGEST, read_watch
from smp.errors import JobError
from smp.image import FirmwareFile, NamedKey
from smp.text import Coded, Text
from smp.update.job import Job, parts_of, refuse_unknown
from smp.update.plan import Mode


@dataclass(slots=True)
class Jobs:
    """Called with a usable file, it makes the job. What it is for is what the settings say."""

    mode: Mode = Mode.CONFIRM
    trusted: tuple[NamedKey, ...] = ()
    watch: float | None = None
    forbids: frozenset[str] = frozenset()
    known: tuple[NamedKey, ...] = ()
    _last: tuple[FirmwareFile, Job] | None = field(default=None, repr=False)
    """A file is asked for again and again; its signature is checked once."""

    @classmethod
    def of(
        cls,
        mode: str = "",
        keys: Iterable[Path] = (),
        watch: str = "",
        forbids: Iterable[str] = (),
        known: Iterable[NamedKey] = (),
    ) -> Jobs:
        """As it is written down; empty: as usual. Blocking. Raises `FileError` and `JobError`."""
        codes = refuse_unknown(forbids)
        trusted = tuple(map(NamedKey.load, keys))
        return cls(_mode(mode), trusted, _seconds(watch), codes, tuple(known))

    def __call__(self, file: FirmwareFile) -> Job:
        if self._last is None or self._last[0] is not file:
            parts = parts_of(file.parts)
            job = Job(
                parts,
                self.mode,
                watch=self.watch,
                forbids=self.forbids,
                known=self.known,
                trusted=self.trusted,
                notes=file.notes,
            )
            self._last = file, job
        return self._last[1]


def _mode(text: str) -> Mode:
    known = {mode.value: mode for mode in Mode}
    if not text:
        return Mode.CONFIRM
    if text not in known:
        raise JobError(
            Coded("job-mode-unknown", "No mode of updates is called {text!r}", text=text),
            next_step=Text("Use one of these: {modes}", modes=", ".join(known)),
        )
    return known[text]


def _seconds(text: str) -> float | None:
    entry = read_watch(text)
    if entry.problem:
        raise JobError(
            Coded("job-watch-unreadable", "{text!r} is no time to watch firmware for", text=text),
            next_step=Text(
                "Give it in seconds, as a number from 0 to {longest:,}", longest=LONGEST
            ),
        )
    return entry.seconds
