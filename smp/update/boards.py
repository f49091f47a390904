"""Names of boards as Zephyr spells them, before 3.7 and since, compared with care.

    nrf52840dk_nrf52840            nrf52840dk/nrf52840
    nrf5340dk_nrf5340_cpuapp_ns    nrf5340dk/nrf5340/cpuapp/ns
    nrf9160dk_nrf9160@1.0.0        nrf9160dk@1.0.0/nrf9160         nrf9160dk@1.0.0

A name that says less than another one is no other one: packages of the nRF Connect SDK tell the
bare name, and so does the firmware of some years, with the revision behind it. Source: Zephyr
doc/hardware/porting/board_porting.rst; os_mgmt.c, OS_MGMT_INFO_FORMAT_HARDWARE_PLATFORM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

_CORE = re.compile(r"cpu[a-z0-9]+|cm?[0-9]{1,2}|m[0-9]{1,2}|(pro|app|hp|lp)(cpu|core)")
_VARIANTS = frozenset({"ns", "xip"})
"""How something is built, not what for."""
_LETTERS = re.compile(r"[a-z]+(?=[0-9])")


@dataclass(frozen=True, slots=True)
class Board:
    """`name`: its words; in the old spelling the chip is one of them. `chip`: what stands behind
    the name in the new one, without cores and variants. `cores`: those that are named."""

    name: tuple[str, ...]
    chip: tuple[str, ...] = ()
    cores: frozenset[str] = frozenset()
    revision: str = ""

    @classmethod
    def read(cls, text: str) -> Board | None:
        """None where nothing is said."""
        plain = text.strip().casefold().replace("-", "_")
        revision = re.search(r"@([^/]*)", plain)
        if revision is not None:
            plain = plain.replace(revision[0], "", 1)
        first, *behind = (_words(part) for part in plain.split("/"))
        if not first:
            return None
        chip = tuple(word for part in behind for word in part)
        cores = frozenset(word for word in (*first[1:], *chip) if _CORE.fullmatch(word))
        number = revision[1].replace("_", ".") if revision is not None else ""
        return cls((first[0], *_told(first[1:])), _told(chip), cores, number)

    def may_be(self, other: Board) -> bool:
        """Nothing that both say of the board and its chip differs."""
        if self.chip and other.chip:
            return self.name == other.name and _agree(self.chip, other.chip)
        bare, full = sorted((self, other), key=lambda board: len(board.chip))
        if full.chip:
            rest = bare.name[len(full.name) :]
            return bare.name[: len(full.name)] == full.name and _agree(rest, full.chip)
        short, long = sorted((self.name, other.name), key=len)
        rest = long[len(short) :]
        return long[: len(short)] == short and (not rest or _is_part_number(rest[0]))

    def is_other_revision(self, other: Board) -> bool:
        """Both say one; 1.0 and 1.0.0 are the same."""
        mine, theirs = _revision(self.revision), _revision(other.revision)
        return bool(mine and theirs) and mine != theirs

    def is_other_core(self, other: Board) -> bool:
        """Both say one."""
        return bool(self.cores and other.cores) and not self.cores & other.cores

    def has_chip(self, chip: str) -> bool | None:
        """Whether it is built around this one; None: its name does not tell."""
        wanted = _chips(_words(chip.strip().casefold().replace("-", "_")))
        if not wanted:
            return None
        there = self.chip or self.name[1:]
        if wanted & _chips(there):
            return True
        if self.chip:
            return False
        families = {found[0] for it in wanted if (found := _LETTERS.match(it)) is not None}
        same = [it for it in there if (found := _LETTERS.match(it)) and found[0] in families]
        return False if same else None


def is_named(pattern: str, board: str | None, *names: str) -> bool:
    """Whether a pattern is meant for this device: a board in any spelling, or a name; with * and ?
    for what may be anything."""
    wanted = pattern.strip().casefold()
    called = [name.casefold() for name in (board or "", *names) if name]
    if any(fnmatchcase(name, wanted) for name in called):
        return True
    there = Board.read(board or "")
    if there is None or not wanted:
        return False
    if any(sign in wanted for sign in "*?["):
        return fnmatchcase("_".join((*there.name, *there.chip)), wanted.replace("/", "_"))
    meant = Board.read(wanted)
    return (
        meant is not None
        and meant.may_be(there)
        and not meant.is_other_core(there)
        and not meant.is_other_revision(there)
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("_")))


def _told(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(it for it in words if not _CORE.fullmatch(it) and it not in _VARIANTS)


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """As far as both go."""
    return all(mine == theirs for mine, theirs in zip(one, other, strict=False))


def _is_part_number(word: str) -> bool:
    return any(it.isdigit() for it in word) and any(it.isalpha() for it in word)


def _revision(text: str) -> tuple[str, ...]:
    """Without zeros at its end, but for the first number."""
    numbers = text.split(".") if text else []
    while len(numbers) > 1 and numbers[-1] == "0":
        numbers.pop()
    return tuple(numbers)


def _chips(words: tuple[str, ...]) -> frozenset[str]:
    """What a chip may be called: nRF52840_QIAA is an nrf52840, STM32F746XX an stm32f746."""
    names = {"".join(words), *(it for it in words if _is_part_number(it)), *words[:1]}
    return frozenset(name.rstrip("x") for name in names if name)
