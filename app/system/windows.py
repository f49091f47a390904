"""Windows: execution state, task bar button, notices of a tray icon that comes for them, sounds.

Everything is called in the thread of the window, which the execution state belongs to.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
from pathlib import Path
from typing import Any

from app.system.services import Notice, System
from app.system.tray import Tray

_CONTINUOUS = 0x80000000
_SYSTEM_REQUIRED = 0x00000001
_STEPS = 1000

log = logging.getLogger(__name__)


class Windows(System):
    """What is held ends with the process."""

    def __init__(self) -> None:
        super().__init__()
        self._tray = Tray(self.pressed)
        self._button: TaskbarButton | None = None
        self._shown: float | None = None

    async def stay_awake(self, why: str) -> bool:
        return _set_state(_CONTINUOUS | _SYSTEM_REQUIRED)

    async def may_sleep(self) -> None:
        _set_state(_CONTINUOUS)

    async def show_progress(self, fraction: float | None) -> None:
        if fraction == self._shown:
            return
        self._shown = fraction
        window = _window()
        if window is None:
            return
        try:
            if self._button is None:
                self._button = TaskbarButton()
            self._button.show(window, fraction)
        except OSError as error:
            log.info("no progress in the task bar: %s", error)

    async def tell(self, notice: Notice) -> bool:
        return self._tray.tell(notice)

    async def withdraw(self) -> None:
        self._tray.withdraw()

    async def play(self, sound: Path) -> bool:
        return await asyncio.to_thread(_play, sound)

    async def close(self) -> None:
        await self.may_sleep()
        await self.show_progress(None)
        self._tray.withdraw()
        if self._button is not None:
            self._button.close()
            self._button = None


class TaskbarButton:
    """ITaskbarList3 of the shell, called through its table. Raises OSError where it is missing.

    Source: shobjidl_core.h, in the order of the table: IUnknown 0 to 2, ITaskbarList 3 to 7,
    ITaskbarList2 8, ITaskbarList3 from 9 on.
    """

    _CLASS = "{56FDF344-FD6D-11D0-958A-006097C9A090}"
    _INTERFACE = "{EA1AFB91-9E28-4B86-90E9-9E9F8A5EEFAF}"
    _RELEASE, _INIT, _SET_VALUE, _SET_STATE = 2, 3, 9, 10
    _NONE, _NORMAL = 0, 2
    _IN_PROCESS = 1

    def __init__(self) -> None:
        ole = _library("ole32")
        ole.CoInitialize(None)  # Qt has done so already, in the thread of the window
        self._object = ctypes.c_void_p()
        which, as_what = _guid(ole, self._CLASS), _guid(ole, self._INTERFACE)
        _check(
            ole.CoCreateInstance(
                ctypes.byref(which),
                None,
                self._IN_PROCESS,
                ctypes.byref(as_what),
                ctypes.byref(self._object),
            )
        )
        _check(self._call(self._INIT))

    def show(self, window: int, fraction: float | None) -> None:
        """On the button of the window with this handle."""
        state = self._NORMAL if fraction is not None else self._NONE
        handle = ctypes.c_void_p(window)
        _check(self._call(self._SET_STATE, handle, ctypes.c_int(state)))
        if fraction is not None:
            done, whole = ctypes.c_ulonglong(round(fraction * _STEPS)), ctypes.c_ulonglong(_STEPS)
            _check(self._call(self._SET_VALUE, handle, done, whole))

    def close(self) -> None:
        """Let the shell have its object back."""
        self._call(self._RELEASE)
        self._object = ctypes.c_void_p()

    def _call(self, at: int, *arguments: Any) -> int:
        if not self._object:
            return 0
        table = ctypes.cast(self._object, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
        kinds = [type(argument) for argument in arguments]
        method = _method(ctypes.c_long, ctypes.c_void_p, *kinds)(table[at] or 0)
        return int(method(self._object, *arguments))


def _guid(ole: Any, text: str) -> Any:
    found = (ctypes.c_ubyte * 16)()
    _check(ole.CLSIDFromString(ctypes.c_wchar_p(text), ctypes.byref(found)))
    return found


def _check(result: int) -> None:
    if result < 0:
        raise OSError(f"HRESULT {result & 0xFFFFFFFF:08X}")


def _set_state(state: int) -> bool:
    """Whether it was taken: what is returned is the state before, or 0."""
    return bool(_library("kernel32").SetThreadExecutionState(ctypes.c_uint(state)))


def _window() -> int | None:
    """The handle of the one window that has a button."""
    from PySide6.QtWidgets import QApplication, QMainWindow

    found = [each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow)]
    return int(found[0].winId()) if found else None


def _play(sound: Path) -> bool:
    import winsound

    flags = winsound.SND_FILENAME | winsound.SND_NODEFAULT  # type: ignore[attr-defined]
    try:
        winsound.PlaySound(str(sound), flags)  # type: ignore[attr-defined]
    except RuntimeError as error:
        log.info("no sound: %s", error)
        return False
    return True


def _library(name: str) -> Any:
    """One of Windows' own."""
    return getattr(ctypes, "windll")[name]  # noqa: B009 -- only Windows has it


def _method(*kinds: Any) -> Any:
    return getattr(ctypes, "WINFUNCTYPE")(*kinds)  # noqa: B009 -- only Windows has it
