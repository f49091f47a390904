"""Linux desktops: logind and the screen savers, docks, notifications, players of sounds."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.system.bus import Bus, session_address, system_address
from app.system.services import Notice, System

if TYPE_CHECKING:
    from dbus_fast import Message

_WHO = "Flashdesk"
_DESKTOP_ENTRY = "flashdesk"
"""As which the program is known to the desktop."""
_LOGIN = ("org.freedesktop.login1", "/org/freedesktop/login1")
_LEVELS = ("sleep:idle:handle-lid-switch", "sleep:idle")
"""A lid that is closed puts the computer to sleep in spite of the second; not every session may
ask for the first."""
_SAVERS = (
    ("org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit", ".Inhibit"),
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", ""),
)
"""Of sessions without logind: service, object, and what its interface is called beyond that."""
_NOTICES = "org.freedesktop.Notifications"
_NOTICES_AT = "/org/freedesktop/Notifications"
_DOCK_AT = "/com/canonical/unity/launcherentry/flashdesk"
_DOCK = "com.canonical.Unity.LauncherEntry.Update"


class Linux(System):
    """Each of the two buses is connected to when it is first needed."""

    def __init__(self) -> None:
        super().__init__()
        self._session = Bus(session_address)
        self._machine = Bus(system_address)
        self._held: int | None = None
        """A descriptor: as long as it is open, the computer stays awake."""
        self._saver: tuple[str, str, str, int] | None = None
        self._standing: dict[int, str] = {}
        """Notices, and their keys."""
        self._tokens: dict[int, str] = {}
        self._can_mark_up: bool | None = None
        self._shown: float | None = None

    async def stay_awake(self, why: str) -> bool:
        await self.may_sleep()
        for what in _LEVELS:
            call = f"{_LOGIN[0]}.Manager.Inhibit"
            answer = await self._machine.call(*_LOGIN, call, "ssss", what, _WHO, why, "block")
            if answer is not None and answer.unix_fds:
                self._held = answer.unix_fds[0]
                return True
        for service, place, more in _SAVERS:
            call = f"{service}{more}.Inhibit"
            answer = await self._session.call(service, place, call, "ss", _WHO, why)
            if answer is not None and answer.signature == "u":
                self._saver = service, place, f"{service}{more}.UnInhibit", answer.body[0]
                return True
        return False

    async def may_sleep(self) -> None:
        held, self._held = self._held, None
        saver, self._saver = self._saver, None
        if held is not None:
            os.close(held)
        if saver is not None:
            service, place, call, cookie = saver
            await self._session.call(service, place, call, "u", cookie)

    async def show_progress(self, fraction: float | None) -> None:
        if fraction == self._shown:
            return
        self._shown = fraction
        if not await self._session.is_there():
            return
        from dbus_fast import Variant

        said = {
            "progress": Variant("d", fraction or 0.0),
            "progress-visible": Variant("b", fraction is not None),
        }
        entry = f"application://{_DESKTOP_ENTRY}.desktop"
        await self._session.emit(_DOCK_AT, _DOCK, "sa{sv}", entry, said)

    async def tell(self, notice: Notice) -> bool:
        if not await self._session.is_there():
            return False
        from dbus_fast import Variant

        hints = {
            "desktop-entry": Variant("s", _DESKTOP_ENTRY),
            "urgency": Variant("y", 2 if notice.is_urgent else 1),
            "suppress-sound": Variant("b", True),
        }
        words = html.escape(notice.words, quote=False) if await self._marks_up() else notice.words
        answer = await self._session.call(
            _NOTICES,
            _NOTICES_AT,
            f"{_NOTICES}.Notify",
            "susssasa{sv}i",
            *(_WHO, 0, _DESKTOP_ENTRY, notice.title, words, ["default", _WHO], hints, -1),
        )
        if answer is None or answer.signature != "u":
            return False
        self._standing[answer.body[0]] = notice.key
        return True

    async def withdraw(self) -> None:
        standing, self._standing = self._standing, {}
        for number in standing:
            call = f"{_NOTICES}.CloseNotification"
            await self._session.call(_NOTICES, _NOTICES_AT, call, "u", number)

    def players(self) -> Sequence[Sequence[str]]:
        return (("pw-play",), ("paplay",), ("aplay", "-q"))

    async def close(self) -> None:
        await self.may_sleep()
        if self._shown is not None:
            await self.show_progress(None)
        await self.withdraw()
        await self._session.close()
        await self._machine.close()

    async def _marks_up(self) -> bool:
        """Asked once: whether words are read as HTML, and who shows them is listened to."""
        if self._can_mark_up is None:
            call = f"{_NOTICES}.GetCapabilities"
            answer = await self._session.call(_NOTICES, _NOTICES_AT, call)
            if answer is None:
                return False
            self._can_mark_up = bool(answer.body) and "body-markup" in answer.body[0]
            await self._session.listen(_NOTICES, _NOTICES, self._heard)
        return self._can_mark_up

    def _heard(self, message: Message) -> None:
        """The desktop's allowance comes shortly before the press that it is for."""
        number, said = (*message.body, "", "")[:2]
        if message.member == "ActivationToken":
            self._tokens[number] = str(said)
        if message.member == "ActionInvoked" and number in self._standing:
            self.pressed.tell(self._standing.pop(number), self._tokens.pop(number, ""))
        if message.member == "NotificationClosed":
            self._standing.pop(number, None)
            self._tokens.pop(number, None)
