"""What a job wants to hold of a unit: asked, measured, judged.

What cannot be asked is no pass: a unit that does not tell is not as the job wants it.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Sequence
from typing import assert_never

from app.records.attempt import Measurement, Result
from app.station.job import Ask, Expectation
from app.station.outcomes import UnfitUnit
from app.station.patterns import fits
from smp.client import Client
from smp.commands.os import BootloaderMode, OsInfo, ReadBootloaderMode
from smp.commands.settings import ReadSetting
from smp.commands.shell import RunShell
from smp.commands.statistics import ReadStatistics
from smp.errors import DeviceError
from smp.image.version import Version, VersionError
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import NOTHING, Coded, Text, outside, sentences


async def check_all(
    client: Client,
    expected: Sequence[Expectation],
    note: Callable[[Measurement], None],
    *,
    image: int = 0,
) -> None:
    """Ask for all of them, in order, and note each. Raises `UnfitUnit` with the first that does not
    hold, when all were asked: who mends the unit wants to know of every one. Raises what ends the
    link at once. `image`: whose version is meant."""
    first: UnfitUnit | None = None
    for each in expected:
        try:
            value = await _ask(client, each, image)
        except UnfitUnit as error:
            first = first or error
            note(_measured(each, "", Result.FAIL))
            continue
        except DeviceError as error:
            first = first or _not_told(each, sentences(error.why, outside(error.detail)))
            note(_measured(each, "", Result.FAIL))
            continue
        problem = judge(each, value)
        note(_measured(each, value, Result.FAIL if problem else Result.PASS))
        if problem and first is None:
            first = UnfitUnit(
                Coded(
                    "station-not-as-wanted",
                    "The unit is not as the job wants it: {title} is {value}",
                    title=_title(each),
                    value=_shown(value),
                ),
                why=problem,
            )
    if first is not None:
        raise first


def judge(wanted: Expectation, value: str) -> Text:
    """Why the value is not as wanted, as a whole sentence; nothing where it is."""
    if wanted.equals and value != wanted.equals:
        return Text("It has to be {wanted}", wanted=wanted.equals)
    if wanted.matches and not fits(wanted.matches, value):
        return Text("It has to look like {wanted}", wanted=wanted.matches)
    if not wanted.low and not wanted.high:
        return NOTHING
    order = _by_version if wanted.ask is Ask.VERSION else _as_number
    low, high, is_value = order(wanted.low), order(wanted.high), order(value)
    if is_value is None:
        return Text("It has no order: it is neither a number nor a version")
    if wanted.low and (low is None or is_value < low):
        return Text("It has to be at least {low}", low=wanted.low)
    if wanted.high and (high is None or is_value > high):
        return Text("It may be at most {high}", high=wanted.high)
    return NOTHING


def _measured(wanted: Expectation, value: str, result: Result) -> Measurement:
    name = wanted.ask.value + (f" {plain(wanted.what)}" if wanted.what else "")
    return Measurement(
        name,
        plain(value),
        unit=wanted.unit,
        low=wanted.low,
        high=wanted.high,
        wanted=wanted.equals or wanted.matches,
        result=result,
    )


def _title(wanted: Expectation) -> Text:
    match wanted.ask:
        case Ask.VERSION:
            return Text("the version")
        case Ask.BOARD:
            return Text("the board")
        case Ask.BOOTLOADER_MODE:
            return Text("the bootloader's mode")
        case Ask.STATISTICS:
            return Text("the statistic {name}", name=wanted.what)
        case Ask.SHELL:
            return Text("the answer to {name}", name=wanted.what)
        case Ask.SETTING:
            return Text("the setting {name}", name=wanted.what)
        case _:
            assert_never(wanted.ask)


def _shown(value: str) -> Text:
    return outside(value) if value else Text("empty")


def _not_told(wanted: Expectation, why: Text) -> UnfitUnit:
    what = Coded(
        "station-not-told", "The unit does not tell what is wanted: {title}", title=_title(wanted)
    )
    return UnfitUnit(what, why=why)


async def _ask(client: Client, wanted: Expectation, image: int) -> str:
    match wanted.ask:
        case Ask.VERSION:
            running = (await client.image_state()).active(image)
            if running is None:
                raise _not_told(wanted, Text("It lists no image that runs"))
            return running.version
        case Ask.BOARD:
            return plain(await client.request(OsInfo("i")))
        case Ask.BOOTLOADER_MODE:
            mode = (await client.request(ReadBootloaderMode())).mode
            return mode_name(mode)
        case Ask.STATISTICS:
            return await _statistic(client, wanted)
        case Ask.SHELL:
            return await _shell(client, wanted)
        case Ask.SETTING:
            return as_text((await client.request(ReadSetting(wanted.what))).value)
        case _:
            assert_never(wanted.ask)


async def _statistic(client: Client, wanted: Expectation) -> str:
    group, _, name = wanted.what.rpartition(".")
    figures = (await client.request(ReadStatistics(group))).figures
    if name not in figures:
        told = ", ".join(figures)
        raise _not_told(wanted, Text("Its group has these: {names}", names=told))
    return str(figures[name])


async def _shell(client: Client, wanted: Expectation) -> str:
    answer = await client.request(RunShell(words_of(wanted.what)))
    if answer.status:
        raise UnfitUnit(
            Coded(
                "station-shell-failed",
                "The shell's command {name} failed with status {status}",
                name=wanted.what,
                status=answer.status,
            ),
            why=outside(plain(answer.output)),
        )
    return plain(answer.output, LONGEST_SENTENCE)


def words_of(command: str) -> tuple[str, ...]:
    """Of a shell's command, quoted as shells do; a quote that is not closed is an ordinary sign."""
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return tuple(command.split())


def mode_name(mode: BootloaderMode) -> str:
    """As a job writes it: "swap-move"."""
    return mode.name.lower().replace("_", "-")


def as_text(value: bytes) -> str:
    """A setting's value as it is compared and shown: text where it is one, else hexadecimal. Some
    firmware ends its texts with a zero byte."""
    try:
        text = value.rstrip(b"\0").decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else value.hex()


_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)")


def _as_number(text: str) -> tuple[float, ...] | None:
    """What a text begins with, if that is a number: shells answer "3301 mV"."""
    found = _NUMBER.match(text.strip())
    if found is None:
        return None
    digits = found[0]
    number = float(int(digits, 16)) if "x" in digits.lower() else float(digits)
    return (number,) if math.isfinite(number) else None


def _by_version(text: str) -> tuple[float, ...] | None:
    """With its build number: a line tells builds apart."""
    try:
        version = Version.parse(text)
    except VersionError:
        told = Version.parse_device(text)
        if told is None:
            return None
        version = told
    return version.major, version.minor, version.revision, version.build
