"""Keys come by dialog and by drop, are for products, and are never private ones; firmware of
another board has to be agreed to, or is forbidden; what a job has locked is shown and stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.lib.question_box import QuestionBox
from app.lib.theme import Theme
from app.memory.settings import KnownKey, Settings
from app.presenters.guards import GUARDS
from app.views.name_dialog import NameDialog
from smp.simulator import build_image
from smp.simulator.keys import demo_key, other_key
from tests.gui.stage import LEFT, Stage, until
from tests.gui.test_settings_in_window import asked, button, closed, opened, ready
from tests.helpers.packages import package

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8, NONE = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


@pytest_asyncio.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Stage]:
    opened_ = await Stage.open(tmp_path, qtbot)
    await opened_.desk.recall()
    yield opened_


def drop(target: QWidget, path: Path) -> None:
    """As a person does it with a file."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place = QPointF(target.rect().center())
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(place.toPoint(), action, data, LEFT, none))
    QApplication.sendEvent(target, QDropEvent(place, action, data, LEFT, none))


def public(encoding: serialization.Encoding) -> bytes:
    return demo_key().public_key().public_bytes(encoding, SPKI)


def source(der: bytes) -> bytes:
    return b"const unsigned char key[] = {" + b", ".join(b"0x%02x" % it for it in der) + b"};\n"


# -- adding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "name", "data", "form"),
    [
        ("settings", "release.pub.pem", public(PEM), "from a PEM file"),
        ("settings", "release.der", public(DER), "from a DER file"),
        ("settings", "release.c", source(public(DER)), "from an array in source code"),
        ("window", "release.pub.pem", public(PEM), "from a PEM file"),
        ("window", "release.der", public(DER), "from a DER file"),
        ("window", "release.c", source(public(DER)), "from an array in source code"),
    ],
)
async def test_a_dropped_key_is_named_for_what_it_is(
    stage: Stage, where: str, name: str, data: bytes, form: str
) -> None:
    file = stage.file(name, data)
    if where == "window":
        stage.drop(file)
    else:
        drop(await opened(stage), file)
    entry = await asked(stage, NameDialog)
    assert isinstance(entry, NameDialog)
    assert form in stage.shown()
    assert "ECDSA P-256" in stage.shown()
    QTest.keyClicks(entry.products, "lamp_*, nrf52840dk")
    stage.qtbot.mouseClick(entry.done_button, LEFT)
    await until(lambda: bool(stage.settings.keys))
    (key,) = stage.settings.keys
    assert key.patterns == ("lamp_*", "nrf52840dk")
    assert key.pem.startswith("-----BEGIN PUBLIC KEY")


PRIVATE = {
    "root.pem": demo_key().private_bytes(PEM, PKCS8, NONE),
    "root.der": demo_key().private_bytes(DER, PKCS8, NONE),
    "root.c": source(demo_key().private_bytes(DER, PKCS8, NONE)),
}


@pytest.mark.parametrize("name", PRIVATE)
async def test_a_private_key_is_refused_and_nowhere_kept(stage: Stage, name: str) -> None:
    page = await opened(stage)
    file = stage.file(name, PRIVATE[name])
    drop(page, file)
    box = await asked(stage, QuestionBox)
    assert box.windowTitle() == f"{name} holds a private key"
    assert "Nothing of the file was kept" in stage.shown()
    box.reject()
    await until(lambda: not page.findChildren(QuestionBox))
    assert (await closed(stage, page)).keys == ()
    _nowhere(stage, file)


@pytest.mark.parametrize("name", PRIVATE)
async def test_a_private_key_dropped_as_firmware_is_refused_too(stage: Stage, name: str) -> None:
    file = stage.file(name, PRIVATE[name])
    stage.drop(file)
    box = await asked(stage, QuestionBox)
    assert box.windowTitle() == f"{name} holds a private key"
    box.reject()
    await until(lambda: not stage.window.findChildren(QuestionBox))
    stage.settings.save()
    assert stage.settings.remembered == ()
    _nowhere(stage, file)


def _nowhere(stage: Stage, key: Path) -> None:
    """No file has a piece of its secret."""
    secret = demo_key().private_numbers().private_value.to_bytes(32, "big")
    base64 = PRIVATE["root.pem"].splitlines()[2]
    for path in stage.folder.rglob("*"):
        if path.is_file() and path != key:
            data = path.read_bytes()
            assert secret not in data
            assert base64 not in data


async def test_a_private_key_written_into_the_settings_is_not_used(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    pem = "\n".join(f"    {line}" for line in PRIVATE["root.pem"].decode().splitlines())
    (tmp_path / "flashdesk.ini").write_text(f"[keys/ab]\nname=root\npem=\n{pem}\n")
    stage = await Stage.open(tmp_path, qtbot)
    try:
        await stage.desk.recall()
        await opened(stage)
        assert "root holds a private key" in stage.shown()
        await ready(stage, build_image("1.4.2", 9_000, key=demo_key()))
        assert "no key here to check it against" in stage.said()
    finally:
        await stage.end()


async def test_a_key_dropped_on_a_device_is_offered_for_that_product(stage: Stage) -> None:
    await ready(stage, build_image("1.4.2", 9_000, key=demo_key()))
    stage.drop(stage.file("release.der", public(DER)))
    entry = await asked(stage, NameDialog)
    assert isinstance(entry, NameDialog)
    assert entry.products.text() == "nrf52840dk/nrf52840"
    QTest.keyClick(entry, Qt.Key.Key_Return)
    await until(lambda: "Signed with “release”" in stage.said())
    assert "What is signed with “release” is told from now on, for nrf52840dk" in stage.said()
    assert stage.settings.keys[0].patterns == ("nrf52840dk/nrf52840",)
    device = stage.desk.fleet.chosen
    assert device is not None
    assert device.file is not None
    assert device.file.is_usable, "the firmware stays"


# -- products -------------------------------------------------------------------------------------


def known(stage: Stage, products: str = "") -> None:
    stage.settings.add_key(KnownKey("ab", "release", public(PEM).decode(), products))


async def test_a_key_counts_for_its_products(stage: Stage) -> None:
    known(stage, "lamp_*")
    await stage.desk.wishes.read()
    await ready(stage, build_image("1.4.2", 9_000, key=demo_key()))
    assert "Signed with “release”, which is for lamp_*, not for this device" in stage.said()
    stage.drop(stage.file("other.bin", build_image("1.5.0", 9_000, key=other_key())))
    await until(lambda: "none of the keys known here is for this device" in stage.said())
    page = await opened(stage)
    assert any("for lamp_*" in line for line in stage.shown().splitlines())
    stage.qtbot.mouseClick(button(page, "Change release"), LEFT)
    entry = await asked(stage, NameDialog)
    assert isinstance(entry, NameDialog)
    assert entry.products.text() == "lamp_*"
    entry.products.clear()
    QTest.keyClicks(entry.products, "nrf52840dk_nrf52840")
    stage.qtbot.mouseClick(entry.done_button, LEFT)
    await until(lambda: "Signed with none of the keys known here" in stage.said())
    assert (await closed(stage, page)).keys[0].products == "nrf52840dk_nrf52840"


def foreign(version: str = "1.4.2", board: str = "nrf52dk_nrf52832") -> bytes:
    image = build_image(version, 9_000, key=demo_key())
    return package({"app.bin": (image, {"board": board, "soc": None, "image_index": "0"})})


async def test_firmware_of_another_board_has_to_be_agreed_to_or_is_forbidden(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    stage.drop(stage.file("dfu.zip", foreign()))
    await until(lambda: device.plan is not None)
    said = "Made for nrf52dk_nrf52832; the device says it is nrf52840dk/nrf52840"
    await until(lambda: said in stage.shown())
    assert "may harm what is connected to it" in stage.said()
    page = await opened(stage)
    stage.qtbot.mouseClick(page.guards["product"].buttons["forbid"], LEFT)
    await until(lambda: "What was found forbids this update" in stage.shown())
    assert not stage.button("Update").isEnabled()
    kept = await closed(stage, page)
    assert {"board-differs", "soc-differs", "class-id-differs"} <= set(kept.forbids)
    stage.drop(stage.file("dfu2.zip", foreign(board="nrf52840dk_nrf52840")))
    await until(lambda: "Made for nrf52840dk_nrf52840; the device says" in stage.shown())
    await until(stage.button("Update").isEnabled)


async def test_every_choice_is_kept_and_others_stay(stage: Stage) -> None:
    stage.settings.forbids = ["image-list-odd"]
    page = await opened(stage)
    for guard in GUARDS:
        assert page.guards[guard.key].buttons["warn"].isChecked()
        stage.qtbot.mouseClick(page.guards[guard.key].buttons["forbid"], LEFT)
        await until(lambda guard=guard: guard.codes <= set(stage.settings.forbids))  # type: ignore[misc]
    kept = await closed(stage, page)
    assert set(kept.forbids) == {"image-list-odd"}.union(*(guard.codes for guard in GUARDS))
    page = await opened(stage)
    for guard in GUARDS:
        assert page.guards[guard.key].buttons["forbid"].isChecked()
        page.guards[guard.key].buttons["forbid"].setFocus()
        stage.qtbot.keyClick(page.guards[guard.key].buttons["forbid"], Qt.Key.Key_Left)
        await until(lambda guard=guard: not guard.codes & set(stage.settings.forbids))  # type: ignore[misc]
    assert (await closed(stage, page)).forbids == ("image-list-odd",)


async def test_a_part_of_a_choice_is_told(stage: Stage) -> None:
    stage.settings.forbids = ["not-signed"]
    page = await opened(stage)
    choice = page.guards["signature"]
    assert not any(each.isChecked() for each in choice.buttons.values())
    assert "The file of these settings forbids some of it: not-signed" in stage.shown()
    stage.qtbot.mouseClick(choice.buttons["warn"], LEFT)
    await until(lambda: stage.settings.forbids == ())
    await closed(stage, page)


# -- locked ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locked", "words"),
    [
        ("true", "Locked by the file of these settings, so that every update is done alike"),
        ("Line 3, batch 7", "Locked by the file of these settings: Line 3, batch 7"),
        ("no", ""),
    ],
)
async def test_what_a_job_has_locked_is_shown_and_stays(
    theme: Theme, tmp_path: Path, qtbot: QtBot, locked: str, words: str
) -> None:
    path = tmp_path / "flashdesk.ini"
    written = Settings(path)
    written.forbids, written.mode, written.watch_seconds = ["board-differs"], "test", 3.0
    written.add_key(KnownKey("ab", "release", public(PEM).decode()))
    written.save()
    text = path.read_text().replace("[update]\n", f"[update]\nlocked={locked}\n")
    path.write_text(text)
    stage = await Stage.open(tmp_path, qtbot)
    try:
        await stage.desk.recall()
        page = await opened(stage)
        changeable = [page.watch, page.keys.add, button(page, "Change release")]
        changeable += [button(page, "Remove release"), *page.mode.buttons.values()]
        changeable += [it for each in page.guards.values() for it in each.buttons.values()]
        assert {control.isEnabled() for control in changeable} == {not words}
        assert page.mode.buttons["test"].isChecked(), "the choice is shown"
        assert (stage.shown().count("Locked by") == 3) is bool(words)
        if words:
            assert words in stage.shown()
            drop(page, stage.file("k.pem", public(PEM)))
            box = await asked(stage, QuestionBox)
            assert words in stage.shown()
            box.reject()
            await until(lambda: not page.findChildren(QuestionBox))
            stage.settings.forbids, stage.settings.mode = (), "confirm"
            stage.settings.reset()
            stage.settings.remove_key("ab")
            page.sound.click()
            kept = await closed(stage, page)
            assert not kept.sound, "what is not of updates can be changed"
            assert (kept.forbids, kept.mode, kept.watch_seconds) == (("board-differs",), "test", 3)
            assert len(kept.keys) == 1
    finally:
        await stage.end()
