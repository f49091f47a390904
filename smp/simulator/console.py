"""What the device prints on its console, besides SMP.

Shapes as Zephyr and MCUboot print them: boot banner, bootloader log, log lines with a time
stamp, a shell prompt.
"""

from __future__ import annotations

import random
from enum import Enum

_NEWLINE = b"\r\n"
PROMPT = b"uart:~$ "
_MESSAGES = (
    "<inf> app: heartbeat {number}",
    "<dbg> sensor: temperature {value}.{number:02} C",
    "<inf> net: link quality {value} %",
    "<wrn> app: queue at {value} %",
)


_TICKS = 100
"""Of Mynewt's clock, in a second."""


class Style(Enum):
    """How log lines look."""

    ZEPHYR = "time of the day, level and module"
    MYNEWT = "ticks since the start"


def mynewts_prompt(uptime: float) -> bytes:
    return f"{int(uptime * _TICKS):06} compat> ".encode()


def line(text: str) -> bytes:
    return text.encode("ascii", "replace") + _NEWLINE


def bootloader_banner() -> bytes:
    return line("*** Booting MCUboot v2.3.0 ***") + line("*** Using Zephyr OS build v4.4.0 ***")


def firmware_banner(release: str) -> bytes:
    return line(f"*** Booting Zephyr OS build {release} ***")


class Chatter:
    """Log lines of a firmware that likes to print; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"{seed}/chatter")  # noqa: S311
        self._number = 0

    def log_line(self, uptime: float, style: Style = Style.ZEPHYR) -> bytes:
        """One line, `uptime` seconds after the start."""
        self._number += 1
        whole = int(uptime)
        stamp = (
            f"[{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}."
            f"{int(uptime * 1000) % 1000:03},000]"
        )
        text = self._random.choice(_MESSAGES)
        value = self._random.randrange(100)
        if style is Style.MYNEWT:
            stamp = f"{int(uptime * _TICKS):06}"
        return line(f"{stamp} {text.format(number=self._number % 100, value=value)}")

    def interrupts(self) -> bool:
        """Does a log line come between two lines of an answer?"""
        return self._random.random() < 0.2
