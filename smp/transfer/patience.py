"""How long the answer to a part is waited for."""

from __future__ import annotations

from smp.timing import FIRST_CHUNK, Patience, RttEstimator

FIRST_PATIENCE = Patience((FIRST_CHUNK,), adaptive=False)
_EARLY = 1.0
_EARLY_SOON = 0.3
"""Seconds at least while little is known; the latter where nothing is erased for a beginning."""


def part_patience(rtt: RttEstimator, window: int, *, soon: bool, stretch: float) -> Patience:
    """For a part with `window` in flight; `soon`, `stretch`: see `Payload` and `SizeSearch`."""
    # The first answers come sooner than those of a full window: they say little yet.
    early = rtt.samples <= window
    least = _EARLY_SOON if soon else _EARLY
    wait = max(rtt.rto, least) if early else rtt.rto
    return Patience((wait * stretch,), adaptive=False)
