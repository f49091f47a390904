"""The demo: simulated devices, and firmware files made for them."""

from __future__ import annotations

from pathlib import Path

from app.memory.safe_file import write_whole
from app.paths import USABLE, why
from smp.discovery import Found, simulated
from smp.simulator.builder import build_image
from smp.simulator.keys import demo_key, other_key
from smp.simulator.profiles import PROFILES
from smp.text import Text, sentences, stopped

_SHOWN = (
    "demo",
    "usb",
    "udp",
    "ble-like",
    "two-cores",
    "overwrite-only",
    "ram-load",
    "strict-key",
    "two-lines",
)
_FILES = {
    "demo_app_1.4.2.bin": ("1.4.2", 214_000, "", True),
    "demo_app_1.5.0_crashes.bin": ("1.5.0", 90_000, "crash 1500", True),
    "demo_app_1.4.2_wrong_key.bin": ("1.4.2", 90_000, "", False),
}
_PACKAGE = "demo_two_cores_2.1.0.zip"
_CORES: tuple[tuple[str, str, int, dict[str, object]], ...] = (
    ("app.signed.bin", "2.1.0", 120_000, {"image_index": "0"}),
    ("net.signed.bin", "1.4.0", 60_000, {"image_index": "1", "core": "NETWORK"}),
)


def demo_devices() -> tuple[Found, ...]:
    """Some of the simulator's profiles, as devices in the list."""
    chosen = [PROFILES[name] for name in _SHOWN if name in PROFILES]
    return simulated((p.name, p.title, p.description) for p in chosen)


def demo_files(folder: Path) -> list[Path]:
    """Firmware to drop on the demo devices, written where they are missing; the best one last.
    Blocking; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_package(folder)]
    for name, (version, size, words, trusted) in reversed(_FILES.items()):
        path = folder / name
        if not path.exists():
            key = demo_key() if trusted else other_key()
            write_whole(path, build_image(version, size, words=words, key=key, seed="demo"))
        paths.append(path)
    return paths


def no_files(folder: Path, error: OSError) -> Text:
    """Why there is nothing to drop, whole sentences."""
    told = Text(
        "The demo's firmware cannot be written to {folder}: {reason}",
        folder=str(folder),
        reason=why(error),
    )
    return stopped(sentences(told, USABLE))


def _package(folder: Path) -> Path:
    """For the two-core board, as the nRF Connect SDK packs it."""
    path = folder / _PACKAGE
    if path.exists():
        return path
    import io
    import json
    import zipfile

    board = {"type": "application", "board": "nrf5340dk/nrf5340/cpuapp", "soc": "nRF5340"}
    images = {
        name: build_image(version, size, key=demo_key(), seed=name)
        for name, version, size, _ in _CORES
    }
    files = [
        {**board, **more, "file": name, "size": len(images[name]), "version_MCUBOOT": version}
        for name, version, _, more in _CORES
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps({"format-version": 1, "files": files}))
        for name, data in images.items():
            archive.writestr(name, data)
    write_whole(path, packed.getvalue())
    return path
