"""Wine on Debian 12, made able to run the program: a prefix of its own, with what Wine 8 lacks.

    with Wine.ready(Path(".work/windows")) as wine:
        done = wine.run("python.exe", "-c", "print(1)", seconds=60)

Needs `wine64` and `gcc-mingw-w64-x86-64`. Every command has a time limit, after which it and
whatever it started in Wine is ended: a window that asks something in Wine waits for ever.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "wine"
PROGRAM = "/usr/lib/wine/wine64"
SERVER = "/usr/lib/wine/wineserver64"
COMPILER = "x86_64-w64-mingw32-gcc"
FONTS = {
    **dict.fromkeys(("MS Shell Dlg", "MS Shell Dlg 2", "Tahoma", "Segoe UI"), "DejaVu Sans"),
    **dict.fromkeys(("Consolas", "Courier New"), "DejaVu Sans Mono"),
}
"""Named by programs; Wine has none of them, and would write in a serif one."""
OVERRIDES = "cfgmgr32=n,b;winemenubuilder=d;mscoree=d;mshtml=d"
"""Our cfgmgr32 before Wine's; no menus of the person at this machine touched, no .NET offered."""


class WineFailed(Exception):
    """What was run, and how it ended. `output` is what it wrote."""

    def __init__(self, words: str, output: str = "") -> None:
        super().__init__(f"{words}\n{output}".rstrip())
        self.output = output


@dataclass(frozen=True)
class Done:
    status: int
    output: str
    """Of both streams."""


@dataclass
class Wine:
    """A prefix. `home` stands for the person's home folder, which Wine links to."""

    prefix: Path
    home: Path
    extra: dict[str, str] = field(default_factory=dict)
    """Further variables of the environment; those named QT_* Wine does not hand on."""

    @classmethod
    @contextmanager
    def ready(cls, work: Path, **extra: str) -> Iterator[Wine]:
        """The prefix in this folder, made where it is missing; everything in it ends at last."""
        wine = cls(work.resolve() / "prefix", work.resolve() / "home", extra)
        wine.home.mkdir(parents=True, exist_ok=True)
        try:
            if not (wine.prefix / ".made").exists():
                wine._make()
            yield wine
        finally:
            wine.end()

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("WINE", "PYTHON", "QT_"))}
        return {
            **kept,
            "HOME": str(self.home),
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": OVERRIDES,
            **self.extra,
        }

    @property
    def drive(self) -> Path:
        """C:"""
        return self.prefix / "drive_c"

    @property
    def user(self) -> Path:
        """The folder of the person in Windows."""
        users = [p for p in (self.drive / "users").iterdir() if p.name != "Public"]
        (user,) = users
        return user

    def run(
        self, *command: str | Path, seconds: float, folder: Path | None = None, check: bool = True
    ) -> Done:
        """Runs a Windows program to its end. Raises WineFailed past `seconds`, or, with `check`,
        for a status other than 0."""
        with self.start(*command, folder=folder) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.end()
                process.kill()
                output, _ = process.communicate()
                words = f"not ended after {seconds:.0f} s: {_shown(command)}"
                raise WineFailed(words, output[-3000:]) from None
        if check and process.returncode:
            raise WineFailed(f"status {process.returncode}: {_shown(command)}", output[-3000:])
        return Done(process.returncode, output)

    def start(self, *command: str | Path, folder: Path | None = None) -> subprocess.Popen[str]:
        # Wine 8 writes into pipes and terminals only, not into files.
        return subprocess.Popen(
            [PROGRAM, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
            cwd=folder,
            encoding="utf-8",
            errors="replace",
        )

    @contextmanager
    def running(
        self, *command: str | Path, folder: Path | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """Meanwhile the program runs. It is to end by itself; with an error it is ended."""
        process = self.start(*command, folder=folder)
        try:
            yield process
        except BaseException:
            self.end()
            process.kill()
            raise
        finally:
            process.communicate(timeout=60)

    def end(self) -> None:
        """Ends everything that runs in this prefix, and waits for it."""
        for wish in ("-k", "-w"):
            subprocess.run([SERVER, wish], env=self.environment, check=False, timeout=60)

    def registry(self, key: str, name: str, value: str) -> None:
        self.run("reg", "add", key, "/v", name, "/d", value, "/f", seconds=60)

    def com_port(self, number: int, device: str) -> None:
        """COM`number` is this terminal device from now on."""
        link = self.prefix / "dosdevices" / f"com{number}"
        link.unlink(missing_ok=True)
        link.symlink_to(device)

    def windows_path(self, path: Path) -> str:
        """As a Windows program sees it."""
        path = path if path.is_absolute() else Path.cwd() / path
        if path.is_relative_to(self.drive):
            return "C:\\" + str(path.relative_to(self.drive)).replace("/", "\\")
        return "Z:" + str(path).replace("/", "\\")

    def _make(self) -> None:
        shutil.rmtree(self.prefix, ignore_errors=True)
        self.prefix.parent.mkdir(parents=True, exist_ok=True)
        display, self.extra = self.extra, {**self.extra, "DISPLAY": ""}
        self.run("wineboot", "-i", seconds=180, check=False)
        self.extra = display
        system = self.drive / "windows" / "system32"
        if not system.is_dir():
            raise WineFailed("Wine made no prefix: is wine64 of this system installed whole?")
        compile_dll(system / "icuuc.dll", SOURCES / "icuuc.c")
        compile_dll(system / "bcryptprimitives.dll", SOURCES / "bcryptprimitives.c", "-ladvapi32")
        compile_dll(system / "cfgmgr32.dll", SOURCES / "cfgmgr32.c", SOURCES / "cfgmgr32.def")
        # A new prefix says that it is Windows 7.
        self.registry(r"HKCU\Software\Wine", "Version", "win10")
        for font, ours in FONTS.items():
            self.registry(r"HKCU\Software\Wine\Fonts\Replacements", font, ours)
        self.end()
        (self.prefix / ".made").touch()


def compile_dll(target: Path, *sources: str | Path) -> None:
    """A DLL that needs no C library."""
    target.unlink(missing_ok=True)
    flags = ("-shared", "-nostdlib", "-s", "-Wl,-e,DllMainCRTStartup")
    command = [COMPILER, *flags, "-o", str(target), *map(str, sources)]
    subprocess.run(command, check=True, timeout=60)


def _shown(command: tuple[str | Path, ...]) -> str:
    return " ".join(map(str, command))[:300]
