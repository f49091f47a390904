"""Opening the station's window: from a job's path to an event loop that runs until it has ended."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from app import requirements as early
from app.alert import alert
from app.application import dress, start_qt, watched
from app.crash.watch import CrashWatch
from app.language import current
from app.paths import SETTINGS
from smp.text import Text

if TYPE_CHECKING:
    from app.system.instance import Instance, Request


_HEADLESS = Text("Without a window: flashdesk station JOB (see flashdesk station --help)")


def open_station(
    job: Path,
    name: str,
    *,
    instance: Instance | None = None,
    settings_file: Path | None = None,
) -> int:
    """Run the station until it has ended; the exit status, see `StationRun`. `name`: its own;
    instance: as which it is the only one."""
    return watched(lambda state, watch: _open(job, name, state, watch, instance, settings_file))


def _open(
    job: Path,
    name: str,
    state: Path,
    watch: CrashWatch,
    instance: Instance | None,
    settings_file: Path | None,
) -> int:
    problem = early.trouble()
    if problem is not None:
        alert(problem.said(current(), _HEADLESS))
        return 1
    application = start_qt(watch, is_heard=True)
    from app.lib import faces
    from app.lib.first_paint import FirstPaint
    from app.lib.qt_messages import stop_hearing
    from app.lib.raising import bring_forward
    from app.loop import run
    from app.memory.settings import Settings
    from app.views.station_window import StationWindow

    if not faces.there_is_one():
        alert(early.NO_FONT.said(current()))
        stop_hearing()
        return 1
    theme = dress(application, Settings(settings_file or state / SETTINGS))
    window = StationWindow()
    painted = FirstPaint(window)
    window.showFullScreen()

    async def main() -> int:
        await painted.wait()
        from app.stand.making import make_line
        from app.stand.run import StationRun
        from app.system.here import this_system
        from app.system.told_to_end import told_to_end

        asyncio.get_running_loop().set_exception_handler(watch.loop_hook)
        running = StationRun(
            window,
            job,
            lambda opened: make_line(opened, name=name),
            this_system(),
            watch,
        )

        def take(request: Request) -> None:
            bring_forward(window, request.token)

        if instance is not None:
            instance.serve(take)
        try:
            with told_to_end(running.end):
                return await running.run()
        finally:
            if instance is not None:
                await asyncio.to_thread(instance.stop)

    try:
        return run(application, main())
    finally:
        del theme
        stop_hearing()
