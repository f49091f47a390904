"""Group 1: image state, upload, erase, slots.

Source: Zephyr doc/services/device_mgmt/smp_groups/smp_group_1.rst and
subsys/mgmt/mcumgr/grp/img_mgmt/src.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar

from smp.commands.base import (
    Command,
    Request,
    flag,
    maps,
    number,
    optional_bytes,
    optional_uint,
    shown,
    text,
    uint,
)
from smp.errors import OddAnswer
from smp.packet import Body, Group, Op, encode_body
from smp.plain import ELLIPSIS
from smp.text import Text, sentences
from smp.timing import ERASE, SLOW, Patience


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One image in one slot. `slot` counts within the image: 0 primary, 1 secondary.

    `hash` is the image's TLV hash (32, 48 or 64 bytes), None where the server omits it.
    """

    image: int
    slot: int
    version: str
    hash: bytes | None
    bootable: bool = False
    pending: bool = False
    confirmed: bool = False
    active: bool = False
    permanent: bool = False

    @property
    def absolute_slot(self) -> int:
        """The slot's number over all images, as `Erase` names it."""
        return 2 * self.image + self.slot


@dataclass(frozen=True, slots=True)
class ImageState:
    """All images a server lists; empty and invalid slots are not listed.

    `has_flags` is false where no entry carries any flag, as in MCUboot serial recovery.
    `odd`: what could not be read of the list, one sentence each; the rest of it holds.
    """

    entries: tuple[ImageEntry, ...]
    has_flags: bool = True
    odd: tuple[Text, ...] = field(default=(), compare=False)
    is_numbered: bool = field(default=False, compare=False)
    """Entries say which image they are of, as devices with several of them do."""
    answer_size: int = field(default=0, compare=False)
    """Bytes of the answer, as servers encode it (maps and lists of indefinite length)."""

    def active(self, image: int = 0) -> ImageEntry | None:
        """The running image."""
        return next((e for e in self.entries if e.image == image and e.active), None)

    def by_hash(self, digest: bytes, image: int = 0) -> ImageEntry | None:
        """The entry with this TLV hash; the active one if two slots hold it."""
        found = [e for e in self.entries if e.image == image and e.hash == digest]
        return max(found, key=lambda e: e.active, default=None)

    def of(self, image: int = 0) -> tuple[ImageEntry, ...]:
        return tuple(e for e in self.entries if e.image == image)


_WITH_BUILD = re.compile(r"([0-9]+\.[0-9]+\.[0-9]+)[.+]([0-9]{1,10})")
_LONGEST_VERSION = 32
"""Characters. The longest of MCUboot has 25: "255.255.65535.4294967295"."""
_HEX_LENGTHS = (64, 96, 128)
_FLAGS = ("bootable", "pending", "confirmed", "active", "permanent")


def _read_state(body: Body) -> ImageState:
    """One odd entry does not hide the others, unless it is the running one: without that, the
    list says nothing."""
    told = body.get("images")
    listed = maps(body, "images")
    entries: list[ImageEntry] = []
    odd: list[Text] = []
    if isinstance(told, list):
        strangers = [entry for entry in told if not isinstance(entry, dict)]
        odd += [Text("An entry is {shown}, left out", shown=shown(it)) for it in strangers]
    unread: OddAnswer | None = None
    for entry in listed:
        try:
            read, strange = _read_entry(entry)
        except OddAnswer as error:
            if flag(entry, "active"):
                raise
            unread = unread or error
            odd.append(sentences(Text("An entry is left out"), error.what))
        else:
            entries.append(read)
            odd += strange
    if unread is not None and not entries:
        raise unread
    has_flags = any(name in entry for entry in listed for name in _FLAGS)
    size = len(encode_body(body)) + len(entries) + 2
    is_numbered = any(entry.get("image") is not None for entry in listed)
    return ImageState(tuple(entries), has_flags or not entries, tuple(odd), is_numbered, size)


def _read_entry(entry: Body) -> tuple[ImageEntry, list[Text]]:
    """The entry, and what of it could not be read. Raises `OddAnswer` if it stands nowhere."""
    image, slot = optional_uint(entry, "image") or 0, uint(entry, "slot")
    odd: list[Text] = []
    version, digest = "", None
    try:
        version = _version(text(entry, "version")) if entry.get("version") is not None else ""
    except OddAnswer:
        strange = shown(entry["version"])
        odd.append(Text("Slot {slot}: `version` is {shown}", slot=slot, shown=strange))
    try:
        digest = optional_bytes(entry, "hash") or None
    except OddAnswer:
        digest = _hex(entry["hash"])
        strange = shown(entry["hash"])
        odd.append(
            Text("Slot {slot}: `hash` is {shown}, read as hexadecimal", slot=slot, shown=strange)
            if digest
            else Text("Slot {slot}: `hash` is {shown}", slot=slot, shown=strange)
        )
    for name in _FLAGS:
        if not isinstance(entry.get(name), bool | None):
            strange = shown(entry[name])
            odd.append(
                Text(
                    "Slot {slot}: `{name}` is {shown}, taken as no",
                    slot=slot,
                    name=name,
                    shown=strange,
                )
            )
    read = ImageEntry(image, slot, version, digest, *(flag(entry, name) for name in _FLAGS))
    return read, odd


def _hex(value: object) -> bytes | None:
    """A hash that was sent as text."""
    if not isinstance(value, str) or len(value) not in _HEX_LENGTHS:
        return None
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None


def _version(said: str) -> str:
    """One word: more would read as a part of the sentence that a version stands in. A build
    number stands behind a plus, as in files, although most devices put a dot there."""
    word = said.strip().partition(" ")[0]
    if match := _WITH_BUILD.fullmatch(word):
        word = match[1] + f"+{match[2]}" * (int(match[2]) != 0)
    return word if len(word) <= _LONGEST_VERSION else word[: _LONGEST_VERSION - 1] + ELLIPSIS


@dataclass(frozen=True, slots=True)
class ReadState(Request[ImageState]):
    """MCUboot recovery validates every image before it answers: seconds."""

    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the list of its images")
    repeatable: ClassVar[bool] = True
    patience: ClassVar[Patience] = Patience((3.0, 10.0, 10.0), adaptive=False)
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> ImageState:
        return _read_state(body)


@dataclass(frozen=True, slots=True)
class WriteState(Request[ImageState]):
    """Mark an image. `confirm` false: run it once as a test; true: for good.

    `digest` None confirms the running image. Trust the answer's state, not the request: servers
    differ in what they swallow.
    """

    digest: bytes | None
    confirm: bool
    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("marking the image")
    repeatable: ClassVar[bool] = True
    names_something: ClassVar[bool] = True
    patience: ClassVar[Patience] = SLOW
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        body: Body = {"confirm": self.confirm}
        if self.digest is not None:
            body["hash"] = self.digest
        return body

    def read(self, body: Body) -> ImageState:
        return _read_state(body)


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """`offset` is where the server wants to go on; `match` its own hash check, if it made one."""

    offset: int
    match: bool | None


@dataclass(frozen=True, slots=True)
class UploadChunk(Request[UploadAnswer]):
    """Bytes of an image. Everything but `offset` and `data` belongs to the first chunk only.

    length: bytes of the whole file; sha: SHA-256 of the whole file, or its first bytes, the key
    under which an upload is resumed; image: image number, omitted when 0; upgrade: refuse
    versions that are not higher than the running one.
    """

    offset: int
    data: bytes
    length: int | None = None
    sha: bytes | None = None
    image: int = 0
    upgrade: bool = False
    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 1
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("the upload")
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        body: Body = {"off": self.offset}
        if self.length is not None:
            body["len"] = self.length
        if self.sha:
            body["sha"] = self.sha
        if self.image and self.length is not None:
            body["image"] = self.image
        if self.upgrade and self.length is not None:
            body["upgrade"] = True
        body["data"] = self.data
        return body

    def read(self, body: Body) -> UploadAnswer:
        match = body.get("match")
        return UploadAnswer(uint(body, "off"), match if isinstance(match, bool) else None)


@dataclass(frozen=True, slots=True)
class Erase(Command):
    """Erase a slot. `slot` is absolute (image * 2 + slot); None is the one of image 0 that does not
    run, whatever was meant."""

    slot: int | None = None
    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 5
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("erasing the slot")
    repeatable: ClassVar[bool] = True
    names_something: ClassVar[bool] = True
    patience: ClassVar[Patience] = ERASE
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {} if self.slot is None else {"slot": self.slot}


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot as it lies in flash. `upload_image` is what an upload names to reach it."""

    image: int
    slot: int
    size: int | None
    upload_image: int | None
    largest_image: int | None


@dataclass(frozen=True, slots=True)
class SlotInfo(Request[tuple[SlotFacts, ...]]):
    """Slot sizes in bytes. Off by default in builds with one image: rc 8."""

    group: ClassVar[int] = Group.IMAGE
    command: ClassVar[int] = 6
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the sizes of its slots")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> tuple[SlotFacts, ...]:
        """A slot that cannot be read is left out: the sizes of the others stay known."""
        found: list[SlotFacts] = []
        odd: OddAnswer | None = None
        for image in maps(body, "images"):
            try:
                found += _read_slots(image)
            except OddAnswer as error:
                odd = odd or error
        if odd is not None and not found:
            raise odd
        return tuple(found)


def _read_slots(image: Body) -> list[SlotFacts]:
    which = optional_uint(image, "image") or 0
    listed = maps(image, "slots")
    found = [
        SlotFacts(
            which,
            slot,
            number(entry.get("size")),
            number(entry.get("upload_image_id")),
            number(image.get("max_image_size")),
        )
        for entry in listed
        if (slot := number(entry.get("slot"))) is not None and slot >= 0
    ]
    if listed and not found:
        uint(listed[0], "slot")
    return found
