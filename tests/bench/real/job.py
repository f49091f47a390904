"""What a client is told to do and what it tells of it, as JSON between processes."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE = "/lfs1/bench.bin"
ECHO = "flashdesk"


@dataclass(frozen=True)
class Job:
    """`address` as the engine writes it; `kind`: echo, file or image.

    `contents` holds what is sent: one image, or files of `size` bytes one after the other.
    `baud`: what the line is known to carry, 0 for a line nobody names. `window` and `packet` (bytes
    with header) None: as the client likes.
    """

    address: str
    kind: str
    contents: str
    size: int
    rounds: int = 1
    baud: int = 0
    window: int | None = None
    packet: int | None = None

    @classmethod
    def given(cls) -> Job:
        return cls(**json.loads(sys.argv[1]))

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def pieces(self) -> list[bytes]:
        """What is sent, round by round."""
        data = Path(self.contents).read_bytes()
        return [data[at * self.size : (at + 1) * self.size] for at in range(self.rounds)]


@dataclass
class Outcome:
    """`done`: bytes that the server has acknowledged, or round trips made."""

    done: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    events: dict[str, int] = field(default_factory=dict)
    error: str = ""

    @classmethod
    def read(cls, text: str) -> Outcome:
        return cls(**json.loads(text))

    def tell(self) -> None:
        sys.stdout.write(json.dumps(asdict(self)) + "\n")


class Watch:
    """Time and CPU of this process, over the transfer only."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), _cpu()

    def stop(self, outcome: Outcome) -> None:
        outcome.seconds = time.perf_counter() - self._began
        outcome.cpu = _cpu() - self._cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def add(events: dict[str, int], name: str, count: int = 1) -> None:
    if count:
        events[name] = events.get(name, 0) + count
