"""What the program remembers between starts, in one INI file that support can read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

_MOST_RECENT = 8


class Settings:
    """`path`: the INI file; it may not exist yet."""

    def __init__(self, path: Path) -> None:
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def arrangement(self) -> dict[str, bytes]:
        """Where the window was and how it was split."""
        names = self._names("window")
        return {name: self._bytes(f"window/{name}") for name in names}

    @arrangement.setter
    def arrangement(self, value: dict[str, bytes]) -> None:
        for name, data in value.items():
            self._store.setValue(f"window/{name}", QByteArray(data))

    @property
    def hosts(self) -> list[str]:
        """Addresses that the user added."""
        return self._texts("devices/hosts")

    @hosts.setter
    def hosts(self, value: list[str]) -> None:
        self._store.setValue("devices/hosts", value)

    @property
    def recent(self) -> tuple[Path, ...]:
        """Firmware files that were used and still exist, the last first."""
        return tuple(path for path in map(Path, self._texts("files/recent")) if path.is_file())

    def used(self, path: Path) -> None:
        """A file was used: it leads the recent ones."""
        others = [text for text in self._texts("files/recent") if text != str(path)]
        self._store.setValue("files/recent", [str(path), *others][:_MOST_RECENT])
        self._store.setValue("files/folder", str(path.parent))

    @property
    def folder(self) -> Path | None:
        """Where the last file came from."""
        text = str(self._store.value("files/folder", ""))
        return Path(text) if text and Path(text).is_dir() else None

    @property
    def adapter(self) -> str:
        """The Bluetooth adapter to use where there are several; empty: the system's choice."""
        return str(self._store.value("bluetooth/adapter", ""))

    @adapter.setter
    def adapter(self, value: str) -> None:
        self._store.setValue("bluetooth/adapter", value)

    @property
    def all_shown(self) -> bool:
        """Bluetooth devices that do not tell of SMP are listed, too."""
        return str(self._store.value("bluetooth/all", "")) == "true"

    @all_shown.setter
    def all_shown(self, value: bool) -> None:
        self._store.setValue("bluetooth/all", "true" if value else "")

    @property
    def scheme(self) -> str:
        """system, light or dark."""
        return str(self._store.value("look/scheme", "system"))

    @scheme.setter
    def scheme(self, value: str) -> None:
        self._store.setValue("look/scheme", value)

    @property
    def watch_seconds(self) -> float | None:
        """How long new firmware is watched before it is called good; None: the engine decides."""
        try:
            return max(0.0, float(str(self._store.value("update/watch", ""))))
        except ValueError:
            return None

    @watch_seconds.setter
    def watch_seconds(self, value: float | None) -> None:
        self._store.setValue("update/watch", "" if value is None else str(value))

    def save(self) -> None:
        """Write it now; Qt would do it some time later."""
        self._store.sync()

    def _names(self, group: str) -> list[str]:
        self._store.beginGroup(group)
        try:
            return list(self._store.childKeys())
        finally:
            self._store.endGroup()

    def _bytes(self, key: str) -> bytes:
        value = self._store.value(key)
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    def _texts(self, key: str) -> list[str]:
        value = self._store.value(key, [])
        if isinstance(value, str):
            return [value] if value else []
        return [str(item) for item in value] if isinstance(value, list) else []
