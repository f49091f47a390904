"""What the program's spec takes for macOS: what EXE and BUNDLE are told, and the Info.plist.

python frozen.py FILE       writes the Info.plist, to be looked at
"""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
IDENTIFIER = "io.github.flashdesk"
OLDEST = "13.0"
"""The oldest macOS that the pinned PySide6 has a wheel for; a test resolves it."""
ARCHITECTURE = "arm64"
"""The pinned cbor2 and cryptography have no wheels for Intel processors."""

_FIRMWARE = ("bin", "hex", "img", "signed", "zip")
_ABOUT = "Firmware updates with a verdict that is proven"


def executable(name: str, version: str) -> dict[str, Any]:
    """Arguments to EXE. MACOS_IDENTITY: whose certificate signs it; without it nobody's does."""
    return {
        "target_arch": ARCHITECTURE,
        "codesign_identity": os.environ.get("MACOS_IDENTITY") or None,
        "entitlements_file": str(HERE / "entitlements.plist"),
    }


def bundle(version: str) -> dict[str, Any]:
    """Arguments to BUNDLE. Draws the icon."""
    icon = ROOT / ".work" / "macos" / "flashdesk.icns"
    icon.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, str(HERE / "icns.py"), str(icon)], check=True)
    return {
        "icon": str(icon),
        "bundle_identifier": IDENTIFIER,
        "version": version,
        "info_plist": info(version),
    }


def info(version: str) -> dict[str, Any]:
    """The Info.plist of a program of that version."""
    return {
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleName": "Flashdesk",
        "CFBundleDisplayName": "Flashdesk",
        "CFBundleExecutable": "flashdesk",
        "CFBundleIconFile": "flashdesk.icns",
        "CFBundlePackageType": "APPL",
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": ["en", "de", "zh-Hans"],
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleGetInfoString": _ABOUT,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Firmware image",
                "CFBundleTypeExtensions": list(_FIRMWARE),
                "CFBundleTypeRole": "Viewer",
                # Offered by "Open With", and never the one that a double click starts.
                "LSHandlerRank": "Alternate",
            }
        ],
        # PyInstaller would say True of a program with a command line.
        "LSBackgroundOnly": False,
        "LSApplicationCategoryType": "public.app-category.developer-tools",
        "LSArchitecturePriority": [ARCHITECTURE],
        "LSMinimumSystemVersion": OLDEST,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "Copyright 2026 the Flashdesk authors. Apache License 2.0.",
        "NSPrincipalClass": "NSApplication",
        # False: the program follows the system to dark, as its theme does.
        "NSRequiresAquaSystemAppearance": False,
        "NSSupportsAutomaticGraphicsSwitching": True,
        # Without this text macOS ends the program at its first touch of Bluetooth.
        "NSBluetoothAlwaysUsageDescription": (
            "Flashdesk looks for devices whose firmware it can update over Bluetooth, "
            "and updates the one that you choose."
        ),
        # From macOS 15 a device in the local network is reached only with this leave.
        "NSLocalNetworkUsageDescription": (
            "Flashdesk updates devices in your network whose address you have entered."
        ),
    }


def program_version() -> str:
    """Of the program in this checkout, without importing what it needs."""
    sys.path.insert(0, str(ROOT))
    try:
        from app import VERSION
    finally:
        sys.path.pop(0)
    return VERSION


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(plistlib.dumps(info(program_version())))
