"""How it stands with the link to a device: one table of what can happen, one method that writes.

A table, because the link is moved by five who do not know of each other: a person, the engine that
loses it, an attempt to connect, pairing, and a remedy that restarts the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import assert_never

from smp.errors import LinkNeedsPairing, SmpError
from smp.machine import after


class LinkState(Enum):
    OFF = "not connected"
    CONNECTING = "being connected"
    PAIRING = "being paired; a person may be asked for digits"
    CONNECTED = "connected"
    FAILED = "could not be connected, or was lost; see `problem`"


class LinkStep(Enum):
    BEGUN = "it is being connected"
    ANSWERED = "it has told what it is"
    FAILED = "connecting failed, or it does not tell any more what it is"
    CANCELLED = "a person gave up connecting"
    LOST = "the link went away by itself"
    NOT_BACK = "an update has ended without it; what it told before is shown as the past"
    LET_GO = "nobody wants it any more"
    PAIRING_BEGUN = "it is being paired"
    PAIRED = "it is paired"
    NOT_PAIRED = "pairing failed, or was given up where connecting had failed before"
    PAIRING_CANCELLED = "a person gave up pairing"


STEPS: Mapping[tuple[LinkState, LinkStep], LinkState] = {
    (LinkState.OFF, LinkStep.BEGUN): LinkState.CONNECTING,
    (LinkState.OFF, LinkStep.PAIRING_BEGUN): LinkState.PAIRING,
    (LinkState.OFF, LinkStep.LET_GO): LinkState.OFF,
    (LinkState.CONNECTING, LinkStep.ANSWERED): LinkState.CONNECTED,
    (LinkState.CONNECTING, LinkStep.FAILED): LinkState.FAILED,
    (LinkState.CONNECTING, LinkStep.CANCELLED): LinkState.OFF,
    # The attempt hears of it, too, and ends for itself.
    (LinkState.CONNECTING, LinkStep.LOST): LinkState.CONNECTING,
    (LinkState.CONNECTED, LinkStep.ANSWERED): LinkState.CONNECTED,
    (LinkState.CONNECTED, LinkStep.FAILED): LinkState.FAILED,
    (LinkState.CONNECTED, LinkStep.LOST): LinkState.FAILED,
    (LinkState.CONNECTED, LinkStep.NOT_BACK): LinkState.FAILED,
    (LinkState.CONNECTED, LinkStep.LET_GO): LinkState.OFF,
    (LinkState.FAILED, LinkStep.BEGUN): LinkState.CONNECTING,
    (LinkState.FAILED, LinkStep.PAIRING_BEGUN): LinkState.PAIRING,
    # Why it failed is still to be read.
    (LinkState.FAILED, LinkStep.LET_GO): LinkState.FAILED,
    # The radio goes on pairing; whoever wants that ended cancels it.
    (LinkState.PAIRING, LinkStep.LET_GO): LinkState.PAIRING,
    (LinkState.PAIRING, LinkStep.PAIRED): LinkState.OFF,
    (LinkState.PAIRING, LinkStep.NOT_PAIRED): LinkState.FAILED,
    (LinkState.PAIRING, LinkStep.PAIRING_CANCELLED): LinkState.OFF,
}
"""Every step there is."""

_PROBLEM_STAYS = (LinkStep.ANSWERED, LinkStep.LET_GO, LinkStep.PAIRING_BEGUN)
PARTING = (
    LinkStep.FAILED,
    LinkStep.CANCELLED,
    LinkStep.LOST,
    LinkStep.LET_GO,
)
"""After these nobody is there to whom facts belong."""


class Standing:
    """See the module. Everybody may read it."""

    def __init__(self) -> None:
        self._state = LinkState.OFF
        self._problem: SmpError | None = None
        self._was_lost = False
        self._wants_pairing = False

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def problem(self) -> SmpError | None:
        """What went wrong last, as long as nothing else was begun."""
        return self._problem

    @property
    def was_lost(self) -> bool:
        """The link went away by itself: worth connecting again when the device is back."""
        return self._was_lost

    @property
    def wants_pairing(self) -> bool:
        """It talks to paired computers only, and this is none."""
        return self._wants_pairing

    def take(self, happened: LinkStep, problem: SmpError | None = None) -> None:
        """The only writer. Raises `IllegalStep`, and nothing has changed then."""
        self._state = after(STEPS, self._state, happened)
        if happened not in _PROBLEM_STAYS and self._state is not LinkState.CONNECTING:
            self._problem = problem
        match happened:
            case LinkStep.BEGUN:
                self._was_lost, self._problem = False, None
            case LinkStep.LET_GO:
                self._was_lost = False
            case LinkStep.LOST | LinkStep.NOT_BACK:
                self._was_lost = True
            case LinkStep.ANSWERED | LinkStep.FAILED | LinkStep.CANCELLED:
                self._wants_pairing = isinstance(problem, LinkNeedsPairing)
            case (
                LinkStep.PAIRING_BEGUN
                | LinkStep.PAIRED
                | LinkStep.NOT_PAIRED
                | LinkStep.PAIRING_CANCELLED
            ):
                pass
            case _:
                assert_never(happened)
