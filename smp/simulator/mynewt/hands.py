"""Groups 5 and 7 to 9: crash, run, files, shell.

Sources: apache/mynewt-core test/crash_test, test/runtest, mgmt/smp, sys/shell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smp import codes
from smp.packet import Group
from smp.simulator.cbor import ChunkedText
from smp.simulator.mynewt.server import LONGEST_PART, Died, MynewtServer
from smp.simulator.server import Answer, CoreError, Request

_CRASHES = ("div0", "jump0", "ref0", "assert", "wdog", "wdog2")
_DIES_AFTER = 0.1
_SUITES = ("demo_suite",)
_MOST_WORDS, _LONGEST_COMMAND = 12, 128
_LONGEST_PATH = 64


class Hands:
    """`crash` resets the device at that moment."""

    def __init__(
        self,
        server: MynewtServer,
        *,
        uptime: Callable[[float], float],
        crash: Callable[[float], None],
    ) -> None:
        self._server = server
        self._memory = server.memory
        self._uptime = uptime
        self._crash = crash
        self._path = ""
        self._length = 0
        server.register(Group.CRASH, 0, write=self.crash)
        server.register(Group.RUN, 0, write=self.run)
        server.register(Group.RUN, 1, read=lambda request: {"rc": 0, "run_list": list(_SUITES)})
        if not server.old:
            server.register(Group.FILE_SYSTEM, 0, read=self.download, write=self.upload)
            server.register(Group.SHELL, 0, write=self.shell)

    def crash(self, request: Request) -> Answer:
        kind = self._server.fields(request).get("t")
        if kind not in _CRASHES:
            raise CoreError(codes.EINVAL)
        self._memory.dump_core()
        if self._server.old:
            self._crash(request.now)
            raise Died
        self._crash(request.now + _DIES_AFTER)
        return {}

    def run(self, request: Request) -> Answer:
        fields = self._server.fields(request)
        name = fields.get("testname") or "all"
        if name != "all" and name not in _SUITES:
            raise CoreError(codes.ENOENT)
        stamp = int(self._uptime(request.now) * 1e6)
        token = fields.get("token")
        for suite in _SUITES:
            text = f"{suite} PASS {token}" if isinstance(token, str) else f"{suite} PASS"
            self._memory.note("testlog", text.encode(), stamp)
        return {}

    # -- files ----------------------------------------------------------------------------

    def upload(self, request: Request) -> Answer:
        fields = self._server.fields(request)
        offset = self._server.unsigned(fields, "off", request.now)
        length = self._server.unsigned(fields, "len", request.now)
        path, data = self._path_of(fields), fields.get("data")
        if offset is None or not isinstance(data, bytes):
            raise CoreError(codes.EINVAL)
        files = self._memory.files
        if offset == 0:
            if length is None:
                raise CoreError(codes.EINVAL)
            self._path, self._length = path, length
            if length:
                files[path] = b""
        held = files.get(path, b"")
        if path != self._path or offset != len(held):
            return {"rc": codes.EINVAL, "off": len(held)}
        if offset + len(data) > self._length:
            raise CoreError(codes.EINVAL)
        if self._length:
            files[path] = held + self._server.part(data)
        return {"rc": 0, "off": offset + len(data)}

    def download(self, request: Request) -> Answer:
        fields = self._server.fields(request)
        offset = self._server.unsigned(fields, "off", request.now) or 0
        content = self._memory.files.get(self._path_of(fields))
        if content is None or offset > len(content):
            raise CoreError(codes.EUNKNOWN)
        answer: dict[str, object] = {"off": offset, "data": content[offset : offset + LONGEST_PART]}
        if offset == 0:
            answer["len"] = len(content)
        return {**answer, "rc": 0}

    @staticmethod
    def _path_of(fields: Mapping[str, object]) -> str:
        path = fields.get("name")
        if not isinstance(path, str) or not path or len(path) > _LONGEST_PATH:
            raise CoreError(codes.EINVAL)
        if not path.startswith("/"):
            raise CoreError(codes.EUNKNOWN)
        return path

    # -- shell ----------------------------------------------------------------------------

    def shell(self, request: Request) -> Answer:
        words = self._server.fields(request).get("argv")
        said = [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
        if not said or len(said) > _MOST_WORDS or len(" ".join(said)) > _LONGEST_COMMAND:
            raise CoreError(codes.EINVAL)
        if said[0] != "/demo":
            return {"o": ChunkedText(), "rc": codes.ENOENT}
        lines = [f"argc {len(said) - 1}\n", *(f"[{word}]\n" for word in said[1:])]
        failed = said[-1] == "fail"
        if failed:
            lines.append("(no help available)\n")
        return {"o": ChunkedText(line.encode() for line in lines), "rc": -7 if failed else 0}
