"""Groups 2 to 4: statistics, configuration, logs.

Sources: apache/mynewt-core sys/stats, sys/config, sys/log (stats_mgmt, config_mgmt, log_mgmt).
"""

from __future__ import annotations

from collections.abc import Callable

from smp import codes
from smp.packet import Group
from smp.simulator.cbor import Chunked, encode
from smp.simulator.mynewt.memory import LogEntry
from smp.simulator.mynewt.server import MynewtServer
from smp.simulator.server import Answer, CoreError, Request

_STORED = 2
_IN_MEMORY = 1
_ROOM = 512
"""Bytes after which an answer with log entries stops."""
_AROUND = 60
_LONGEST_NAME, _LONGEST_VALUE = 63, 256
LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2, "ERROR": 3, "CRITICAL": 4}
MODULES = {"DEFAULT": 0, "OS": 1, "NEWTMGR": 2, "REBOOT": 6}


class Records:
    """`uptime` as in `System`."""

    def __init__(self, server: MynewtServer, *, uptime: Callable[[float], float]) -> None:
        self._server = server
        self._memory = server.memory
        self._uptime = uptime
        self._config = dict(self._memory.config)
        self._asked = 0
        show = self.statistics
        server.register(Group.STATISTICS, 0, read=show, write=show if server.old else None)
        server.register(Group.STATISTICS, 1, read=self.statistics_list)
        server.register(Group.SETTINGS, 0, read=self.read_config, write=self.write_config)
        server.register(Group.LOG, 0, read=self.show_logs)
        server.register(Group.LOG, 1, write=self.clear_logs)
        server.register(Group.LOG, 3, read=lambda request: {"rc": 0, "module_map": MODULES})
        server.register(Group.LOG, 4, read=lambda request: {"rc": 0, "level_map": LEVELS})
        server.register(Group.LOG, 5, read=self.list_logs)

    # -- statistics -----------------------------------------------------------------------

    def _figures(self, now: float) -> dict[str, dict[str, int]]:
        self._asked += 1
        many = {f"s{number}": number * 1000 for number in range(150)}
        return {
            "stat": {"num_registered": 3},
            "demo": {"num_a": 1, "num_b": 70000},
            "smp": {"requests": self._asked, "uptime": int(self._uptime(now))},
            "many": many,
            "too_many": {f"s{number}": number * 100_000 for number in range(400)},
        }

    def statistics(self, request: Request) -> Answer:
        name = self._server.fields(request).get("name")
        figures = self._figures(request.now).get(name if isinstance(name, str) else "")
        if figures is None:
            raise CoreError(codes.EINVAL if self._server.old else codes.ENOENT)
        group = {"group": "sys"} if self._server.old else {}
        return {"rc": 0, "name": name, **group, "fields": figures}

    def statistics_list(self, request: Request) -> Answer:
        return {"rc": 0, "stat_list": list(self._figures(request.now))}

    # -- configuration ----------------------------------------------------------------------

    def read_config(self, request: Request) -> Answer:
        name = self._server.fields(request).get("name")
        if not isinstance(name, str) or name not in self._config:
            raise CoreError(codes.EINVAL)
        return {"val": self._config[name]}

    def write_config(self, request: Request) -> Answer:
        """`save` alone saves everything, nothing at all puts in force what was written."""
        fields = self._server.fields(request)
        name, value = fields.get("name"), fields.get("val")
        if name is not None or value is not None:
            if not isinstance(name, str) or not isinstance(value, str):
                raise CoreError(codes.EINVAL)
            is_long = len(name) > _LONGEST_NAME or len(value.encode()) > _LONGEST_VALUE
            if name not in self._config or is_long:
                raise CoreError(codes.EINVAL)
            if name == "test/8" and not value.isdecimal():
                raise CoreError(codes.EINVAL)
            self._config[name] = value
            if fields.get("save") is True:
                self._memory.config[name] = value
        elif fields.get("save") is True:
            self._memory.config = dict(self._config)
        return {}

    # -- logs ---------------------------------------------------------------------------------

    def list_logs(self, request: Request) -> Answer:
        return {"rc": 0, "log_list": list(self._memory.logs)}

    def clear_logs(self, request: Request) -> Answer:
        name = self._server.fields(request, needed=False).get("log_name")
        for log, entries in self._memory.logs.items():
            if not name or log == name:
                entries.clear()
        return {"rc": 0} if self._server.old else {}

    def show_logs(self, request: Request) -> Answer:
        fields = self._server.fields(request, needed=False)
        name, stamp = fields.get("log_name"), fields.get("ts", 0)
        first = self._server.unsigned(fields, "index", request.now) or 0
        told: dict[str, object] = {"next_index": self._memory.next_index}
        if name and name not in self._memory.logs:
            if not self._server.old:
                raise CoreError(codes.ENOENT)
            return {**told, "logs": [], "rc": codes.ENOMEM}
        logs = []
        is_full = False
        for log, entries in self._memory.logs.items():
            if (name and log != name) or is_full:
                continue
            wanted = [entry for entry in entries if entry.index >= first]
            if stamp == -1:
                wanted = wanted[-1:]
            elif isinstance(stamp, int):
                wanted = [entry for entry in wanted if entry.stamp >= stamp]
            shown, is_full = self._fitting(wanted)
            kind = _STORED if log == "reboot_log" else _IN_MEMORY
            logs.append({"name": log, "type": kind, "entries": shown})
        return {**told, "logs": logs, "rc": codes.EUNKNOWN if is_full else codes.EOK}

    def _fitting(self, entries: list[LogEntry]) -> tuple[list[Answer], bool]:
        """As many as an answer holds, and whether there are more."""
        shown: list[Answer] = []
        size = _AROUND
        for entry in entries:
            told = self._told(entry)
            size += len(encode(told))
            if size > _ROOM:
                return shown, True
            shown.append(told)
        return shown, False

    def _told(self, entry: LogEntry) -> Answer:
        message: object = entry.message
        rest: dict[str, object] = {"ts": entry.stamp, "level": entry.level, "index": entry.index}
        rest["module"] = entry.module
        if not self._server.old:
            pieces = Chunked(entry.message[at : at + 64] for at in range(0, len(entry.message), 64))
            return {"type": entry.kind, **rest, "msg": pieces}
        if entry.kind == "str":
            return {"msg": entry.message.decode("utf-8", "replace"), **rest}
        return {"msg": message, **rest, "type": entry.kind}
