"""A simulated unit that is as a job wants it: what it runs before, how large its slots are, and
what it answers to what the job asks. What a real unit answers, only that one knows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from app.station.expectations import judge, words_of
from app.station.firmware_of import OpenedJob
from app.station.job import Ask, Expectation, Recognition
from app.station.wanted_contradictions import MODES
from smp import codes
from smp.packet import Group
from smp.simulator.cbor import Kind
from smp.simulator.cbor import Text as CborText
from smp.simulator.device import SimulatedDevice
from smp.simulator.profiles import profile
from smp.simulator.server import Answer, CoreError, Request, Server
from smp.simulator.store import HASHES, Mode
from smp.simulator.traits import KB, Framing, Profile

OLD = "0.0.1"
"""What it runs before, where the job says nothing of that."""
_ROOM = 64 * KB
"""In a slot, beside the image."""
_BOOTING = 1500.0
"""Seconds on its clock, which is 1000 times as fast: a restart has to be noticed."""


def unit_for(opened: OpenedJob) -> SimulatedDevice:
    """A unit that has never been updated."""
    unit = _Unit(opened)
    return SimulatedDevice(profile_for(opened), more_groups=unit.register)


def profile_for(opened: OpenedJob) -> Profile:
    job, parts = opened.job, opened.engine.parts
    images = [part.file_image for part in parts]
    largest = max(image.size for image in images)
    block = 4 * KB
    made = profile("fast")
    changes: dict[str, Any] = {
        "version": _version_before(job.before),
        "slot_size": max(made.slot_size, (largest + _ROOM) // block * block + block),
        "images": max(part.number for part in parts) + 1,
        "framing": _framing(job.recognise),
        "facts": dataclasses.replace(made.facts, board=_board(opened) or made.facts.board),
        "mode": _mode(job.before),
        "validates": not any(image.is_encrypted or image.is_compressed for image in images),
        "boot_log": True,
        "boot_time": _BOOTING,
        "recovery": job.recovery,
        "has_boot_mode": job.recovery,
    }
    if images[0].hash_algorithm in HASHES:
        changes["hash_name"] = images[0].hash_algorithm
    in_ram = next((image.ram_address for image in images if image.ram_address is not None), None)
    if in_ram is not None:
        changes |= {"mode": Mode.RAM_LOAD, "ram_address": in_ram}
    elif any(part.slot is not None for part in parts):
        changes |= {"mode": Mode.DIRECT_XIP_REVERT}
    return dataclasses.replace(made, **changes)


def wanted_answer(each: Expectation) -> str:
    """One with which what the job wants holds."""
    return each.equals or each.low or each.high or sample(each.matches)


def sample(pattern: str, *, digits: bool = False) -> str:
    """A text that fits the pattern."""
    letters = {"*": "", "?": "x"} | ({"#": "0"} if digits else {})
    return "".join(letters.get(letter, letter) for letter in pattern)


def _version_before(before: Iterable[Expectation]) -> str:
    wanted = [each for each in before if each.ask is Ask.VERSION]
    tried = [text for each in wanted for text in (each.low, each.equals, each.high) if text]
    return next(
        (text for text in [*tried, OLD] if not any(judge(each, text) for each in wanted)), OLD
    )


def _framing(units: Recognition) -> Framing:
    if units.framing == "raw":
        return Framing.RAW
    return {"udp": Framing.UDP, "ble": Framing.BLE}.get(units.transport, Framing.CONSOLE)


def _board(opened: OpenedJob) -> str:
    asked = [each for each in opened.job.before if each.ask is Ask.BOARD]
    return opened.job.recognise.board or next(map(wanted_answer, asked), "")


def _mode(before: Iterable[Expectation]) -> Mode:
    wanted = [each for each in before if each.ask is Ask.BOOTLOADER_MODE]
    names = [each for each in MODES if not any(judge(it, each) for it in wanted)]
    return Mode[names[0].upper().replace("-", "_")] if wanted and names else Mode.SWAP_MOVE


class _Unit:
    """What its firmware answers, from one start to the next."""

    def __init__(self, opened: OpenedJob) -> None:
        self._job = opened.job
        self._starts = 0
        self._settings: dict[str, bytes] = {}

    def register(self, server: Server) -> None:
        """At each start: the first is of what it runs before."""
        self._starts += 1
        server.register(Group.STATISTICS, 0, read=self._statistics)
        server.register(Group.SETTINGS, 0, read=self._read, write=self._write)
        server.register(Group.SETTINGS, 2, write=lambda request: {})
        server.register(Group.SETTINGS, 3, read=lambda request: {}, write=lambda request: {})
        server.register(Group.SHELL, 0, write=self._shell)

    def _asked(self, ask: Ask) -> list[Expectation]:
        before, after = self._job.before, self._job.after
        every = (*before, *after) if self._starts == 1 else (*after, *before)
        return [each for each in every if each.ask is ask]

    def _statistics(self, request: Request) -> Answer:
        group = _text(request.fields(name=Kind.TEXT).get("name"))
        figures: dict[str, object] = {}
        for each in self._asked(Ask.STATISTICS):
            of, _, name = each.what.rpartition(".")
            if of == group:
                figures.setdefault(name, _whole(wanted_answer(each)))
        if not figures:
            raise CoreError(codes.ENOENT)
        return {"name": group, "fields": figures}

    def _read(self, request: Request) -> Answer:
        name = _text(request.fields(name=Kind.TEXT, max_size=Kind.UINT32).get("name"))
        wanted = (wanted_answer(it) for it in self._asked(Ask.SETTING) if it.what == name)
        value = self._settings.get(name)
        if value is None:
            told = next(wanted, None)
            if told is None:
                raise CoreError(codes.ENOENT)
            value = told.encode()
        return {"val": value}

    def _write(self, request: Request) -> Answer:
        fields = request.fields(name=Kind.TEXT, val=Kind.BYTES)
        self._settings[_text(fields.get("name"))] = bytes(fields.get("val", b""))
        return {}

    def _shell(self, request: Request) -> Answer:
        import cbor2

        try:
            told = cbor2.loads(request.payload)
        except (cbor2.CBORDecodeError, ValueError) as error:
            raise CoreError(codes.EINVAL) from error
        words = told.get("argv") if isinstance(told, Mapping) else None
        wanted = (
            wanted_answer(each)
            for each in self._asked(Ask.SHELL)
            if list(words_of(each.what)) == words
        )
        answer = next(wanted, None)
        if answer is None:
            return {"o": CborText(b"command not found"), "ret": 1}
        return {"o": CborText(answer.encode()), "ret": 0}


def _text(told: object) -> str:
    return bytes(told).decode("utf-8", "replace") if isinstance(told, bytes) else ""


def _whole(text: str) -> int:
    """A statistic is a whole number that is not below 0."""
    try:
        return max(0, int(float(text)))
    except (ValueError, OverflowError):
        return 0
