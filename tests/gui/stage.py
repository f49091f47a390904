"""The real window with its desk, simulated devices of a test behind it, and hands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController
from app.crash.watch import CrashWatch
from app.desk import Desk
from app.lib.question_box import QuestionBox
from app.memory.settings import Settings
from app.system.services import System
from app.views.main_window import MainWindow
from smp.client import Client
from smp.discovery import Found, simulated
from smp.simulator import SimulatorHost, profile
from smp.simulator.loopback import LoopbackTransport
from smp.text import outside
from smp.update.recording import Recorder

LEFT = Qt.MouseButton.LeftButton
LONGEST = 60.0
"""Seconds that a slow machine may take for anything that is waited for."""
ARTIFACTS = Path(__file__).resolve().parents[2] / ".work" / "artifacts"


class Stage:
    """The window with its desk, devices of this test, and hands. Make one with `open`, in a
    fixture called `stage`: it is ended at the end of the test, see conftest."""

    def __init__(
        self,
        window: MainWindow,
        folder: Path,
        qtbot: QtBot,
        keep: Path | None = None,
        recorders: Sequence[Recorder] = (),
        watch: CrashWatch | None = None,
        system: System | None = None,
    ) -> None:
        self.window = window
        self.folder = folder
        self.qtbot = qtbot
        self.hosts: dict[str, SimulatorHost] = {}
        self.settings = Settings(folder / "flashdesk.ini")
        if not self.settings.watch:
            self.settings.watch_seconds = 0.3
        self.desk = Desk(
            window,
            self.settings,
            keep=keep,
            watch=watch,
            make_client=self._client,
            recorders=recorders,
            system=system,
        )

    @classmethod
    async def open(
        cls,
        folder: Path,
        qtbot: QtBot,
        keep: Path | None = None,
        recorders: Sequence[Recorder] = (),
        watch: CrashWatch | None = None,
        system: System | None = None,
    ) -> Self:
        # Not given to qtbot: that would delete the window before its desk has let everything go.
        window = MainWindow()
        window.resize(1280, 800)
        window.show()
        await has_keyboard(window)
        return cls(window, folder, qtbot, keep, recorders, watch, system)

    def begin(self, **profiles: str) -> None:
        """Devices by name, each with its profile."""
        for name, kind in profiles.items():
            quick = profile(kind, speed=50.0, baud=None)
            self.hosts[f"sim:{name}"] = SimulatorHost(quick, "baud=0")
        named = ((name, outside(name), outside(kind)) for name, kind in profiles.items())
        self.desk.start(simulated(named))
        self.desk.show_now()

    def listen(self) -> None:
        """Bluetooth devices, of the fake air."""
        self.desk.start(bluetooth=True)

    def _client(self, found: Found) -> Client:
        if found.key in self.hosts:
            return Client(LoopbackTransport(self.hosts[found.key]))
        known = self.desk.packet_sizes.of(found.address)
        address = self.desk.port_lines.applied(found.address, found.port)
        return Client(self.desk.loaders.tell(address.transport()), packet_size=known)

    async def end(self) -> None:
        for device in self.desk.fleet.updating:
            device.cancel()
            await device.ended()
        for device in self.desk.fleet.acting:
            device.cancel_act()
            await device.act_ended()
        self.desk.files.stop()
        self.desk.help.close()
        self.window.activated.disconnect()  # a window manager may still do that, which asks again
        self.desk.jobs.close()
        await self.desk.tasks.cancel()
        await self.desk.records.close()
        await self.desk.fleet.stop()
        for host in self.hosts.values():
            host.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        self.window.finish()
        self.window.deleteLater()
        assert not left, f"closing leaves something running: {left}"

    def hold(self, name: str, *, is_held: bool = True) -> None:
        """Nothing reaches the device meanwhile: an update of it does not end before the test has
        done what it does to it, however long that takes."""
        self.hosts[f"sim:{name}"].linked.link.requests.is_cut = is_held

    # -- hands --------------------------------------------------------------------------

    async def focus(self) -> None:
        """The window has the keyboard: shortcuts work in active windows only."""
        await has_keyboard(self.window)

    def pick(self, name: str) -> DeviceController:
        """Click on a device in the list."""
        view = self.window.devices.view
        self.desk.show_now()
        device = self.device(name)
        index = self.window.devices.model.index_of(device.key)
        self.qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())
        return device

    def device(self, name: str) -> DeviceController:
        """The only device of this name."""
        (found,) = [d for d in self.desk.fleet.devices.values() if d.name == name]
        return found

    def lines(self) -> list[str]:
        """The device list from top to bottom."""
        self.desk.show_now()
        model = self.window.devices.model
        return [str(model.data(model.index(at))) for at in range(model.rowCount())]

    def press_line(self, words: str) -> None:
        """Click on a line of the list that is no device."""
        view, at = self.window.devices.view, self.lines().index(words)
        place = view.visualRect(self.window.devices.model.index(at)).center()
        self.qtbot.mouseClick(view.viewport(), LEFT, pos=place)

    def drop(self, *what: Path | str) -> None:
        """Drag files or addresses over the window and let them go."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(w)) if isinstance(w, Path) else QUrl(w) for w in what])
        place = self.window.firmware.zone.mapTo(self.window, QPoint(20, 20))
        action, buttons, keys = Qt.DropAction.CopyAction, LEFT, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(place, action, data, buttons, keys)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(QPointF(place), action, data, buttons, keys))

    def press(self, words: str, where: QWidget | None = None) -> None:
        """Click the button with these words."""
        button = self.button(words, where)
        self.qtbot.mouseClick(button, LEFT)

    async def offered(self, words: str) -> None:
        """The button with these words is there."""
        self.desk.show_now()
        await until(lambda: bool(self._buttons(words, self.window)))

    def button(self, words: str, where: QWidget | None = None) -> QPushButton:
        found = self._buttons(words, where or self.window)
        assert len(found) == 1, f"{words}: {[b.text() for b in found]}"
        return found[0]

    def _buttons(self, words: str, where: QWidget) -> list[QPushButton]:
        _show_what_is_new(where)
        return [
            button
            for button in where.findChildren(QPushButton)
            if button.isVisible() and button.text().replace("&", "") == words
        ]

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def said(self) -> str:
        """Every word that can be read in the window."""
        self.desk.show_now()
        _show_what_is_new(self.window)
        texts = [w.accessibleName() or "" for w in self.window.findChildren(QWidget)]
        texts += [label.text() for label in self.window.findChildren(QLabel) if label.isVisible()]
        return "\n".join(texts)

    def shown(self) -> str:
        """The texts on the screen, each as often as it is there."""
        self.desk.show_now()
        _show_what_is_new(self.window)
        labels = self.window.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())

    def photograph(self, name: str) -> None:
        self.desk.show_now()
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        assert self.window.grab().save(str(ARTIFACTS / f"{name}.png"))


def _show_what_is_new(where: QWidget) -> None:
    """What was put into a place that is on the screen comes onto it with the next event: nobody who
    looks now may have been a turn of the loop too early."""
    for widget in where.findChildren(QWidget):
        QApplication.sendPostedEvents(widget, QEvent.Type.MetaCall)


async def until(condition: Callable[[], bool], seconds: float = LONGEST) -> None:
    """Wait for something that will come by itself; looks at every turn of the loop's timers."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- conditions over anything that is shown
            await asyncio.sleep(0.01)


async def has_keyboard(window: QWidget) -> None:
    """See `walkers.bring_up`."""
    try:
        await until(window.isActiveWindow, 5)
    except TimeoutError:
        window.raise_()
        window.activateWindow()
        await until(window.isActiveWindow)


async def agree(stage: Stage, words: str) -> None:
    """To the question that is asked before something is done."""
    await until(lambda: any(box.isVisible() for box in stage.window.findChildren(QuestionBox)))
    box = next(box for box in stage.window.findChildren(QuestionBox) if box.isVisible())
    stage.press(words, box)
