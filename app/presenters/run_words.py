"""What is said of an update that runs: the same in the window and on the terminal."""

from __future__ import annotations

from typing import assert_never

from app.controllers.track import Happening, Incident, Track
from app.lib import wording
from smp.update.plan import Action, Plan


def trouble(track: Track, now: float) -> str:
    """What is wrong just now, and what is done about it; empty while all is well."""
    if track.link_lost_at is not None:
        return _no_link(track, now)
    if track.is_restored:
        return "Connected again, waiting for the device to go on"
    silent, meter = track.silence(now), track.meter
    if track.asked_again and meter is not None and meter.heard_at is None:
        silent = now - meter.begun_at  # not even the first part was answered
    if silent is not None:
        return f"No answer for {wording.whole_seconds(silent)}{_again('asking', track.asked_again)}"
    if track.just_began_over(now):
        return began_over(track.beginnings)
    return ""


def began_over(beginnings: int) -> str:
    """The upload begins anew. Mostly the device restarted, but it does not say so."""
    count = wording.nth(beginnings)
    return f"The device lost the upload: sending from the beginning, {count} time"


def _no_link(track: Track, now: float) -> str:
    assert track.link_lost_at is not None
    silent = track.silence(now)
    since = wording.whole_seconds(silent if silent is not None else now - track.link_lost_at)
    what = "No answer" if track.link_silent else "Not connected"
    return f"{what} for {since}{_again('connecting', track.attempts)}"


def _again(verb: str, times: int) -> str:
    if not times:
        return ""
    return f", {verb} again" + (f", {wording.nth(times)} time" if times > 1 else "")


def promise(made: Plan) -> str:
    """What will be done and how long that takes, before it begins."""
    match made.action:
        case Action.NOTHING:
            return "already running, nothing to send"
        case Action.CONFIRM:
            return "already running, only has to be confirmed"
        case Action.CLEAR:
            return "already running; what waits for the next restart is removed"
        case Action.MARK | Action.RESTART:
            return f"already on the device, {_restart(made)}"
        case Action.UPLOAD if made.upload_seconds is not None:
            return f"{wording.about(made.upload_seconds)}, then {_restart(made)}"
        case Action.UPLOAD:
            return f"then {_restart(made)}"
        case _:
            assert_never(made.action)


def _restart(made: Plan) -> str:
    seconds = made.restart_seconds
    return f"one restart of {wording.about(seconds)}" if seconds else "one restart"


def after_upload(restart: float | None, watch: float | None) -> str:
    """What comes when everything is sent: an estimate of the restart, the time of the watch."""
    words = f"then a restart of {wording.about(restart)}" if restart else "then a restart"
    return f"{words} and {wording.duration(watch)} of watching" if watch else words


def incident(it: Incident) -> str:
    """One thing that happened, beside its mark."""
    match it.kind:
        case Happening.RESENT:
            return f"{it.count} resent"
        case Happening.RECONNECTED:
            return "connected again"
        case Happening.STARTED_OVER:
            return f"{wording.nth(it.count)} beginning"
        case Happening.RESTARTED:
            return "restarted"
        case _:
            assert_never(it.kind)
