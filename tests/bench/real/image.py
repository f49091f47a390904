"""Images that the emulated board takes, and a look into its memory for what arrived."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path
from typing import Any

from smp.image import McubootImage
from smp.simulator import build_image
from tests.zephyr.servers import signed_image

_REGIONS = ((0x00000000, 0x400000), (0x20000000, 0x800000), (0x21000000, 0x1000000))
"""Memory of the emulated mps2_an385: code, both SSRAMs and PSRAM."""


def image_for(target: str, config: str, total: int, seed: str) -> bytes:
    """An image of `total` bytes for this server, made like the one that runs on it."""
    running = McubootImage.from_bytes(signed_image(target, config).read_bytes())
    options: dict[str, Any] = {
        "seed": seed,
        "header_size": running.header.size,
        "flags": running.header.flags,
        "load_address": running.header.load_address,
    }
    beside = len(build_image("9.9.9", 16, **options)) - 16
    return build_image("9.9.9", total - beside, **options)


def is_in_memory(contents: bytes, monitor: Path) -> bool:
    """Does the board's memory hold these bytes in one piece?"""
    with socket.socket(socket.AF_UNIX) as plug, tempfile.TemporaryDirectory() as folder:
        plug.connect(str(monitor))
        talk = plug.makefile("rw")
        talk.readline()
        _command(talk, "qmp_capabilities")
        for begin, size in _REGIONS:
            dump = Path(folder) / f"{begin:x}"
            _command(talk, "pmemsave", val=begin, size=size, filename=str(dump))
            if dump.exists() and contents in dump.read_bytes():
                return True
    return False


def _command(talk: Any, name: str, **arguments: object) -> None:
    talk.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
    talk.flush()
    while "event" in json.loads(talk.readline()):
        pass
