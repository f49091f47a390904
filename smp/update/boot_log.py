"""What a bootloader prints while a device restarts, where its console is the SMP line.

Nothing depends on it: it only lets the engine wait with its questions while the bootloader works,
and tells a refused image from one that did not hold. Source: the texts of mcu-tools/mcuboot
boot/bootutil/src/loader.c, swap_*.c, boot/zephyr/main.c and Zephyr's boot banner.
"""

from __future__ import annotations

import asyncio
import re

from smp.connection import Watcher
from smp.errors import LinkError

_BOOTLOADER = (
    b"Starting bootloader",
    b"Swap type",
    b"Starting swap",
    b"*** Booting MCUboot",
    b"Boot source",
)
_APPLICATION = (b"*** Booting Zephyr OS", b"Jumping to the", b"*** Booting nRF Connect")
_INVALID = (b"is not valid", b"Image hash check", b"signature", b"authentication failed")
_COPIED = re.compile(rb"Image (\d{1,3}) upgrade secondary slot -> primary slot")
_COMPLAINTS = (b"E: ", b"W: ", b"<err> mcuboot", b"<wrn> mcuboot")
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_LONGEST = 512
_KEPT = 3


class BootLog(Watcher):
    """Listens to console text; see the module."""

    def __init__(self) -> None:
        self.in_bootloader = False
        """The last sign of life was the bootloader's."""
        self.left_bootloader = asyncio.Event()
        """An application was started, or the link went away."""
        self.seen_boot = False
        """The device certainly restarted."""
        self.seen_invalid = False
        """The bootloader said that an image is not valid."""
        self.copied = set[int]()
        """Images that the bootloader said it copies into place, having found them valid."""
        self.starts = 0
        """How often an application was started."""
        self.started_at: float | None = None
        """When that was last, by the loop's time."""
        self._complaints: list[str] = []
        self._line = b""

    @property
    def complaints(self) -> str:
        """What the bootloader complained of, in its own words; empty without a complaint."""
        return "; ".join(self._complaints)

    def text_received(self, data: bytes) -> None:
        *lines, rest = (self._line + data).split(b"\n")
        self._line = rest[-_LONGEST:]
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        line = _COLOUR.sub(b"", line)
        if (copied := _COPIED.search(line)) is not None and not _is_application_log(line):
            self.copied.add(int(copied[1]))
        if any(sign in line for sign in _APPLICATION):
            if b"Jumping" in line:
                self.starts += 1
            self.seen_boot = True
            self.in_bootloader = False
            self.started_at = asyncio.get_running_loop().time()
            self.left_bootloader.set()
        elif any(sign in line for sign in _BOOTLOADER) and not _is_application_log(line):
            self.seen_boot = True
            self.in_bootloader = True
            self.left_bootloader.clear()
        elif self.in_bootloader and any(line.lstrip().startswith(s) for s in _COMPLAINTS):
            self._keep(line)
        if self.seen_boot and any(sign in line for sign in _INVALID):
            self.seen_invalid = True

    def _keep(self, line: bytes) -> None:
        _, _, words = line.decode("ascii", "replace").strip().partition(": ")
        words = "".join(c for c in words if c.isprintable()).strip().rstrip(".!")
        if words and words not in self._complaints and len(self._complaints) < _KEPT:
            self._complaints.append(words)

    def link_lost(self, error: LinkError) -> None:
        self.left_bootloader.set()


def _is_application_log(line: bytes) -> bool:
    """Applications repeat the bootloader library's lines, behind a time stamp."""
    return line.lstrip().startswith(b"[")
