"""The theme: schemes, contrast, live change, icons, resources."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QFontMetrics,
    QImage,
    QRawFont,
)
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.facts.run import StepFacts, StepState
from app.facts.slots import SlotBarFacts
from app.facts.words import ChipFacts
from app.lib import faces, icons
from app.lib.resources import FONTS, resource
from app.lib.theme import Scheme, Theme, Type, _font, font, metrics, tokens
from app.lib.tokens import DARK, LIGHT, Tokens
from app.lib.tone import Tone
from app.views.chip import Chip
from app.views.slot_bar import SlotBar
from app.views.steps import Steps
from tests.gui.scenes import OLD
from tests.helpers.programs import ROOT, environment

SCHEMES = pytest.mark.parametrize("worn", [LIGHT, DARK], ids=["light", "dark"])


def luminance(color: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(v) for v in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@SCHEMES
@pytest.mark.parametrize("tone", list(Tone))
def test_words_are_readable_on_their_grounds(worn: Tokens, tone: Tone) -> None:
    assert contrast(worn.on_ground(tone), worn.ground(tone)) >= 4.5


@SCHEMES
def test_ordinary_text_is_readable_everywhere(worn: Tokens) -> None:
    grounds = (worn.background, worn.panel, worn.side, worn.accent_ground)
    for ink, ground in itertools.product((worn.ink, worn.soft), grounds):
        assert contrast(ink, ground) >= 4.5
    assert contrast(worn.on_accent, worn.accent) >= 4.5


@pytest.fixture
def desktop_font(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes the desktop name this font as its own; is_alone: and the program has none."""

    def name(family: str, *, is_alone: bool = True) -> None:
        monkeypatch.setattr(QFontDatabase, "systemFont", lambda _: QFont([family]))
        if is_alone:
            monkeypatch.setattr(faces, "_carried", frozenset)
        forget()

    def forget() -> None:
        for cached in (_font, metrics):
            cached.cache_clear()

    yield name
    monkeypatch.undo()
    forget()


def test_a_desktop_that_names_a_font_it_lacks_gets_one_without_serifs(
    desktop_font: Callable[[str], None],
) -> None:
    """As Wine does, and a stick with the program and no configuration of fonts."""
    desktop_font("No Such Font 2")
    for kind in (Type.BODY, Type.HEADLINE, Type.FIGURE):
        assert QFontDatabase.hasFamily(font(kind).family())
        assert "Sans" in QFontInfo(font(kind)).family()


@pytest.mark.parametrize("named", ["No Such Font 2", "DejaVu Serif", "Serif"])
def test_fixed_letters_have_one_width_whatever_the_desktop_names(
    desktop_font: Callable[[str], None], named: str
) -> None:
    desktop_font(named)
    letters = metrics(Type.MONO)
    assert letters.horizontalAdvance("iiii") == letters.horizontalAdvance("WWWW")


@pytest.mark.parametrize("named", ["DejaVu Serif", ".AppleSystemUIFont"])
def test_a_font_that_the_desktop_has_is_taken(
    desktop_font: Callable[[str], None], named: str
) -> None:
    desktop_font(named)
    assert font().families() == [named]


@pytest.mark.parametrize("named", ["DejaVu Serif", "No Such Font 2"])
def test_the_programs_own_fonts_come_first_and_the_desktops_after_them(
    desktop_font: Callable[..., None], named: str
) -> None:
    """After them: for letters that they lack, Chinese ones for example."""
    desktop_font(named, is_alone=False)
    for kind in Type:
        own = "Flashdesk Mono" if kind is Type.MONO else "Flashdesk Sans"
        assert font(kind).families()[0] == QFontInfo(font(kind)).family() == own
        assert font(kind).families()[1] not in ("Flashdesk Sans", "No Such Font 2")
    letters = metrics(Type.MONO)
    assert letters.horizontalAdvance("iiii") == letters.horizontalAdvance("WWWW")


@pytest.mark.parametrize("kind", list(Type))
def test_a_figure_that_changes_keeps_its_width(theme: Theme, kind: Type) -> None:
    """Whatever it is drawn in: the digits themselves have one width."""
    assert len({metrics(kind).horizontalAdvance(digit) for digit in "0123456789"}) == 1
    plain = font(kind)
    plain.clearFeatures()
    assert QFontMetrics(plain).horizontalAdvance("1.1") == QFontMetrics(plain).horizontalAdvance(
        "8.8"
    )


def test_each_weight_of_the_scale_is_a_font_of_its_own(theme: Theme) -> None:
    """Not a thin one made thicker."""
    there = {QFontInfo(font(kind)).weight() for kind in Type}
    assert there == {font(kind).weight() for kind in Type} == {400, 500, 600}


def test_what_languages_of_the_letters_need_is_in_the_fonts(theme: Theme) -> None:
    """German, Polish, Vietnamese, Greek, Ukrainian, the signs of the window, the pseudo-locale."""
    words = "äöüß ąćęłńóśźż ệởữ Ωμέγα їєґ …→←✓✗×·−“”½µ€⌘⌥⇧↵ Ḟíŕḿŵáŕé"
    sans, mono = (
        [QRawFont(str(path), 13) for path in sorted(FONTS.glob(name))]
        for name in ("FlashdeskSans-*.ttf", "FlashdeskMono-*.ttf")
    )
    assert (len(sans), len(mono)) == (3, 1)
    for letter in map(ord, words):
        assert all(raw.supportsCharacter(letter) for raw in sans), chr(letter)
    for letter in map(ord, words.partition(" …")[0].replace("ệởữ", "")):
        assert mono[0].supportsCharacter(letter), chr(letter)


def test_the_fonts_come_with_their_licences_and_are_small() -> None:
    licences = [path.read_text("utf-8") for path in sorted(FONTS.glob("OFL-*.txt"))]
    assert len(licences) == 2
    for text in licences:
        head, _, terms = text.partition("SIL OPEN FONT LICENSE Version 1.1")
        assert "Copyright" in head
        assert "Reserved Font Name" in terms
        # Only a name after the copyright is reserved; what was cut must then have another.
        assert "Reserved Font Name" not in head
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 600_000


NOTHING_INSTALLED = "<fontconfig><cachedir>{}</cachedir></fontconfig>"


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a system without any font."""
    configuration = tmp_path / "fonts.conf"
    configuration.write_text(NOTHING_INSTALLED.format(tmp_path), "utf-8")
    return environment(tmp_path, FONTCONFIG_FILE=str(configuration), QT_QPA_PLATFORM="offscreen")


_LETTERS = """
from PySide6.QtWidgets import QApplication
from PySide6.QtGui import QFont, QFontInfo, QRawFont
application = QApplication(["letters"])
print(repr(QFontInfo(QFont()).family()))
from app.lib import faces
print(faces.there_is_one(), QFontInfo(faces.general()).family(), QFontInfo(faces.fixed()).family())
print(QRawFont.fromFont(faces.general()).supportsCharacter("a"))
"""


def test_where_no_font_is_installed_the_program_has_its_own(bare: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LETTERS],
        env=bare,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    installed, found, has_letters = done.stdout.splitlines()
    assert installed == "''"
    assert found == "True Flashdesk Sans Flashdesk Mono"
    assert has_letters == "True"


def test_without_any_font_at_all_it_is_said_and_no_window_opens(bare: dict[str, str]) -> None:
    """A window full of boxes."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from app.lib import resources\n"
            "resources.FONTS = Path('nowhere')\n"
            "from app.window import open_window; sys.exit(open_window())",
        ],
        env=bare,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "no font" in done.stderr
    assert "Install Flashdesk again" in done.stderr
    assert "fonts-dejavu-core" in done.stderr
    assert "flashdesk update" in done.stderr


def test_forced_schemes_dress_the_application(theme: Theme, qapp: QApplication) -> None:
    theme.force(Scheme.DARK)
    assert tokens() is DARK
    assert qapp.palette().window().color() == DARK.background
    assert DARK.panel.name() in qapp.styleSheet()
    theme.force(Scheme.LIGHT)
    assert tokens() is LIGHT
    assert DARK.panel.name() not in qapp.styleSheet()


def test_a_scheme_that_nobody_knows_is_the_systems() -> None:
    """A mistyped line of the settings must not keep the window from opening."""
    assert [Scheme.called(text) for text in ("drak", "", "Light")] == [Scheme.SYSTEM] * 3
    assert [Scheme.called(scheme.value) for scheme in Scheme] == list(Scheme)


def test_system_scheme_is_followed_unless_forced(theme: Theme, qapp: QApplication) -> None:
    system = qapp.styleHints().colorSchemeChanged
    system.emit(Qt.ColorScheme.Dark)
    assert tokens() is LIGHT, "light was forced"
    theme.force(Scheme.SYSTEM)
    system.emit(Qt.ColorScheme.Dark)
    assert tokens() is DARK
    system.emit(Qt.ColorScheme.Light)
    assert tokens() is LIGHT


def test_change_is_told(theme: Theme, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed):
        theme.force(Scheme.DARK)


def test_painted_widgets_change_with_the_scheme(theme: Theme, qtbot: QtBot) -> None:
    bar, chip, steps = SlotBar(), Chip(ChipFacts("ok", Tone.OK)), Steps()
    bar.present(OLD)
    steps.present((StepFacts("Check", StepState.DONE),))
    for widget in (bar, chip, steps):
        qtbot.addWidget(widget)
        widget.resize(widget.sizeHint())
        widget.show()
    light = [grabbed(widget) for widget in (bar, chip, steps)]
    theme.force(Scheme.DARK)
    dark = [grabbed(widget) for widget in (bar, chip, steps)]
    assert all(one != other for one, other in zip(light, dark, strict=True))
    assert dark[0].pixelColor(bar.width() // 4, 10) == DARK.slot_code


def test_a_font_that_was_changed_does_not_change_the_others(theme: Theme) -> None:
    mine = font(Type.SMALL)
    mine.setUnderline(True)
    assert not font(Type.SMALL).underline()


def test_figures_have_digits_of_one_width(theme: Theme) -> None:
    for kind in (Type.FIGURE, Type.SMALL, Type.PLAN):
        assert len({metrics(kind).horizontalAdvance(digit) for digit in "0123456789"}) == 1


def test_every_icon_paints_in_the_asked_colour(theme: Theme) -> None:
    names = [path.stem for path in resource("icons").glob("*.svg")]
    assert len(names) > 30
    for name in names:
        if name == "flashdesk":
            continue
        image = icons.pixmap(name, 48, QColor("#c81414"), 1.0).toImage()
        inked = [
            image.pixelColor(x, y)
            for x, y in itertools.product(range(0, 48, 2), range(48))
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert inked, name
        assert all(color.red() > 180 and color.green() < 40 for color in inked), name


def test_application_icon_has_all_sizes(theme: Theme) -> None:
    sizes = {size.width() for size in icons.application_icon().availableSizes()}
    assert {16, 32, 48, 256} <= sizes


def test_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="icons/no-such"):
        resource("icons/no-such.svg")


def grabbed(widget: SlotBar | Chip | Steps) -> QImage:
    return widget.grab().toImage()


def test_empty_slot_is_mostly_free(theme: Theme, qtbot: QtBot) -> None:
    bar = SlotBar()
    qtbot.addWidget(bar)
    bar.present(SlotBarFacts("Slot 1", capacity=1000))
    bar.resize(300, 20)
    assert bar.grab().toImage().pixelColor(150, 10) == LIGHT.slot_free
