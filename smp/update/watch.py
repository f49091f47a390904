"""Watching new firmware before it is called good.

That it answered once says little: firmware that crashes after five seconds did so, too. So it is
asked again and again for a while, in every bootloader mode, and must not have restarted meanwhile.
What shows a restart: boot text on the console, run times that begin anew or a clock that goes back
(`vitals`), the link going away, or silence that is longer than lost packets explain. Boot text and
run times prove it. After the others the device's image list is read: an image on test that is still
the active one cannot have restarted, its bootloader would have returned to the old one; nor has a
device whose run times went on. Where nothing proves anything the watch begins again, and a device
that falls away again and again does not hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from smp.client import Client
from smp.commands.base import Request
from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import Echo, ReadParameters
from smp.connection import Watcher
from smp.errors import DeviceError, LinkError, MalformedPacket, NoAnswer, TransferError
from smp.text import Text
from smp.timing import Patience
from smp.update.boot_log import BootLog
from smp.update.events import UpdateEvent, Watching
from smp.update.vitals import Vitals

_TRIES = 3
_SILENT = 2
"""So many tries in a row without an answer are no lost packet."""
_TIMES = 4
"""How often the first try asks at most. What is lost on a line takes the questions beside it with
it, one block of a stream up to three of them: two silences in a row would often be one loss."""
_SHORTEST_STEP = 0.1
_STEP_TRIPS = 2
_SHORTEST_WAIT = 0.4
_ROUND_TRIPS = 6
"""The smoothed round trip learns slowly that new firmware answers later than the old one did."""
_LONG_LIST = 2.0
"""Seconds after which an image list was read from a slow device, or from one that was away."""
_FALLS = 2
"""After so many doubtful moments the device does not hold."""


class Sign(Enum):
    """By what a restart was noticed."""

    BOOT_TEXT = "boot-text"
    VITALS = "run-times"
    CLOCK = "clock"
    GONE = "gone"
    SILENCE = "silence"

    @property
    def is_proof(self) -> bool:
        return self in (Sign.BOOT_TEXT, Sign.VITALS)

    @property
    def may_be_the_link(self) -> bool:
        return self in (Sign.GONE, Sign.SILENCE)

    @property
    def text(self) -> Text:
        """A clause: what was seen."""
        return _SEEN[self]


_SEEN = {
    Sign.BOOT_TEXT: Text("its boot text was heard"),
    Sign.VITALS: Text("its run times began anew"),
    Sign.CLOCK: Text("its clock went back"),
    Sign.GONE: Text("its connection went away"),
    Sign.SILENCE: Text("it fell silent"),
}


@dataclass(frozen=True, slots=True)
class Fall:
    """The device fell away `after` seconds of the watch."""

    after: float
    sign: Sign


@dataclass(frozen=True, slots=True)
class Watched:
    """`state` is the image list afterwards. `fall` None: it held."""

    state: ImageState
    fall: Fall | None


class _Sent(Watcher):
    """Counts what goes out, so that a question that was answered late tells of the first one."""

    def __init__(self) -> None:
        self.count = 0

    def packet_sent(self, data: bytes) -> None:
        self.count += 1


class Watch:
    """One watch of `seconds`.

    `follow` waits until the device lists its images again and raises what is in the way;
    `running` finds the entry of this file's image in a list if it is the one that runs;
    `reverts`: the bootloader returns from an image on test (None: not known).
    """

    def __init__(
        self,
        client: Client,
        seconds: float,
        *,
        every: float,
        reverts: bool | None,
        running: Callable[[ImageState], ImageEntry | None],
        follow: Callable[[ImageState], Awaitable[ImageState]],
        list_images: Callable[[], Awaitable[ImageState]],
        tell: Callable[[UpdateEvent], None],
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._every = every
        self._reverts = reverts
        self._running = running
        self._follow = follow
        self._list_images = list_images
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._vitals = Vitals(client)
        self._question: Request[object] = Echo("flashdesk")
        self._is_answered = False
        """The question was answered at least once."""
        self._answered = self._missed = 0
        self._sent = _Sent()

    async def run(self, state: ImageState) -> Watched:
        """Raises `SmpError` when the device goes away for good."""
        first = began = self._loop.time()
        seconds = self._seconds
        falls = 0
        begins = True
        was_long = False
        boots = BootLog()
        self._client.watchers.add(boots)
        self._client.watchers.add(self._sent)
        try:
            # A restart in the first second has to have something to show against.
            await self._began_anew()
            while True:
                left = began + seconds - self._loop.time()
                if left <= 0 and self._was_away():
                    sign: Sign | None = Sign.SILENCE
                elif left <= 0:
                    self._tell(Watching(0.0, seconds))
                    asked = self._loop.time()
                    state = await self._list_images()
                    took = self._loop.time() - asked
                    if took < _LONG_LIST or was_long:
                        return Watched(state, None)
                    # It lists slowly, or is away most of the time: which one shows in a while.
                    was_long = True
                    began, seconds = self._loop.time(), max(seconds, took)
                    continue
                else:
                    # The whole of it is told at first, whatever the clock has done since.
                    self._tell(Watching(seconds if begins else left, seconds))
                    begins = False
                    await asyncio.sleep(min(left, self._every))
                    sign = await self._beat(boots)
                if sign is None:
                    continue
                fall = Fall(self._loop.time() - first, sign)
                state = await self._follow(state)
                sign = Sign.BOOT_TEXT if boots.seen_boot else sign
                fall = Fall(fall.after, sign)
                entry = self._running(state)
                if entry is None:
                    return Watched(state, fall)
                falls += 1
                stayed = not entry.confirmed and self._reverts is not False
                # An image on test that its bootloader would have returned from: it did not restart.
                was_there = stayed and self._reverts is True and sign is Sign.SILENCE
                if not sign.is_proof:
                    if await self._began_anew():
                        fall = Fall(fall.after, Sign.VITALS)
                    was_there = was_there or self._vitals.went_on
                if fall.sign.is_proof and not stayed:
                    return Watched(state, fall)
                if falls > _FALLS and not was_there:
                    return Watched(state, fall)
                if falls <= _FALLS:
                    began = self._loop.time()
                boots.seen_boot = False
                self._forget()
        finally:
            self._client.watchers.remove(boots)
            self._client.watchers.remove(self._sent)

    def _was_away(self) -> bool:
        """More silence than lost packets explain, though never much of it at once."""
        missed = self._missed + self._vitals.missed
        if missed >= _SILENT:
            missed += self._vitals.ignored
        return missed >= _SILENT and 2 * missed >= self._answered + self._vitals.answered

    def _note_answer(self) -> None:
        self._is_answered = True
        self._answered += 1
        self._missed += self._sent.count - 1

    async def _began_anew(self) -> bool:
        """Its run times say of the silence that it restarted; or that it did not: `went_on`."""
        try:
            return await self._vitals.show_restart() and self._vitals.is_certain
        except LinkError:
            return False

    def _forget(self) -> None:
        self._answered = self._missed = 0
        self._vitals.answered = self._vitals.missed = self._vitals.ignored = 0

    async def _beat(self, boots: BootLog) -> Sign | None:
        """Does it live? An error answer is an answer."""
        missed = 0
        trip = self._client.round_trip
        wait = max(_SHORTEST_WAIT, _ROUND_TRIPS * trip)
        times = min(int(wait / max(_SHORTEST_STEP, _STEP_TRIPS * trip)), _TIMES)
        waits = (wait / times,) * times
        try:
            for _ in range(_TRIES):
                self._sent.count = 0
                try:
                    await self._client.request(
                        self._question, patience=Patience(waits, adaptive=False)
                    )
                except NoAnswer:
                    missed += 1
                    self._missed += self._sent.count
                except (DeviceError, MalformedPacket, TransferError):
                    self._note_answer()
                    break
                else:
                    self._note_answer()
                    break
                waits = (wait,)
            if not self._is_answered:
                # Perhaps it answers no echo at all: the next time something else is asked.
                self._question = ReadParameters()
            if boots.seen_boot:
                return Sign.BOOT_TEXT
            if missed >= _SILENT:
                return Sign.SILENCE
            if not await self._vitals.show_restart():
                return None
            return Sign.VITALS if self._vitals.is_certain else Sign.CLOCK
        except LinkError:
            return Sign.GONE
