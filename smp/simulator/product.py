"""A finished product beside its firmware update: settings that it keeps, statistics, a shell.

Group 3 as Zephyr has it, with handlers that read and write: what is written is in use at once and
lasts until the next restart, what is saved outlasts it. Groups 2 and 9 with a few names to ask for.
Sources: Zephyr subsys/mgmt/mcumgr/grp/{settings_mgmt,stat_mgmt,shell_mgmt}/src.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from smp import codes
from smp.packet import Group
from smp.simulator.cbor import Kind
from smp.simulator.server import Answer, CoreError, GroupError, Request, Server

_LONGEST_NAME, _LONGEST_VALUE = 32, 64
_NAME_TOO_LONG, _UNKNOWN_KEY, _NO_READING, _UNKNOWN_ROOT, _NOT_TAKEN, _NO_DELETING = range(2, 8)
_UNKNOWN_GROUP = 2
_EMPTY_COMMAND = 3
_NO_COMMAND = -8
"""What a Zephyr shell returns for a command that it does not have (ENOEXEC)."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What a product has. `settings`: with what it leaves the factory; `late`: those that it uses
    from the next restart on, and reads back until then as they were; `forgets`: those that it does
    not keep, whatever is saved; `hidden`: those that it does not tell. `shell`: what is answered to
    which command, with {setting} in it.
    """

    settings: tuple[tuple[str, bytes], ...] = (
        ("unit/serial", b""),
        ("unit/date", b""),
        ("unit/mode", b"0"),
    )
    late: frozenset[str] = frozenset({"unit/mode"})
    forgets: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    statistics: tuple[tuple[str, int], ...] = (("faults", 0), ("battery_mv", 3301))
    shell: tuple[tuple[str, str], ...] = (
        ("battery", "3301 mV"),
        ("selftest", "radio ok\nsensor ok\nPASS"),
        ("unit serial", "{unit/serial}"),
    )


@dataclass(slots=True)
class SavedSettings:
    """What outlasts a restart and the power, as long as there is the device."""

    values: dict[str, bytes] = field(default_factory=dict)


class ProductGroups:
    """One life of the firmware. `starts`: how often it has started."""

    def __init__(self, extras: Extras, saved: SavedSettings, starts: Callable[[], int]) -> None:
        self._extras = extras
        self._saved = saved
        self._starts = starts
        self._roots = {name.partition("/")[0] for name, _ in extras.settings}
        self._used = dict(extras.settings) | saved.values
        self._written = dict(self._used)

    def register(self, server: Server) -> None:
        server.register(Group.STATISTICS, 0, read=self.read_statistics)
        server.register(Group.STATISTICS, 1, read=lambda request: {"stat_list": ["unit"]})
        server.register(Group.SETTINGS, 0, read=self.read, write=self.write)
        server.register(Group.SETTINGS, 1, write=self.delete)
        server.register(Group.SETTINGS, 2, write=lambda request: {})
        server.register(Group.SETTINGS, 3, read=self.load, write=self.save)
        server.register(Group.SHELL, 0, write=self.run)

    # -- settings -------------------------------------------------------------------------

    def read(self, request: Request) -> Answer:
        fields = request.fields(name=Kind.TEXT, max_size=Kind.UINT32)
        name = self._name(fields)
        if name in self._extras.hidden:
            raise GroupError(Group.SETTINGS, _NO_READING)
        value, most = self._used[name], fields.get("max_size", _LONGEST_VALUE)
        return {"val": value[:most]} | ({"max_size": most} if len(value) > most else {})

    def write(self, request: Request) -> Answer:
        fields = request.fields(name=Kind.TEXT, val=Kind.BYTES)
        name, value = self._name(fields), bytes(fields.get("val", b""))
        if len(value) > _LONGEST_VALUE:
            raise GroupError(Group.SETTINGS, _NOT_TAKEN)
        self._written[name] = value
        if name not in self._extras.late:
            self._used[name] = value
        return {}

    def delete(self, request: Request) -> Answer:
        self._name(request.fields(name=Kind.TEXT))
        raise GroupError(Group.SETTINGS, _NO_DELETING)

    def save(self, request: Request) -> Answer:
        """A part of them, or all."""
        fields = request.fields(name=Kind.TEXT)
        part = self._name(fields) if "name" in fields else ""
        for name, value in self._written.items():
            if name.startswith(part) and name not in self._extras.forgets:
                self._saved.values[name] = value
        return {}

    def load(self, request: Request) -> Answer:
        self._used |= self._saved.values
        self._written = dict(self._used)
        return {}

    def _name(self, fields: dict[str, bytes]) -> str:
        name = bytes(fields.get("name", b""))
        if not name:
            raise CoreError(codes.EINVAL)
        if len(name) >= _LONGEST_NAME:
            raise GroupError(Group.SETTINGS, _NAME_TOO_LONG)
        told = name.decode("utf-8", "replace")
        if told.partition("/")[0] not in self._roots:
            raise GroupError(Group.SETTINGS, _UNKNOWN_ROOT)
        if told not in self._used:
            raise GroupError(Group.SETTINGS, _UNKNOWN_KEY)
        return told

    # -- statistics and shell -------------------------------------------------------------

    def read_statistics(self, request: Request) -> Answer:
        name = bytes(request.fields(name=Kind.TEXT).get("name", b""))
        if name != b"unit":
            raise GroupError(Group.STATISTICS, _UNKNOWN_GROUP)
        return {
            "name": "unit",
            "fields": {"starts": self._starts(), **dict(self._extras.statistics)},
        }

    def run(self, request: Request) -> Answer:
        words = request.fields(argv=Kind.TEXTS).get("argv", [])
        command = b" ".join(words).decode("utf-8", "replace")
        if not command:
            raise GroupError(Group.SHELL, _EMPTY_COMMAND)
        output = dict(self._extras.shell).get(command)
        if output is None:
            return {"o": f"{command.split(' ')[0]}: command not found\n", "ret": _NO_COMMAND}
        for name, value in self._used.items():
            output = output.replace(f"{{{name}}}", value.decode("utf-8", "replace"))
        return {"o": output + "\n", "ret": 0}
