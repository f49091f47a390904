"""At the link of a unit that is worked on: is what answers still the unit that it was?

A link that is lost is made again by the engine, with whatever is in the place then. That is right
as long as the unit restarts. At any other moment it was pulled out, lost its power or was
exchanged, be it for a twin that says the same of itself: not one packet more is for it.
"""

from __future__ import annotations

from collections.abc import Callable

from smp.client import Client
from smp.connection import Watcher
from smp.discovery import Found
from smp.errors import LinkError


class Guard(Watcher):
    """See the module. `is_followed`: the unit restarts, or is just being looked at after that;
    `on_other`: called once, when something else is about to be asked; `on_doubt`: its link was lost
    while it is followed, by whatever cause."""

    def __init__(
        self,
        client: Client,
        found: Found,
        *,
        is_followed: Callable[[], bool],
        on_other: Callable[[], None],
        on_doubt: Callable[[], None],
    ) -> None:
        port = found.port
        self._transport = client.transport
        self._is_plugged = port is not None and port.vid is not None
        """What is reached over the air or a network may be out of reach, and is still there."""
        self._expected = port.stay if port is not None else ""
        self._is_followed = is_followed
        self._on_other = on_other
        self._on_doubt = on_doubt
        self._is_doubted = self._is_told = False
        client.watchers.add(self)

    def link_lost(self, error: LinkError) -> None:
        is_followed = self._is_followed()
        self._is_doubted = self._is_plugged and not is_followed
        if self._is_plugged and is_followed:
            self._on_doubt()

    def packet_sent(self, data: bytes) -> None:
        stay = self._transport.stay
        if self._is_followed():
            self._is_doubted, self._expected = False, stay
            return
        is_other = bool(stay and self._expected) and stay != self._expected
        if (self._is_doubted or is_other) and not self._is_told:
            self._is_told = True
            self._on_other()
