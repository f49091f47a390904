"""A verdict against the flash: what in it is not so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.storms.flash import Truth
from tests.storms.plan import Storm

_WAITS = re.compile(
    r"waits|marked|next (re)?start|next power|returns? to|on test|not confirmed|still pending",
    re.IGNORECASE,
)
_CERTAIN = re.compile(r"(?<!nothing )waits for (its|the) next restart", re.IGNORECASE)
_GOOD = ("updated", "already-running")
_UNSEEN = ("link-lost", "silent")
"""Endings of a run that may never have met the device: it claims nothing of its images then."""


def lies(storm: Storm, verdict: dict[str, Any], truth: Truth, file_hash: str) -> list[str]:
    """Sentences about what is false; empty where all is true."""
    if verdict["outcome"] in _GOOD:
        return list(_in_success(storm, verdict, truth, file_hash))
    if verdict["running"] is None and verdict["was"] is None and verdict["ending"] in _UNSEEN:
        return []
    said = " ".join(str(verdict[part]) for part in ("headline", "reason", "next_step"))
    running = verdict["running"] or {"hash": None, "version": "?", "confirmed": None}
    if verdict["outcome"] == "unknown":
        running = {**running, "hash": None, "confirmed": None}  # it says so: it was that before
    judged = _where_chosen if storm.mode in ("DIRECT_XIP", "RAM_LOAD") else _where_swapped
    return list(judged(running, truth, said))


def _in_success(
    storm: Storm, verdict: dict[str, Any], truth: Truth, file_hash: str
) -> Iterator[str]:
    outcome = verdict["outcome"]
    if truth.runs is None or truth.runs.hash != file_hash:
        yield f"{outcome}, but it runs {truth.runs}"
    if not truth.confirmed or truth.next != "none":
        yield f"{outcome}, but confirmed={truth.confirmed}, next start: {truth.next}"
    if outcome == "updated" and storm.firmware != "good":
        yield f"updated with firmware that is no good: {storm.firmware}"


def _where_chosen(running: dict[str, Any], truth: Truth, said: str) -> Iterator[str]:
    """It chooses by version, and has not necessarily been started since the flash changed: the
    claim must be an image that it holds, and one that would follow must be named."""
    claimed = running["hash"]
    if claimed is None:
        return
    if claimed not in [image.hash for image in truth.slots if image is not None]:
        yield f"runs {running['version']}, which is in no slot"
    if (truth.runs is None or claimed != truth.runs.hash) and not _WAITS.search(said):
        yield f"the next start chooses {truth.runs}, and nothing is said of it"


def _where_swapped(running: dict[str, Any], truth: Truth, said: str) -> Iterator[str]:
    claimed, confirmed = running["hash"], running["confirmed"]
    if claimed is not None and (truth.runs is None or claimed != truth.runs.hash):
        yield f"runs {running['version']}, but it runs {truth.runs}"
    if claimed is not None and confirmed is not None and confirmed != truth.confirmed:
        yield f"confirmed={confirmed}, but it is {truth.confirmed}"
    if truth.next != "none" and not _WAITS.search(said):
        yield f"nothing is said of the next start, which is: {truth.next}"
    if truth.next == "none" and _CERTAIN.search(said):
        yield "something is said to wait, and nothing does"
