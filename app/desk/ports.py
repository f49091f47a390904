"""The rate and framing of serial ports: set by a person, or found by trying, and remembered."""

from __future__ import annotations

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.language import current
from app.lib.tasks import Tasks
from app.memory.port_lines import PortLines
from app.presenters import port as show_port
from app.views.main_window import MainWindow
from app.views.port_dialog import PortWish, ask_port
from smp.text import Text
from smp.transport.line_search import Line


class PortDesk:
    """Belongs to a `Desk`."""

    def __init__(self, window: MainWindow, fleet: Fleet, lines: PortLines, tasks: Tasks) -> None:
        self._window = window
        self._fleet = fleet
        self._lines = lines
        self._tasks = tasks
        fleet.recall_line = lambda found: lines.of(found.address, found.port)
        fleet.came.listen(self._watch)

    async def ask(self) -> None:
        """Of the chosen device. What was wished holds at once."""
        device = self._fleet.chosen
        facts = show_port.port_facts(device) if device is not None else None
        if device is None or facts is None:
            return
        answer = await ask_port(self._window, current().spoken(facts))
        if answer is None or device.is_busy:
            return  # an update may have begun meanwhile
        await device.disconnect()
        if answer.wish is PortWish.TRY:
            await device.connect(trying=True)
            return
        line = Line(answer.baud, answer.framing)
        device.journal.say(
            Text(
                "The port is used at {baud} baud, {framing} framing",
                baud=line.baud,
                framing=line.framing,
            )
        )
        await self._keep(device, line)
        await device.connect()

    def _watch(self, device: DeviceController) -> None:
        device.tuned.listen(lambda line: self._tasks.start(self._keep(device, line)))

    async def _keep(self, device: DeviceController, line: Line) -> None:
        await self._lines.learn(device.found.address, device.found.port, line)
