"""What the program remembers between starts, in one INI file that support can read.

Read once, when it is made; from then on nothing here touches the disk but what says so. Qt would
write each change on the window's own thread, which stands still where the folder is slow.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from smp.signal import Signal

_MOST_RECENT = 8

log = logging.getLogger(__name__)


class Settings:
    """`path`: the INI file; it may not exist yet. Making it is blocking."""

    def __init__(self, path: Path) -> None:
        self.changed: Signal[()] = Signal("the settings")
        """Told after each change, for somebody to `save`."""
        self._path = path
        store = self._store()
        self._values: dict[str, object] = {key: store.value(key) for key in store.allKeys()}
        self._unsaved: dict[str, object] = {}
        self._present: set[str] = set()
        """Recent files that were there when they were looked for."""
        self._lock = threading.Lock()
        """Of `_unsaved`."""
        self._saving = threading.Lock()

    @property
    def path(self) -> Path:
        """The INI file."""
        return self._path

    @property
    def arrangement(self) -> dict[str, bytes]:
        """Where the window was and how it was split."""
        keys = [key for key in self._values if key.startswith("window/")]
        return {key.removeprefix("window/"): self._bytes(key) for key in keys}

    @arrangement.setter
    def arrangement(self, value: dict[str, bytes]) -> None:
        for name, data in value.items():
            self._set(f"window/{name}", QByteArray(data))

    @property
    def hosts(self) -> list[str]:
        """Addresses that the user added."""
        return self._texts("devices/hosts")

    @hosts.setter
    def hosts(self, value: list[str]) -> None:
        self._set("devices/hosts", value)

    @property
    def recent(self) -> tuple[Path, ...]:
        """Firmware files that were used, the last first: those that `look` has found, and those
        used since."""
        return tuple(Path(text) for text in self._texts("files/recent") if text in self._present)

    def look(self) -> None:
        """See which of the recent files still exist. Blocking: they may be far away."""
        for text in self._texts("files/recent"):
            if Path(text).is_file():
                self._present.add(text)
            else:
                self._present.discard(text)

    def used(self, path: Path) -> None:
        """A file was used: it leads the recent ones."""
        others = [text for text in self._texts("files/recent") if text != str(path)]
        self._present.add(str(path))
        self._set("files/recent", [str(path), *others][:_MOST_RECENT])
        self._set("files/folder", str(path.parent))

    def last_folder(self) -> Path | None:
        """Where the last file came from, if that is still there. Blocking."""
        text = str(self._value("files/folder"))
        return Path(text) if text and Path(text).is_dir() else None

    @property
    def adapter(self) -> str:
        """The Bluetooth adapter to use where there are several; empty: the system's choice."""
        return str(self._value("bluetooth/adapter", ""))

    @adapter.setter
    def adapter(self, value: str) -> None:
        self._set("bluetooth/adapter", value)

    @property
    def all_shown(self) -> bool:
        """Bluetooth devices that do not tell of SMP are listed, too."""
        return str(self._value("bluetooth/all", "")) == "true"

    @all_shown.setter
    def all_shown(self, value: bool) -> None:
        self._set("bluetooth/all", "true" if value else "")

    @property
    def scheme(self) -> str:
        """system, light or dark."""
        return str(self._value("look/scheme", "system"))

    @scheme.setter
    def scheme(self, value: str) -> None:
        self._set("look/scheme", value)

    @property
    def language(self) -> str:
        """The language's code; empty: the system's."""
        return str(self._value("look/language", ""))

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
            return max(0.0, float(str(self._value("update/watch", ""))))
        except ValueError:
            return None

    @watch_seconds.setter
    def watch_seconds(self, value: float | None) -> None:
        self._set("update/watch", "" if value is None else str(value))

    @property
    def watch(self) -> str:
        """The same as it is written down: what is no number is told apart from nothing."""
        return str(self._value("update/watch", ""))

    @property
    def mode(self) -> str:
        """Of updates: confirm, test or permanent; empty: confirm."""
        return str(self._value("update/mode", ""))

    @property
    def key(self) -> Path | None:
        """The file of the public key that firmware has to be signed with."""
        text = str(self._value("update/key", ""))
        return Path(text) if text else None

    @property
    def forbids(self) -> tuple[str, ...]:
        """Codes of checks that forbid an update although they only warn."""
        return tuple(self._texts("update/forbid"))

    def save(self) -> None:
        """Write what has changed. Blocking."""
        with self._saving:
            with self._lock:
                changes, self._unsaved = self._unsaved, {}
            if not changes:
                return
            store = self._store()
            for key, value in changes.items():
                store.setValue(key, value)
            store.sync()
            if store.status() is not QSettings.Status.NoError:
                log.info("settings cannot be kept: %s", store.status().name)

    def _store(self) -> QSettings:
        return QSettings(str(self._path), QSettings.Format.IniFormat)

    def _set(self, key: str, value: object) -> None:
        if self._values.get(key) != value:
            self._values[key] = value
            with self._lock:
                self._unsaved[key] = value
            self.changed.tell()

    def _value(self, key: str, missing: object = "") -> object:
        return self._values.get(key, missing)

    def _is_on(self, key: str) -> bool:
        """What is on unless it was switched off."""
        return str(self._value(key, "true")).lower() not in ("false", "0", "no", "off")

    def _bytes(self, key: str) -> bytes:
        value = self._value(key)
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    def _texts(self, key: str) -> list[str]:
        value = self._value(key, [])
        if isinstance(value, str):
            return [value] if value else []
        return [str(item) for item in value] if isinstance(value, list) else []
