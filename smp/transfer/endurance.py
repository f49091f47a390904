"""When an upload gives up: how much silence, refusal and repetition it bears. No I/O.

Two kinds of silence end differently. A device that answers nothing any more is gone. One that
answers other requests, each time after a part of the upload has met silence, is there and ignores
that part: what is lost by chance would hit the other requests as well.
"""

from __future__ import annotations

from enum import Enum

from smp import codes
from smp.errors import DeviceError
from smp.transfer.packet_size import SizeSearch

SILENCES = 4
LONGEST_SILENCE = 20.0
"""Consecutive silences, and seconds since the first of them, after which the device is gone."""
MOST_SILENCES = 64
"""The same, however short, between answers to other requests."""
DEAF = 8
DEAF_FOR = 8.0
"""A part that so many times and seconds gets no answer, while other requests do, never will."""
FIRST_SILENCES = 2
FIRST_DEAF = 3
"""So many silences to a first chunk, and answers to other requests after each, are no chance."""
FIRSTS_LOST = 8
"""How often a first chunk may get lost, beside once for each packet size."""
STANDSTILLS = 24
"""Consecutive answers without progress after which the upload fails."""
RESTARTS = 4
"""How often a server may forget the upload."""
REFUSALS = 24
"""Consecutive "out of memory" or "busy" answers after which the upload fails."""
FIRST_REFUSALS = 6
"""The same for a first chunk: nothing else is in flight that could hold the memory."""
CUT_REFUSALS = 6
"""The same of "damaged or cut" although the packets are as small as they can be."""
UNREADABLE = 6
"""Consecutive answers that cannot be read after which the upload fails."""
_LONGEST_PAUSE = 2.0


class Hope(Enum):
    GO_ON = "it may still get through"
    GONE = "the device answers nothing any more"
    IGNORED = "the device answers, but not to this part"


class Endurance:
    """For one upload. Each method takes note of something and says whether to go on."""

    def __init__(self, sizes: SizeSearch) -> None:
        self.silences = 0
        """How often the device has been waited for in vain since its last answer."""
        self._sizes = sizes
        self._silent_since: float | None = None
        self._proofs = 0
        """Silences in a row after each of which something else was answered."""
        self._proofs_since = 0.0
        self._firsts_lost = 0
        self._standstills = 0
        self._refusals = 0
        self._unreadable = 0
        self._overrun_at: int | None = None

    # -- silence ----------------------------------------------------------------------------

    def heard(self) -> None:
        """Something of the upload was answered, with whatever."""
        self.silences = self._proofs = 0
        self._silent_since = None

    def silent(self, now: float, *, is_first: bool) -> Hope:
        """A part met silence."""
        if self._silent_since is None:
            self._silent_since = now
        self.silences += 1
        if is_first:
            gone = self.silences >= FIRST_SILENCES and self._sizes.is_smallest
            enough = FIRST_DEAF
            gone = gone and not 0 < self._proofs < enough
        else:
            gone = now - self._silent_since >= LONGEST_SILENCE and self.silences >= SILENCES
            enough = DEAF
        if not gone and self.silences < MOST_SILENCES:
            return Hope.GO_ON
        return Hope.IGNORED if self._proofs >= enough else Hope.GONE

    def lost_first(self) -> Hope:
        """A first chunk is known to be lost: what was asked after it was answered."""
        self._firsts_lost += 1
        most = FIRSTS_LOST + len(self._sizes.sizes)
        return Hope.IGNORED if self._firsts_lost > most else Hope.GO_ON

    def answers_otherwise(self, now: float, *, is_first: bool) -> Hope:
        """Something else was answered after a part had met silence."""
        if not self._proofs:
            self._proofs_since = now
        self._proofs += 1
        self._silent_since = None
        proven = self._proofs >= DEAF and now - self._proofs_since >= DEAF_FOR
        ignored = proven and self._sizes.is_smallest and not is_first
        return Hope.IGNORED if ignored else Hope.GO_ON

    def answers_nothing(self) -> None:
        """Nor was that: the device, or the link, is the silent one."""
        self._proofs = 0

    # -- answers ----------------------------------------------------------------------------

    def answered(self) -> None:
        """With an offset: what was refused or unreadable before is forgiven."""
        self._refusals = self._unreadable = 0
        self.heard()

    def refused(self, error: DeviceError, *, is_first: bool) -> float | None:
        """Seconds to pause before the next try; None for none."""
        self._refusals += 1
        self.heard()
        most = REFUSALS
        if is_damage(error) and self._sizes.is_smallest:
            most = CUT_REFUSALS
        elif error.is_congestion and is_first:
            most = FIRST_REFUSALS
        passing = is_damage(error) or error.is_congestion or _is_busy(error)
        if not passing or self._refusals >= most:
            return None
        steps = self._refusals + 2 * is_first
        return min(0.02 * (1 << min(steps, 10)), _LONGEST_PAUSE)

    def unreadable(self) -> bool:
        """An answer could not be read."""
        self._unreadable += 1
        self.heard()
        return self._unreadable < UNREADABLE

    def overrun(self, offset: int, room: int) -> bool:
        """The device takes no more at this byte; False if it was the same within `room` before."""
        before, self._overrun_at = self._overrun_at, offset
        return before is None or abs(offset - before) >= max(room, 1)

    def progressed(self) -> None:
        """The device has more than ever before."""
        self._standstills = 0

    def stood_still(self) -> bool:
        """An answer brought nothing new."""
        self._standstills += 1
        return self._standstills <= STANDSTILLS


def is_damage(error: DeviceError) -> bool:
    """Cut on the way: it was too long for something between, or the line damaged it."""
    return error.group is None and error.code == codes.ECORRUPT


def _is_busy(error: DeviceError) -> bool:
    return error.group is None and error.code == codes.EBUSY
