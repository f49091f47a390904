"""What can be set on a virtual peripheral, by NAME=VALUE at its start and at any time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Security(Enum):
    """What a client must have done before it may write or be notified."""

    NONE = "none"
    ENCRYPTED = "encrypted"
    AUTHENTICATED = "authenticated"


class Screen(Enum):
    """What the device has for pairing."""

    NONE = "none"
    DISPLAY = "display"


class Back(Enum):
    """Whether it advertises again after a reset."""

    YES = "yes"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Settings:
    """Those of the first part count from the next start of the firmware on: set, and reset."""

    name: str = "SMP-SIM"
    address: str = "C0:DE:00:00:00:02"
    """Static random."""
    shows: str = "uuid,name"
    """What is advertised, and behind a `/` what is in the scan response: "uuid/name", "/name"."""
    mtu: int = 498
    """The largest ATT MTU it agrees to."""
    service: bool = True
    """The SMP service is there."""
    shift: int = 0
    """Services in front of it: its handles are others."""
    hashed: bool = False
    """The GATT database has a hash and says when it changed (Zephyr's CONFIG_BT_GATT_CACHING)."""
    security: Security = Security.NONE
    screen: Screen = Screen.NONE
    passkey: int = 123456
    """What it displays; not 0."""

    # At once.
    advertise: bool = True
    rssi: tuple[int, ...] = (-50,)
    """dBm, one after the other."""
    back: Back = Back.YES
    back_after: float = 0.0
    """Seconds that it stays away after the firmware has come up."""
    supervision: float = 0.42
    """Seconds until the other side of a link notices that it is lost; BlueZ' usual time-out."""
    reset_reason: int = 0x08
    """Why the link went at a reset, as the other side sees it; 0x13 is a clean goodbye."""
    refuse: int = 0
    """Connections from now on that fail to be established."""
    silent: bool = False
    """No ATT request is answered, and no write taken."""
    responses: bool = True
    pieces: tuple[int, ...] = ()
    """Sizes of notifications, in turn; by default ATT_MTU - 3. Larger ones are cut to that."""
    together: int = 1
    """Answers that leave as one row of bytes, if they come within `patience` seconds."""
    patience: float = 0.05
    twice: bool = False
    """Every notification is sent twice."""
    drop_every: int = 0
    """Every so-manieth write is lost."""
    cut_after_writes: int = 0
    cut_after_notifications: int = 0
    """The link is closed instead of taking, or behind sending, the so-manieth from now on."""
    cut_reason: int = 0x13

    def changed(self, changes: Iterable[str]) -> tuple[Settings, list[str]]:
        """With NAME=VALUE applied; and those that name none of these. Raises ValueError."""
        values: dict[str, Any] = {}
        others = []
        for change in changes:
            name, equals, text = change.partition("=")
            if not equals:
                raise ValueError(f"{change}: NAME=VALUE is meant")
            if name in _NAMES:
                values[name] = _read(text, getattr(self, name))
            else:
                others.append(change)
        return dataclasses.replace(self, **values), others


_NAMES = frozenset(field.name for field in dataclasses.fields(Settings))
_SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def _read(text: str, usual: Any) -> Any:
    """A value of the type of the usual one."""
    match usual:
        case bool():
            if text.lower() not in _SWITCHES:
                raise ValueError(f"{text}: on or off is meant")
            return _SWITCHES[text.lower()]
        case int():
            return int(text, 0)
        case tuple():
            return tuple(int(part) for part in text.split(",") if part)
        case Enum() | float():
            return type(usual)(text)
        case _:
            return text
