"""Renders every state of the window and every dialog to a PNG: light and dark, two sizes, three
pixel ratios.

    python -m tests.gui.gallery OUT [--scene NAME]... [--scale 1] [--font "Inter"] [--lang de]
        [--quick]

Each scale runs in a process of its own: Qt reads QT_SCALE_FACTOR once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

SIZES = {"1280x800": (1280, 800), "1024x640": (1024, 640)}


def main() -> int:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.inside:
        return render(options)
    for scale in options.scale or ["1", "1.5", "2"]:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "QT_SCALE_FACTOR": scale,
        }
        command = [sys.executable, "-m", "tests.gui.gallery", *sys.argv[1:], "--inside", scale]
        if subprocess.run(command, env=environment, check=False).returncode:
            return 1
    return 0


def render(options: argparse.Namespace) -> int:
    """In the process of one scale: every window, scheme and size."""
    from app.lib import theme
    from tests.gui.dressed import begin, names, shown

    application = begin(options.lang)
    dress = theme.Theme(application, theme.Scheme.LIGHT, family=options.font)
    language = f"-{options.lang}" if options.lang != "en" else ""
    for scheme in ("light", "dark"):
        dress.force(theme.Scheme(scheme))
        for name, key in names(options.scene or ()).items():
            for label, size in list(SIZES.items())[: 1 if options.quick else None]:
                with shown(application, key, size) as window:
                    file = options.out / f"{name}-{scheme}-{label}@{options.inside}{language}.png"
                    window.grab().save(str(file))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scene", action="append")
    parser.add_argument("--scale", action="append")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--font", default="")
    parser.add_argument("--quick", action="store_true", help="only the larger size")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
