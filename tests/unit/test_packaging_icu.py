"""ICU's data in Linux packages: less of them, and Qt answers as before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import PySide6
import pytest

from tests.unit.test_packaging import ROOT, contents, script

icu = script("linux/icu.py")
QT = Path(PySide6.__file__).parent / "Qt" / "lib"
LIBRARIES = sorted(QT.glob("libicudata.so.*"))

pytestmark = pytest.mark.skipif(
    not LIBRARIES or shutil.which("as") is None, reason="Qt's data of ICU and binutils are needed"
)

ANSWERS = """
import json
from functools import cmp_to_key
from PySide6.QtCore import QByteArray, QCollator, QLocale, QStringConverter, QTimeZone

names = [chr(code) for code in (*range(0x20, 0x3000, 7), *range(0x3000, 0x2ffff, 97))
         if not 0xD800 <= code < 0xE000]
names += "Äpfel Apfel Strasse straße Zange 北京 上海 中文 v10 v9 Ñandú nube ﷺ ไทย 한국 ёж".split()
answers = {"encodings": list(QStringConverter.availableCodecs())}
languages = "C en de zh_CN zh_TW sv_SE es_ES ja_JP ko_KR ru_RU tr_TR ar_EG th_TH cs_CZ fr_CA"
for code in languages.split():
    locale = QLocale(code)
    collator = QCollator(locale)
    collator.setNumericMode(True)
    answers[f"order {code}"] = sorted(names, key=cmp_to_key(collator.compare))
    whole = "".join(names)
    answers[f"case {code}"] = [locale.toUpper(whole), locale.toLower(whole)]
standard = QTimeZone.TimeType.StandardTime
kinds = [QTimeZone.NameType.LongName, QTimeZone.NameType.ShortName, QTimeZone.NameType.OffsetName]
for code in "en_US de_DE zh_CN".split():
    answers[f"zones {code}"] = [
        QTimeZone(QByteArray(name)).displayName(standard, kind, QLocale(code))
        for name in (b"Europe/Berlin", b"Asia/Shanghai", b"America/New_York", b"Etc/UTC")
        for kind in kinds
    ]
print(json.dumps(answers))
"""


def with_data(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """A process whose Qt takes ICU's data from the folder."""
    environ = {**os.environ, "LD_LIBRARY_PATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )


def answers(folder: Path) -> dict[str, Any]:
    done = with_data(folder, ANSWERS)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what matters of a frozen one, after the step of the build."""
    folder = tmp_path_factory.mktemp("frozen")
    for library in (*QT.glob("libicu*"), QT / "libQt6Core.so.6"):
        shutil.copy(library, folder)
    icu.main(folder)
    return folder


def test_qt_answers_as_with_all_of_the_data(frozen: Path) -> None:
    was, now = answers(QT), answers(frozen)
    assert len(was["encodings"]) > 200
    assert was["zones de_DE"][0] == "Mitteleuropäische Normalzeit"
    assert was["order de"] != was["order zh_CN"] != was["order zh_TW"]
    assert was.keys() == now.keys()
    assert [name for name in was if was[name] != now[name]] == []


def test_a_third_is_left_and_it_is_made_the_same_each_time(frozen: Path, tmp_path: Path) -> None:
    (library,) = frozen.glob("libicudata*")
    assert library.name == LIBRARIES[0].name
    assert library.stat().st_size < LIBRARIES[0].stat().st_size / 3
    assert library.stat().st_mode & 0o777 == 0o644
    shutil.copy(LIBRARIES[0], tmp_path)
    icu.main(tmp_path)
    assert (tmp_path / library.name).read_bytes() == library.read_bytes()


def test_what_is_done_twice_changes_nothing(frozen: Path) -> None:
    (library,) = frozen.glob("libicudata*")
    before = library.read_bytes()
    icu.main(frozen)
    assert library.read_bytes() == before


def test_the_check_of_the_installation_misses_data_that_are_gone(tmp_path: Path) -> None:
    code = (
        "import asyncio\nfrom app.checkup import program\n"
        "found = asyncio.run(program.text())\nprint(found.state.value, found.words)"
    )
    symbol, data = icu.data_of(LIBRARIES[0])
    package = icu.Package(data)
    for gone, said in (
        ("coll/", "failed Names are not sorted as in"),
        ("coll/zh", "failed Names are not sorted as in 简体中文"),
        (".cnv", "failed The encoding Big5 is missing"),
        ("zone/", "ok Names are sorted"),
    ):
        files = {name: data for name, data in package.files.items() if gone not in name}
        assert len(files) < len(package.files)
        library = tmp_path / LIBRARIES[0].name
        icu.built(symbol, icu.packed(package.head, files), library.name, library)
        done = with_data(tmp_path, code)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(said), (gone, done.stdout)


def test_whatever_qt_asks_for_is_known_and_something_new_ends_the_build(
    frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = LIBRARIES[0].name.rpartition(".")[2]
    functions = icu.asked([QT / "libQt6Core.so.6"], version)
    assert {"ucol_open", "ucnv_open", "ucal_open", "u_strToUpper"} <= functions
    assert icu.unknown(functions) == []
    assert icu.unknown([*functions, "ubrk_open", "unum_format"]) == ["ubrk_open", "unum_format"]
    shutil.copytree(frozen, tmp_path / "frozen")
    monkeypatch.delitem(icu.FAMILIES, "ucal_")
    with pytest.raises(SystemExit, match=r"ucal_open.*: FAMILIES does not say"):
        icu.main(tmp_path / "frozen")


def test_every_language_of_the_program_has_its_names_of_time_zones() -> None:
    kept = icu.Package(icu.data_of(LIBRARIES[0])[1]).kept()
    folder = next(iter(kept)).partition("/")[0]
    for code in ("en", *contents.LANGUAGES):
        name = code.partition("_")[0]
        assert {f"{folder}/{name}.res", f"{folder}/zone/{name}.res"} <= kept.keys(), code


def test_without_icu_there_is_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    icu.main(tmp_path)
    assert "no data of ICU" in capsys.readouterr().out


@pytest.mark.parametrize("at", [2, 8, 12, 16])
def test_data_of_another_kind_end_the_build(at: int) -> None:
    head = bytearray(b"\x20\x00\xda\x27\x14\0\0\0\0\0\x02\0CmnD\x01").ljust(32, b"\0")
    assert icu.Package(icu.packed(bytes(head), {"icudt1l/a.res": b"a"})).files == {
        "icudt1l/a.res": b"a"
    }
    head[at] ^= 1
    with pytest.raises(SystemExit, match="not the data of ICU"):
        icu.Package(icu.packed(bytes(head), {}))
