"""setup.exe under Wine: installed silently, used over a serial line, the network and in its window,
upgraded while it runs, removed, and nothing left but what is the person's.

    sh tests/packages/windows.sh

Rows go to FLASHDESK_TABLE (what, seconds, words, between tabs), pictures to .work/artifacts. What
Wine cannot prove is in README.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = ROOT / "resources" / "packaging" / "windows"
sys.path[:0] = [str(WINDOWS), str(ROOT)]

import build  # noqa: E402 -- from the folder of the packaging
from wine import Wine, WineFailed  # noqa: E402

from smp.simulator import build_image  # noqa: E402

WORK = build.WORK
ARTIFACTS = ROOT / ".work" / "artifacts"
TABLE = Path(os.environ.get("FLASHDESK_TABLE") or ROOT / ".work" / "packages" / "table")
SETUP = ROOT / "dist" / f"flashdesk-{build.program_version()}-setup.exe"
BUDGET = {"setup.exe": 30.0, "installed": 90.0}
"""In MB."""
STATUS_RUNS = 3
OF_WINDOWS = re.compile(
    r"(api-ms-win|ext-ms-win)-.*|(advapi32|authz|bcrypt|bcryptprimitives|cfgmgr32|comctl32"
    r"|comdlg32|crypt32|d3d9|d3d11|d3d12|dnsapi|dwmapi|dwrite|dxgi|gdi32|icuuc|imm32|iphlpapi"
    r"|kernel32|mpr|msvcrt|netapi32|ntdll|ole32|oleaut32|oleacc|propsys|rpcrt4|secur32|setupapi"
    r"|shcore|shell32|shlwapi|uiautomationcore|user32|userenv|uxtheme|version|winmm|winspool"
    r"|ws2_32|wtsapi32)\.(dll|drv)"
)
"""What every Windows since 10 has. The C++ runtime (vcruntime140, msvcp140) is not among it."""
NEVER_SHIPPED = ("icuuc.dll", "bcryptprimitives.dll", "cfgmgr32.dll")
NOT_OURS = re.compile(r"/(temp|windows/(temp|inf|logs|prefetch))(/|$)|\.tmp$", re.IGNORECASE)


class Failed(Exception):
    pass


@contextmanager
def step(words: str) -> Iterator[list[str]]:
    """A row of the table. What is put into the list stands beside its time."""
    began, notes = time.monotonic(), list[str]()
    try:
        yield notes
    except BaseException:
        _row(words, time.monotonic() - began, "FAILED")
        raise
    _row(words, time.monotonic() - began, ", ".join(notes))


def _row(words: str, seconds: float, notes: str) -> None:
    print(f"windows: {words}: {seconds:.1f} s  {notes}", flush=True)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with TABLE.open("a", encoding="utf-8") as table:
        table.write(f"windows\t{words}\t{seconds:.0f}\t{notes}\n")


def must(true: object, words: str) -> None:
    if not true:
        raise Failed(words)


def until(look: Callable[[], Any], words: str, seconds: float = 180) -> Any:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.5)
    raise Failed(f"not within {seconds:.0f} s: {words}")


# -- the other side: a device, simulated on Linux -------------------------------------------------


@contextmanager
def device(listen: str, *more: str) -> Iterator[str]:
    """Its address. It begins with version 1.3.0."""
    command = [sys.executable, "-m", "app", "simulate", "--json", "--listen", listen, *more]
    environment = {**os.environ, "FLASHDESK_STATE": str(WORK / "state")}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["address"])
    finally:
        process.terminate()
        process.communicate(timeout=30)


def runs(address: str) -> str | None:
    """The version that the device itself says it runs for good."""
    command = [sys.executable, "-m", "app", "info", "--device", address, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    (running,) = (image for image in told["images"] if image["active"])
    return str(running["version"]) if running["confirmed"] else None


def firmware(version: str, size: int) -> Path:
    path = WORK / f"firmware-{version}.bin"
    path.write_bytes(build_image(version, size))
    return path


# -- what is where --------------------------------------------------------------------------------


def files(wine: Wine) -> set[str]:
    """Everything on drive C: but what Windows itself keeps for a while."""
    found = set()
    for folder, folders, names in os.walk(wine.drive):
        for name in [*folders, *names]:
            path = str(Path(folder, name).relative_to(wine.drive))
            if not NOT_OURS.search("/" + path):
                found.add(path)
    return found


def registry(wine: Wine) -> str:
    """All that a person's programs can write, as text."""
    target = wine.drive / "registry.reg"
    wine.run("reg", "export", "HKCU", r"C:\registry.reg", "/y", seconds=60)
    text = target.read_text("utf-16")
    target.unlink()
    return text


def of_ours(text: str) -> list[str]:
    """Its lines; without those in which Wine notes what it has made of the Start menu on Linux."""
    found, key = [], ""
    for line in text.splitlines():
        key = line if line.startswith("[") else key
        if "flashdesk" in line.lower() and r"\Wine\MenuFiles" not in key:
            found.append(line)
    return found


def size(path: Path) -> float:
    """In MB."""
    parts = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(part.stat().st_size for part in parts) / 1e6


# -- the package ----------------------------------------------------------------------------------


def look_into(folder: Path) -> None:
    """Whatever a file of the package needs is in it or is Windows' own: Wine has C++ runtimes that
    a new Windows has not, and would hide it."""
    inside = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    names = {str(path).lower() for path in inside}
    for name in NEVER_SHIPPED:
        must(not [n for n in names if n.endswith(name)], f"{name} is Windows' own, and shipped")
    for path in sorted(inside):
        if path.suffix.lower() not in (".exe", ".dll", ".pyd"):
            continue
        # Windows looks beside the file, the loader adds _internal, PySide6 its two folders.
        places = [path.parent, Path("_internal"), Path("_internal/PySide6")]
        places.append(Path("_internal/shiboken6"))
        for needed in imports(folder / path):
            found = any(str(place / needed).lower() in names for place in places)
            must(found or OF_WINDOWS.fullmatch(needed), f"{path} needs {needed}, which is nowhere")
    version = build.program_version()
    for name in build.PROGRAMS:
        data = (folder / name).read_bytes()
        for word in (version, name, "Flashdesk"):
            must(word.encode("utf-16-le") in data, f"{name}: no {word} in its version resource")


def imports(file: Path) -> list[str]:
    dump = ["x86_64-w64-mingw32-objdump", "-p", str(file)]
    text = subprocess.run(dump, capture_output=True, text=True, check=True, timeout=60).stdout
    return [name.lower() for name in re.findall(r"DLL Name: (\S+)", text)]


# -- the display ----------------------------------------------------------------------------------


@contextmanager
def display() -> Iterator[str]:
    """A screen with a window manager."""
    name = f":{70 + os.getpid() % 400}"
    server = subprocess.Popen(
        ["Xvfb", name, "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: Path(f"/tmp/.X11-unix/X{name[1:]}").exists(), "the display")
    manager = subprocess.Popen(
        ["openbox"],
        env={**os.environ, "DISPLAY": name},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield name
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(20)


class Screen:
    def __init__(self, name: str) -> None:
        self._environment = {**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb"}

    def windows(self) -> list[str]:
        """The program's, as they are seen."""
        return self._xdotool("search", "--onlyvisible", "--name", "Flashdesk").split()

    def press(self, keys: str) -> None:
        self._xdotool("key", "--clearmodifiers", keys)

    def close(self, window: str, process: subprocess.Popen[str], notes: list[str]) -> None:
        """As the cross in its frame does. On a busy machine Wine loses keys that come while the
        window gets the keyboard: they are pressed again, and the table says so."""
        keys = ("windowactivate", "--sync", window, "key", "--clearmodifiers", "alt+F4")
        for pressed in range(1, 7):
            self._xdotool(*keys)
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                continue
            if pressed > 1:
                notes.append(f"closed when Alt+F4 was pressed {pressed} times")
            return
        raise Failed("the window does not close")

    def picture(self, name: str) -> Path:
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTIFACTS / f"windows-{name}.png"
        take = [sys.executable, str(ROOT / "tests" / "packages" / "picture.py"), str(path)]
        subprocess.run(take, env=self._environment, check=True, timeout=60)
        return path

    def words(self, name: str) -> str:
        """What a person reads on it."""
        read = ["tesseract", str(self.picture(name)), "-", "--psm", "11", "--dpi", "96"]
        # Several threads make it slower, and leave nothing to the program that is looked at.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        done = subprocess.run(
            read, env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        return re.sub(r"\s+", " ", done.stdout)

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, timeout=60
        )
        return done.stdout


# -- the proof ------------------------------------------------------------------------------------


class Proof:
    def __init__(self, wine: Wine) -> None:
        self.wine = wine
        self.place = wine.user / "AppData" / "Local" / "Programs" / "Flashdesk"
        self.link = wine.user / (
            "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Flashdesk.lnk"
        )
        self.program = self.place / "flashdesk.exe"

    def install(self, *more: str) -> int:
        return self.wine.run(SETUP, "/S", *more, seconds=300, check=False).status

    def uninstall(self) -> int:
        """Its status, which it tells only if it need not leave its folder first."""
        place = f"_?={self.wine.windows_path(self.place)}"
        done = self.wine.run(self.place / "uninstall.exe", "/S", place, seconds=60, check=False)
        return done.status

    def command(self, *words: str, seconds: float = 120, status: int = 0) -> str:
        done = self.wine.run(self.program, *words, seconds=seconds, check=False)
        if done.status != status:
            raise WineFailed(f"flashdesk {' '.join(words)}: status {done.status}", done.output)
        return done.output

    def update(self, file: Path, address: str, seconds: float) -> dict[str, Any]:
        told = self.command(
            *("update", self.wine.windows_path(file), "--device", address, "--json"),
            *("--watch", "1"),
            seconds=seconds,
        )
        verdict: dict[str, Any] = json.loads(told.splitlines()[-1])
        must(verdict["outcome"] == "updated", f"verdict over {address}: {verdict}")
        return verdict

    def line(self, file: Path, address: str) -> str:
        """A station of one place until its unit has passed; how long that took."""
        job, report = WORK / "line.toml", WORK / "line.html"
        scheme = address.partition(":")[0]
        job.write_text(
            f'product = "Sensor"\nfirmware = "{file.name}"\nlimit = 1\nwatch = 1\n'
            f'[recognise]\ntransport = "{scheme}"\n[[place]]\nname = "1"\nat = "{address}"\n'
        )
        self.command("job", "pin", self.wine.windows_path(job))
        told = self.command("station", self.wine.windows_path(job), "--arm", "--json", seconds=240)
        ended = json.loads(told.splitlines()[-1])
        must((ended["passed"], ended["saved"], ended["waiting"]) == (1, 1, 0), str(ended))
        self.command("records", "export", self.wine.windows_path(report))
        must("PASS" in report.read_text("utf-8"), "the report has no unit that passed")
        attempt = next(
            event for event in map(json.loads, told.splitlines()) if event["event"] == "attempt"
        )
        return f"PASS after {attempt['seconds']:.0f} s"


def prove(wine: Wine) -> None:
    proof = Proof(wine)
    for path in (proof.place, proof.link):
        must(not path.exists(), f"{path} is there before the installation")
    files_before, ours_before = files(wine), of_ours(registry(wine))
    must(not ours_before, f"in the registry before the installation: {ours_before}")
    with step("setup.exe /S") as notes:
        must(proof.install() == 0, "setup.exe /S failed")
        must(proof.program.exists() and proof.link.exists(), "no program, or no link to it")
        for name, path in (("setup.exe", SETUP), ("installed", proof.place)):
            notes.append(f"{name} {size(path):.1f} MB, at most {BUDGET[name]:.0f}")
            must(size(path) <= BUDGET[name], f"{name}: {size(path):.1f} MB")
        entry = registry(wine)
        version = f'"DisplayVersion"="{build.program_version()}"'
        for words in (version, '"QuietUninstallString"=', '"EstimatedSize"=', '"Publisher"='):
            must(words in entry, f"not in the uninstall entry: {words}")
    with step("all that its files need is in it, or is Windows' own"):
        look_into(proof.place)
    with step("--version and --self-test of what is installed") as notes:
        must(build.program_version() in proof.command("--version"), "--version")
        notes.append(proof.command("--self-test").splitlines()[-1])
    with step("update over UDP") as notes, device("udp:0", "--profile", "fast") as address:
        verdict = proof.update(firmware("9.8.7", 200_000), address, 120)
        must(verdict["running"]["version"] == "9.8.7", str(verdict))
        must(runs(address) == "9.8.7", "the device runs something else")
        notes.append(f"200 kB in {verdict['seconds']:.0f} s")
    with step("update over COM7") as notes, device("pty") as address:
        wine.com_port(7, address.removeprefix("serial:").partition("?")[0])
        verdict = proof.update(firmware("9.8.7", 60_000), "serial:COM7", 240)
        notes.append(f"60 kB in {verdict['seconds']:.0f} s")
    with step("a line: a unit, its record, its report") as notes, device("udp:0") as address:
        notes.append(proof.line(firmware("9.8.7", 60_000), address))
    in_window(proof)
    with step("upgrade in place") as notes:
        old = proof.place / "_internal" / "of-the-version-before.dll"
        own = proof.place / "own-notes.txt"
        for path in (old, own):
            path.write_text("", "utf-8")
        must(proof.install() == 0, "the upgrade failed")
        must(
            not old.exists() and own.exists(),
            "an upgrade keeps old parts, or takes what is not ours",
        )
        own.unlink()
        must(build.program_version() in proof.command("--version"), "--version after the upgrade")
    full_disk(proof)
    signed(proof)
    with step("uninstall, silently"):
        state = wine.user / "AppData" / "Local" / "flashdesk"
        must(state.is_dir(), "the program kept nothing: is its folder another one?")
        entry = registry(wine).replace('\\"', '"').replace("\\\\", "\\")
        line = re.search(r'"QuietUninstallString"=""(.+)" (/S)"', entry)
        assert line is not None
        wine.run(*line.groups(), seconds=120)
        until(lambda: not proof.place.exists(), "the program's folder goes")
    with step("nothing is left but what is the person's"):
        ours = of_ours(registry(wine))
        must(not ours, f"left in the registry: {ours}")
        kept = str(state.relative_to(wine.drive))
        # The folder that holds the programs of a person is Windows' own.
        new = files(wine) - files_before - {str(proof.place.parent.relative_to(wine.drive))}
        left = [path for path in new if not path.startswith(kept)]
        must(not left, f"left on the disk: {left}")
        must(state.is_dir(), "the person's data are gone, too")


def in_window(proof: Proof) -> None:
    wine = proof.wine
    file = wine.windows_path(firmware("9.8.7", 40_000))
    window_program = proof.place / "flashdeskw.exe"
    with display() as name:
        screen = Screen(name)
        wine.extra["DISPLAY"] = name
        wine.end()  # a wineserver that began without a display goes on without
        with (
            step("window from its Start-menu link") as notes,
            wine.running("start", "/wait", wine.windows_path(proof.link)) as process,
        ):
            (window, *_) = until(screen.windows, "the window")
            until(lambda: "Device" in screen.words("menu"), "the window is painted")
            screen.close(window, process, notes)
        with (
            device("udp:0", "--profile", "fast", "--link", "rate=15kB/s") as address,
            step("window: a device, a file from a second start, Update, verdict") as notes,
            wine.running(window_program, "--device", address) as process,
        ):
            (window, *_) = until(screen.windows, "the window")
            until(lambda: "1.3.0" in screen.words("device"), "the device is connected")
            second = wine.run(window_program, file, seconds=60, check=False)
            must(second.status == 0 and process.poll() is None, "the second start stays")
            until(lambda: "9.8.7" in screen.words("chosen"), "the file is read")
            screen.press("ctrl+Return")
            until(lambda: "kB/s" in screen.words("uploading"), "the upload runs")
            must(proof.install() == STATUS_RUNS, "setup.exe /S did not leave it alone")
            must(proof.uninstall() == STATUS_RUNS, "uninstall.exe /S did not leave it alone")
            notes.append("setup and uninstaller refuse meanwhile")
            verdict = re.compile(r"Running 9\.8\.7\b.*confirmed")
            until(lambda: verdict.search(screen.words("verdict")), "the verdict", 240)
            must(runs(address) == "9.8.7", "the device runs something else")
            screen.close(window, process, notes)
        wine.extra["DISPLAY"] = ""
        wine.end()


def full_disk(proof: Proof) -> None:
    """A disk with room for half of it: nothing is left there."""
    small = proof.wine.drive / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        small.rmdir()
        _row("a full disk", 0, "not tried: nothing can be mounted here")
        return
    try:
        with step("a full disk is told by the status, and nothing is left on it"):
            must(proof.install(r"/D=C:\small\Flashdesk") == 2, "the status is not 2")
            must(not list(small.iterdir()), f"left: {list(small.iterdir())}")
    finally:
        subprocess.run(["umount", str(small)], check=True)
        small.rmdir()
    must(build.program_version() in proof.command("--version"), "the installed one is harmed")


def signed(proof: Proof) -> None:
    """With a certificate made here: each program, the installer and its uninstaller carry it."""
    folder = WORK / "signing"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "flashdesk" / "_internal").mkdir(parents=True)
    (folder / "flashdesk" / "_internal" / "python.txt").write_text("", "utf-8")
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.p12"
    subject = ["-subj", "/CN=Flashdesk proof", "-addext", "extendedKeyUsage=codeSigning"]
    password = "of this proof"
    made = ["-keyout", str(key), "-out", str(certificate)]
    packed = ["-inkey", str(key), "-in", str(certificate), "-out", str(both)]
    for words in (
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *made],
        ["pkcs12", "-export", *packed, "-passout", f"pass:{password}"],
    ):
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)
    with step("signed with a certificate made here, and verified") as notes:
        os.environ["FLASHDESK_SIGN_CERTIFICATE"] = str(both)
        os.environ["FLASHDESK_SIGN_PASSWORD"] = password
        for name in build.PROGRAMS:
            shutil.copy(proof.place / name, folder / "flashdesk" / name)
            build.sign(folder / "flashdesk" / name)
        setup = build.make_setup(folder / "flashdesk", folder / "flashdesk-setup.exe")
        proof.wine.run(setup, "/S", r"/D=C:\signed", seconds=120)
        installed = proof.wine.drive / "signed"
        found = [setup, *(installed / name for name in (*build.PROGRAMS, "uninstall.exe"))]
        for file in found:
            verify = ["osslsigncode", "verify", "-CAfile", str(certificate), "-in", str(file)]
            done = subprocess.run(verify, capture_output=True, text=True, check=False, timeout=60)
            must(done.returncode == 0, f"{file.name}: {done.stdout[-2000:]}")
        notes.append(f"{len(found)} files")
        # Its own installer registered that folder; the signed program works as it did.
        shutil.copy(installed / "flashdesk.exe", proof.program)
        must(build.program_version() in proof.command("--version"), "the signed program")
        proof.wine.run(installed / "uninstall.exe", "/S", seconds=60)
        until(lambda: not installed.exists(), "the signed one goes")
        must(proof.install() == 0, "installing again")
    shutil.rmtree(folder)


def main() -> int:
    with step("setup.exe from this checkout") as notes:
        if not SETUP.exists() or "--build" in sys.argv:
            build.build()
        else:
            notes.append("was there")
    try:
        with step("a new prefix of Wine"):
            shutil.rmtree(WORK / "proof", ignore_errors=True)
            with Wine.ready(WORK / "proof", DISPLAY=""):
                pass
        with Wine.ready(WORK / "proof", DISPLAY="") as wine:
            prove(wine)
    except (Failed, WineFailed) as failure:
        print(f"windows: FAILED: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
