"""setup.exe of this checkout, into dist/.

    python resources/packaging/windows/build.py

On Windows: with a Python that has the project's packages and PyInstaller, and NSIS 3.08 or later.
    pip install -c resources/constraints.txt -e ".[package]"
On Debian: build.sh, which brings Wine and makes a Windows Python (windows_python.py) for it. The
same specification and installer script serve both.

Signed where a certificate is given, with osslsigncode or Windows' signtool: both programs, the
uninstaller, the installer.
    FLASHDESK_SIGN_CERTIFICATE   a PKCS#12 file (.p12, .pfx)
    FLASHDESK_SIGN_PASSWORD      its password, where it has one
    FLASHDESK_SIGN_TIMESTAMP     address of a time-stamp server, where one is to be asked
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
WORK = ROOT / ".work" / "windows"
SPEC = HERE.parent / "flashdesk.spec"
FOLDER = WORK / "frozen" / "flashdesk"
ICON = WORK / "frozen" / "flashdesk.ico"
PROGRAMS = ("flashdesk.exe", "flashdeskw.exe")
UNDER_WINE = sys.platform != "win32"


def main(arguments: list[str]) -> None:
    match arguments:
        case []:
            build()
        case ["freeze"]:
            freeze()
        case ["sign", file]:
            sign(Path(file))
        case _:
            sys.exit(__doc__)


def build() -> Path:
    say = _stopwatch()
    WORK.mkdir(parents=True, exist_ok=True)
    if UNDER_WINE:
        freeze_under_wine(say)
    else:
        freeze()
    say(f"PyInstaller's folder: {_size(FOLDER):.0f} MB")
    if os.environ.get("FLASHDESK_SIGN_CERTIFICATE"):
        for name in PROGRAMS:
            sign(FOLDER / name)
    setup = make_setup(FOLDER, ROOT / "dist" / f"flashdesk-{program_version()}-setup.exe")
    say(f"{setup.relative_to(ROOT)}: {_size(setup):.1f} MB")
    return setup


def freeze() -> None:
    """With this Python's packages."""
    sys.path[:0] = [str(HERE.parent)]
    from windows.frozen import write_icon

    shutil.rmtree(FOLDER, ignore_errors=True)
    ICON.parent.mkdir(parents=True, exist_ok=True)
    write_icon(ICON)
    import PyInstaller.__main__

    paths = ["--distpath", str(FOLDER.parent), "--workpath", str(WORK / "pyinstaller")]
    PyInstaller.__main__.run(["--noconfirm", "--log-level", "WARN", *paths, str(SPEC)])


def freeze_under_wine(say: Callable[[str], None]) -> None:
    import windows_python
    from wine import Wine

    python = WORK / "python"
    tools = windows_python.tools(WORK)
    windows_python.make_python(python, tools)
    windows_python.install(python, tools, "-r", "pyproject.toml", "--extra", "package")
    windows_python.install_metadata(python, tools)
    say("a Windows Python with the program's packages")
    with Wine.ready(WORK) as wine:
        say("Wine")
        script = wine.windows_path(HERE / "build.py")
        done = wine.run(python / "python.exe", "-X", "utf8", script, "freeze", seconds=1200)
        print(done.output, end="")


def make_setup(folder: Path, setup: Path) -> Path:
    """The installer of a folder with the program."""
    version = program_version()
    setup.parent.mkdir(exist_ok=True)
    values = {
        "FOLDER": folder,
        "VERSION": version,
        "NUMBERS": ".".join(map(str, numbers(version))),
        "ICON": ICON,
        "OUTPUT": setup,
    }
    if UNDER_WINE:
        values["TARGET"] = "amd64-unicode"
    if os.environ.get("FLASHDESK_SIGN_CERTIFICATE"):
        values["SIGN"] = f'"{sys.executable}" "{HERE / "build.py"}" sign'
    # An option begins with - for NSIS on every system.
    given = [f"-D{name}={value}" for name, value in values.items()]
    command = [_makensis(), "-V2", "-INPUTCHARSET", "UTF8", *given, str(HERE / "flashdesk.nsi")]
    subprocess.run(command, check=True, timeout=1200)
    return setup


def sign(file: Path) -> None:
    certificate = os.environ["FLASHDESK_SIGN_CERTIFICATE"]
    password = os.environ.get("FLASHDESK_SIGN_PASSWORD", "")
    server = os.environ.get("FLASHDESK_SIGN_TIMESTAMP", "")
    if osslsigncode := shutil.which("osslsigncode"):
        signed = file.with_suffix(".signed")
        with tempfile.TemporaryDirectory() as temporary:
            # Not on the command line, which everybody on the machine can read.
            secret = Path(temporary, "password")
            secret.write_text(password, "utf-8")
            options = ["-pkcs12", certificate, "-readpass", str(secret), "-h", "sha256"]
            options += ["-n", "Flashdesk", *(("-ts", server) if server else ())]
            command = [osslsigncode, "sign", *options, "-in", str(file), "-out", str(signed)]
            subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL)
        signed.replace(file)
        return
    signtool = shutil.which("signtool")
    if signtool is None:
        sys.exit("A certificate is given, but neither osslsigncode nor signtool is on the PATH.")
    options = ["/f", certificate, "/fd", "sha256", "/d", "Flashdesk"]
    options += ["/p", password] if password else []
    options += ["/tr", server, "/td", "sha256"] if server else []
    subprocess.run([signtool, "sign", "/q", *options, str(file)], check=True, timeout=300)


def numbers(version: str) -> tuple[int, int, int, int]:
    """As Windows compares versions: 1.4.0rc2 is 1.4.0.0."""
    found = re.match(r"\d+(\.\d+)*", version)
    parts = [int(part) for part in found.group().split(".")] if found else []
    first, second, third, fourth = [*parts, 0, 0, 0, 0][:4]
    return first, second, third, fourth


def program_version() -> str:
    sys.path[:0] = [str(ROOT)]
    from app import VERSION

    return VERSION


def _makensis() -> str:
    places = [os.environ.get(name, "") for name in ("ProgramFiles(x86)", "ProgramFiles")]
    usual = os.pathsep.join(str(Path(place, "NSIS")) for place in places if place)
    found = shutil.which("makensis") or shutil.which("makensis", path=usual)
    if found is None:
        sys.exit("NSIS is not installed (makensis): https://nsis.sourceforge.io")
    return found


def _stopwatch() -> Callable[[str], None]:
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s  {words}", flush=True)

    return say


def _size(path: Path) -> float:
    """In MB."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
