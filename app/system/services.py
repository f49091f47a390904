"""What a computer can do for the window: stay awake, show how far it is, tell of an end, be heard.

`System` is the contract, and a computer that can do nothing. None of it raises, none of it blocks,
and whatever is held is given back by the system itself if the program is killed.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.lib.aside import aside
from smp.signal import Signal

_LONGEST_SOUND = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that has ended, in the language of the person. `key`: what is shown when it is
    pressed."""

    title: str
    words: str
    key: str = ""
    is_urgent: bool = False


class System:
    """See the module."""

    def __init__(self) -> None:
        self.pressed: Signal[str, str] = Signal("a notice that was pressed")
        """The key of the notice, and the desktop's allowance to come forward, or nothing."""

    async def stay_awake(self, why: str) -> bool:
        """Do not fall asleep by itself until `may_sleep`; whether that is certain."""
        return False

    async def may_sleep(self) -> None: ...

    async def show_progress(self, fraction: float | None) -> None:
        """Of everything that runs, in the task bar; None: nothing runs."""

    async def tell(self, notice: Notice) -> bool:
        """Show a notice outside of the window; whether it is shown."""
        return False

    async def withdraw(self) -> None:
        """The person is here: notices that still stand are not needed."""

    async def play(self, sound: Path) -> bool:
        """A short sound, to its end; whether it was played."""
        return await run_player(self.players(), sound)

    def players(self) -> Sequence[Sequence[str]]:
        """Commands that play a file, the best first."""
        return ()

    async def close(self) -> None:
        """Give everything back."""


async def run_player(players: Sequence[Sequence[str]], sound: Path) -> bool:
    """Play it with the first program that is there and does."""

    def play() -> bool:
        for name, *options in players:
            program = shutil.which(name)
            if program is None:
                continue
            try:
                done = subprocess.run(  # noqa: S603 -- of our own list, and a file of our own
                    [program, *options, str(sound)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=_LONGEST_SOUND,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                log.info("%s does not play: %s", name, error)
                continue
            if done.returncode == 0:
                return True
            log.info("%s does not play: status %d", name, done.returncode)
        return False

    return await aside(play)
