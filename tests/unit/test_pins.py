"""The pinned versions are there for every system that packages are made for, as wheels."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "resources" / "constraints.txt"
MACOS = runpy.run_path(str(ROOT / "resources" / "packaging" / "macos" / "frozen.py"))
SYSTEMS = {
    "Windows x64": "x86_64-pc-windows-msvc",
    "macOS arm64": "aarch64-apple-darwin",
    "Linux x64": "x86_64-manylinux_2_36",  # Debian 12
}
INTEL = "x86_64-apple-darwin"
PYTHON = "3.13"
"""What packages are made with."""

_UNREACHABLE = re.compile(
    "error sending request|failed to fetch|could not connect|dns error|timed out|no such host",
    re.IGNORECASE,
)


def resolved(platform: str, oldest_macos: str) -> subprocess.CompletedProcess[str]:
    if find_spec("uv") is None:
        pytest.skip("uv, which resolves for other systems, is not installed")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
            *("--constraint", str(CONSTRAINTS), "--only-binary", ":all:"),
            *("--python-platform", platform, "--python-version", PYTHON),
            *("--no-header", "--no-annotate"),
        ],
        cwd=ROOT,
        env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": oldest_macos, "UV_HTTP_RETRIES": "0"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    if done.returncode and _UNREACHABLE.search(done.stderr):
        pytest.skip("no package index is reachable: " + done.stderr.strip().splitlines()[-1])
    return done


def versions(text: str) -> dict[str, str]:
    """Name to version; names as indexes compare them."""
    pinned = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pinned}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_package_is_pinned_and_has_a_wheel(system: str) -> None:
    done = resolved(SYSTEMS[system], MACOS["OLDEST"])
    assert done.returncode == 0, done.stderr
    pins = versions(CONSTRAINTS.read_text("utf-8"))
    found = versions(done.stdout)
    assert {"pyside6-essentials", "bleak", "cbor2", "cryptography"} <= found.keys()
    assert not {name: version for name, version in found.items() if pins.get(name) != version}


def test_the_oldest_macos_is_the_one_that_the_wheels_are_for() -> None:
    older = str(float(MACOS["OLDEST"]) - 1)
    done = resolved(SYSTEMS["macOS arm64"], older)
    assert done.returncode != 0, f"macOS {older} would do, too: say so in Info.plist"
    assert f"macosx_{older.replace('.', '_')}" in done.stderr


def test_macs_with_intel_processors_still_lack_wheels() -> None:
    """Why there is no package for them, as README says; with wheels there could be one."""
    done = resolved(INTEL, MACOS["OLDEST"])
    assert done.returncode != 0
    assert "no usable wheels" in done.stderr
