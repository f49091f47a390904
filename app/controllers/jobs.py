"""What a window does with a file: the job that is made of it for any device."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from smp.image import FirmwareFile, PublicKey
from smp.update.job import Job, parts_of, refuse_unknown
from smp.update.plan import Mode


@dataclass(slots=True)
class Jobs:
    """Called with a usable file, it makes the job. What it is for is what the settings say."""

    mode: Mode = Mode.CONFIRM
    key: PublicKey | None = None
    watch: float | None = None
    forbids: frozenset[str] = frozenset()
    _last: tuple[FirmwareFile, Job] | None = field(default=None, repr=False)
    """A file is asked for again and again; its signature is checked once."""

    @classmethod
    def of(
        cls, mode: str = "", key: Path | None = None, watch: float | None = None, *forbids: str
    ) -> Jobs:
        """As it is written down. Blocking. Raises `FileError` and `JobError`."""
        known = {mode.value: mode for mode in Mode}
        codes = refuse_unknown(forbids)
        trusted = PublicKey.load(key) if key is not None else None
        return cls(known.get(mode, Mode.CONFIRM), trusted, watch, codes)

    def __call__(self, file: FirmwareFile) -> Job:
        if self._last is None or self._last[0] is not file:
            parts = parts_of(file.images)
            self._last = file, Job(parts, self.mode, self.key, self.watch, forbids=self.forbids)
        return self._last[1]
