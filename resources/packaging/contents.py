"""What a package carries: named here for all systems, read by flashdesk.spec and by its tests.

What the program imports is kept, with what that needs; of Qt's plugins those named here. Whatever
else PyInstaller finds is left out: nobody needs it, and it is a third of the size.
"""

from __future__ import annotations

import ast
import marshal
import re
from collections.abc import Iterable, Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = ("app/resources", "app/records/migrations")
"""Carried whole, at the same place as in a checkout. Alembic reads its scripts as files."""

METADATA = ("bleak", "cbor2", "pyserial", "PySide6_Essentials", "qasync")
"""Distributions whose versions the program tells in logs and reports."""

LANGUAGES = ("de", "zh_CN")
"""Of Qt's own texts; English is in Qt."""

PLUGINS = {
    "platforms": "qxcb qwayland qoffscreen qwindows qcocoa",
    "platformthemes": "qgtk3 qxdgdesktopportal",
    "platforminputcontexts": "composeplatforminputcontextplugin ibusplatforminputcontextplugin",
    "imageformats": "qsvg",
    "iconengines": "qsvgicon",
    "styles": "qmodernwindowsstyle qmacstyle",
    "wayland-shell-integration": "xdg-shell",
    "wayland-decoration-client": "adwaita bradient",
}
"""Qt's plugins by folder, without the system's beginning and ending."""

EXCLUDED = (
    "_pydecimal",
    "concurrent.futures.process",
    "curses",
    "dbus_fast.glib",
    "doctest",
    "ensurepip",
    "ftplib",
    "idlelib",
    "lib2to3",
    "markdown_it",
    "mdurl",
    "multiprocessing.dummy",
    "multiprocessing.forkserver",
    "multiprocessing.heap",
    "multiprocessing.managers",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.resource_sharer",
    "multiprocessing.resource_tracker",
    "multiprocessing.shared_memory",
    "multiprocessing.sharedctypes",
    "multiprocessing.spawn",
    "multiprocessing.synchronize",
    "numpy",
    "pdb",
    "PIL",
    "pip",
    "pkg_resources",
    "pydoc",
    "pygments",
    "readline",
    "rich.__main__",
    "rich.markdown",
    "rich.syntax",
    "rich.traceback",
    "setuptools",
    "smtplib",
    "sqlalchemy.dialects.mssql",
    "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.oracle",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "sqlalchemy.testing",
    "test",
    "tkinter",
    "tzdata",
    "unittest",
    "webbrowser",
    "xml.sax",
    "xmlrpc",
)
"""Modules that others would use if they were there. Of multiprocessing only what two starts of the
program talk through is needed: no process is made."""

WORDY = (
    "alembic",
    "argparse",
    "asn1crypto",
    "asyncio",
    "bleak",
    "click",
    "dateutil",
    "difflib",
    "email",
    "html",
    "http",
    "intelhex",
    "mako",
    "multiprocessing",
    "pg8000",
    "platformdirs",
    "rich",
    "scramp",
    "serial",
    "sqlalchemy",
    "statistics",
    "tarfile",
    "tomlkit",
    "typing_extensions",
    "xml",
)
"""Packages whose docstrings are left out: a quarter of them. Windows' two programs share what is in
them, in one archive beside, instead of having it each."""

ARCHIVE = "libraries.zip"

HOOKS = ("pyi_rth_inspect", "pyi_rth_multiprocessing", "pyi_rth_pkgutil")
"""What PyInstaller would run at each start for what nobody asks here: a module's source, processes
of Python's, and which modules a package has. Each takes some hundredths of a second."""

BUILD_HOSTS = re.compile(r"libstdc\+\+|libgcc_s|libfontconfig|libfreetype")
"""Never copied: the system's graphics drivers need their own C++ library, and its fonts' settings
the library that they were written for."""

_FRAMEWORK = re.compile(r".*?\.framework(?=/)")
_PLUGIN = re.compile(r"(?:^|/)plugins/([^/]+)/([^/]+)$")
_QM = re.compile(r"(?:^|/)translations/[^/]*\.qm$")
_METADATA = re.compile(r"\.dist-info/(?!METADATA$)")
_SPEED = re.compile(r"^sqlalchemy/.*\.(so|pyd)$")
"""What SQLAlchemy has in C beside the same in Python: no station notices it."""
IN_PYTHON = ("sqlalchemy.util.cython",)
"""What these need then."""
_QT_QM = re.compile(rf"/qtbase_(?:{'|'.join(LANGUAGES)})\.qm$")


def modules(*packages: str) -> Iterator[str]:
    """Every module of the packages by name, since some are imported by name alone."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_wordy(module: str) -> bool:
    """Is it of one of the packages that lose their docstrings?"""
    return module.partition(".")[0] in WORDY


def in_python(binaries: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """For each module in C that is left out, the one in Python that lies beside it: what entries
    PyInstaller has of the first, and of the second."""
    for name, path, _ in binaries:
        name = name.replace("\\", "/")
        if _SPEED.search(name):
            module = name.partition(".")[0].replace("/", ".")
            yield module, str(Path(path).with_name(f"{module.rpartition('.')[2]}.py")), "PYMODULE"


def shortened(module: str, source: bytes) -> CodeType:
    """The module's code without docstrings."""
    name = f"{module.replace('.', '/')}.py"
    return compile(source, name, "exec", dont_inherit=True, optimize=2)


def archive(path: Path, modules: Iterable[tuple[str, Path]]) -> None:
    """Write an archive that Python imports the modules from: names, and files of their sources."""
    never_asked = b"\x01\x00\x00\x00" + bytes(8)  # PEP 552: whether the source has changed
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        for module, source in sorted(modules):
            package = source.name == "__init__.py"
            name = module.replace(".", "/") + ("/__init__" if package else "")
            code = marshal.dumps(shortened(module, source.read_bytes()))
            entry = ZipInfo(f"{name}.pyc")  # dated 1980: the same sources give the same archive
            entry.compress_type = ZIP_DEFLATED
            packed.writestr(entry, MAGIC_NUMBER + never_asked + code)


def qt_modules(*packages: str) -> set[str]:
    """The modules of Qt that the packages import, e.g. QtWidgets."""
    found = set()
    for package in packages:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names: Iterable[str] = ()
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module == "PySide6":
                    names = [f"PySide6.{alias.name}" for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                found |= {name.split(".")[1] for name in names if name.startswith("PySide6.Qt")}
    return found


def unused_qt_modules(folder: Path) -> list[str]:
    """Of the modules in PySide6's folder those that the program does not import."""
    there = {path.name.partition(".")[0] for path in folder.glob("Qt*.*") if path.is_file()}
    return sorted(f"PySide6.{name}" for name in there - qt_modules("app"))


def is_wanted(name: str, system: str, profile: str = "") -> bool:
    """Is the file, by its place in the package, one to begin from?

    system: as `sys.platform`; profile: "deb", "portable" or nothing. Libraries stay if something
    that is wanted needs them, which is not asked here.
    """
    name = name.replace("\\", "/")
    if _METADATA.search(name) or _SPEED.search(name) or name.endswith((".po", ".pyc")):
        return False
    if _QM.search(name):
        return bool(_QT_QM.search(name))
    plugin = _PLUGIN.search(name)
    if plugin is None:
        return True
    folder, file = plugin.groups()
    stem = file.partition(".")[0].removeprefix("" if system == "win32" else "lib")
    # GTK's own libraries would meet the copies that a portable folder brings.
    if stem == "qgtk3" and profile != "deb":
        return False
    return stem in PLUGINS.get(folder, "").split()


def framework(name: str) -> str:
    """The framework of macOS that a file lies in, by its place in the package; empty: in none.

    Apart from its library it is links and an Info.plist: without these it cannot be signed.
    """
    found = _FRAMEWORK.match(name)
    return found.group() if found else ""


def is_the_systems(source: str, system: str, profile: str = "") -> bool:
    """Is a library, by where it was found, one that the computers it is meant for have themselves?

    On Debian the package's Depends name them; on Windows and macOS they belong to the system.
    """
    path = source.replace("\\", "/")
    if system == "win32":
        return re.search(r"^[a-z]:/windows/", path.lower()) is not None
    if system == "darwin":
        return path.startswith(("/usr/lib/", "/System/"))
    name = path.rpartition("/")[2]
    if name.startswith("libpython"):
        return False
    if BUILD_HOSTS.match(name):
        return True
    return profile == "deb" and re.match(r"(/usr)?/lib(64)?/[^/]*(linux|$)", path) is not None
