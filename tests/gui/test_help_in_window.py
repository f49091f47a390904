"""The help: read, searched and gone through in its window, and opened from what it explains."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QDesktopServices, QImage
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.controllers.device import LinkState
from app.facts.menu import Entry
from app.facts.window import BannerFacts
from app.help_pages import Library, parsed
from app.lib import dialog
from app.lib.question_box import QuestionBox
from app.lib.theme import Scheme, Theme, tokens
from app.lib.tone import Tone
from app.views.help_window import HelpWindow
from app.views.main_window import MainWindow
from app.views.network_dialog import NetworkDialog
from smp.address import Address
from smp.simulator import build_image
from smp.text import Text
from tests.gui.stage import LEFT, Stage, has_keyboard, until
from tests.gui.walkers import bring_up

HELP = """# Help

Go to [errors](errors.md), to [one of them](errors.md#port-gone), [down](#far-below) or
[out](https://example.com/).

![A picture](pictures/one.png)

## Far below
"""
ERRORS = (
    "# Errors\n"
    + "".join(f"\n## Number {n}\n\n{'Words. ' * 40}\n" for n in range(20))
    + '\n<a id="port-gone"></a>\n## Gone\n\nIt `was` there.\n\n| a | b |\n|---|---|\n| c | d |\n'
    + "\n```\n$ flashdesk\n```\n\n* one\n* two\n\nThe end.\n"
    + "".join(f"\n## After {n}\n\n{'Words. ' * 40}\n" for n in range(20))
)


def painted(width: int, height: int, colour: str) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice

    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


@pytest.fixture
def help_window(theme: Theme, qtbot: QtBot) -> HelpWindow:
    pages = {"README": parsed("README", HELP), "errors": parsed("errors", ERRORS)}
    made = HelpWindow(Library(pages, {"pictures/one.png": painted(2_000, 500, "#123456")}))
    qtbot.addWidget(made)
    bring_up(made)
    return made


def top_heading(window: HelpWindow) -> str:
    """The last heading at or above the first line that is seen."""
    cursor = window.reader.cursorForPosition(window.reader.viewport().rect().topLeft())
    block = cursor.block()
    while block.isValid() and not block.blockFormat().headingLevel():
        block = block.previous()
    return block.text()


def test_it_opens_at_its_first_page_and_lists_all(help_window: HelpWindow) -> None:
    assert help_window.place == "README"
    rows = [help_window.contents.item(row).text() for row in range(help_window.contents.count())]
    assert rows == ["Help", "Errors"]
    assert help_window.contents.currentRow() == 0
    assert help_window.reader.headings() == ["Help", "Far below"]


def test_a_place_is_at_the_top(help_window: HelpWindow) -> None:
    help_window.show_place("errors#port-gone")
    assert top_heading(help_window) == "Gone"
    help_window.show_place("errors#number-3")
    assert top_heading(help_window) == "Number 3"
    help_window.show_place("errors")
    assert help_window.reader.verticalScrollBar().value() == 0


def test_links_lead_on_and_back(help_window: HelpWindow, qtbot: QtBot) -> None:
    assert not help_window.back.isEnabled()
    help_window.reader.link_pressed.emit("errors.md#port-gone")
    assert (help_window.place, top_heading(help_window)) == ("errors#port-gone", "Gone")
    assert help_window.contents.currentRow() == 1
    help_window.reader.verticalScrollBar().setValue(100)
    help_window.reader.link_pressed.emit("README.md")
    assert help_window.place == "README"
    qtbot.keyClick(help_window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert help_window.place == "errors#port-gone"
    assert help_window.reader.verticalScrollBar().value() == 100, "where it was left"
    qtbot.mouseClick(help_window.back, LEFT)
    assert help_window.place == "README"
    assert not help_window.back.isEnabled()
    qtbot.keyClick(help_window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert help_window.place == "errors#port-gone"
    qtbot.mouseClick(help_window.forward, LEFT)
    assert help_window.place == "README"
    assert not help_window.forward.isEnabled()


def test_a_link_inside_the_page_stays_there(help_window: HelpWindow) -> None:
    help_window.reader.link_pressed.emit("#far-below")
    assert help_window.place == "README#far-below"


def test_links_out_are_the_browsers(
    help_window: HelpWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    help_window.reader.link_pressed.emit("https://example.com/")
    help_window.reader.link_pressed.emit("file:///etc/passwd")
    help_window.reader.link_pressed.emit("nowhere.md")
    assert opened == ["https://example.com/"]
    assert help_window.place == "README"


def test_the_search_finds_sections_by_keys_alone(help_window: HelpWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(help_window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert help_window.focusWidget() is help_window.search
    qtbot.keyClicks(help_window.search, "port-gone")
    assert help_window.contents.item(0).text() == "Gone\nErrors"
    qtbot.keyClick(help_window.search, Qt.Key.Key_Return)
    assert help_window.place == "errors#port-gone"
    help_window.search.clear()
    qtbot.keyClicks(help_window.search, "number")
    qtbot.keyClick(help_window.search, Qt.Key.Key_Down)
    assert help_window.focusWidget() is help_window.contents
    qtbot.keyClick(help_window.contents, Qt.Key.Key_Down)
    qtbot.keyClick(help_window.contents, Qt.Key.Key_Return)
    assert help_window.place == "errors#number-1"
    help_window.search.setText("nothing of this kind")
    assert help_window.nothing.isVisible()
    assert help_window.contents.count() == 0
    qtbot.keyClick(help_window.search, Qt.Key.Key_Return)
    qtbot.keyClick(help_window.search, Qt.Key.Key_Down)
    assert help_window.place == "errors#number-1"
    qtbot.keyClick(help_window.search, Qt.Key.Key_Escape)
    assert help_window.contents.count() == 2, "the pages again"
    qtbot.keyClick(help_window.search, Qt.Key.Key_Escape)
    assert not help_window.isVisible()


def test_a_page_of_the_list_is_opened_by_a_click(help_window: HelpWindow, qtbot: QtBot) -> None:
    rect = help_window.contents.visualItemRect(help_window.contents.item(1))
    qtbot.mouseClick(help_window.contents.viewport(), LEFT, pos=rect.center())
    assert help_window.place == "errors"


def test_pictures_fit_and_no_file_is_read_but_those_of_the_help(help_window: HelpWindow) -> None:
    shown = help_window.grab().toImage()
    colours = {shown.pixelColor(x, y).name() for x in range(0, shown.width(), 7) for y in (200,)}
    assert "#123456" in colours
    assert help_window.reader.horizontalScrollBar().maximum() == 0
    assert help_window.reader.loadResource(2, "pictures/none.png") is None
    assert help_window.reader.loadResource(3, "pictures/one.png") is None


def test_it_wears_the_scheme_and_stays_where_it_was(help_window: HelpWindow, theme: Theme) -> None:
    help_window.show_place("errors#port-gone")
    theme.force(Scheme.DARK)
    assert top_heading(help_window) == "Gone"
    block = help_window.reader.document().begin()
    assert block.begin().fragment().charFormat().foreground().color() == tokens().ink
    theme.force(Scheme.LIGHT)
    block = help_window.reader.document().begin()
    assert block.begin().fragment().charFormat().foreground().color() == tokens().ink


def test_every_heading_of_every_page_is_shown(theme: Theme, qtbot: QtBot) -> None:
    """Or an anchor would lead to its neighbour."""
    from app.lib.resources import resource

    library = Library.read(resource("help"))
    window = HelpWindow(library)
    qtbot.addWidget(window)
    for page in library.pages.values():
        window.show_place(page.name)
        assert window.reader.headings() == [_as_read(section.title) for section in page.sections]


def _as_read(title: str) -> str:
    return title.replace("\\", "")


# -- in the program -----------------------------------------------------------------------------


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def opened(stage: Stage) -> HelpWindow:
    await until(lambda: stage.desk.help.window is not None and stage.desk.help.window.isVisible())
    assert stage.desk.help.window is not None
    return stage.desk.help.window


@pytest.mark.parametrize("place", ["", "verdicts#not-held"])
def test_the_way_to_the_help_leaves_the_words_their_room(window: MainWindow, place: str) -> None:
    window.banner.present(BannerFacts(Tone.BAD, "Not updated", "Words. " * 60, help=place))
    window.layout().activate()
    QApplication.processEvents()
    assert window.banner.help_link.isVisible() is bool(place)
    (words,) = [label for label in window.banner.findChildren(QLabel) if "Words" in label.text()]
    assert words.width() > 0.7 * window.banner.width()


async def test_f1_opens_it(stage: Stage, qtbot: QtBot) -> None:
    stage.begin(lamp="demo")
    await stage.focus()
    qtbot.keyClick(stage.window, Qt.Key.Key_F1)
    window = await opened(stage)
    assert window.place == "README"
    window.show_place("first-update")
    window.close()
    await stage.focus()
    qtbot.keyClick(stage.window, Qt.Key.Key_F1)
    assert (await opened(stage)) is window
    assert window.place == "first-update", "where it was left"


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (Entry.SETTINGS, "settings"),
        (Entry.CHECK, "troubleshooting"),
        (Entry.KEYS, "README"),
        (Entry.ABOUT, "README"),
    ],
)
async def test_f1_opens_it_from_a_dialog_too(
    stage: Stage, qtbot: QtBot, entry: Entry, place: str
) -> None:
    stage.begin(lamp="demo")
    stage.window.menu.actions_by_entry[entry].trigger()
    await until(lambda: bool(stage.window.findChildren(QDialog)))
    (box,) = stage.window.findChildren(QDialog)
    await has_keyboard(box)
    qtbot.keyClick(box, Qt.Key.Key_F1)
    assert (await opened(stage)).place == place
    assert box.isVisible()
    box.reject()
    await until(lambda: not stage.window.findChildren(QDialog))


async def test_a_question_leads_to_what_the_window_shows(stage: Stage, qtbot: QtBot) -> None:
    stage.begin(lamp="demo")
    device = stage.pick("lamp")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("far_too_large_2.0.bin", build_image("2.0.0", 1_500_000)))
    await until(lambda: device.plan is not None and device.plan.obstacle is not None)
    stage.desk.show_now()
    told = asyncio.ensure_future(dialog.tell(stage.window, Text("Told"), Text("Words.")))
    await until(lambda: bool(stage.window.findChildren(QuestionBox)))
    (box,) = stage.window.findChildren(QuestionBox)
    await has_keyboard(box)
    qtbot.keyClick(box, Qt.Key.Key_F1)
    assert (await opened(stage)).place == "errors#image-too-large"
    box.reject()
    await told


async def test_what_is_in_the_way_leads_to_its_entry(stage: Stage, qtbot: QtBot) -> None:
    stage.begin(lamp="demo")
    device = stage.pick("lamp")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("far_too_large_2.0.bin", build_image("2.0.0", 1_500_000)))
    await until(lambda: device.plan is not None and device.plan.obstacle is not None)
    stage.desk.show_now()
    assert stage.window.help_place() == "errors#image-too-large"
    stage.press("What does this mean?")
    assert (await opened(stage)).place == "errors#image-too-large"


async def test_f1_leads_to_the_trouble_that_is_shown_and_else_to_the_first_page(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.begin(lamp="demo")
    device = stage.pick("lamp")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("far_too_large_2.0.bin", build_image("2.0.0", 1_500_000)))
    await until(lambda: device.plan is not None and device.plan.obstacle is not None)
    stage.desk.show_now()
    await stage.focus()
    qtbot.keyClick(stage.window, Qt.Key.Key_F1)
    assert (await opened(stage)).place == "errors#image-too-large"


async def test_a_device_that_is_not_there_leads_to_its_error(stage: Stage) -> None:
    stage.begin(lamp="demo")
    stage.desk.open_device(Address.parse("tcp:127.0.0.1:1"))
    await until(lambda: stage.desk.fleet.chosen is not None)
    await until(lambda: stage.desk.fleet.chosen.problem is not None)
    stage.desk.show_now()
    assert stage.window.help_place() == "errors#connection-refused"
    stage.press("What does this mean?")
    assert (await opened(stage)).place == "errors#connection-refused"


async def test_a_file_that_cannot_be_used_leads_to_its_error(stage: Stage) -> None:
    stage.drop(stage.file("notes.txt", b"These are only notes.\n" * 50))
    await until(lambda: stage.desk.files.file is not None)
    stage.desk.show_now()
    stage.press("What does this mean?")
    assert (await opened(stage)).place.startswith("errors#")


async def test_what_only_warns_leads_to_its_line(stage: Stage, qtbot: QtBot) -> None:
    stage.begin(lamp="demo")
    device = stage.pick("lamp")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app_2.0.bin", build_image("2.0.0", 5_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    assert stage.window.help_place() == "", "nothing is wrong"
    stage.press("What does this mean?")
    assert (await opened(stage)).place == "checks#not-signed"
    await stage.focus()
    stage.window.firmware.plan.help_link.setFocus()
    assert stage.window.help_place() == "checks#not-signed", "the keyboard is there"


async def test_a_verdict_that_is_not_good_leads_to_its_entry(stage: Stage) -> None:
    stage.begin(lamp="strict-key")
    device = stage.pick("lamp")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app_2.0.bin", build_image("2.0.0", 5_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    stage.desk.show_now()
    assert device.verdict is not None
    place = stage.window.help_place()
    assert place == f"verdicts#{device.verdict.ending.value}"
    stage.press("What does this mean?", stage.window.banner)
    assert (await opened(stage)).place == place


async def test_a_wrong_address_leads_to_its_error(stage: Stage, qtbot: QtBot) -> None:
    stage.desk.show_now()
    stage.window.devices.add_network_requested.emit()
    await until(lambda: bool(stage.window.findChildren(NetworkDialog)))
    (dialog,) = stage.window.findChildren(NetworkDialog)
    await until(dialog.isActiveWindow)
    qtbot.keyClick(dialog, Qt.Key.Key_F1)
    assert (await opened(stage)).place == "troubleshooting#network"
    dialog.host.setText("udp:1.2.3.4.5")
    qtbot.mouseClick(dialog.help_link, LEFT)
    window = await opened(stage)
    await until(lambda: window.place == "errors#address-bad-ip")
    dialog.reject()
    await until(lambda: not stage.window.findChildren(NetworkDialog))


async def test_the_help_goes_with_the_window(stage: Stage, qtbot: QtBot) -> None:
    qtbot.keyClick(stage.window, Qt.Key.Key_F1)
    window = await opened(stage)
    stage.window.close()
    await until(stage.desk.closed.is_set)
    assert stage.desk.help.window is None
    assert not isValid(window)
