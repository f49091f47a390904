"""`python -m tests.pictures`: the help's pictures, from the real window.

    python -m tests.pictures [OUT]       OUT: where they go, else app/resources/help/pictures

The window is the program's own, with a simulated device behind it, driven through an update as the
page "Your first update" tells it. Each picture is made at one and two pixels a length (NAME.png,
NAME@2x.png), in light, with as few colours as keep it small. The font is this system's: pictures
that are to be compared are taken on the same one.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from tests.messages import ROOT

PLACE = ROOT / "app" / "resources" / "help" / "pictures"
SCALES = ("1", "2")
_WIDTH, _HEIGHT = 980, 860
_BESIDE = 272
"""Of the list. The rest is what a page of the help has room for."""
_AROUND = 14
_IMAGE = 100_000
_COLOURS = 256


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--inside"]:
        return _inside(Path(arguments[1]))
    out = Path(arguments[0]) if arguments else PLACE
    out.mkdir(parents=True, exist_ok=True)
    for scale in SCALES:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        command = [sys.executable, "-m", "tests.pictures", "--inside", str(out)]
        if subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode:
            return 1
    return 0


def _inside(out: Path) -> int:
    """In the process of one scale."""
    from PySide6.QtWidgets import QApplication

    from app.lib.theme import Scheme, Theme
    from app.loop import run

    application = QApplication(["pictures"])
    theme = Theme(application, Scheme.LIGHT)
    no_ports = patch("smp.discovery.serial_devices", lambda: ())  # this computer's are no news
    with tempfile.TemporaryDirectory() as folder, no_ports:
        run(application, _take(Path(folder), out))
    _take_line(out)
    del theme
    return 0


async def _take(folder: Path, out: Path) -> None:
    from PySide6.QtTest import QTest

    from app.controllers.device import LinkState
    from smp.discovery import simulated
    from smp.simulator import SimulatorHost, build_image, profile
    from smp.simulator.keys import demo_key
    from smp.text import outside
    from tests.gui.stage import Stage, until

    (folder / "flashdesk.ini").write_text("[update]\nwatch=10\n", "utf-8")
    stage = await Stage.open(folder, cast(Any, QTest))  # all it needs of a QtBot are its clicks
    window = stage.window
    window.resize(_WIDTH, _HEIGHT)
    stage.hosts["sim:sensor"] = SimulatorHost(profile("demo"))
    stage.desk.start(
        simulated([("sensor", outside("sensor-7"), outside("Simulated, 115200 baud"))])
    )
    try:
        device = stage.pick("sensor-7")
        await until(lambda: device.link is LinkState.CONNECTED)
        await _shoot(stage, out, "choose", window.devices.filter, window.header, window.slots)
        stage.drop(stage.file("sensor_1.4.2.bin", build_image("1.4.2", _IMAGE, key=demo_key())))
        await until(lambda: device.plan is not None)
        await _shoot(stage, out, "drop", window.header, window.firmware)
        stage.press("Update")
        await until(lambda: device.track is not None and _sent(device) > 0.62)
        await _shoot(stage, out, "upload", window.run)
        await until(lambda: device.track is not None and device.track.restart_began is not None)
        await asyncio.sleep(0.7)
        await _shoot(stage, out, "restart", window.header, window.slots)
        await until(lambda: device.verdict is not None)
        await _shoot(stage, out, "verdict", window.header, window.slots)
    finally:
        await stage.end()


def _take_line(out: Path) -> None:
    """The windows of a production line, with a made-up job and shift."""
    from app.facts.menu import Entry
    from app.language import current
    from app.presenters.station import StationPresenter
    from app.views.job_editor import JobEditor
    from app.views.records_window import RecordsWindow
    from app.views.station_window import StationWindow
    from tests.gui.jobs import TRIED, shown_job
    from tests.gui.records import feed, shown_records
    from tests.helpers import scripted_station

    editor = JobEditor()
    editor.present(current().spoken(shown_job()))
    editor.show_section("serial")
    tried = JobEditor()
    tried.present(current().spoken(shown_job(tried=TRIED is not None)))
    tried.show_section("recognition")
    station = StationWindow()
    station.menu.offer(Entry.HELP)
    standing = scripted_station.standing(*scripted_station.many(8))
    station.present(StationPresenter(current().spoken).present(standing))
    records = RecordsWindow()
    facts = shown_records("good")
    feed(records, facts.total)
    records.present(current().spoken(facts))
    for name, shown, width, height in (
        ("line-job", editor, 680, 400),
        ("line-tried", tried, 680, 400),
        ("line-station", station, 820, 470),
        ("line-records", records, 700, 390),
    ):
        shown.resize(width, height)
        shown.show()
        _keep(shown.grab().toImage(), out, name, _COLOURS // 4)
        shown.hide()
        shown.deleteLater()


def _sent(device: Any) -> float:
    """How much of the file, from 0 to 1."""
    upload = device.track.upload if device.track is not None else None
    return upload.offset / upload.total if upload is not None else 0.0


async def _shoot(stage: Any, out: Path, name: str, *views: Any) -> None:
    """What of the window lies from the first of the views to the last; the list only with a view
    of the list."""
    from PySide6.QtCore import QPoint, QRect

    window = stage.window
    for _ in range(3):  # layouts settle over some turns
        stage.desk.show_now()
        await asyncio.sleep(0.05)
    whole = QRect()
    for view in views:
        whole = whole.united(QRect(view.mapTo(window, QPoint()), view.size()))
    left = 0 if whole.left() < _BESIDE else _BESIDE + 1
    top = max(0, whole.top() - _AROUND)
    shown = QRect(left, top, _WIDTH - _BESIDE - 1, whole.bottom() + _AROUND - top)
    _keep(window.grab(shown).toImage(), out, name)


def _keep(shot: Any, out: Path, name: str, colours: int = _COLOURS) -> None:
    ratio = shot.devicePixelRatioF()
    suffix = "" if ratio == 1 else f"@{ratio:.0f}x"
    assert with_few_colours(shot, colours).save(str(out / f"{name}{suffix}.png"), "PNG", 0)


def with_few_colours(image: Any, most: int = _COLOURS) -> Any:
    """The same with a palette of its most frequent colours; the others become the nearest."""
    from PySide6.QtGui import QImage

    true = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height, stride = true.width(), true.height(), true.bytesPerLine() // 4
    pixels = memoryview(true.constBits()).cast("B").cast("I")
    counts = Counter(pixels)
    palette = [colour for colour, _ in counts.most_common(most)]
    number = {colour: at for at, colour in enumerate(palette)}
    for colour in counts:
        if colour not in number:
            number[colour] = min(range(len(palette)), key=lambda at: _apart(palette[at], colour))
    rows = (pixels[y * stride : y * stride + width] for y in range(height))
    data = b"".join(bytes(number[p] for p in row) for row in rows)
    few = QImage(data, width, height, width, QImage.Format.Format_Indexed8)
    few.setColorTable(palette)
    return few.copy()  # else the bytes would have to live as long


def _apart(one: int, other: int) -> int:
    return sum(((one >> shift & 255) - (other >> shift & 255)) ** 2 for shift in (0, 8, 16))


if __name__ == "__main__":
    sys.exit(main())
