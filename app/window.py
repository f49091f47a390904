"""Opening the window: from nothing to an event loop that runs until it is closed."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app import requirements as early
from app.alert import alert
from app.crash.watch import CrashWatch
from app.language import current
from app.lib.resources import MissingResource
from app.paths import SETTINGS, log_folder, state_folder, usable_state_folder
from app.streams import say
from smp.text import Text, said, stopped
from smp.update.verdict import ExitStatus

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

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
    state = usable_state_folder()
    watch = CrashWatch(log_folder(state))
    watch.start()
    try:
        return _open(
            state,
            watch,
            demo=demo,
            device=device,
            file=file,
            instance=instance,
            settings_file=settings_file,
        )
    except (ImportError, MissingResource):
        raise  # no fault of the program: it is not all there
    except Exception as error:  # noqa: BLE001 -- whatever it is, it ends the program in words
        watch.note("".join(traceback.format_exception(error)), went_on=False)
        words = Text("Flashdesk ended by a fault of its own: {error}", error=repr(error))
        alert(said(stopped(words), current()))
        return ExitStatus.UNKNOWN
    finally:
        watch.stop()


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

    application = _start_qt(watch, is_heard=not unseen)
    from app.arrivals import Arrivals
    from app.language import ASKED, choose, english, use
    from app.lib import faces
    from app.lib.first_paint import FirstPaint
    from app.lib.qt_messages import stop_hearing
    from app.lib.resources import LANGUAGES
    from app.lib.theme import Scheme, Theme
    from app.lib.translator import install
    from app.loop import run
    from app.memory.settings import Settings
    from app.views.main_window import MainWindow

    if not unseen and not faces.there_is_one():
        alert(early.NO_FONT.said(current()))
        stop_hearing()
        return 1
    settings = Settings(settings_file or state / SETTINGS)
    if settings.language and not os.environ.get(ASKED):
        use(choose([settings.language], LANGUAGES))
    if current() is not english:
        install(current(), application)
    theme = Theme(application, Scheme.called(settings.scheme))
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


def _start_qt(watch: CrashWatch, *, is_heard: bool) -> QApplication:
    """is_heard: Qt may complain, of a platform for example."""
    from PySide6.QtWidgets import QApplication

    from app.lib.qt_messages import hear, plugins

    def give_up(messages: Sequence[str]) -> None:
        """Qt aborts the process right after this."""
        problem = early.platform_trouble(messages, plugins())
        if problem is None:
            say("\n".join(messages))
            watch.fatal(messages)
            return
        alert(problem.said(current()))
        watch.stop()
        os._exit(1)

    started = hear(give_up, is_heard=is_heard)
    application = QApplication.instance() or QApplication(["flashdesk"])
    assert isinstance(application, QApplication)
    started()
    application.setApplicationName("Flashdesk")
    application.setDesktopFileName("flashdesk")
    return application
