"""Nobody is shut out: what a screen reader is told, where Tab goes and is seen, contrast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.facts.run import StepFacts, StepState, UploadFigures
from app.facts.window import BannerFacts
from app.lib import spoken
from app.lib.buttons import Button
from app.lib.spoken import announce, tell_roles
from app.lib.theme import Scheme, Theme
from app.lib.tokens import DARK, LIGHT, Tokens
from app.lib.tone import Tone
from app.views.banner import Banner
from app.views.figures import FiguresView
from app.views.main_window import MainWindow
from app.views.steps import Steps
from tests.gui import walkers
from tests.gui.walkers import contrast
from tests.gui.windows import OPENERS, kinds

EVERY = pytest.mark.parametrize("name", OPENERS)
SCHEMES = pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
SMALL = (1024, 640)


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot, request: pytest.FixtureRequest) -> QWidget:
    """The window of this name, which has the keyboard."""
    name = request.node.callspec.params["name"]
    window.resize(*SMALL)
    kind, opener = OPENERS[name]
    shown = opener(window)
    assert isinstance(shown, kind)
    if shown is not window:
        qtbot.addWidget(shown)
    walkers.bring_up(shown)
    for _ in range(3):
        QApplication.processEvents()
    return shown


def test_every_kind_of_window_of_the_program_is_looked_at() -> None:
    assert {kind.__name__ for kind, _ in OPENERS.values()} == kinds()


# -- what is told ---------------------------------------------------------------------------------


@EVERY
def test_everything_that_is_operated_or_tells_something_has_a_name(
    opened: QWidget, name: str
) -> None:
    assert not list(walkers.findings(opened))


def test_what_the_main_window_tells(window: MainWindow) -> None:
    """Devices before what is done with them, as one reads; each in its role."""
    OPENERS["window: uploading"][1](window)
    QApplication.processEvents()
    told = walkers.told(window)
    order = [each.name for each in told if each.name in ("Devices", "On the device", "Firmware")]
    assert order[0] == "Devices"
    assert order[-1] == "Firmware"
    roles = {each.name: each.role.name for each in told}
    assert roles["Slot 0"] in ("Grouping", "StaticText")
    assert roles["Slot 0, drawn to scale"] == "Graphic"
    assert roles["Speed over time"] == "Chart"
    assert roles["Firmware"] in ("Grouping", "StaticText")
    (progress,) = [each for each in told if each.role is QAccessible.Role.ProgressBar]
    assert progress.name.startswith("61 %, 7.1 kB/s, 12 s left")
    assert progress.value in ("61", "61%")
    assert not [each for each in told if each.role is QAccessible.Role.Whitespace and each.name]


class _Painted(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        QPainter(self).fillRect(self.rect(), QColor("red"))


_Painted.__module__ = "app.views.made_up"


def test_who_is_not_told_is_found(theme: Theme, qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    nameless, markup, told = QPushButton(), QPushButton("Save"), QPushButton("Copy")
    markup.setToolTip("<p>Save it</p>")
    stop = QWidget()
    stop.setAccessibleName("Something")
    stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    for widget in (nameless, markup, told, _Painted(), stop):
        column.addWidget(widget)
    whole.show()
    found = sorted(finding.partition(":")[0] for finding in walkers.findings(whole))
    assert found == [
        "can be operated, and nobody is told how",
        "has no name",
        "is seen only",
        "markup is read out",
    ]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, bool]]]:
    """What is announced, and whether it is urgent, while somebody listens."""
    heard: list[tuple[str, bool]] = []
    real = spoken.QAccessibleAnnouncementEvent

    def noted(event: object) -> None:
        if isinstance(event, real):
            urgent = event.politeness() is QAccessible.AnnouncementPoliteness.Assertive
            heard.append((event.message(), urgent))

    QAccessible.setActive(True)
    monkeypatch.setattr(spoken.QAccessible, "updateAccessibility", noted)
    yield heard
    monkeypatch.undo()
    QAccessible.setActive(False)


def test_a_verdict_is_said_at_once(
    theme: Theme, qtbot: QtBot, said: list[tuple[str, bool]]
) -> None:
    tell_roles()
    banner = Banner()
    qtbot.addWidget(banner)
    facts = BannerFacts(Tone.OK, "Running 1.4.2, confirmed", "Was 1.3.0")
    banner.present(facts)
    banner.present(facts)
    assert said == [("Running 1.4.2, confirmed. Was 1.3.0", True)]
    whole = QAccessible.queryAccessibleInterface(banner)
    assert whole.role() is QAccessible.Role.AlertMessage


def test_steps_are_said_as_they_begin(
    theme: Theme, qtbot: QtBot, said: list[tuple[str, bool]]
) -> None:
    steps = Steps()
    qtbot.addWidget(steps)
    states = (StepState.CURRENT, StepState.PENDING), (StepState.DONE, StepState.CURRENT)
    for check, upload in states:
        for _ in range(2):
            steps.present((StepFacts("Check", check), StepFacts("Upload", upload)))
    assert said == [("Check: going on", False), ("Upload: going on", False)]


def test_progress_is_told_as_a_value(theme: Theme, qtbot: QtBot) -> None:
    figures = FiguresView()
    qtbot.addWidget(figures)
    for fraction, percent in ((0.0, 0), (0.614, 61), (1.0, 100)):
        figures.present(UploadFigures(fraction, 7_000.0, 3.0))
        told = QAccessible.queryAccessibleInterface(figures)
        assert told.valueInterface().currentValue() == percent


def test_nothing_is_said_where_nobody_listens_or_there_is_nothing(
    theme: Theme, qtbot: QtBot, said: list[tuple[str, bool]]
) -> None:
    button = Button("Copy")
    qtbot.addWidget(button)
    announce(button, "")
    QAccessible.setActive(False)
    announce(button, "Copied")
    assert said == []


# -- by keyboard ----------------------------------------------------------------------------------


@EVERY
def test_tab_goes_as_one_reads(opened: QWidget, name: str) -> None:
    assert not list(walkers.goes_back(opened))


@EVERY
def test_where_the_keyboard_is_can_be_seen(opened: QWidget, name: str) -> None:
    assert not list(walkers.unseen_focus(opened))


@pytest.mark.parametrize("name", ["window: log", "window: verdict-ok", "settings", "help"])
def test_where_the_keyboard_is_can_be_seen_in_the_dark(
    opened: QWidget, name: str, theme: Theme
) -> None:
    theme.force(Scheme.DARK)
    assert not list(walkers.unseen_focus(opened))


def test_what_is_out_of_order_or_unseen_is_found(theme: Theme, qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    for words in ("lower", "upper"):
        button = QPushButton(words)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setStyleSheet("QPushButton, QPushButton:focus { border: none; outline: none; }")
        column.addWidget(button)
    column.setDirection(QVBoxLayout.Direction.BottomToTop)
    walkers.bring_up(whole)
    assert list(walkers.goes_back(whole)) == ["lower comes before upper"]
    assert len(list(walkers.unseen_focus(whole))) == 2


# -- contrast -------------------------------------------------------------------------------------


@EVERY
@SCHEMES
def test_words_stand_out_from_their_ground(
    opened: QWidget, name: str, scheme: Scheme, theme: Theme
) -> None:
    theme.force(scheme)
    QApplication.processEvents()
    assert not list(walkers.faint_text(opened))


def test_faint_words_are_found(theme: Theme, qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    for colour in ("#808080", "#1b2330"):
        label = QLabel(f"Some words in {colour}")
        label.setStyleSheet(f"color: {colour}; background: white")
        column.addWidget(label)
    whole.show()
    (found,) = walkers.faint_text(whole)
    assert found.startswith("3.9")
    assert "#808080" in found


WORN = pytest.mark.parametrize("worn", [LIGHT, DARK], ids=["light", "dark"])


@WORN
def test_what_is_operated_and_drawn_stands_out_from_its_ground(worn: Tokens) -> None:
    """WCAG 1.4.11: 3:1 for borders of fields, the keyboard's mark, marks, bars and curves."""
    surfaces = (worn.background, worn.panel, worn.side)
    for front in (worn.edge(), worn.accent, worn.ok, worn.warn, worn.bad, worn.soft):
        assert min(contrast(front, surface) for surface in surfaces) >= 3.0, front.name()
    for part in (worn.slot_header, worn.slot_code, worn.slot_tlv, worn.slot_trailer):
        assert contrast(part, worn.panel) >= 3.0, part.name()
    assert contrast(worn.slot_code, worn.slot_free) >= 3.0
    assert contrast(worn.accent, worn.accent_ground) >= 3.0


@WORN
def test_every_ink_can_be_read_on_every_surface(worn: Tokens) -> None:
    inks = (worn.ink, worn.soft, worn.accent, worn.ok, worn.warn, worn.bad)
    for surface in (worn.background, worn.panel, worn.side):
        for ink in inks:
            assert contrast(ink, surface) >= 4.5, (ink.name(), surface.name())
    assert contrast(worn.hint(), worn.panel) >= 4.5
    for hovered in (worn.accent, *(worn.hover(s) for s in (worn.panel, worn.side))):
        words = worn.on_accent if hovered == worn.accent else worn.ink
        assert contrast(words, hovered) >= 4.5
