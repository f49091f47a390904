"""Dialogs are awaited: the loop runs on while they are open."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.controllers.network_entry import read_entry
from app.facts.devices import PortFacts
from app.lib import dialog
from app.lib.buttons import Button
from app.lib.question_box import Question, QuestionBox
from app.lib.tone import Ink, Tone
from app.views.network_dialog import NetworkDialog, ask_network_device
from app.views.pairing_dialog import PairingDialog
from app.views.port_dialog import PortDialog
from tests.gui.stage import LONGEST

pytestmark = pytest.mark.usefixtures("theme")


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


async def opened(kind: type[QDialog], parent: QWidget) -> QDialog:
    """The dialog of this kind, as soon as it is open."""
    while True:
        for found in parent.findChildren(kind):
            if found.isVisible():
                return found
        await asyncio.sleep(0)


def button(box: QDialog, words: str) -> Button:
    assert isinstance(box, QuestionBox)
    return box.buttons[words]


def labels(box: QDialog) -> list[str]:
    return [label.text() for label in box.findChildren(QLabel)]


async def test_confirm_yes(parent: QWidget, qtbot: QtBot) -> None:
    asked = asyncio.ensure_future(
        dialog.confirm(
            parent, "Cancel the update?", "The device is safe.", yes="Cancel it", no="Go on"
        )
    )
    box = await opened(QuestionBox, parent)
    assert isinstance(box, QuestionBox)
    assert labels(box) == ["Cancel the update?", "The device is safe."]
    assert button(box, "Go on").isDefault(), "Enter must not do harm"
    button(box, "Cancel it").click()
    assert await asyncio.wait_for(asked, LONGEST) is True


async def test_it_has_its_size_before_there_is_a_window(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A display may tell of a size late: what was pressed before would have had no height."""
    sizes: list[tuple[QSize, QSize]] = []

    def open_(box: QuestionBox) -> None:
        sizes.append((box.size(), box.sizeHint()))
        QDialog.open(box)

    monkeypatch.setattr(QuestionBox, "open", open_)
    asked = asyncio.ensure_future(dialog.tell(parent, "Failed", "Nobody knows why. " * 20))
    box = await opened(QuestionBox, parent)
    button(box, "OK").click()
    await asyncio.wait_for(asked, LONGEST)
    ((size, hint),) = sizes
    assert size == hint


async def test_confirm_escape_means_no(parent: QWidget, qtbot: QtBot) -> None:
    asked = asyncio.ensure_future(dialog.confirm(parent, "Sure?", "", yes="Do it", no="Leave it"))
    box = await opened(QuestionBox, parent)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert await asyncio.wait_for(asked, LONGEST) is False


async def test_confirm_enter_means_no(parent: QWidget, qtbot: QtBot) -> None:
    asked = asyncio.ensure_future(dialog.confirm(parent, "Sure?", "", yes="Do it", no="Leave it"))
    box = await opened(QuestionBox, parent)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert await asyncio.wait_for(asked, LONGEST) is False


async def test_details_unfold(parent: QWidget, qtbot: QtBot) -> None:
    asked = asyncio.ensure_future(dialog.tell(parent, "Failed", "", details="group 1, code 2"))
    box = await opened(QuestionBox, parent)
    details = box.findChildren(QPlainTextEdit)[0]
    assert not details.isVisible()
    fold = next(b for b in box.findChildren(Button) if b.words == "Details")
    fold.click()
    assert details.isVisible()
    assert details.toPlainText() == "group 1, code 2"
    box.reject()
    await asyncio.wait_for(asked, LONGEST)


async def test_other_work_goes_on_while_it_is_open(parent: QWidget, qtbot: QtBot) -> None:
    asked = asyncio.ensure_future(dialog.tell(parent, "Done", "", details="raw"))
    box = await opened(QuestionBox, parent)
    ticks = 0
    for _ in range(50):
        await asyncio.sleep(0)
        ticks += 1
    assert not asked.done()
    assert ticks == 50
    button(box, "OK").click()
    await asyncio.wait_for(asked, LONGEST)


async def test_answers_come_back_as_words(parent: QWidget, qtbot: QtBot) -> None:
    question = Question("Keep the file?", answers=("Keep", "Replace", "Neither"), tone=Tone.NEUTRAL)
    asked = asyncio.ensure_future(dialog.ask(parent, question))
    box = await opened(QuestionBox, parent)
    button(box, "Replace").click()
    assert await asyncio.wait_for(asked, LONGEST) == "Replace"


async def test_parent_that_dies_dismisses(qtbot: QtBot) -> None:
    parent = QWidget()
    parent.show()
    question = Question("Well?", answers=("Yes", "No"), dismissed="No")
    asked = asyncio.ensure_future(dialog.ask(parent, question))
    await opened(QuestionBox, parent)
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(parent, QEvent.Type.DeferredDelete)
    assert await asyncio.wait_for(asked, LONGEST) == "No"


async def test_cancelled_question_closes(parent: QWidget) -> None:
    asked = asyncio.ensure_future(dialog.tell(parent, "Hello", ""))
    box = await opened(QuestionBox, parent)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not dialog.is_alive(box) or not box.isVisible()


async def test_file_is_chosen(parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "app.bin").write_bytes(b"x")
    chosen = asyncio.ensure_future(
        dialog.choose_file(parent, "Choose", ["Firmware (*.bin)", "All files (*)"], tmp_path)
    )
    box = await opened(QFileDialog, parent)
    assert isinstance(box, QFileDialog)
    assert box.nameFilters()[0] == "Firmware (*.bin)"
    box.selectFile(str(tmp_path / "app.bin"))
    box.accept()
    assert await asyncio.wait_for(chosen, LONGEST) == tmp_path / "app.bin"


async def test_no_file_is_chosen(parent: QWidget, tmp_path: Path) -> None:
    chosen = asyncio.ensure_future(dialog.choose_file(parent, "Choose", [], tmp_path))
    box = await opened(QFileDialog, parent)
    box.reject()
    assert await asyncio.wait_for(chosen, LONGEST) is None


async def test_target_is_chosen(parent: QWidget, tmp_path: Path) -> None:
    chosen = asyncio.ensure_future(
        dialog.choose_target(parent, "Save", ["Text (*.txt)"], tmp_path / "log.txt", "txt")
    )
    box = await opened(QFileDialog, parent)
    assert isinstance(box, QFileDialog)
    assert box.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    box.accept()
    assert await asyncio.wait_for(chosen, LONGEST) == tmp_path / "log.txt"


async def test_network_device_is_entered(parent: QWidget, qtbot: QtBot) -> None:
    asked = asyncio.ensure_future(ask_network_device(parent, read_entry, lambda place: None))
    box = await opened(NetworkDialog, parent)
    assert isinstance(box, NetworkDialog)
    assert not box.add.isEnabled(), "nothing entered yet"
    qtbot.keyClicks(box.host, "192.0.2.7")
    assert box.add.isEnabled()
    box.port.clear()
    assert not box.add.isEnabled()
    qtbot.keyClicks(box.port, "99999")
    assert not box.add.isEnabled()
    box.port.clear()
    qtbot.keyClicks(box.port, "1338")
    qtbot.keyClick(box.host, Qt.Key.Key_Return)
    assert await asyncio.wait_for(asked, LONGEST) == "udp:192.0.2.7:1338"


@pytest.mark.parametrize(
    ("typed", "address", "port", "is_tcp"),
    [
        ("127.0.0.1:1400", "udp:127.0.0.1:1400", "1400", False),
        ("udp:127.0.0.1:1337", "udp:127.0.0.1", "1337", False),
        ("tcp:board.local:7000?framing=raw", "tcp:board.local:7000?framing=raw", "7000", True),
        ("[fe80::1%eth0]:1338", "udp:[fe80::1%eth0]:1338", "1338", False),
        ("serial:/dev/pts/7?baud=57600", "serial:/dev/pts/7?baud=57600", "", False),
    ],
)
async def test_what_the_program_prints_can_be_entered(
    parent: QWidget, qtbot: QtBot, typed: str, address: str, port: str, is_tcp: bool
) -> None:
    box = NetworkDialog(read_entry, parent)
    box.host.setText(typed)
    assert box.entry.address == address
    assert box.add.isEnabled()
    assert box.port.text() == port
    assert not box.port.isEnabled()
    chosen = [b.words for b in box.findChildren(Button) if b.isChecked()]
    assert chosen == ["TCP" if is_tcp else "UDP"]
    box.host.setText("192.0.2.7")
    assert box.port.text() == "1337", "one's own port is not forgotten"
    assert box.port.isEnabled()


async def test_why_nothing_can_be_added_is_said(parent: QWidget, qtbot: QtBot) -> None:
    box = NetworkDialog(read_entry, parent)
    assert "udp:192.0.2.7:1337" in box.words.text()
    for typed, words in {
        "hello world": "It holds a space",
        "300.1.1.1": "Each of its four numbers is 0 to 255, not 300",
        "192.0.2": "four numbers",
        "fe80::1": "needs the network interface",
        "host:99999": "numbered from 1 to 65535",
        "tcp:host:1?frame=raw": "unknown option",
        "sim:demo": "Simulated",
    }.items():
        box.host.setText(typed)
        assert words in box.words.text(), typed
        assert box.words.ink is Ink.WARN
        assert not box.add.isEnabled()


async def test_network_device_is_not_entered(parent: QWidget, qtbot: QtBot) -> None:
    asked = asyncio.ensure_future(ask_network_device(parent, read_entry, lambda place: None))
    box = await opened(NetworkDialog, parent)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert await asyncio.wait_for(asked, LONGEST) is None


def test_a_box_is_as_high_as_its_words_and_enter_gives_its_answer(
    parent: QWidget, qtbot: QtBot
) -> None:
    """Also where there are details, which come before the answers."""
    sentence = "With it, firmware is signed; whoever checks needs the public key alone. " * 3
    box = QuestionBox(Question("root.c holds a private key", sentence, details="getpub"), parent)
    box.show()
    box.activateWindow()
    layout = box.layout()
    assert layout is not None
    assert box.height() == layout.totalHeightForWidth(box.width())
    fold = next(b for b in box.findChildren(Button) if b.isCheckable())
    fold.click()
    fold.click()
    assert box.height() == layout.totalHeightForWidth(box.width()), "folded again"
    assert box.focusWidget() is button(box, "OK")
    assert labels(box)[0] == "root.c holds a private key"


async def test_a_dialog_grows_with_what_it_comes_to_say(parent: QWidget) -> None:
    """Nothing is squeezed where a field, digits or a line more come into it."""
    pairing = PairingDialog("a sensor", parent)
    port = PortDialog(PortFacts("a sensor", 115200, "console", (9600, 115200)), parent)
    pairing.show()
    port.show()

    def squeezed() -> bool:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        layouts = [(it, it.layout()) for it in (pairing, port)]
        return any(it.height() < lay.totalHeightForWidth(it.width()) for it, lay in layouts if lay)

    assert not squeezed()
    pairing.show_digits(123456)
    assert not squeezed()
    asked = asyncio.ensure_future(pairing.passkey())
    await asyncio.sleep(0)
    assert pairing.field.isVisible()
    assert not squeezed()
    asked.cancel()
    port.words.setText("long " * 60)
    port.rate.setCurrentText("")
    port.rate.setCurrentText("9600")
    assert not squeezed()
    pairing.close()
    port.close()
