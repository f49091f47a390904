"""`flashdesk` in a process of its own that sees, in place of the computer's ports, those of a hall:
`python -m tests.station.process PORTS.json COMMAND...`. Nothing else of the program is changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

LOOKS = 0.1
"""Seconds between looks at the ports, in place of one and five: units are exchanged in less."""


def main() -> None:
    ports = Path(sys.argv[1])

    def comports() -> list[Any]:
        try:
            listed = json.loads(ports.read_text("utf-8"))
        except (OSError, ValueError):
            listed = []
        return [SimpleNamespace(**port) for port in listed]

    import serial.tools.list_ports

    import smp.discovery

    serial.tools.list_ports.comports = comports
    smp.discovery.WATCH_INTERVAL = smp.discovery.FULL_LOOK_INTERVAL = LOOKS  # type: ignore[misc]
    smp.discovery._device_folder_stamp = lambda: None
    sys.argv = ["flashdesk", *sys.argv[2:]]
    from app.__main__ import main as flashdesk

    flashdesk()


if __name__ == "__main__":
    main()
