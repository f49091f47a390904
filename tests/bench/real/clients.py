"""Who is measured, in turns: how each one is started."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.real.rows import Row

PEER_VARIABLE = "FLASHDESK_PEER_PYTHON"
NAMES = ("flashdesk", "paced", "single", "smpclient", "probe")
"""`paced`: the engine that knows the line's baud, as it does on a real UART; `single`: the engine
with one request in flight."""


@dataclass(frozen=True)
class Contender:
    name: str
    command: tuple[str, ...]
    window: int | None = None
    packet: int | None = None
    knows_line: bool = False
    is_foreign: bool = False

    @property
    def is_probe(self) -> bool:
        return self.name.startswith("probe")


def contenders(row: Row, names: list[str]) -> list[Contender]:
    """Those of these names that have a part in this row."""
    engine = (sys.executable, "-m", "tests.bench.real.engine")
    found = []
    for name in names:
        if name == "flashdesk":
            found.append(Contender(name, engine))
        elif name == "paced" and row.baud:
            found.append(Contender("flashdesk, baud known", engine, knows_line=True))
        elif name == "single" and row.kind != "echo":
            found.append(Contender("flashdesk, one in flight", engine, window=1))
        elif name == "smpclient" and not why_no_peer():
            script = Path(__file__).with_name("peer.py")
            command = (os.environ[PEER_VARIABLE], "-I", str(script))
            found.append(Contender(name, command, is_foreign=True))
        elif name == "probe":
            probe = (sys.executable, "-m", "tests.bench.real.probe")
            for window, packet in row.probes:
                text = f"probe, {window} in flight" + (f", {packet} B" if packet else "")
                found.append(Contender(text, probe, window, packet))
    return found


def why_no_peer() -> str:
    """Why smpclient is not measured; empty if it is."""
    named = os.environ.get(PEER_VARIABLE)
    if not named:
        return f"{PEER_VARIABLE} is not set"
    return "" if Path(named).exists() else f"{named} is not there"
