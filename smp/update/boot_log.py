"""What a bootloader prints while a device restarts, where its console is the SMP line.

Nothing depends on it: it only lets the engine wait with its questions while the bootloader works,
and tells a refused image from one that did not hold. Source: the texts of mcu-tools/mcuboot
boot/bootutil/src/loader.c, swap_*.c, boot/zephyr/main.c and Zephyr's boot banner.
"""

from __future__ import annotations

import asyncio

from smp.connection import Watcher
from smp.errors import LinkError

_BOOTLOADER = (b"Starting bootloader", b"Swap type", b"Starting swap", b"MCUboot", b"Boot source")
_APPLICATION = (b"*** Booting Zephyr OS", b"Jumping to the", b"*** Booting nRF Connect")
_INVALID = (b"is not valid", b"Image hash check", b"signature", b"authentication failed")
_LONGEST = 512


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
        self.starts = 0
        """How often an application was started."""
        self._line = b""

    def text_received(self, data: bytes) -> None:
        *lines, rest = (self._line + data).split(b"\n")
        self._line = rest[-_LONGEST:]
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        if any(sign in line for sign in _APPLICATION):
            if b"Jumping" in line:
                self.starts += 1
            self.seen_boot = True
            self.in_bootloader = False
            self.left_bootloader.set()
        elif any(sign in line for sign in _BOOTLOADER) and not _is_application_log(line):
            self.seen_boot = True
            self.in_bootloader = True
            self.left_bootloader.clear()
        if self.seen_boot and any(sign in line for sign in _INVALID):
            self.seen_invalid = True

    def link_lost(self, error: LinkError) -> None:
        self.left_bootloader.set()


def _is_application_log(line: bytes) -> bool:
    """Applications repeat the bootloader library's lines, behind a time stamp."""
    return line.lstrip().startswith(b"[")
