"""What a device keeps over restarts besides its images, and what was done to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

CORE_MAGIC = bytes.fromhex("c3470c69")


class Harm(Enum):
    """What a client can do to such a device without being told."""

    SECOND_LINE = "a second line was complete before the first was handled: it reset itself"
    NEGATIVE_NUMBER = "a negative number where none may be: it reset itself"
    GARBAGE_WRITTEN = "too long a part: other memory was written in its place"
    HEADER_ERASED = "the header of the free slot was erased"
    BUFFERS_LOST = "an answer did not fit: its buffers never come back"
    DEAF = "too long a packet: it hears nothing until it is reset"
    RUNNING_ON_TEST = "the running image was put on test"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """`kind`: "str", "cbor" or "bin". `stamp` in microseconds."""

    index: int
    stamp: int
    message: bytes
    level: int = 1
    module: int = 0
    kind: str = "str"


def _config() -> dict[str, str]:
    return {"id/serial": "", "test/str": "text", "test/8": "8", "log/level": "1"}


@dataclass(slots=True)
class Memory:
    """See the module."""

    harms: Counter[Harm] = field(default_factory=Counter)
    config: dict[str, str] = field(default_factory=_config)
    """As it was saved last."""
    files: dict[str, bytes] = field(default_factory=dict)
    core: bytes = b""
    """The core dump that is stored; empty for none."""
    logs: dict[str, list[LogEntry]] = field(
        default_factory=lambda: {"reboot_log": [], "testlog": [], "log": []}
    )
    next_index: int = 0

    def note(
        self, log: str, message: bytes, stamp: int, *, kind: str = "str", level: int = 1
    ) -> None:
        """Append an entry to a log."""
        self.logs[log].append(LogEntry(self.next_index, stamp, message, level, kind=kind))
        self.next_index += 1

    def dump_core(self, size: int = 1400) -> None:
        """What a crash leaves, where nothing is stored yet."""
        if not self.core:
            head = CORE_MAGIC + size.to_bytes(4, "little")
            self.core = head + bytes(at * 7 & 0xFF for at in range(size - len(head)))
