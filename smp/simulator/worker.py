"""The work queue: packets in order, one at a time, out of one pool of buffers.

Requests and answers share the pool. A packet that comes while none is free is gone without a
word; a request whose answer finds none is answered rc 2 in its own buffer and not executed.
Source: Zephyr subsys/mgmt/mcumgr/transport/src/smp.c, smp/src/smp.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from smp.simulator.agenda import Agenda
from smp.simulator.flash import Flash
from smp.simulator.server import Handled, Server

Peer = Hashable | None
"""Whom an answer goes to, where several may ask; None on a line."""


class BufferPool:
    """`count` buffers."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.free = count
        self.lowest = count

    def take(self) -> bool:
        """False if there is none."""
        if self.free == 0:
            return False
        self.free -= 1
        self.lowest = min(self.lowest, self.free)
        return True

    def give(self) -> None:
        self.free += 1


@dataclass(slots=True)
class _Job:
    packet: bytes
    peer: Peer


class Worker:
    """`emit(answer, peer, now)` puts an answer on the line and tells when the last bit is out.

    The times, in seconds: `service_time` for one request, on top of what its flash operations
    take.
    """

    def __init__(
        self,
        server: Server,
        pool: BufferPool,
        agenda: Agenda,
        flash: Flash,
        *,
        service_time: float,
        answers_in_place: bool = False,
        emit: Callable[[bytes, Peer, float], float],
    ) -> None:
        self._server = server
        self._pool = pool
        self._agenda = agenda
        self._flash = flash
        self._service_time = service_time
        self._answers_in_place = answers_in_place
        self._emit = emit
        self._queue: deque[_Job] = deque()
        self._job: _Job | None = None
        self._busy = False
        self.flash_since: float | None = None
        """When the flash operations of the request in hand began."""

    @property
    def is_busy(self) -> bool:
        """A request is being worked on."""
        return self._busy

    def submit(self, packet: bytes, peer: Peer, now: float) -> None:
        """A whole packet, in a buffer that has been taken for it."""
        self._queue.append(_Job(packet, peer))
        # Not at once: packets that were received together are all taken before one is handled.
        self._agenda.at(now, self._next)

    def _next(self, now: float) -> None:
        """Begin with the next request, of this packet or the next one."""
        if self._busy:
            return
        if self._job is None:
            if not self._queue:
                return
            self._job = self._queue.popleft()
        job = self._job
        self._busy = True
        buffered = not self._answers_in_place and self._server.needs_answer_buffer(job.packet)
        if buffered and not self._pool.take():
            self._answer(Handled(self._server.no_memory(job.packet)), False, now)
            return
        self._flash.begin()
        self.flash_since = now
        handled = self._server.handle(job.packet, now)
        done = now + self._flash.elapsed + self._service_time
        if done > now:
            self._agenda.at(done, lambda when: self._answer(handled, buffered, when))
        else:
            self._answer(handled, buffered, now)

    def _answer(self, handled: Handled, buffered: bool, now: float) -> None:
        self.flash_since = None
        self._flash.begin()
        sent = now
        if handled.answer is not None and self._job is not None:
            sent = self._emit(handled.answer, self._job.peer, now)
        if sent > now:
            self._agenda.at(sent, lambda when: self._sent(handled, buffered, when))
        else:
            self._sent(handled, buffered, now)

    def _sent(self, handled: Handled, buffered: bool, now: float) -> None:
        if buffered:
            self._pool.give()
        if self._job is not None:
            if handled.rest:
                self._job.packet = handled.rest
            else:
                self._job = None
                self._pool.give()
        self._busy = False
        # Through the agenda, so that a long packet does not recurse.
        self._agenda.at(now, self._next)
