"""A production station, opened beside the window: in a process of its own, as from a command line.

A device has one owner: what the window is connected to is let go first, and what it works on is
waited for.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from PySide6.QtCore import QProcess, QProcessEnvironment

from app.bundle import own_command, own_environment
from app.controllers.fleet import Fleet
from app.desk.job_desk import JobDesk
from app.desk.job_files import JOBS
from app.lib import dialog
from app.memory.settings import Settings
from app.views.main_window import MainWindow
from smp.plain import plain
from smp.text import Text, outside


class StationDesk:
    """Belongs to a `Desk`. `jobs`: the one that was edited last is proposed."""

    def __init__(self, window: MainWindow, fleet: Fleet, settings: Settings, jobs: JobDesk) -> None:
        self._window = window
        self._fleet = fleet
        self._settings = settings
        self._jobs = jobs

    async def choose(self) -> None:
        """A job that there is. What is wrong with it the station says itself."""
        if await self._is_at_work():
            return
        path = await dialog.choose_file(
            self._window, Text("Choose a job"), JOBS, self._jobs.last_folder
        )
        if path is not None and not await self._is_at_work():
            await self.open(path)

    async def open(self, path: Path) -> None:
        """Nothing is worked on in this window. A station that is open already with this job comes
        forward."""
        linked = [device for device in self._fleet.devices.values() if device.is_linked]
        await asyncio.gather(*(device.disconnect() for device in linked))
        trouble = _start(path, self._settings.path)
        if trouble:
            reason = Text("The system says: {reason}", reason=outside(plain(trouble)))
            await dialog.tell(self._window, Text("The station cannot be opened"), reason)

    async def _is_at_work(self) -> bool:
        if not any(device.is_busy for device in self._fleet.devices.values()):
            return False
        await dialog.tell(
            self._window,
            Text("Something is done to a device"),
            Text("Open the station when that has ended: until then the device is not free."),
        )
        return True


def _start(job: Path, settings: Path) -> str:
    """A process that outlives this one. Why not, where it cannot be; else empty."""
    files = ("--settings", str(settings.absolute()), "--station", str(job.absolute()))
    command = own_command(*files)
    environment = dict(os.environ)
    own_environment(environment)
    theirs = QProcessEnvironment()
    for name, value in environment.items():
        theirs.insert(name, value)
    process = QProcess()
    process.setProgram(command[0])
    process.setArguments(command[1:])
    process.setProcessEnvironment(theirs)
    return "" if process.startDetached() else process.errorString()
