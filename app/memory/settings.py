"""What the program remembers between starts, in one INI file that people can read and write.

Read once, when it is made; from then on nothing here touches the disk but what says so.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.memory.ini_file import IniFile, Problem
from smp.signal import Signal

_MOST_RECENT = 8
_LISTS = ("devices/hosts", "files/recent", "update/forbid")
"""A line an entry."""
_WISHES = ("mode", "key", "watch", "forbid", "locked")
_LOCKABLE = ("update/", "keys/")
_OFF = ("", "false", "0", "no", "off")
_CHOICES = (
    *("look/scheme", "look/language", "alerts/sound", "alerts/notify"),
    *("update/mode", "update/watch"),
)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key that firmware may be signed with. `identity`: its group's name in the file;
    `pem`: as it is in its file. `products`: patterns of the boards or devices it is for, with
    commas between them; empty: for all."""

    identity: str
    name: str
    pem: str
    products: str = ""

    @property
    def patterns(self) -> tuple[str, ...]:
        return tuple(filter(None, re.split(r"\s*[,\n]\s*", self.products.strip())))


class Settings:
    """`path`: the INI file; it may not exist yet. Making it is blocking."""

    def __init__(self, path: Path) -> None:
        self.changed: Signal[()] = Signal("the settings")
        """Told after each change, for somebody to `save`."""
        self._file = IniFile(path)
        self._file.read()
        self._values: dict[str, str] = dict(self._file.values)
        self._read = {name: self._values.get(name, "") for name in _LISTS}
        """The lists as they are in the file, as far as is known."""
        self._unsaved: dict[str, str | None] = {}
        self._present: set[str] = set()
        """Recent files that were there when they were looked for."""
        self._lock = threading.Lock()
        """Of `_unsaved`."""
        self._saving = threading.Lock()

    @property
    def path(self) -> Path:
        """The INI file."""
        return self._file.path

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file."""
        return tuple(self._file.problems.values())

    @property
    def lost_wish(self) -> str:
        """Something that is said of updates in a damaged file, where it is not understood: it may
        be what forbids. Empty: nothing."""
        text = self._file.text if self._file.problems else ""
        return next(
            (
                name
                for name in _WISHES
                if f"update/{name}" not in self._values
                and re.search(rf"^\W*{name}\W*=", text, re.MULTILINE)
            ),
            "",
        )

    @property
    def arrangement(self) -> dict[str, bytes]:
        """Where the window was and how it was split."""
        keys = [key for key in self._values if key.startswith("window/")]
        return {key.removeprefix("window/"): self._bytes(key) for key in keys}

    @arrangement.setter
    def arrangement(self, value: dict[str, bytes]) -> None:
        for name, data in value.items():
            self._set(f"window/{name}", base64.b64encode(data).decode("ascii"))

    @property
    def hosts(self) -> list[str]:
        """Addresses that the user added."""
        return self._words("devices/hosts")

    @hosts.setter
    def hosts(self, value: list[str]) -> None:
        self._set("devices/hosts", "\n".join(value))

    @property
    def recent(self) -> tuple[Path, ...]:
        """Firmware files that were used, the last first: those that `look` has found, and those
        used since."""
        return tuple(Path(text) for text in self._lines("files/recent") if text in self._present)

    @property
    def remembered(self) -> tuple[Path, ...]:
        """The same with those that have vanished."""
        return tuple(Path(text) for text in self._lines("files/recent"))

    def look(self) -> None:
        """See which of the recent files still exist. Blocking: they may be far away."""
        for text in self._lines("files/recent"):
            if Path(text).is_file():
                self._present.add(text)
            else:
                self._present.discard(text)

    def used(self, path: Path) -> None:
        """A file was used: it leads the recent ones."""
        if "\n" in str(path):
            return  # a line an entry
        others = [text for text in self._lines("files/recent") if text != str(path)]
        self._present.add(str(path))
        self._set("files/recent", "\n".join([str(path), *others][:_MOST_RECENT]))
        self._set("files/folder", str(path.parent))

    def forget_files(self) -> None:
        """No file was used."""
        self._set("files/recent", "")
        self._set("files/folder", "")

    def last_folder(self) -> Path | None:
        """Where the last file came from, if that is still there. Blocking."""
        text = self._value("files/folder")
        return Path(text) if text and Path(text).is_dir() else None

    @property
    def adapter(self) -> str:
        """The Bluetooth adapter to use where there are several; empty: the system's choice."""
        return self._value("bluetooth/adapter")

    @adapter.setter
    def adapter(self, value: str) -> None:
        self._set("bluetooth/adapter", value)

    @property
    def all_shown(self) -> bool:
        """Bluetooth devices that do not tell of SMP are listed, too."""
        return self._value("bluetooth/all") == "true"

    @all_shown.setter
    def all_shown(self, value: bool) -> None:
        self._set("bluetooth/all", "true" if value else "")

    @property
    def scheme(self) -> str:
        """system, light or dark."""
        return self._value("look/scheme", "system")

    @scheme.setter
    def scheme(self, value: str) -> None:
        self._set("look/scheme", value)

    @property
    def language(self) -> str:
        """The language's code; empty: the system's."""
        return self._value("look/language")

    @language.setter
    def language(self, value: str) -> None:
        self._set("look/language", value)

    @property
    def sound(self) -> bool:
        """A sound is heard when an update ends and the window is not seen."""
        return self._is_on("alerts/sound")

    @sound.setter
    def sound(self, value: bool) -> None:
        self._set("alerts/sound", "true" if value else "false")

    @property
    def notify(self) -> bool:
        """The desktop is told when an update ends and the window is not seen."""
        return self._is_on("alerts/notify")

    @notify.setter
    def notify(self, value: bool) -> None:
        self._set("alerts/notify", "true" if value else "false")

    @property
    def watch_seconds(self) -> float | None:
        """How long new firmware is watched before it is called good; None: the engine decides."""
        try:
            seconds = float(self._value("update/watch"))
        except ValueError:
            return None
        return seconds if 0.0 <= seconds < math.inf else None

    @watch_seconds.setter
    def watch_seconds(self, value: float | None) -> None:
        self._set("update/watch", "" if value is None else f"{value:g}")

    @property
    def watch(self) -> str:
        """The same as it is written down: what is no number is told apart from nothing."""
        return self._value("update/watch")

    @property
    def mode(self) -> str:
        """Of updates: confirm, test or permanent; empty: confirm."""
        return self._value("update/mode")

    @mode.setter
    def mode(self, value: str) -> None:
        self._set("update/mode", value)

    @property
    def is_locked(self) -> bool:
        """What is wanted of updates, and the keys, are a job's: they are not changed here."""
        return self._value("update/locked").lower() not in _OFF

    @property
    def lock_reason(self) -> str:
        """What whoever locked it says; empty: nothing."""
        text = self._value("update/locked")
        return text if self.is_locked and text.lower() not in ("true", "1", "yes", "on") else ""

    @property
    def key_files(self) -> tuple[Path, ...]:
        """The files of public keys of which one has to have signed firmware."""
        return tuple(Path(text) for text in self._lines("update/key"))

    @property
    def forbids(self) -> tuple[str, ...]:
        """Codes of checks that forbid an update although they only warn."""
        return tuple(self._words("update/forbid"))

    @forbids.setter
    def forbids(self, value: Iterable[str]) -> None:
        self._set("update/forbid", "\n".join(value))

    @property
    def keys(self) -> tuple[KnownKey, ...]:
        """Public keys that files are checked against, by name."""
        found = (
            KnownKey(
                group,
                self._value(f"keys/{group}/name", group),
                self._value(name),
                self._value(f"keys/{group}/products"),
            )
            for name in self._values
            if name.startswith("keys/") and name.endswith("/pem")
            for group in (name.removeprefix("keys/").removesuffix("/pem"),)
        )
        return tuple(sorted(found, key=lambda key: (key.name.casefold(), key.identity)))

    def add_key(self, key: KnownKey) -> None:
        """Know this key, or call the known one so and bind it to these products."""
        self._set(f"keys/{key.identity}/name", key.name)
        self._set(f"keys/{key.identity}/products", ", ".join(key.patterns) or None)
        self._set(
            f"keys/{key.identity}/pem", "\n".join(line.strip() for line in key.pem.splitlines())
        )

    def remove_key(self, identity: str) -> None:
        for name in ("name", "products", "pem"):
            self._set(f"keys/{identity}/{name}", None)

    def reset(self) -> None:
        """What was chosen is as at the first start. Lists stay: devices, keys, files."""
        for name in _CHOICES:
            self._set(name, None)

    def save(self) -> bool:
        """Write what has changed; whether that is done, or nothing was to do. What could not be
        written is written with the next change. Blocking."""
        with self._saving:
            with self._lock:
                changes, self._unsaved = self._unsaved, {}
            if not changes:
                return True
            if not self._file.write(changes, self._read):
                with self._lock:
                    self._unsaved = {**changes, **self._unsaved}
                return False
            self._read.update({n: v or "" for n, v in changes.items() if n in _LISTS})
            return True

    def _set(self, name: str, value: str | None) -> None:
        """None: as if nobody had said anything. What is locked stays as it is."""
        if self._values.get(name) == value or (self.is_locked and name.startswith(_LOCKABLE)):
            return
        if value is None:
            del self._values[name]
        else:
            self._values[name] = value
        with self._lock:
            self._unsaved[name] = value
        self.changed.tell()

    def _value(self, name: str, missing: str = "") -> str:
        return self._values.get(name, missing)

    def _is_on(self, name: str) -> bool:
        """What is on unless it was switched off."""
        return self._value(name, "true").lower() not in _OFF

    def _bytes(self, name: str) -> bytes:
        try:
            return base64.b64decode(self._value(name), validate=True)
        except (binascii.Error, ValueError):
            return b""

    def _lines(self, name: str) -> list[str]:
        return list(filter(None, self._value(name).split("\n")))

    def _words(self, name: str) -> list[str]:
        """Entries without commas, which people write in one line."""
        return list(filter(None, re.split(r"[\n,]\s*", self._value(name))))
