"""Signs of a restart that a device shows by itself: its clock and the run times of its threads.

Firmware that crashes and is back within a second misses no question. But its clock starts again
(Mynewt's always, Zephyr's where no battery keeps it) and so do its threads' run times. Which of
them a firmware has is found out by asking; what it refuses is not asked again, unless the refusal
may pass.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from smp.client import Client
from smp.commands.os import ReadDateTime, TaskStatistics
from smp.errors import DeviceError, MalformedPacket, NoAnswer, SmpError, TransferError
from smp.timing import Patience

_SHORTEST_WAIT = 1.0
_SLIP = 2.5
"""Seconds that a clock may fall behind: clocks tell whole seconds, answers take a while."""
_LEAST_STRETCH = 0.8
"""Seconds between two looks that tell how fast run times grow."""
_WENT_ON = 0.9
"""Run times that have grown by that part of what the seconds between demand began at no new start:
that would have cost all that ran before, and the start itself."""


class Vitals:
    """For one watch. Ask `show_restart` again and again; the first time takes the measure."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._has_clock = self._has_times = True
        self._clock: tuple[float, float] | None = None
        self._goes = False
        """The clock was seen going: one that stands still proves nothing."""
        self._times: dict[str, int] = {}
        self._tells_times = False
        self._total: tuple[float, int] | None = None
        """When all run times together were how much."""
        self._rate = 0.0
        """How much that grows in a second, at most."""
        self.went_on = False
        """The run times of the last look prove that it has not restarted since the one before."""
        self.answered = self.missed = self.ignored = 0
        """Questions that met an answer, silence, and silence as every time: perhaps this firmware
        does not answer that kind at all."""
        self.is_certain = False
        """What `show_restart` found proves it: a clock may also have been set."""

    async def show_restart(self) -> bool:
        """True if the device has started anew since the question before. Raises `LinkError`."""
        self.went_on = False
        went_back = self._has_clock and await self._clock_went_back()
        began_anew = self._has_times and await self._threads_began_anew()
        self.is_certain = began_anew
        return went_back or began_anew

    async def _clock_went_back(self) -> bool:
        try:
            told = await self._client.request(ReadDateTime(), patience=self._patience())
        except NoAnswer:
            self._note_silence(is_told=self._clock is not None)
            return False
        except (DeviceError, MalformedPacket, TransferError) as error:
            self._has_clock = _may_pass(error)
            return False
        self.answered += 1
        moment = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
        shown, now = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds(), self._loop.time()
        before, self._clock = self._clock, (shown, now)
        if before is None:
            return False
        gone, passed = shown - before[0], now - before[1]
        went_back = self._goes and gone < passed - _SLIP
        self._goes = self._goes or (gone > 0 and abs(gone - passed) <= 1.5)
        return went_back

    async def _threads_began_anew(self) -> bool:
        try:
            tasks = await self._client.request(TaskStatistics(), patience=self._patience())
        except NoAnswer:
            self._note_silence(is_told=self._tells_times)
            return False
        except (DeviceError, MalformedPacket, TransferError) as error:
            self._has_times = _may_pass(error)
            return False
        self.answered += 1
        self._tells_times = True
        times = {task.name: task.run_time for task in tasks if task.run_time}
        if not times:
            self._has_times = False
        before, self._times = self._times, {name: time for name, time in times.items() if time}
        # A counter of 32 bits that is full also begins anew, but never all of them at once.
        common = before.keys() & self._times.keys()
        began_anew = len(common) > 1 and all(self._times[name] < before[name] for name in common)
        self._note_growth(is_comparable=before.keys() == self._times.keys())
        return began_anew

    def _note_growth(self, *, is_comparable: bool) -> None:
        """All threads together, the idle one among them, take all the time there is."""
        total = (self._loop.time(), sum(self._times.values()))
        before, self._total = self._total, total
        if before is None or not is_comparable:
            return
        passed, grown = total[0] - before[0], total[1] - before[1]
        self.went_on = self._rate > 0 and grown >= _WENT_ON * self._rate * passed
        if passed >= _LEAST_STRETCH:
            self._rate = max(self._rate, grown / passed)

    def _note_silence(self, *, is_told: bool) -> None:
        self.missed += is_told
        self.ignored += not is_told

    def _patience(self) -> Patience:
        wait = max(_SHORTEST_WAIT, 4 * self._client.round_trip)
        return Patience((wait / 2, wait / 2), adaptive=False)


def _may_pass(error: SmpError) -> bool:
    return isinstance(error, DeviceError) and error.is_passing
