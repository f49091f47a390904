"""What packages are made of, as far as it can be judged without building one."""

from __future__ import annotations

import configparser
import gzip
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import click
import pytest
import sqlalchemy

from app.cli.commands import main
from smp.image.header import MAGIC_LITTLE
from smp.update.verdict import ExitStatus

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "resources" / "packaging"
LINUX = PACKAGING / "linux"
MIME = "application/x-mcuboot-image"


def script(path: str) -> ModuleType:
    """A script of resources/packaging, which is no Python package, as a module."""
    file = PACKAGING / path
    spec = importlib.util.spec_from_file_location(f"packaging_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


contents = script("contents.py")
manual = script("linux/manual.py")
icons = script("icons.py")
licences = script("licences.py")


# -- what the folder has --------------------------------------------------------------------------


def test_every_file_of_the_program_that_is_no_code_is_carried() -> None:
    files = [
        path.relative_to(ROOT)
        for package in ("app", "smp")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and path.name != "py.typed"
    ]
    assert files
    for file in files:
        assert file.as_posix().startswith(tuple(f"{folder}/" for folder in contents.FOLDERS)), file
        is_source = file.suffix == ".po"  # of the .mo beside it, which is what the program reads
        assert contents.is_wanted(file.as_posix(), "linux") is not is_source, file


def test_every_module_is_named_since_some_are_imported_by_name_alone() -> None:
    named = set(contents.modules("app", "smp"))
    assert {"app", "app.__main__", "app.desk.desk", "smp.bluetooth.radio"} <= named
    assert all(importlib.util.find_spec(name) for name in named)


def test_an_archive_of_modules_is_imported_from_and_has_no_docstrings(tmp_path: Path) -> None:
    folder = tmp_path / "wordy"
    folder.mkdir()
    whole, part = folder / "__init__.py", folder / "part.py"
    whole.write_text('"""Many words."""\nfrom wordy.part import said\n', "utf-8")
    part.write_text('def said():\n    """More of them."""\n    return 7\n', "utf-8")
    modules = [("wordy", whole), ("wordy.part", part)]
    contents.archive(tmp_path / "one.zip", modules)
    contents.archive(tmp_path / "two.zip", reversed(modules))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    elsewhere = tmp_path / "elsewhere"  # where there is no folder of that name
    elsewhere.mkdir()
    code = "import wordy; print(wordy.said(), wordy.__doc__, wordy.said.__doc__, wordy.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:1] = ['../one.zip']; {code}"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("7 None None ../one.zip")


def test_what_is_left_out_in_c_is_carried_in_python() -> None:
    root = Path(sqlalchemy.__file__).parent.parent
    in_c = [path for path in (root / "sqlalchemy").rglob("*") if path.suffix in (".so", ".pyd")]
    binaries = [(str(path.relative_to(root)), str(path), "EXTENSION") for path in in_c]
    assert not [name for name, *_ in binaries if contents.is_wanted(name, sys.platform)]
    carried = list(contents.in_python(binaries))
    assert len(carried) == len(in_c)
    for module, source, kind in carried:
        assert kind == "PYMODULE"
        path = root / module.replace(".", "/")
        assert Path(source) == path.with_suffix(".py")
        assert Path(source).is_file()
    assert not list(contents.in_python([("PySide6/QtCore.abi3.so", "QtCore.so", "EXTENSION")]))


def test_what_is_imported_of_qt_stays_and_the_rest_goes() -> None:
    import PySide6

    imported = contents.qt_modules("app")
    assert {"QtCore", "QtGui", "QtWidgets", "QtSvg"} <= imported
    unused = contents.unused_qt_modules(Path(PySide6.__file__).parent)
    assert "PySide6.QtQml" in unused
    assert not {f"PySide6.{name}" for name in imported} & set(unused)


def test_all_ways_to_import_qt_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "app"
    package.mkdir()
    (package / "one.py").write_text("import PySide6.QtNetwork\nfrom PySide6 import QtDBus\n")
    (package / "two.py").write_text("def later():\n    from PySide6.QtSvg import QSvgRenderer\n")
    monkeypatch.setattr(contents, "ROOT", tmp_path)
    assert contents.qt_modules("app") == {"QtNetwork", "QtDBus", "QtSvg"}


@pytest.mark.parametrize(
    ("name", "system", "profile", "wanted"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "linux", "deb", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", "linux", "deb", False),
        ("PySide6/Qt/plugins/platforms/libqminimalegl.so", "linux", "deb", False),
        (r"PySide6\plugins\platforms\qwindows.dll", "win32", "", True),
        (r"PySide6\plugins\platforms\qdirect2d.dll", "win32", "", False),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", "darwin", "", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "linux", "deb", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "linux", "portable", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", "linux", "deb", False),
        ("sqlalchemy/engine/_row_cy.cpython-311-x86_64-linux-gnu.so", "linux", "deb", False),
        ("sqlalchemy\\engine\\_row_cy.cp313-win_amd64.pyd", "win32", "", False),
        ("PySide6/Qt/translations/qtbase_de.qm", "linux", "deb", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", "linux", "deb", False),
        ("PySide6/Qt/translations/assistant_de.qm", "linux", "deb", False),
        ("bleak-3.1.0.dist-info/METADATA", "linux", "deb", True),
        ("bleak-3.1.0.dist-info/RECORD", "linux", "deb", False),
        ("app/resources/icons/check.svg", "linux", "deb", True),
        ("app/resources/languages/de/LC_MESSAGES/flashdesk.mo", "linux", "deb", True),
        ("app/resources/languages/de/LC_MESSAGES/flashdesk.po", "linux", "deb", False),
        (r"app\resources\languages\de\LC_MESSAGES\flashdesk.po", "win32", "", False),
    ],
)
def test_of_files_those_that_somebody_needs(
    name: str, system: str, profile: str, wanted: bool
) -> None:
    assert contents.is_wanted(name, system, profile) is wanted


@pytest.mark.parametrize(
    ("source", "system", "profile", "theirs"),
    [
        ("/usr/lib/x86_64-linux-gnu/libxcb.so.1", "linux", "deb", True),
        ("/usr/lib/x86_64-linux-gnu/libxcb.so.1", "linux", "portable", False),
        ("/lib/x86_64-linux-gnu/libz.so.1", "linux", "deb", True),
        ("/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", "linux", "deb", False),
        ("/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "linux", "portable", True),
        ("/usr/lib/x86_64-linux-gnu/libfontconfig.so.1", "linux", "portable", True),
        ("/home/me/venv/lib/python3.11/site-packages/x/libx.so", "linux", "deb", False),
        (r"C:\Windows\System32\ucrtbase.dll", "win32", "", True),
        (r"C:\Python313\vcruntime140.dll", "win32", "", False),
        ("/usr/lib/libSystem.B.dylib", "darwin", "", True),
        ("/opt/venv/lib/libQt6Core.dylib", "darwin", "", False),
    ],
)
def test_libraries_of_the_system_stay_with_it(
    source: str, system: str, profile: str, theirs: bool
) -> None:
    assert contents.is_the_systems(source, system, profile) is theirs


def test_qts_own_texts_are_there_in_every_language_of_the_program() -> None:
    folder = ROOT / "app" / "resources" / "languages"
    ours = {path.name for path in folder.iterdir() if path.is_dir()}
    assert ours == set(contents.LANGUAGES)


def test_nothing_that_is_left_out_is_imported_by_the_program() -> None:
    """Not by it, nor by what it imports: each module is asked in a process without those."""
    code = (
        "import importlib, sys\n"
        f"for name in {contents.EXCLUDED!r}: sys.modules[name] = None\n"
        f"for name in {sorted(contents.modules('app', 'smp'))!r}:\n"
        "    if not name.endswith('__main__'): importlib.import_module(name)\n"
        "from rich.progress import Progress\n"
        "from multiprocessing.connection import Client, Connection, Listener\n"
        "from app.cli.terminal import make_log_handler\n"
        "make_log_handler()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


def test_whoever_is_inside_is_named_with_a_licence() -> None:
    told = licences.told()
    for name in (
        "Python",
        "Qt and Qt for Python",
        "ICU",
        "pyserial",
        "PyInstaller",
        "bleak",
        "rich",
    ):
        assert re.search(rf"^-+\n{name}", told, re.MULTILINE), name
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in told
    assert "brings no text of its licence" not in told
    debians = licences.told(debian=True)
    assert "/usr/share/common-licenses/Apache-2.0" in debians
    assert "Apache License\n" not in debians
    assert "GNU LESSER GENERAL PUBLIC LICENSE" not in debians


# -- Linux: menus, file types, ports, manual ------------------------------------------------------


def desktop() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read(LINUX / "flashdesk.desktop", "utf-8")
    return parser["Desktop Entry"]


def test_the_menu_entry_opens_the_window_with_a_file() -> None:
    entry = desktop()
    assert entry["Exec"] == "flashdesk %f"
    assert entry["MimeType"] == f"{MIME};"
    assert entry["Terminal"] == "false"
    assert (ROOT / "app" / "resources" / "icons" / f"{entry['Icon']}.svg").exists()
    # What the window calls itself, so that panels find the icon and notifications the name.
    source = "".join(path.read_text("utf-8") for path in (ROOT / "app").glob("*.py"))
    assert f'setDesktopFileName("{entry["StartupWMClass"]}")' in source
    for language in contents.LANGUAGES:
        assert entry[f"Comment[{language}]"] != entry["Comment"]
        assert entry[f"GenericName[{language}]"] != entry["GenericName"]


def test_debians_own_tools_find_nothing_wrong() -> None:
    if (tool := shutil.which("desktop-file-validate")) is None:
        pytest.skip("desktop-file-validate is not installed")
    done = subprocess.run([tool, LINUX / "flashdesk.desktop"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_metainfo_names_this_version_and_what_is_installed() -> None:
    text = (LINUX / "flashdesk.metainfo.xml").read_text("utf-8")
    component = ET.fromstring(text)
    (release,) = component.iter("release")
    assert release.attrib == {"version": "@VERSION@", "date": "@DATE@"}, "filled in by the build"
    build = (LINUX / "build.sh").read_text("utf-8")
    assert "import app; print(app.VERSION)" in build
    assert component.findtext("launchable") == "flashdesk.desktop"
    assert component.findtext("provides/mediatype") == MIME
    assert component.findtext("project_license") == "Apache-2.0"
    assert f"{component.findtext('id')}.metainfo.xml" in build


def test_the_file_type_is_known_by_an_images_first_bytes() -> None:
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    types = ET.parse(LINUX / "flashdesk.xml").getroot().findall("m:mime-type", space)
    assert [kind.get("type") for kind in types] == [MIME]
    match = types[0].find("m:magic/m:match", space)
    assert match is not None
    assert match.get("offset") == "0"
    magic = bytes.fromhex(str(match.get("value")).replace("\\x", ""))
    assert magic == MAGIC_LITTLE
    globs = [str(glob.get("pattern")) for glob in types[0].findall("m:glob", space)]
    assert "*.signed.bin" in globs
    assert not {"*.bin", "*.zip", "*.hex"} & set(globs), "they belong to others as well"


RULES = (LINUX / "70-flashdesk.rules").read_text("utf-8")
"""Its number is below 73, where what gives the access is read."""


def rules() -> list[str]:
    return [line for line in RULES.splitlines() if line and not line.startswith("#")]


def test_the_rules_are_ones_that_udev_reads() -> None:
    pair = r'(?:[A-Z]+(?:\{[\w./]+\})?)(?:==|!=|\+=|=)"[^"]*"'
    for rule in rules():
        assert re.fullmatch(rf"{pair}(?:, {pair})*", rule), rule
    labels = set(re.findall(r'LABEL="(\w+)"', RULES))
    assert set(re.findall(r'GOTO="(\w+)"', RULES)) == labels
    verify = shutil.which("udevadm")
    if verify is None or "verify" not in _help(verify):
        pytest.skip("no udevadm here that verifies rules")
    done = subprocess.run([verify, "verify", LINUX / "70-flashdesk.rules"], capture_output=True)
    assert done.returncode == 0, done.stdout


def _help(tool: str) -> str:
    return subprocess.run([tool, "--help"], capture_output=True, text=True).stdout


def test_boards_are_kept_from_the_modem_manager_and_adapters_are_not() -> None:
    boards, others = set(), set()
    for rule in rules():
        found = re.search(r'\{idVendor\}=="([^"]+)"', rule)
        if found is None:
            continue
        vendors = set(found[1].split("|"))
        assert all(re.fullmatch("[0-9a-f]{4}", vendor) for vendor in vendors)
        if "ID_MM_DEVICE_IGNORE" in rule:
            boards |= vendors
        else:
            assert 'TAG+="uaccess"' in rule
            others |= vendors
        if "SUBSYSTEMS" in rule:
            assert 'TAG+="uaccess"' in rule
    zephyr, nordic, segger, arm, pi, espressif = "2fe3", "1915", "1366", "0d28", "2e8a", "303a"
    assert {zephyr, nordic, segger, arm, pi, espressif} <= boards
    ftdi, silabs, wch, prolific = "0403", "10c4", "1a86", "067b"
    assert others == {ftdi, silabs, wch, prolific}
    devices = {v for r in rules() if "usb_device" in r for v in re.findall("[0-9a-f]{4}", r)}
    assert boards <= devices, "the port is told as well as the device"


def plain(page: str) -> str:
    return page.replace("\\:", "").replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")


def test_the_manual_has_every_command_every_option_and_every_status() -> None:
    page = plain(manual.page("2026-11-26"))
    assert isinstance(main, click.Group)
    told = manual.commands(main)
    assert {"update", "image", "image go-back", "reset"} <= {name for name, _ in told}
    for words, command in [("", main), *told]:
        section = page
        if words:
            (section,) = re.findall(rf"\.SS flashdesk {words} \[.*?(?=\n\.S[SH])", page, re.DOTALL)
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                for name in (*parameter.opts, *parameter.secondary_opts):
                    assert name in section, f"{command.name} {name}"
            elif isinstance(parameter, click.Argument):
                assert parameter.make_metavar(click.Context(command)) in section
    for status in ExitStatus:
        assert f"\\fB{int(status)}\\fR" in page
    for kind in ("serial", "ble", "tcp", "udp", "sim"):
        assert f"\n\\fB{kind}:" in page


@pytest.mark.parametrize("columns", ["80", "100"])
def test_the_manual_is_one_that_man_reads(tmp_path: Path, columns: str) -> None:
    page = manual.page("2026-11-26")
    assert not [
        line for line in page.splitlines() if re.match(r"[.'](?![A-Z]{1,2}\b|br\b|ad l$)", line)
    ]
    if (man := shutil.which("man")) is None or shutil.which("groff") is None:
        pytest.skip("man or groff is not installed")
    file = tmp_path / "flashdesk.1.gz"
    file.write_bytes(gzip.compress(page.encode()))
    environ = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": columns}
    done = subprocess.run(
        [man, "--warnings", "-l", file], capture_output=True, text=True, env=environ
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "flashdesk - firmware updates with a verdict that is proven" in done.stdout


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("--json", "\\-\\-json"),
        ("a|b", "a|\\:b"),
        ("it's", "it\\(aqs"),
        (".bin", "\\&.bin"),
        ("a\\b", "a\\eb"),
    ],
)
def test_what_troff_would_take_for_its_own_is_written_as_it_is(text: str, written: str) -> None:
    assert manual.roff(text) == written


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_have_their_completion(shell: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.argv[0] = 'flashdesk'; import app.__main__ as m; m.main()",
        ],
        cwd=ROOT,
        env={**os.environ, "_FLASHDESK_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "_FLASHDESK_COMPLETE" in done.stdout
    assert f"completion {shell} " in (LINUX / "build.sh").read_text("utf-8")


def test_the_icon_is_drawn_in_every_size(tmp_path: Path) -> None:
    icons.main(tmp_path)
    assert {int(path.stem) for path in tmp_path.glob("*.png")} == set(icons.SIZES)
    for size in icons.SIZES:
        image = icons.draw(size)
        assert image.width() == image.height() == size
        assert image.pixelColor(0, 0).alpha() == 0
        assert image.pixelColor(size // 2, size // 2).alpha() == 255


def test_overrides_are_few_and_each_is_argued_for() -> None:
    lines = (LINUX / "lintian-overrides").read_text("utf-8").splitlines()
    overrides = [i for i, line in enumerate(lines) if not line.startswith("#")]
    assert 0 < len(overrides) <= 5
    assert all(
        lines[i].startswith("flashdesk: ") and lines[i - 1].startswith("# ") for i in overrides
    )


# -- the scripts ----------------------------------------------------------------------------------

SCRIPTS = [
    *sorted(PACKAGING.rglob("*.sh")),
    *(LINUX / "postinst", ROOT / "tests" / "packages.sh", ROOT / ".ci" / "run"),
    *sorted((ROOT / "tests" / "packages").glob("*.sh")),
]


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_scripts_are_ones_that_the_shell_reads(path: Path) -> None:
    assert path.read_text("utf-8").startswith("#")
    done = subprocess.run(["sh", "-n", path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")
@pytest.mark.parametrize("arguments", [[], ["rpm"], ["deb", "portable"], ["--help"]])
def test_who_calls_the_build_wrongly_is_told_how(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", PACKAGING / "build.sh", *arguments], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    for kind in ("deb", "portable", "windows", "macos"):
        assert f"sh resources/packaging/build.sh {kind} " in done.stderr


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")
def test_a_proof_that_is_not_known_is_refused_before_anything_is_built() -> None:
    done = subprocess.run(
        ["sh", "tests/packages.sh", "deb", "rpm"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "'rpm'" in done.stderr
