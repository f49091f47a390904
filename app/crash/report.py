"""What is told of a crash, and what is left out of it unless the person keeps it: where their home
is, who they are, and what their devices, files and keys are called."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SHORTEST = 3
"""Letters: shorter names stand in every other word."""
_RADIO = re.compile(r"\b((?:[0-9A-Fa-f]{2}:){3})(?:[0-9A-Fa-f]{2}:){2}[0-9A-Fa-f]{2}\b")
_UUID = re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b")
_BY_ID = re.compile(r"(/dev/serial/by-(?:id|path)/)[^\s'\"?]+")
HIDDEN = "<hidden>"


@dataclass(frozen=True, slots=True)
class CrashReport:
    """One crash. `at`: seconds since 1970; `doing`: what went on, a line each; `log`: its last
    lines; `private`: words of this person and of their devices that stand in it."""

    at: float
    versions: str
    trace: str
    doing: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    private: tuple[str, ...] = field(default=(), repr=False)
    went_on: bool = False
    """The program did not end by it."""

    @property
    def what(self) -> str:
        """The last line of what was raised, or the first that the fault handler wrote."""
        lines = [line for line in self.trace.splitlines() if line.strip()]
        if not lines:
            return ""
        return lines[0] if lines[0].startswith(("Fatal", "Windows fatal")) else lines[-1]

    def text(self, *, keep_private: bool = False) -> str:
        """To be read, mailed or saved, in English as programmers read it."""
        when = time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(self.at))
        ended = "the program went on" if self.went_on else "the program ended"
        parts = [
            f"Flashdesk crash report\n----------------------\n{when}, {ended}\n{self.versions}",
            _section("What happened", self.trace.strip().splitlines()),
            _section("What was being done", self.doing or ("Nothing with a device",)),
            _section("Log", self.log),
        ]
        whole = "\n\n".join(part for part in parts if part) + "\n"
        return whole if keep_private else cleaned(whole, self.private)

    def to_json(self) -> dict[str, object]:
        return {
            "at": self.at,
            "versions": self.versions,
            "trace": self.trace,
            "doing": list(self.doing),
            "log": list(self.log),
            "private": list(self.private),
            "went_on": self.went_on,
        }

    @classmethod
    def of_json(cls, stored: object) -> CrashReport:
        """Raises ValueError for anything else than what `to_json` gave."""
        try:
            assert isinstance(stored, dict)
            return cls(
                float(stored["at"]),
                str(stored["versions"]),
                str(stored["trace"]),
                _strings(stored["doing"]),
                _strings(stored["log"]),
                _strings(stored["private"]),
                bool(stored["went_on"]),
            )
        except (AssertionError, KeyError, TypeError) as error:
            raise ValueError(f"no crash report: {error!r}") from error


def _strings(stored: object) -> tuple[str, ...]:
    if not isinstance(stored, list):
        raise TypeError(stored)
    return tuple(str(each) for each in stored)


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join((title, "-" * len(title), *lines)) if lines else ""


def cleaned(text: str, private: Iterable[str] = ()) -> str:
    """Without the home folder, the user's and the computer's name, addresses of radios, and the
    words that are private besides."""
    words = sorted({*private, *_names()}, key=len, reverse=True)
    places = [word for word in words if "/" in word or "\\" in word]
    for place in places:  # before the home they may be in is called otherwise
        text = _without(place, text)
        text = _without(place.replace("\\", "\\\\"), text)
    for home in _homes():
        text = re.sub(re.escape(home) + r"(?![\w.-])", "~", text, flags=re.IGNORECASE)
    for word in words:
        text = _without(word, text)
    text = _BY_ID.sub(rf"\1{HIDDEN}", text)
    text = _UUID.sub(HIDDEN, text)
    return _RADIO.sub(rf"\1{HIDDEN}", text)


def _without(word: str, text: str) -> str:
    if len(word) < _SHORTEST:
        return text
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN, text)


def _homes() -> list[str]:
    """The home folder as paths are written, with its backslashes doubled as in a repr, too."""
    try:
        home = str(Path.home())
    except RuntimeError:
        return []
    if len(home) < _SHORTEST:
        return []
    return list(dict.fromkeys((home.replace("\\", "\\\\"), home, home.replace("\\", "/"))))


def _names() -> list[str]:
    """What is no name of anybody ("root") says nothing of anybody."""
    import getpass
    import socket

    found = []
    for ask in (getpass.getuser, socket.gethostname):
        try:
            found.append(ask())
        except (OSError, KeyError, ImportError):
            continue
    return [name for name in found if name not in ("root", "localhost", "user")]
