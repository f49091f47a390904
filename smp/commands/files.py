"""Group 8: files by absolute path. There is no listing and no deleting.

Source: Zephyr doc/services/device_mgmt/smp_groups/smp_group_8.rst and
subsys/mgmt/mcumgr/grp/fs_mgmt/src.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smp import codes
from smp.commands.base import Command, Request, number, optional_uint, refusal, uint
from smp.commands.image import UploadAnswer
from smp.packet import Body, Group, Op
from smp.text import Text
from smp.timing import SLOW, Patience


@dataclass(frozen=True, slots=True)
class FileChunk(Request[UploadAnswer]):
    """Bytes of a file; `length` (of the whole file) belongs to the first chunk only.

    A wrong offset is answered with an error and the file's real length: that is an answer too,
    it says where to go on.
    """

    name: str
    offset: int
    data: bytes
    length: int | None = None
    group: ClassVar[int] = Group.FILE_SYSTEM
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("the file")
    names_something: ClassVar[bool] = True
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        body: Body = {"off": self.offset, "name": self.name, "data": self.data}
        if self.length is not None:
            body["len"] = self.length
        return body

    def answer(self, body: Body) -> UploadAnswer:
        error = refusal(body, self.title, names_something=True)
        if error is None:
            return self.read(body)
        length = optional_uint(body, "len") if number(body.get("len")) is not None else None
        if length is not None and error.is_code(codes.FILE_SYSTEM, codes.FileCode.OFFSET_NOT_VALID):
            return UploadAnswer(length, None)
        raise error

    def read(self, body: Body) -> UploadAnswer:
        return UploadAnswer(uint(body, "off"), None)


@dataclass(frozen=True, slots=True)
class CloseFile(Command):
    """Close whatever file is open on the device, so that its length is right and others can be."""

    group: ClassVar[int] = Group.FILE_SYSTEM
    command: ClassVar[int] = 4
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("closing the file")

    def body(self) -> Body:
        return {}


@dataclass(frozen=True, slots=True)
class FileDigest(Request[bytes | int]):
    """Hash of a file on the device; `kind` as the firmware has them: crc32 (a number), sha256."""

    name: str
    kind: str = "sha256"
    group: ClassVar[int] = Group.FILE_SYSTEM
    command: ClassVar[int] = 2
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the file's hash")
    names_something: ClassVar[bool] = True
    patience: ClassVar[Patience] = SLOW
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {"name": self.name, "type": self.kind}

    def read(self, body: Body) -> bytes | int:
        output = body.get("output")
        return output if isinstance(output, bytes) else uint(body, "output")
