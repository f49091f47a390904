"""What the VM is made of: a kernel, BlueZ, the peripheral's interpreter; fetched once, kept.

Packages come from apt with this machine's own sources; they are downloaded and unpacked, never
installed. `layer` is a tree that the guest lays over the host's root. FLASHDESK_BLE_VM_KERNEL names
packages of another kernel than `kernels` would choose.
"""

from __future__ import annotations

import fcntl
import hashlib
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ble.vm import initramfs, kernels

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "tests" / "ble" / "requirements.txt"
CONSTRAINTS = ROOT / "resources" / "constraints.txt"
PACKAGES = ("bluez", "kmod", "busybox-static", "dbus", "dbus-bin", "dbus-daemon")
SHARED_PACKAGES = ("dbus-system-bus-common",)
"""Without an architecture; the bus' configuration."""
MODULE_FOLDERS = (
    "arch/x86/crypto",
    "crypto",
    "lib",
    "net/9p",
    "net/bluetooth",
    "net/rfkill",
    "fs/9p",
    "fs/fscache",
    "fs/netfs",
    "fs/overlayfs",
    "drivers/bluetooth",
    "drivers/char",
    "drivers/virtio",
    "drivers/hid",
    "drivers/input/misc",
)
TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "dpkg-deb": "dpkg",
    "apt-get": "apt",
    "apt-cache": "apt",
}

Say = Callable[[str], None]


class Lacking(Exception):
    """This machine cannot run the VM; the text is the reason, for whoever reads a test report."""


class Parts:
    """The cache folder. `prepare` makes what is missing; several may call it at the same time."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder = folder
        self._say = say

    @property
    def kernel(self) -> Path:
        return self.folder / "boot" / "vmlinux"

    @property
    def initramfs(self) -> Path:
        return self.folder / "boot" / "initramfs"

    @property
    def layer(self) -> Path:
        return self.folder / "layer"

    @property
    def python(self) -> Path:
        """The interpreter that has bumble."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def kernel_is_known(self) -> bool:
        """All the tests have passed on it."""
        return kernels.is_known(_text(self.folder / "kernel.package"))

    @property
    def made_of(self) -> str:
        """Versions, in one line."""
        qemu = _run("qemu-system-x86_64", "--version").splitlines()[0]
        known = "" if self.kernel_is_known else " (not known to work)"
        return f"{_text(self.folder / 'kernel.version')}{known}, " + ", ".join(
            (_text(self.folder / "bluez.version"), qemu.replace(" emulator version", ""))
        )

    def prepare(self) -> None:
        """Raises `Lacking`."""
        for tool, package in TOOLS.items():
            if shutil.which(tool) is None:
                raise Lacking(f"{tool} is missing (Debian package {package})")
        if os.uname().machine != "x86_64":
            raise Lacking("the Bluetooth VM needs an x86-64 host")
        with self.locked("lock"):
            self._make_layer()
            self._make_initramfs()
            self._make_venv()

    # -- the pieces -------------------------------------------------------------------

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Meanwhile no other process has the lock of that name. Raises `Lacking`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / name).open("w")
        except OSError as error:
            raise Lacking(f"the Bluetooth VM's cache cannot be written: {error}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_layer(self) -> None:
        stamp = self.folder / "layer.stamp"
        wanted = _digest(
            *(_asked_for() or kernels.in_order(kernels.META_PACKAGE)),
            *PACKAGES,
            *SHARED_PACKAGES,
            *MODULE_FOLDERS,
        )
        if _text(stamp) == wanted:
            return
        self._say("fetching a kernel and BlueZ for the Bluetooth VM (once, about 75 MB)")
        for name in ("layer", "boot"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            tree, packages = Path(work, "tree"), Path(work, "packages")
            tree.mkdir()
            packages.mkdir()
            _download(packages)
            for name, facts in _versions(packages).items():
                (self.folder / name).write_text(facts)
            for package in sorted(packages.glob("*.deb")):
                _run("dpkg-deb", "-x", package, tree)
                package.unlink()
            (self.folder / "boot").mkdir()
            _take_kernel(tree, self.kernel, self.layer)
            _take_programs(tree, self.layer)
        stamp.write_text(wanted)

    def _make_initramfs(self) -> None:
        stamp = self.folder / "initramfs.stamp"
        wanted = _digest(_text(self.folder / "layer.stamp"), initramfs.recipe())
        if _text(stamp) == wanted and self.initramfs.exists():
            return
        self.initramfs.write_bytes(initramfs.build(self.layer))
        stamp.write_text(wanted)

    def _make_venv(self) -> None:
        stamp = self.folder / "venv.stamp"
        base = os.path.realpath(sys.executable)
        wanted = _digest(base, REQUIREMENTS.read_text(), CONSTRAINTS.read_text())
        if _text(stamp) == wanted:
            return
        self._say("making the environment of the virtual peripheral (once)")
        venv = self.folder / "venv"
        shutil.rmtree(venv, ignore_errors=True)
        _run(sys.executable, "-m", "venv", venv)
        pip = (self.python, "-m", "pip", "--disable-pip-version-check", "install", "-qq")
        _run(*pip, "-r", REQUIREMENTS, "-c", CONSTRAINTS)
        stamp.write_text(wanted)


# -- packages -------------------------------------------------------------------------


def _download(folder: Path) -> None:
    """The packages, and those of their dependencies that this machine has not installed."""
    try:
        _try_download(folder)
    except Lacking:
        # An index that is missing or old: a fresh one may know better.
        if os.geteuid() != 0:
            raise
        _run("apt-get", "-qq", "update")
        _try_download(folder)


def _try_download(folder: Path) -> None:
    plan = _run("apt-get", "-qq", "-s", "--no-install-recommends", "install", *PACKAGES)
    needed = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    wanted = dict.fromkeys([*PACKAGES, *SHARED_PACKAGES, *needed])
    _run("apt-get", "-qq", "download", *wanted, cwd=folder)
    _download_kernel(folder)


def _download_kernel(folder: Path) -> None:
    if asked := _asked_for():
        _run("apt-get", "-qq", "download", *asked, cwd=folder)
        return
    found = re.search(
        r"Depends: (linux-image-\S+)", _run("apt-cache", "depends", kernels.META_PACKAGE)
    )
    reason = Lacking(f"apt does not know {kernels.META_PACKAGE}")
    for package in kernels.in_order(found[1] if found else None):
        try:
            # What the index names may have been taken off the server since.
            _run("apt-get", "-qq", "download", package, cwd=folder)
            return
        except Lacking as error:
            reason = error
    raise reason


def _asked_for() -> list[str]:
    return os.environ.get("FLASHDESK_BLE_VM_KERNEL", "").split()


def _versions(packages: Path) -> dict[str, str]:
    """Name of a file that is kept -> what it says of these packages."""
    facts = {}
    for path in packages.glob("*.deb"):
        name, version = _run("dpkg-deb", "-f", path, "Package", "Version").splitlines()
        name, version = name.removeprefix("Package: "), version.removeprefix("Version: ")
        if name.startswith("linux-image"):
            facts["kernel.package"] = name
            facts["kernel.version"] = f"Linux {version} ({name.removeprefix('linux-image-')})"
        elif name == "bluez":
            facts["bluez.version"] = f"BlueZ {version}"
    return facts


def _take_kernel(tree: Path, kernel: Path, layer: Path) -> None:
    """Keep the kernel and the modules that Bluetooth and the guest's root need."""
    packed = next((tree / "boot").glob("vmlinuz-*")).read_bytes()
    kernel.write_bytes(_unpacked(packed) or packed)
    modules = next((tree / "lib" / "modules").iterdir())
    kept = layer / "usr" / "lib" / "modules" / modules.name
    for name in MODULE_FOLDERS:
        if (modules / "kernel" / name).is_dir():
            shutil.copytree(modules / "kernel" / name, kept / "kernel" / name)
    for name in ("modules.builtin", "modules.order", "modules.builtin.modinfo"):
        if (modules / name).exists():
            shutil.copy(modules / name, kept)
    (layer / "lib").symlink_to("usr/lib")  # depmod -b looks in lib/modules
    depmod = tree / "depmod"
    depmod.symlink_to(tree / "bin" / "kmod")
    _run(depmod, "-b", layer, modules.name)
    depmod.unlink()
    (layer / "lib").unlink()
    shutil.rmtree(tree / "lib" / "modules")
    shutil.rmtree(tree / "boot")


def _unpacked(image: bytes) -> bytes | None:
    """The ELF file in a compressed kernel: an emulated CPU takes seconds to unpack it.

    Source: Documentation/arch/x86/boot.rst, setup_sects, payload_offset and payload_length.
    """
    sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (sectors + 1) * 512 + offset
    try:
        # Behind the stream lies its length, which the plain decompress() takes for garbage.
        elf = lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(image[start : start + length])
    except lzma.LZMAError:
        return None
    return elf if elf.startswith(b"\x7fELF") else None


def _take_programs(tree: Path, layer: Path) -> None:
    for name in ("bin", "sbin", "lib", "lib64"):
        # The host's /bin, /sbin and /lib are links into /usr; folders would hide them.
        if (tree / name).is_dir():
            shutil.copytree(tree / name, layer / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(tree / name)
    # The bus would try to start bluetoothd by itself, with a helper that cannot work here.
    (tree / "usr/share/dbus-1/system-services/org.bluez.service").unlink(missing_ok=True)
    for name in ("doc", "man", "locale"):
        shutil.rmtree(tree / "usr" / "share" / name, ignore_errors=True)
    shutil.copytree(tree, layer, symlinks=True, dirs_exist_ok=True)


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    """What it printed. Raises `Lacking` with its last words."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        words = " ".join(Path(word).name if isinstance(word, Path) else word for word in command)
        raise Lacking(f"{words[:80]} failed: {said[-1] if said else done.returncode}")
    return done.stdout


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
