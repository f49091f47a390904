"""Checks of what is installed: the program, Python, Qt and its data, icons, languages."""

from __future__ import annotations

import asyncio
import platform
import sys
from itertools import pairwise
from xml.etree import ElementTree

from app import VERSION
from app import requirements as early
from app.checkup.part import INSTALL_AGAIN, Finding, failed, ok
from app.lib.resources import LANGUAGES, resource
from smp.text import Text, outside

_ESSENTIAL = frozenset({"flashdesk", "check", "cross", "copy", "device", "bluetooth"})
"""Icons without which the window is not understood; all others have a word beside them."""


_FOLDERS = {"fonts": "*.ttf", "help": "*.md", "sounds": "*.wav"}
"""What else is shipped: folders, none of whose files may be empty."""


_SORTED = {
    "en": ("Äpfel", "apple", "step 9", "step 10", "zebra"),
    "de": ("Apfel", "Äpfel", "Strasse", "straße", "Zange"),
    "zh_CN": ("北京", "上海", "中文", "board"),
}
"""Names in their order, which is not that of their code points."""

_ENCODINGS = frozenset({"UTF-8", "ISO-8859-15", "windows-1252", "GBK", "GB18030", "Big5"})


async def itself() -> Finding:
    """Which Flashdesk this is."""
    words = (
        Text("Flashdesk {version}, as a package, on {system}", version=VERSION, system=_system())
        if getattr(sys, "frozen", False)
        else Text("Flashdesk {version}, on {system}", version=VERSION, system=_system())
    )
    return ok(words)


async def python() -> Finding:
    return ok(Text("Python {version}", version=platform.python_version()))


async def qt() -> Finding:
    """Can Qt be loaded, and do its parts belong together?"""
    if problem := early.qt_trouble():
        return failed(problem.what, problem.next_step, problem.detail)
    import PySide6
    import shiboken6
    from PySide6.QtCore import qVersion

    names = (PySide6.__version__, shiboken6.__version__, qVersion())
    if len(set(names)) > 1:
        return failed(
            Text(
                "PySide6 {pyside}, shiboken6 {shiboken} and Qt {qt} do not belong together",
                pyside=names[0],
                shiboken=names[1],
                qt=names[2],
            ),
            INSTALL_AGAIN,
        )
    return ok(Text("PySide6 and Qt {version}", version=names[0]))


async def text() -> Finding:
    """Do Qt's collator and its encodings have their data? Without them it falls back in silence.

    For Linux, where these data are a part of the program; elsewhere they are the system's.
    """
    from PySide6.QtCore import QCollator, QLocale, QStringConverter

    from app.language import TITLES

    for code, names in _SORTED.items():
        collator = QCollator(QLocale(code))
        collator.setNumericMode(True)
        wrong = [pair for pair in pairwise(names) if collator.compare(*pair) >= 0]
        if wrong:
            return failed(
                Text("Names are not sorted as in {name}", name=TITLES[code]),
                INSTALL_AGAIN,
                " < ".join(wrong[0]),
            )
    encodings = QStringConverter.availableCodecs()
    if missing := sorted(_ENCODINGS - set(encodings)):
        return failed(Text("The encoding {name} is missing", name=missing[0]), INSTALL_AGAIN)
    return ok(
        Text(
            "Names are sorted as each language does; {count} encodings are known",
            count=len(encodings),
        )
    )


async def resources() -> Finding:
    return await asyncio.to_thread(_resources)


def _resources() -> Finding:
    try:
        icons = {path.stem: path.read_bytes() for path in resource("icons").glob("*.svg")}
    except OSError as error:
        return failed(outside(str(error)), INSTALL_AGAIN)
    if missing := sorted(_ESSENTIAL - icons.keys()):
        return failed(
            Text("The icon {name} is missing", name=missing[0]),
            INSTALL_AGAIN,
            ", ".join(missing),
        )
    for name, content in icons.items():
        try:
            ElementTree.fromstring(content)  # noqa: S314 -- our own files
        except ElementTree.ParseError as error:
            return failed(Text("The icon {name} is damaged", name=name), INSTALL_AGAIN, str(error))
    count = len(icons)
    for folder, pattern in _FOLDERS.items():
        try:
            files = [path for path in resource(folder).glob(pattern) if path.stat().st_size]
        except OSError as error:
            return failed(outside(str(error)), INSTALL_AGAIN)
        if not files:
            return failed(Text("The folder {name} is empty", name=folder), INSTALL_AGAIN)
        count += len(files)
    return ok(Text("{count} files, all there", count=count))


async def languages() -> Finding:
    return await asyncio.to_thread(_languages)


def _languages() -> Finding:
    from app.language import ENGLISH, TITLES, english, load

    others = [code for code in TITLES if code != ENGLISH]
    for code in others:
        if load(code, LANGUAGES) is english:
            return failed(
                Text("The language {name} cannot be read", name=TITLES[code]), INSTALL_AGAIN
            )
    return ok(outside(", ".join(TITLES[code] for code in (ENGLISH, *others))))


def _system() -> Text:
    return outside(f"{platform.system()} {platform.release()} {platform.machine()}")
