"""Watching new firmware before it is called good.

That it answered once says little: firmware that crashes after five seconds did so, too. So it is
asked again and again for a while, in every bootloader mode, and must not have restarted meanwhile.
What shows a restart: boot text on the console, run times that begin anew or a clock that goes back
(`vitals`), the link going away, or silence that is longer than a lost packet explains. Boot text
and run times prove it. After the others the device's image list is read: an image on test that is
still the active one cannot have restarted, its bootloader would have returned to the old one. Where
the list proves nothing the watch begins again, and a device that falls away again and again does
not hold.
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
from smp.errors import DeviceError, LinkError, MalformedPacket, NoAnswer, TransferError
from smp.text import Text
from smp.timing import Patience
from smp.update.boot_log import BootLog
from smp.update.events import UpdateEvent, Watching
from smp.update.vitals import Vitals

_TRIES = 3
_SILENT = 2
"""So many unanswered questions in a row are no lost packet."""
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

    async def run(self, state: ImageState) -> Watched:
        """Raises `SmpError` when the device goes away for good."""
        first = began = self._loop.time()
        seconds = self._seconds
        falls = 0
        begins = True
        was_long = False
        boots = BootLog()
        self._client.watchers.add(boots)
        try:
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
                if falls > _FALLS or (sign.is_proof and not stayed):
                    return Watched(state, fall)
                began = self._loop.time()
                boots.seen_boot = False
                self._forget()
        finally:
            self._client.watchers.remove(boots)

    def _was_away(self) -> bool:
        """More silence than lost packets explain, though never much of it at once."""
        missed = self._missed + self._vitals.missed
        if missed >= _SILENT:
            missed += self._vitals.ignored
        return missed >= _SILENT and 2 * missed >= self._answered + self._vitals.answered

    def _forget(self) -> None:
        self._answered = self._missed = 0
        self._vitals.answered = self._vitals.missed = self._vitals.ignored = 0

    async def _beat(self, boots: BootLog) -> Sign | None:
        """Does it live? An error answer is an answer."""
        missed = 0
        wait = max(_SHORTEST_WAIT, _ROUND_TRIPS * self._client.round_trip)
        try:
            for _ in range(_TRIES):
                try:
                    await self._client.request(
                        self._question, patience=Patience((wait,), adaptive=False)
                    )
                except NoAnswer:
                    missed += 1
                    self._missed += 1
                except (DeviceError, MalformedPacket, TransferError):
                    self._is_answered = True
                    self._answered += 1
                    break
                else:
                    self._is_answered = True
                    self._answered += 1
                    break
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
