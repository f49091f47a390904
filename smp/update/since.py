"""What an idle device shows of restarts after its update.

Firmware that holds while it is watched may fall over a minute later. Nobody is told: its images
are listed as before where no bootloader returns to the old one. What shows it is boot text on the
console and run times that begin anew; a clock that goes back lets it be presumed. A lost link shows
nothing but itself.
"""

from __future__ import annotations

from smp.client import Client
from smp.connection import Watcher
from smp.errors import LinkError
from smp.update.boot_log import BootLog
from smp.update.vitals import Vitals
from smp.update.watch import Sign


class Since(Watcher):
    """From now on. It listens as a watcher of the client; `look` asks."""

    def __init__(self, client: Client) -> None:
        self._vitals = Vitals(client)
        self._boots = BootLog()

    def text_received(self, data: bytes) -> None:
        self._boots.text_received(data)

    async def look(self) -> Sign | None:
        """By what a restart shows; None: by nothing. Never raises but for a cancellation."""
        try:
            began_anew = await self._vitals.show_restart()
        except LinkError:
            began_anew = False
        if self._boots.seen_boot:
            return Sign.BOOT_TEXT
        if not began_anew:
            return None
        return Sign.VITALS if self._vitals.is_certain else Sign.CLOCK
