"""The guest's first file system: busybox, the modules its root needs, and `initramfs.sh`."""

from __future__ import annotations

from pathlib import Path

EARLY_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console")
"""Loaded before there is a root; the others are found there by modprobe."""
SCRIPT = Path(__file__).with_name("initramfs.sh")

_FOLDER, _PROGRAM, _FILE = 0o40755, 0o100755, 0o100644


def recipe() -> str:
    """Changes when an archive made earlier is out of date."""
    return SCRIPT.read_text() + " ".join(EARLY_MODULES)


def build(layer: Path) -> bytes:
    """The archive, for the kernel and the busybox in `layer`."""
    modules = next((layer / "usr" / "lib" / "modules").iterdir())
    archive = [_entry("bin", _FOLDER), _entry("m", _FOLDER)]
    archive.append(_entry("bin/busybox", _PROGRAM, (layer / "usr/bin/busybox").read_bytes()))
    for number, path in enumerate(_load_order(modules)):
        archive.append(_entry(f"m/{number:02}.ko", _FILE, path.read_bytes()))
    archive.append(_entry("init", _PROGRAM, SCRIPT.read_bytes()))
    archive.append(_entry("TRAILER!!!", 0))
    return b"".join(archive)


def _load_order(modules: Path) -> list[Path]:
    """The early modules, each behind those it needs."""
    needs: dict[str, list[str]] = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, others = line.partition(":")
        needs[path] = others.split()
    by_name = {Path(path).name.split(".")[0].replace("-", "_"): path for path in needs}
    order: dict[str, None] = {}

    def add(path: str) -> None:
        for other in reversed(needs[path]):
            add(other)
        order.setdefault(path)

    for name in EARLY_MODULES:
        if name in by_name:  # else it is built into this kernel
            add(by_name[name])
    return [modules / path for path in order]


def _entry(name: str, mode: int, data: bytes = b"") -> bytes:
    """One file of a cpio archive in the "newc" format."""
    path = name.encode() + b"\0"
    numbers = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08x" % number for number in numbers) + path
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
