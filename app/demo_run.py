"""The demo: in the window, or on a machine without a display one complete update in a window nobody
sees. Progress and verdict of that go to the terminal, a picture of the window to a file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.cli.running import print_text
from app.cli.terminal import ProgressReporter
from app.controllers.device import DeviceController
from app.demo import demo_devices, demo_files, no_files
from app.desk import Desk
from app.facts.window import NoticeFacts
from app.language import current
from app.language import say as spoken
from app.lib.tone import Tone
from app.memory.settings import Settings
from app.streams import say
from app.views.main_window import MainWindow
from smp.address import Address
from smp.text import Text, said
from smp.update.events import UpdateEvent
from smp.update.verdict import ExitStatus

_SETTLING = 0.3


async def begin_demo(desk: Desk, settings: Settings, folder: Path) -> None:
    """In a window that somebody sees: the devices, and firmware among the recent files."""
    desk.start(demo_devices())
    try:
        files = await asyncio.to_thread(demo_files, folder)
    except OSError as error:
        desk.notices.say("demo", NoticeFacts(no_files(folder, error), Tone.WARN))
        return
    for path in files:
        settings.used(path)


async def run_demo(window: MainWindow, desk: Desk, folder: Path, picture: Path) -> int:
    """Update the demo board with the demo firmware. The update's exit status."""
    desk.start(demo_devices())
    address = Address("sim", "demo")
    desk.open_device(address)
    device = desk.fleet.devices[str(address)]
    try:
        files = await asyncio.to_thread(demo_files, folder)
    except OSError as error:
        say(said(no_files(folder, error), current()))
        return ExitStatus.NOT_UPDATED
    desk.open_file(files[-1])
    await device.is_ready()
    device.events.listen(_teller(device))
    await device.update()
    desk.show_now()
    await asyncio.sleep(_SETTLING)
    if not window.grab().save(str(picture)):
        say(spoken(Text("The picture could not be saved as {path}", path=str(picture))))
    else:
        print_text(Text("A picture of the window: {path}", path=str(picture)))
    verdict = device.track.verdict if device.track is not None else None
    return verdict.exit_status if verdict is not None else ExitStatus.UNKNOWN


def _teller(device: DeviceController) -> Callable[[UpdateEvent], None]:
    """Tells on the terminal, too, what the window shows."""
    reporter: ProgressReporter | None = None
    loop = asyncio.get_running_loop()

    def tell(event: UpdateEvent) -> None:
        nonlocal reporter
        assert device.track is not None
        reporter = reporter or ProgressReporter(device.track)
        reporter.show(event, loop.time())

    return tell
