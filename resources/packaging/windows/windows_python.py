"""A Windows Python 3.13 on Debian, from packages alone, for Wine.

    tools_here = tools(work)
    make_python(work / "python", tools_here)
    install(work / "python", tools_here, "-r", "pyproject.toml")

What it is put together from:

- python.org's DLLs and extension modules, as the panda3d wheel for Windows carries them;
- the library in Python: that of Debian 13's python3.13, fetched with apt's own means and keys
  (or FLASHDESK_WINDOWS_LIB, a folder of the library of any CPython 3.13);
- python.exe and python3.dll, which the wheel lacks: a few lines of C in `wine/`;
- the project's packages for Windows, by uv, with the versions of resources/constraints.txt.

It is for proofs under Wine. What people get is built on Windows with python.org's own Python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from wine import COMPILER, SOURCES, compile_dll

ROOT = Path(__file__).resolve().parents[3]
CONSTRAINTS = ROOT / "resources" / "constraints.txt"
CARRIER = "panda3d==1.10.16"
VERSION = "3.13"
DLL = "python313"
FOR_WINDOWS = ("--python-platform", "x86_64-pc-windows-msvc", "--python-version", VERSION)
QUIET = ("-q", "--disable-pip-version-check")
BESIDE_PYTHON = (f"{DLL}.dll", "VCRUNTIME140.dll", "VCRUNTIME140_1.dll")
LEFT_OUT = re.compile(
    r"_wmi\.pyd"  # Wine 8 opens its debugger when `platform` uses it
    r"|.*\.cp313t-.*|_test.*|api-ms-win-.*|t[ck]l?86t\.dll|_tkinter.*"
)
NOT_LIBRARY = (
    *("test", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib-dynload", "site-packages"),
    *("__pycache__", "config-*", "_sysconfigdata*", "EXTERNALLY-MANAGED", "sitecustomize.py"),
)


def tools(work: Path) -> Path:
    """A virtual environment with pip and uv."""
    made = work / "tools"
    if not (made / "bin" / "uv").exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", made], check=True, timeout=300)
        command = [made / "bin" / "pip", *QUIET, "install", "-c", CONSTRAINTS, "uv"]
        subprocess.run(command, check=True, timeout=300)
    return made


def make_python(folder: Path, tools: Path) -> None:
    """Into `folder`, unless it is there. `tools`: a virtual environment that has pip and uv."""
    if (folder / "python.exe").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "DLLs").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        _unpack_dlls(folder, tools, Path(temporary))
        shutil.copytree(
            _library(Path(temporary)), folder / "Lib", ignore=shutil.ignore_patterns(*NOT_LIBRARY)
        )
        (folder / "Lib" / "site-packages").mkdir()
        _compile(folder, Path(temporary))


def install(folder: Path, tools: Path, *wishes: str, target: Path | None = None) -> None:
    """The project's own packages (`-r pyproject.toml`, `--extra test`) or further ones."""
    target = target or folder / "Lib" / "site-packages"
    subprocess.run(
        [
            *(tools / "bin" / "uv", "pip", "install", "-q", *FOR_WINDOWS, "--only-binary", ":all:"),
            *("-c", CONSTRAINTS, "--target", target, *wishes),
        ],
        cwd=ROOT,
        check=True,
        timeout=600,
    )


def install_metadata(folder: Path, tools: Path) -> None:
    """What the project says of itself, without its code: that is taken from the checkout."""
    site = folder / "Lib" / "site-packages"
    for old in site.glob("flashdesk-*.dist-info"):
        shutil.rmtree(old)
    with tempfile.TemporaryDirectory() as temporary:
        source, wheels = Path(temporary, "source"), Path(temporary, "wheels")
        (source / "app").mkdir(parents=True)
        for name in ("pyproject.toml", "README.md", "LICENSE", "app/__init__.py"):
            shutil.copy(ROOT / name, source / name)
        command = [tools / "bin" / "uv", "build", "-q", "--wheel", "--out-dir", wheels, source]
        subprocess.run(command, check=True, timeout=300)
        (wheel,) = wheels.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site, [n for n in archive.namelist() if ".dist-info/" in n])


def _unpack_dlls(folder: Path, tools: Path, temporary: Path) -> None:
    platform = ("--platform", "win_amd64", "--python-version", VERSION, "--only-binary", ":all:")
    subprocess.run(
        [
            *(tools / "bin" / "pip", *QUIET, "download", "--no-deps", *platform),
            *("-d", temporary, CARRIER),
        ],
        check=True,
        timeout=600,
    )
    (wheel,) = temporary.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            within, _, file = name.partition("/")
            if within != "deploy_libs" or LEFT_OUT.fullmatch(file):
                continue
            target = folder if file in BESIDE_PYTHON else folder / "DLLs"
            (target / file).write_bytes(archive.read(name))


def _library(temporary: Path) -> Path:
    if given := os.environ.get("FLASHDESK_WINDOWS_LIB"):
        if not Path(given, "os.py").exists():
            raise SystemExit(f"FLASHDESK_WINDOWS_LIB: no Python library in {given}")
        return Path(given)
    _apt_download(temporary, f"libpython{VERSION}-stdlib", f"libpython{VERSION}-minimal")
    for package in temporary.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, temporary], check=True, timeout=120)
    return temporary / "usr" / "lib" / f"python{VERSION}"


def _apt_download(folder: Path, *packages: str) -> None:
    """From Debian 13, with a list of sources of its own: this machine's are left as they are."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    mirrors = re.findall(r"^Debian (\S+/debian/?)$", listed, re.MULTILINE)
    if not mirrors:
        raise SystemExit(
            "This system's apt names no Debian mirror to fetch Python 3.13's library from.\n"
            "Set FLASHDESK_WINDOWS_LIB to the library folder of any CPython 3.13."
        )
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={keyring}] {mirrors[0]} trixie main\n", "utf-8")
    for path in ("lists/partial", "cache/archives/partial"):
        (folder / path).mkdir(parents=True)
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    subprocess.run([*apt, "update"], check=True, timeout=300)
    subprocess.run([*apt, "download", *packages], cwd=folder, check=True, timeout=300)


def _compile(folder: Path, temporary: Path) -> None:
    forwarders = temporary / "python3.def"
    names = "".join(f"{name} = {DLL}.{name}\n" for name in _exports(folder / f"{DLL}.dll"))
    forwarders.write_text(f"LIBRARY python3.dll\nEXPORTS\n{names}", "utf-8")
    compile_dll(folder / "python3.dll", SOURCES / "forwarders.c", forwarders)
    resource = temporary / "python.res"
    subprocess.run(
        ["x86_64-w64-mingw32-windres", "python.rc", "-O", "coff", "-o", resource],
        cwd=SOURCES,
        check=True,
        timeout=60,
    )
    command = [COMPILER, "-municode", "-s", "-o", folder / "python.exe", SOURCES / "python.c"]
    subprocess.run([*command, resource, folder / f"{DLL}.dll"], check=True, timeout=60)


def _exports(dll: Path) -> Iterable[str]:
    dump = ["x86_64-w64-mingw32-objdump", "-p", dll]
    text = subprocess.run(dump, capture_output=True, text=True, check=True, timeout=60).stdout
    table = text.partition("[Ordinal/Name Pointer] Table")[2].partition("\n\n")[0]
    return re.findall(r"\s(_?Py\w*)$", table, re.MULTILINE)
