"""Opening the window: from nothing to an event loop that runs until it is closed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from app import requirements as early
from app.alert import alert
from app.application import dress, start_qt, watched
from app.crash.watch import CrashWatch
from app.language import current
from app.paths import SETTINGS, state_folder
from app.streams import say
from smp.text import Text, said, stopped

if TYPE_CHECKING:
    from app.system.instance import Instance
    from smp.address import Address


def open_window(
    *,
    demo: bool = False,
    device: Address | None = None,
    file: Path | None = None,
    instance: Instance | None = None,
    settings_file: Path | None = None,
) -> int:
    """Run the window until it is closed; the exit status.

    demo: list the simulated devices, and firmware for them; device, file: chosen at the start.
    instance: as which this window is the only one; later starts hand over to it. settings_file:
    another one than the usual.
    """
    return watched(
        lambda state, watch: _open(
            state,
            watch,
            demo=demo,
            device=device,
            file=file,
            instance=instance,
            settings_file=settings_file,
        )
    )


def _open(
    state: Path,
    watch: CrashWatch,
    *,
    demo: bool,
    device: Address | None,
    file: Path | None,
    instance: Instance | None,
    settings_file: Path | None,
) -> int:
    unseen, problem = _look(demo=demo)
    if problem is not None:
        alert(problem.said(current()))
        return 1

    application = start_qt(watch, is_heard=not unseen)
    from app.arrivals import Arrivals
    from app.lib import faces
    from app.lib.first_paint import FirstPaint
    from app.lib.qt_messages import stop_hearing
    from app.loop import run
    from app.memory.settings import Settings
    from app.views.main_window import MainWindow

    if not unseen and not faces.there_is_one():
        alert(early.NO_FONT.said(current()))
        stop_hearing()
        return 1
    settings = Settings(settings_file or state / SETTINGS)
    theme = dress(application, settings)
    window = MainWindow()
    window.arrange(settings.arrangement)
    painted = FirstPaint(window)
    arrivals = Arrivals(application)
    window.show()
    picture = Path("flashdesk-demo.png").resolve()

    async def main() -> int:
        await painted.wait()
        from app.desk import Desk
        from app.presenters.crash import passing_banner

        asyncio.get_running_loop().set_exception_handler(watch.loop_hook)
        if unseen:
            from app.demo_run import run_demo

            desk = Desk(window, settings)
            status = await run_demo(window, desk, state / "demo", picture)
            await desk.fleet.stop()
            await desk.tasks.cancel()
            return status
        from app.system.here import this_system
        from app.system.told_to_end import told_to_end

        desk = Desk(window, settings, keep=state, watch=watch, system=this_system())
        if state != state_folder():
            window.notice.present(current().spoken(passing_banner(state_folder(), watch.folder)))
        await desk.recall()
        if demo:
            from app.demo_run import begin_demo

            await begin_demo(desk, settings, state / "demo")
        else:
            desk.start(bluetooth=True)
        arrivals.serve(desk, instance)
        if device is not None:
            desk.open_device(device)
        if file is not None:
            desk.open_file(file)
        desk.show_now()
        if window.close_wanted:
            window.close()  # by somebody who was faster than all this
        with told_to_end(desk.end):
            await desk.closing.wait()
            await arrivals.stop()
            await desk.closed.wait()
        await desk.tasks.cancel()
        return 0

    try:
        return run(application, main())
    finally:
        from smp.simulator.living import close_simulated

        close_simulated()
        del theme
        stop_hearing()


def _look(*, demo: bool) -> tuple[bool, early.Trouble | None]:
    """Whether it is a demo that nobody sees, for want of a display, and why nothing can open."""
    problem = early.trouble()
    if problem is None or not demo or early.has_display():
        return False, problem
    say(said(stopped(problem.what), current()))
    say(said(Text("The demo runs without a window: one update of a simulated device."), current()))
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    return True, early.trouble()
