"""What a Mac is told of the program, as far as it can be checked without one."""

from __future__ import annotations

import plistlib
import runpy
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QColor, QImage, QImageReader

from app import VERSION
from app.lib.resources import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "resources" / "packaging" / "macos"
FROZEN = runpy.run_path(str(FOLDER / "frozen.py"))
CONTENTS = runpy.run_path(str(FOLDER.parent / "contents.py"))
ICNS = runpy.run_path(str(FOLDER / "icns.py"))


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As it is written."""
    path = tmp_path_factory.mktemp("macos") / "Info.plist"
    subprocess.run([sys.executable, str(FOLDER / "frozen.py"), str(path)], check=True)
    return path


def test_the_info_is_of_this_program(info: Path) -> None:
    told = plistlib.loads(info.read_bytes())
    assert told["CFBundleShortVersionString"] == told["CFBundleVersion"] == VERSION
    assert told["NSHighResolutionCapable"] is True
    assert told["NSRequiresAquaSystemAppearance"] is False
    assert told["LSMinimumSystemVersion"].count(".") == 1
    # Else it gets no icon in the Dock and no menu.
    assert told["LSBackgroundOnly"] is False


def test_macos_has_words_for_what_it_asks_leave_for(info: Path) -> None:
    told = plistlib.loads(info.read_bytes())
    for kind in ("NSBluetoothAlways", "NSLocalNetwork"):
        words = told[f"{kind}UsageDescription"]
        assert words.startswith("Flashdesk ")
        assert words.endswith(".")


def test_files_are_offered_and_never_taken(info: Path) -> None:
    (kind,) = plistlib.loads(info.read_bytes())["CFBundleDocumentTypes"]
    assert {"bin", "hex", "zip"} <= set(kind["CFBundleTypeExtensions"])
    assert kind["LSHandlerRank"] == "Alternate"
    assert kind["CFBundleTypeRole"] == "Viewer"


def test_the_languages_are_those_of_the_program(info: Path) -> None:
    told = plistlib.loads(info.read_bytes())["CFBundleLocalizations"]
    there = {path.name for path in LANGUAGES.iterdir() if path.is_dir()}
    assert told == ["en", *(language.replace("zh_CN", "zh-Hans") for language in sorted(there))]


@pytest.mark.parametrize("name", ["Info.plist", "entitlements.plist"])
def test_it_is_well_formed(info: Path, name: str) -> None:
    xmllint = shutil.which("xmllint")
    if xmllint is None:
        pytest.skip("xmllint is not installed")
    path = info if name == "Info.plist" else FOLDER / name
    assert plistlib.loads(path.read_bytes())
    subprocess.run([xmllint, "--noout", "--nonet", str(path)], check=True)


def test_who_signs_is_told_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MACOS_IDENTITY", raising=False)
    assert FROZEN["executable"]("flashdesk", VERSION)["codesign_identity"] is None
    monkeypatch.setenv("MACOS_IDENTITY", "Developer ID Application: Somebody (ABCDE12345)")
    told = FROZEN["executable"]("flashdesk", VERSION)
    assert told["codesign_identity"].startswith("Developer ID")
    assert told["target_arch"] == "arm64"
    assert Path(told["entitlements_file"]).exists()


def test_the_bundle_gets_an_icon_that_is_there() -> None:
    told = FROZEN["bundle"](VERSION)
    assert told["version"] == VERSION
    assert Path(told["icon"]).read_bytes().startswith(b"icns")


# -- the icon -------------------------------------------------------------------------------------


def test_the_icon_holds_the_drawing_in_every_size(qapp: object, tmp_path: Path) -> None:
    out = tmp_path / "flashdesk.icns"
    ICNS["main"]([str(out)])
    data = out.read_bytes()
    seen: dict[bytes, int] = {}
    at = 8
    while at < len(data):
        kind, length = struct.unpack_from(">4sI", data, at)
        picture = QImage.fromData(data[at + 8 : at + length], "PNG")
        assert picture.width() == picture.height()
        seen[kind] = picture.width()
        # The drawing's ground is blue, and round corners let see through.
        assert QColor(picture.pixel(picture.width() // 2, picture.height() // 10)).blue() > 150
        assert picture.pixelColor(0, 0).alpha() == 0
        at += length
    assert (data[:4], at) == (b"icns", struct.unpack_from(">I", data, 4)[0])
    assert seen == ICNS["TYPES"]
    assert max(seen.values()) == 1024


def test_others_read_the_icon(qapp: object, tmp_path: Path) -> None:
    if QByteArray(b"icns") not in QImageReader.supportedImageFormats():
        pytest.skip("this Qt has no reader for .icns")
    out = tmp_path / "flashdesk.icns"
    ICNS["main"]([str(out)])
    held = QBuffer()
    held.setData(out.read_bytes())
    reader = QImageReader(held, QByteArray(b"icns"))
    sizes = set()
    for number in range(reader.imageCount()):
        reader.jumpToImage(number)
        sizes.add(reader.read().width())
    assert sizes >= {32, 64, 128, 256, 512, 1024}


@pytest.mark.qt_log_ignore("Cannot open file")
def test_a_drawing_that_is_not_there_is_no_icon(qapp: object, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no drawing"):
        ICNS["main"]([str(tmp_path / "out.icns"), str(tmp_path / "none.svg")])


# -- what is carried ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "framework"),
    [
        ("PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore", "PySide6/Qt/lib/QtCore.framework"),
        ("PySide6/Qt/lib/QtCore.framework/Versions/Current", "PySide6/Qt/lib/QtCore.framework"),
        ("Python.framework/Resources", "Python.framework"),
        ("Python", ""),
        ("PySide6/QtCore.abi3.so", ""),
    ],
)
def test_files_of_a_framework_are_known_by_their_place(name: str, framework: str) -> None:
    assert CONTENTS["framework"](name) == framework


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", True),
        ("PySide6/Qt/plugins/styles/libqmacstyle.dylib", True),
        ("PySide6/Qt/plugins/platforms/libqminimal.dylib", False),
        ("PySide6/Qt/plugins/imageformats/libqtiff.dylib", False),
    ],
)
def test_of_qts_plugins_macs_ones_are_carried(name: str, is_wanted: bool) -> None:
    assert CONTENTS["is_wanted"](name, "darwin") is is_wanted
