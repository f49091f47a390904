"""Group 3: settings that outlast a restart once they are saved.

Sources: Zephyr subsys/mgmt/mcumgr/grp/settings_mgmt/src/settings_mgmt.c; nrfconnect/sdk-nrf-bm
subsys/storage/bm_rmem (the name of a firmware loader, which cannot be read).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smp import codes
from smp.packet import Group
from smp.simulator.cbor import Kind
from smp.simulator.server import Answer, CoreError, GroupError, Request, Server

LOADER_NAME = "fw_loader/adv_name"
"""What the firmware loader shall call itself on the air."""
_LONGEST_NAME, _LONGEST_VALUE = 32, 16
_NAME_TOO_LONG, _UNKNOWN_ROOT, _NOT_TAKEN = 2, 5, 6
_NOT_FOUND, _NO_READING, _NO_DELETING, _NO_SAVING = 3, 4, 7, 8


class SettingsGroup:
    """`settings`: by name, who is told a value that was written and then saved."""

    def __init__(self, settings: Mapping[str, Callable[[bytes], None]]) -> None:
        self._settings = settings
        self._written: dict[str, bytes] = {}

    def register(self, server: Server) -> None:
        group = Group.SETTINGS
        server.register(group, 0, read=self.read, write=self.write)
        server.register(group, 1, write=self.delete)
        server.register(group, 2, write=lambda request: {})
        server.register(group, 3, read=lambda request: {}, write=self.save)

    def read(self, request: Request) -> Answer:
        request.fields(max_size=Kind.UINT32)
        self._name(request)
        raise GroupError(Group.SETTINGS, _NO_READING)

    def write(self, request: Request) -> Answer:
        value: bytes = request.fields(val=Kind.BYTES).get("val", b"")
        name = self._name(request)
        if len(value) > _LONGEST_VALUE:
            raise GroupError(Group.SETTINGS, _NOT_TAKEN)
        self._written[name] = value
        return {}

    def delete(self, request: Request) -> Answer:
        self._name(request, unknown=_NOT_FOUND)
        raise GroupError(Group.SETTINGS, _NO_DELETING)

    def save(self, request: Request) -> Answer:
        """A part of the settings is not saved by itself."""
        alone: bytes | None = request.fields(name=Kind.TEXT).get("name")
        if alone is not None:
            self._check(alone)
            raise GroupError(Group.SETTINGS, _NO_SAVING)
        for name, value in self._written.items():
            self._settings[name](value)
        self._written.clear()
        return {}

    def _name(self, request: Request, *, unknown: int = _UNKNOWN_ROOT) -> str:
        """Raises the refusal of one that is not there, with the code `unknown`."""
        told = bytes(request.fields(name=Kind.TEXT).get("name", b""))
        self._check(told)
        name = told.decode("utf-8", "replace")
        if name not in self._settings:
            raise GroupError(Group.SETTINGS, unknown)
        return name

    @staticmethod
    def _check(name: bytes) -> None:
        if not name:
            raise CoreError(codes.EINVAL)
        if len(name) >= _LONGEST_NAME:
            raise GroupError(Group.SETTINGS, _NAME_TOO_LONG)
