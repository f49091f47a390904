"""The demo: simulated devices, and firmware files made for them."""

from __future__ import annotations

from pathlib import Path

from smp.discovery import Found, simulated
from smp.simulator.builder import build_image
from smp.simulator.keys import demo_key, other_key
from smp.simulator.profiles import PROFILES

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
    """Firmware to drop on the demo devices, written where they are missing; the best one last."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_package(folder)]
    for name, (version, size, words, trusted) in reversed(_FILES.items()):
        path = folder / name
        if not path.exists():
            key = demo_key() if trusted else other_key()
            path.write_bytes(build_image(version, size, words=words, key=key, seed="demo"))
        paths.append(path)
    return paths


def _package(folder: Path) -> Path:
    """For the two-core board, as the nRF Connect SDK packs it."""
    path = folder / _PACKAGE
    if path.exists():
        return path
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
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps({"format-version": 1, "files": files}))
        for name, data in images.items():
            archive.writestr(name, data)
    return path
