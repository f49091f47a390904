"""The station's views: tiles at every size, what they show and what they let go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QRegion
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.facts.station import TileFacts, TileKind
from app.lib.theme import Scheme, Theme
from app.lib.tokens import DARK, LIGHT, Tokens
from app.lib.tone import Tone
from app.presenters.station import StationPresenter
from app.presenters.station_tile import tile
from app.station.standing import PlaceStanding, StationStanding
from app.views.station_grid import spread
from app.views.station_tile import StationTile
from app.views.station_window import StationWindow
from smp.text import Text
from tests.gui.walkers import bring_up, contrast
from tests.helpers import scripted_station as script

LONG = Text(
    "Die Einstellungsschreibberechtigung der Baugruppenseriennummer wurde vom "
    "Fertigungsleitsystem zurückgewiesen"
)
SIZES = [(1024, 640), (1280, 800), (1920, 1080), (820, 520)]


def german(place: PlaceStanding) -> PlaceStanding:
    """As long as words get."""
    return replace(
        place,
        unit=place.unit and "KUNDE-2026-000004187-A",
        words=place.words and LONG,
        reason=place.reason and LONG,
        next_step=place.next_step and LONG,
        left=place.left and 754.0,
        seconds=place.seconds and 1_234.0,
    )


@pytest.fixture
def show(theme: Theme, qtbot: QtBot) -> Iterator[Show]:
    made = Show(qtbot)
    yield made
    made.window.finish()


class Show:
    """The window with a presenter behind it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = StationWindow()
        qtbot.addWidget(self.window, before_close_func=lambda _: self.window.finish())
        self.presenter = StationPresenter()
        self.window.resize(1280, 800)

    def present(self, standing: StationStanding) -> None:
        self.window.present(self.presenter.present(standing))
        QApplication.sendPostedEvents()

    def tile(self, name: str) -> StationTile:
        return self.window.grid.tile(name)


# -- room -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("count", [1, 2, 5, 8, 16, 32])
def test_every_place_has_its_room(theme: Theme, count: int, size: tuple[int, int]) -> None:
    places = spread(count, QSize(*size))
    whole = QRectF(0, 0, *size)
    assert len(places) == count
    assert len({place.size().toTuple() for place in places}) == 1
    for place in places:
        assert whole.contains(QRectF(place))
    for one, other in combinations(places, 2):
        assert not one.intersects(other)


@pytest.mark.parametrize("count", [1, 8, 32])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dress", [lambda it: it, german], ids=["usual", "long"])
def test_nothing_in_a_tile_lies_over_another_or_beyond_its_edge(
    show: Show, count: int, size: tuple[int, int], dress: object
) -> None:
    show.window.resize(*size)
    show.window.show()
    for at in range(0, 8, count if count < 8 else 8):
        of = script.EIGHT[at:] + script.EIGHT[:at]
        show.present(script.standing(*map(dress, script.many(count, of))))  # type: ignore[call-overload]
        for shown in show.window.grid.tiles[:8]:
            _assert_tidy(shown)
    assert show.window.size() == QSize(*size)


def _assert_tidy(shown: StationTile) -> None:
    now = shown.layout_now()
    inside = QRectF(shown.rect())
    parts = [piece.rect for piece in (*now.pieces, *now.moving)]
    for piece in (*now.pieces, *now.moving):
        assert inside.contains(piece.rect), (shown.facts.headline, piece)
    solid = [rect for rect in (now.mark, now.bar, now.button) if rect is not None]
    for rect in solid:
        assert inside.contains(rect), (shown.facts.headline, rect)
    # Figures share a row, each with its own end of it.
    still = [piece.rect for piece in now.pieces]
    for one, other in combinations([*still, *solid], 2):
        both = one.intersected(other)
        assert both.isEmpty() or min(both.width(), both.height()) < 1.5, shown.facts.headline
    assert parts
    if now.button is not None:
        assert shown.button.geometry() == now.button.toRect()
        assert shown.button.width() >= shown.button.minimumSizeHint().width() or (
            not shown.button.text()
        )
    missing = not all(piece.is_whole for piece in now.pieces)
    assert bool(shown.toolTip()) is missing


def test_what_goes_on_does_not_move_what_stands_beside_it(show: Show) -> None:
    show.window.show()
    show.present(script.standing(*script.EIGHT))
    before = {piece.part: piece.rect for piece in show.tile("2").layout_now().pieces}
    bar = show.tile("2").layout_now().bar
    for changed in (
        replace(script.UPLOADING, fraction=0.05, rate=None, left=None),
        replace(script.UPLOADING, words=Text("Once more, from the beginning")),
        replace(script.UPLOADING, phase=script.RESTARTING.phase, left=754.0),
    ):
        show.present(script.standing(script.PASSED, changed, *script.EIGHT[2:]))
        now = show.tile("2").layout_now()
        assert now.bar == bar
        after = {piece.part: piece.rect for piece in now.pieces}
        assert after["headline"] == before["headline"]
        assert after["unit"] == before["unit"]


# -- seen from three metres -----------------------------------------------------------------------


def _seen(window: QWidget, part: QWidget) -> QImage:
    """A part of the window in a quarter of its size."""
    place = part.mapTo(window, QPoint(0, 0))
    picture = window.grab().toImage().copy(place.x(), place.y(), part.width(), part.height())
    return picture.scaled(
        picture.width() // 4,
        picture.height() // 4,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize(("count", "size"), [(8, (1024, 640)), (32, (1920, 1080))])
def test_a_verdict_is_read_at_a_quarter_of_the_size(
    show: Show, theme: Theme, scheme: Scheme, count: int, size: tuple[int, int]
) -> None:
    theme.force(scheme)
    show.window.resize(*size)
    show.window.show()
    show.present(script.standing(*script.many(count)))
    for name, ground in (("1", Tone.OK), ("4", Tone.BAD)):
        shown = show.tile(name)
        word = next(piece for piece in shown.layout_now().pieces if piece.part == "headline")
        mark = shown.layout_now().mark
        assert mark is not None
        assert word.font.pixelSize() / 4 >= 9
        small = _seen(show.window, shown)
        worn = DARK if scheme is Scheme.DARK else LIGHT
        corner = QColor(small.pixel(small.width() // 2, small.height() - 3))
        assert corner.name() == worn.strong(ground).name()
        for part in (word.rect, mark):
            brightest = max(
                (
                    QColor(small.pixel(x, y))
                    for x in range(int(part.left() / 4), int(part.right() / 4))
                    for y in range(int(part.top() / 4), int(part.bottom() / 4))
                ),
                key=lambda color: contrast(color, corner),
            )
            assert contrast(brightest, corner) >= 3.0


@pytest.mark.parametrize("worn", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_a_verdicts_ground(worn: Tokens) -> None:
    for tone in (Tone.OK, Tone.WARN, Tone.BAD):
        assert contrast(worn.on_strong, worn.strong(tone)) >= 4.5
    grounds = {worn.strong(tone).name() for tone in Tone}
    assert len(grounds) == 4  # neutral and accent are a panel


# -- a unit leaves --------------------------------------------------------------------------------


def _dots(shown: StationTile) -> QImage:
    return shown.grab().toImage()


@pytest.mark.parametrize("place", script.EIGHT, ids=lambda place: place.phase.value)
def test_a_unit_that_leaves_takes_every_word_and_colour_with_it(
    show: Show, place: PlaceStanding
) -> None:
    """Dot for dot, what a screen reader hears, the tooltip and the button are those of a place that
    never had one."""
    show.window.show()
    empty = PlaceStanding("1", "1-2.1")
    show.present(script.standing(empty, replace(empty, name="2")))
    never = show.tile("1")
    dots, name, tip = _dots(never), never.accessibleName(), never.toolTip()
    show.present(script.standing(replace(german(place), name="1"), replace(empty, name="2")))
    show.present(script.standing(empty, replace(empty, name="2")))
    after = show.tile("1")
    assert _dots(after) == dots
    assert (after.accessibleName(), after.toolTip()) == (name, tip)
    assert not after.button.isVisible()
    assert after.accessibleDescription().strip() == ""


# -- only what changed ----------------------------------------------------------------------------


def test_only_what_changed_is_drawn(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[str, int]] = []
    real = StationTile.paintEvent

    def noted(tile: StationTile, event: QPaintEvent) -> None:
        painted.append((tile.facts.name, event.rect().height()))
        real(tile, event)

    monkeypatch.setattr(StationTile, "paintEvent", noted)
    bring_up(show.window)
    show.present(script.standing(*script.many(32)))
    QApplication.processEvents()
    assert len(painted) >= 32
    painted.clear()
    before = [each.presented for each in show.window.grid.tiles]
    show.present(script.standing(*script.many(32)))
    assert [each.presented for each in show.window.grid.tiles] == before
    places = list(script.many(32))
    places[1] = replace(places[1], fraction=0.62, left=11.0)
    show.present(script.standing(*places))
    presented = [each.presented for each in show.window.grid.tiles]
    assert [now - then for now, then in zip(presented, before, strict=True)] == [0, 1, *[0] * 30]
    QApplication.processEvents()
    assert {name for name, _ in painted} == {"2"}
    strips = [height for name, height in painted if name == "2"]
    assert strips
    assert min(strips) < show.tile("2").height() / 2


def test_what_is_drawn_alone_is_as_if_all_were(show: Show) -> None:
    """The strip with bar and figures lies on the tile's own ground, over nothing of before."""
    show.window.show()
    show.present(script.standing(script.UPLOADING))
    show.present(script.standing(replace(script.UPLOADING, fraction=0.2, left=700.0)))
    shown = show.tile("2")
    strip = shown.layout_now().strip
    assert strip is not None
    place = strip.toAlignedRect()
    alone = QImage(place.size(), QImage.Format.Format_RGB32)
    alone.fill(QColor("magenta"))
    shown.render(alone, QPoint(), QRegion(place), QWidget.RenderFlag.DrawChildren)
    whole = shown.grab(place).toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert alone == whole


def test_what_is_around_the_places_grows_with_them(show: Show) -> None:
    def heights() -> list[int]:
        window = show.window
        read = (
            window.header.product,
            window.header.answer,
            window.header.scanner,
            window.footer.status,
            window.footer.arm,
        )
        return [it.fontMetrics().height() for it in read]

    bring_up(show.window)
    show.present(script.standing(*script.EIGHT))
    usual = heights()
    show.window.resize(1920, 1200)
    QApplication.processEvents()
    assert all(now > 1.3 * before for now, before in zip(heights(), usual, strict=True))
    large = heights()
    refused = show.presenter.present(
        script.standing(*script.EIGHT, trouble=Text("The disk is full")),
        answer=Text("It has passed"),
        answer_tone=Tone.BAD,
    )
    show.window.present(refused)
    assert heights() == large, "another colour is not another size"
    show.window.resize(1024, 640)
    QApplication.processEvents()
    assert heights() == usual, "never smaller than everywhere else in the program"


# -- by keyboard ----------------------------------------------------------------------------------


def test_a_scanner_writes_into_its_field_wherever_the_keyboard_is(show: Show, qtbot: QtBot) -> None:
    scanned: list[str] = []
    acted: list[tuple[str, str]] = []
    show.window.scanned.connect(scanned.append)
    show.window.acted.connect(lambda place, key: acted.append((place, key)))
    bring_up(show.window)
    show.present(script.standing(*script.EIGHT))
    button = show.tile("4").button
    button.setFocus()
    qtbot.keyClicks(button, "S")
    field = show.window.header.scanner
    assert field.hasFocus()
    qtbot.keyClicks(field, "2-0042")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert scanned == ["S2-0042"]
    assert field.text() == ""
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        button.setFocus()
        qtbot.keyClick(button, key)
    assert acted == []
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert acted == [("4", "retry")]


def test_a_field_for_a_scanner_is_there_once_one_is_wanted(show: Show, qtbot: QtBot) -> None:
    bring_up(show.window)
    field = show.window.header.scanner
    show.present(script.standing(*script.EIGHT, scan=Text("")))
    assert not field.isVisible()
    qtbot.keyClicks(show.window.focusWidget(), "S2-0042")
    assert field.text() == ""
    show.present(script.standing(*script.EIGHT))
    assert field.hasFocus()
    show.present(script.standing(*script.EIGHT, scan=Text("")))  # for now
    assert field.isVisible()


def test_tab_comes_to_the_button_of_each_tile(show: Show, qtbot: QtBot) -> None:
    bring_up(show.window)
    show.present(script.standing(*script.EIGHT))
    seen = []
    for _ in range(12):
        qtbot.keyClick(show.window.focusWidget(), Qt.Key.Key_Tab)
        seen.append(show.window.focusWidget())
    for name in ("2", "3", "4", "6", "7"):
        assert show.tile(name).button in seen


def test_a_button_that_goes_gives_the_keyboard_to_the_scanner(show: Show) -> None:
    bring_up(show.window)
    show.present(script.standing(*script.EIGHT))
    show.tile("4").button.setFocus()
    gone = PlaceStanding("4", "1-2.4")
    show.present(script.standing(*script.EIGHT[:3], gone, *script.EIGHT[4:]))
    assert show.window.header.scanner.hasFocus()


def test_keys_and_clicks_say_what_is_wanted(show: Show, qtbot: QtBot) -> None:
    wanted: list[object] = []
    window = show.window
    window.arm_switched.connect(lambda on: wanted.append(("arm", on)))
    window.sound_switched.connect(lambda on: wanted.append(("sound", on)))
    window.close_requested.connect(lambda: wanted.append("end"))
    bring_up(window)
    show.present(script.standing(*script.EIGHT))
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_F9)
    qtbot.keyClick(window, Qt.Key.Key_M, control)
    qtbot.keyClick(window, Qt.Key.Key_Q, control)
    assert wanted == [("arm", False), ("sound", False), "end"]
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()
    wanted.clear()
    qtbot.mouseClick(window.footer.arm, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.footer.sound, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.footer.end, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(show.tile("4").button, Qt.MouseButton.LeftButton)
    assert wanted == [("arm", False), ("sound", False), "end"]
    assert window.isVisible()


def test_what_a_screen_reader_hears(show: Show) -> None:
    show.present(script.standing(*script.EIGHT))
    assert show.tile("1").accessibleName() == ("Place 1, S2-004187, PASS, Runs 1.4.2, Take it out")
    assert show.tile("2").accessibleName() == "Place 2, S2-004188, Uploading"
    assert show.tile("4").button.accessibleName() == "Place 4: Try again"
    assert show.tile("2").button.accessibleName() == "Place 2: Stop the unit in place 2…"


def test_a_tile_of_no_kind_is_left_out() -> None:
    assert {tile(place).kind for place in script.EIGHT} >= {
        TileKind.AWAY,
        TileKind.EMPTY,
        TileKind.WAITING,
        TileKind.WORKING,
        TileKind.PASSED,
        TileKind.FAILED,
    }
    assert TileFacts("x").kind is TileKind.EMPTY
