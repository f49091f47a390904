"""What this device on this link bears: how large a packet, how many at once, how fast it may be.

Everything that is decided from the server's buffers and the transport's hooks is decided here,
once, for single requests and for uploads.

Sources: Zephyr subsys/mgmt/mcumgr/grp/os_mgmt (buf_size, buf_count); mcu-tools/mcuboot
boot/boot_serial (one buffer that holds a second request while it writes).
"""

from __future__ import annotations

from smp.commands.os import Parameters
from smp.family import Family
from smp.timing import RttEstimator
from smp.transfer.chunks import MYNEWT_SAFE, MYNEWT_SURE, Payload
from smp.transfer.congestion import Window
from smp.transfer.packet_size import SizeSearch
from smp.transfer.upload import Upload
from smp.transport.base import Transport

WIDEST_WINDOW = 64
"""Requests in flight at most, whatever a server claims."""
_SMALLEST_BUFFER = 64
"""Servers that tell less do not know what they say."""
_SEVEN_LINES = 7 * 127
"""Bytes on the wire that the line buffers of MCUboot's recovery hold beside the line in work."""
_LARGEST = 0xFFFF
_ERASING = 5.0
"""Seconds: any part of an upload to Apache Mynewt may have a sector erased for it first."""
_OVERHEAD = 25
"""Bytes of header and CBOR in a chunk that is not the first, about."""
_FILLED = 0.97
_STOP_AND_WAIT = 0.75
_ANSWER = 40
_TURNAROUND = 0.0025
_WRITING = 1e-5
"""Bytes on the line of an answer to a part; seconds that a device takes for one, and for each byte
of it, about."""
_INITIAL = 2.0
_INITIAL_SOON = 0.1
_INITIAL_TRIPS = 3.0
"""Seconds, fewer where nothing is erased, and round trips of other requests, that a part may take
before any was measured."""


class Limits:
    """See the module. `remembered`: packet size in bytes that an earlier client found."""

    def __init__(self, transport: Transport, remembered: int | None = None) -> None:
        self.parameters: Parameters | None = None
        """The server's buffers, None if it does not tell."""
        self.family = Family.OTHER
        """Whose firmware answers, as far as that was looked into."""
        self._transport = transport
        self._remembered = remembered
        self._search: SizeSearch | None = None
        self._window: Window | None = None
        self._round_trips: dict[type[Payload], RttEstimator] = {}

    def begin(self) -> None:
        """A connection begins: other firmware may answer, of which nothing is known yet."""
        self.parameters = None
        self.family = Family.OTHER
        if self._search is not None:
            self._search.begin()
        self._window = None
        self._round_trips = {}

    def take(self, parameters: Parameters) -> None:
        """What the server tells of its buffers; nonsense counts as nothing."""
        if parameters.buf_size >= _SMALLEST_BUFFER and parameters.buf_count >= 1:
            self.parameters = parameters

    @property
    def in_flight(self) -> int:
        """Requests that may be under way at once."""
        if self.parameters is None:
            return 1
        return min(max(1, self.parameters.buf_count - 1), WIDEST_WINDOW)

    @property
    def keeps_another(self) -> bool:
        """A small question that comes while it works is kept, and answered when it is its turn: in
        a buffer, or in the line buffers of a server that has one (MCUboot's recovery)."""
        one = self.parameters is not None and self.parameters.buf_count == 1
        return self.takes_several or (one and self._transport.has_lines)

    @property
    def takes_several(self) -> bool:
        """The server can take a request while it works on another."""
        return self.parameters is not None and self.parameters.buf_count > 1

    @property
    def largest_packet(self) -> int | None:
        """Bytes of the longest request, header included; None if nobody knows."""
        if self.parameters is None:
            return None
        return self._transport.packet_sizes(min(self.parameters.buf_size, _LARGEST))[0]

    @property
    def packet_size(self) -> int | None:
        """The packet size in bytes that uploads have found to work, None before the first."""
        return (self._search and self._search.found) or self._remembered

    @property
    def line_limit(self) -> float | None:
        """Bytes of a file per second that the line can carry at most, where that is known."""
        transport = self._transport
        if transport.bytes_per_second is None:
            return None
        size = transport.packet_sizes(self.parameters.buf_size if self.parameters else None)[0]
        if self.parameters is None:
            size = min(size, self._most_data + _OVERHEAD)
        data = max(size - _OVERHEAD, 1)
        return transport.bytes_per_second * data / transport.wire_size(size)

    @property
    def likely_rate(self) -> float | None:
        """Bytes of a file per second that an upload will probably reach; None for no idea."""
        limit = self.line_limit
        if self.family.is_mynewt:
            return self._stop_and_wait(limit or self._transport.usual_rate)
        if limit is None:
            return self._transport.usual_rate
        return limit * (_FILLED if self.takes_several else _STOP_AND_WAIT)

    def _stop_and_wait(self, rate: float | None) -> float | None:
        """One part, its answer, and what the device does in between."""
        if rate is None:
            return None
        size = min(self._transport.packet_sizes(None)[0], self._most_data + _OVERHEAD)
        data = size - _OVERHEAD
        line = self._transport.bytes_per_second
        answer = _ANSWER / line if line else 0.0
        return data / (data * (1 / rate + _WRITING) + answer + _TURNAROUND)

    @property
    def _most_data(self) -> int:
        """Bytes of data in a part for a server that does not tell its buffers."""
        return MYNEWT_SURE if self.family.is_mynewt else MYNEWT_SAFE

    def new_upload(
        self,
        payload: Payload,
        window: int | None = None,
        *,
        round_trip: float = 0.0,
        closed: bool = False,
    ) -> Upload:
        """An upload with the sizes and the window that fit, which goes on with what the ones before
        it on this connection have learned.

        window: at most so many in flight; round_trip: seconds that other requests take, 0 for
        unknown; closed: see `Upload`.
        """
        sizes = self._sizes()
        if window is not None:
            own = self._given_window(window)
        elif self._window is None:
            own = self._window = self._new_window(sizes)
        else:
            own = self._window
        rtt = self._round_trips.get(type(payload))
        if rtt is None:
            floor = self._transport.rto_floor
            if self.family.is_mynewt:
                floor = max(floor, _ERASING)
            least = _INITIAL_SOON if payload.begins_at_once and round_trip else _INITIAL
            rtt = RttEstimator(floor, initial=max(least, floor, _INITIAL_TRIPS * round_trip))
            self._round_trips[type(payload)] = rtt
        rtt.begin()
        return Upload(
            payload,
            sizes=sizes,
            window=own,
            rtt=rtt,
            at_most=self._most_data if self.parameters is None else None,
            closed=closed,
        )

    def _given_window(self, most: int) -> Window:
        """With one buffer, more than one in flight is a hope, whoever wants it."""
        most = min(most, WIDEST_WINDOW)
        parameters = self.parameters
        if parameters is not None and parameters.buf_count == 1 and self._transport.has_lines:
            return Window(1, hope=most, eager=True)
        return Window(most)

    def _new_window(self, sizes: SizeSearch) -> Window:
        parameters, transport = self.parameters, self._transport
        if parameters is None:
            return Window(1)
        if parameters.buf_count == 1:
            # MCUboot recovery: its line buffers hold a second request while it writes the first.
            # On a raw line each of them holds what one interrupt brought, at worst a byte.
            if not transport.has_lines:
                return Window(1)
            eager = transport.paced or transport.wire_size(sizes.size) <= _SEVEN_LINES
            return Window(1, hope=2, eager=eager)
        # The answer needs a buffer, too, but not before the next request is there.
        most = min(parameters.buf_count, WIDEST_WINDOW)
        return Window(min(parameters.buf_count - 1, WIDEST_WINDOW), hope=most)

    def _sizes(self) -> SizeSearch:
        """The search for the packet size, which goes on over uploads and connections."""
        told = min(self.parameters.buf_size, _LARGEST) if self.parameters else None
        sizes = self._transport.packet_sizes(told)
        if self._search is None or self._search.sizes != sizes:
            known = self.packet_size in sizes
            start = sizes.index(self.packet_size) if known else self._transport.first_size(sizes)
            self._search = SizeSearch(sizes, start, known=known)
        return self._search
