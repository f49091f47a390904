"""What is said of an update that runs: the same in the window and on the terminal."""

from __future__ import annotations

from typing import assert_never

from app.controllers.track import Happening, Incident, Track
from app.lib import wording
from smp.text import NOTHING, Text
from smp.update.plan import Action, Plan


def trouble(track: Track, now: float) -> Text:
    """What is wrong just now, and what is done about it; empty while all is well."""
    if track.link_lost_at is not None:
        return _no_link(track, now)
    if track.is_restored:
        return Text("Connected again, waiting for the device to go on")
    silent, meter = track.silence(now), track.meter
    if track.asked_again and meter is not None and meter.heard_at is None:
        silent = now - meter.begun_at  # not even the first part was answered
    if silent is not None:
        return _asking(wording.whole_seconds(silent), track.asked_again)
    if track.just_began_over(now):
        return began_over(track.beginnings)
    return NOTHING


def which_image(track: Track) -> Text:
    """The one that is sent, where there are several."""
    parts, upload = track.sent_parts, track.upload
    if len(parts) < 2:
        return NOTHING
    numbers = [part.number for part in parts]
    at = numbers.index(upload.number) if upload is not None and upload.number in numbers else 0
    title = parts[at].name.title
    return Text("{image}, {nth} of {count}", image=title, nth=at + 1, count=len(parts))


def began_over(beginnings: int) -> Text:
    """The upload begins anew. Mostly the device restarted, but it does not say so."""
    return Text(
        "The device lost the upload: sending from the beginning, {nth} time",
        nth=wording.nth(beginnings),
    )


def _asking(time: Text, times: int) -> Text:
    if not times:
        return Text("No answer for {time}", time=time)
    if times == 1:
        return Text("No answer for {time}, asking again", time=time)
    return Text("No answer for {time}, asking again, {nth} time", time=time, nth=wording.nth(times))


def _no_link(track: Track, now: float) -> Text:
    assert track.link_lost_at is not None
    silent, times = track.silence(now), track.attempts
    time = wording.whole_seconds(silent if silent is not None else now - track.link_lost_at)
    nth = wording.nth(times)
    if track.link_silent:
        if not times:
            return Text("No answer for {time}", time=time)
        if times == 1:
            return Text("No answer for {time}, connecting again", time=time)
        return Text("No answer for {time}, connecting again, {nth} time", time=time, nth=nth)
    if not times:
        return Text("Not connected for {time}", time=time)
    if times == 1:
        return Text("Not connected for {time}, connecting again", time=time)
    return Text("Not connected for {time}, connecting again, {nth} time", time=time, nth=nth)


def promise(made: Plan) -> Text:
    """What will be done and how long that takes, before it begins: no sentence of its own."""
    match made.action:
        case Action.NOTHING:
            return Text("already running, nothing to send")
        case Action.CONFIRM:
            return Text("already running, only has to be confirmed")
        case Action.CLEAR:
            return Text("already running; what waits for the next restart is removed")
        case Action.MARK | Action.RESTART:
            return Text("already on the device, {restart}", restart=_restart(made))
        case Action.UPLOAD if made.upload_seconds is not None and made.restarts > 1:
            about = wording.about(made.upload_seconds)
            return Text("{about}, {restart}", about=about, restart=_restart(made))
        case Action.UPLOAD if made.restarts > 1:
            return _restart(made)
        case Action.UPLOAD if made.upload_seconds is not None:
            about = wording.about(made.upload_seconds)
            return Text("{about}, then {restart}", about=about, restart=_restart(made))
        case Action.UPLOAD:
            return Text("then {restart}", restart=_restart(made))
        case _:
            assert_never(made.action)


def _restart(made: Plan) -> Text:
    seconds = made.restart_seconds
    if made.restarts > 1:
        about = wording.about(made.way_in_seconds + (seconds or 0.0))
        return Text("one restart before and one after it, together {about}", about=about)
    if not seconds:
        return Text("one restart")
    return Text("one restart of {about}", about=wording.about(seconds))


def after_upload(restart: float | None, watch: float | None) -> Text:
    """What comes when everything is sent: an estimate of the restart, the time of the watch."""
    if restart and watch:
        about, time = wording.about(restart), wording.duration(watch)
        return Text("then a restart of {about} and {time} of watching", about=about, time=time)
    if restart:
        return Text("then a restart of {about}", about=wording.about(restart))
    if watch:
        return Text("then a restart and {time} of watching", time=wording.duration(watch))
    return Text("then a restart")


def incident(it: Incident) -> Text:
    """One thing that happened, beside its mark."""
    match it.kind:
        case Happening.RESENT:
            return Text("{count} resent", count=it.count)
        case Happening.RECONNECTED:
            return Text("connected again")
        case Happening.STARTED_OVER:
            return Text("{nth} beginning", nth=wording.nth(it.count))
        case Happening.RESTARTED:
            return Text("restarted")
        case _:
            assert_never(it.kind)
