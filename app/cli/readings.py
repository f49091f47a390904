"""`flashdesk logs`, `statistics`, `config` and `coredump`: what a device keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.running import print_json, print_rows, print_text
from app.cli.waiting import reached
from app.lib.wording import size
from app.log.entry_words import entry_words, not_sent
from app.memory.safe_file import write_whole
from smp.address import Address
from smp.commands.logs import ClearLogs, ListLogs, LogEntry, ReadLogLevels, ReadLogModules
from smp.commands.mynewt import EraseCore, FindCore, ReadConfig, WriteConfig
from smp.commands.statistics import ListStatistics, ReadStatistics
from smp.errors import DeviceError, FileError, TransferError
from smp.gathering import is_core, log_entries, read_core
from smp.plain import plain
from smp.text import Coded, Text, outside
from smp.update.verdict import ExitStatus

if TYPE_CHECKING:
    from smp.client import Client
    from smp.commands.base import Request


@asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[Client]:
    async with reached(address) as device:
        await device.recognise()
        yield device


# -- logs -------------------------------------------------------------------------------


async def list_logs(address: Address, as_json: bool) -> int:
    async with _connected(address) as device:
        names = await device.request(ListLogs())
    if as_json:
        print_json({"event": "logs", "names": names})
    for name in () if as_json else names:
        print_text(outside(name))
    return ExitStatus.OK


async def show_log(address: Address, name: str, as_json: bool) -> int:
    async with _connected(address) as device:
        levels = await _names(device, ReadLogLevels())
        modules = await _names(device, ReadLogModules())
        async for entry in log_entries(device, name):
            if as_json:
                print_json({"event": "log-entry", "log": name, **_entry_json(entry)})
            elif isinstance(entry, int):
                print_text(not_sent(entry))
            else:
                print_text(entry_words(entry, levels, modules))
    return ExitStatus.OK


async def clear_log(address: Address, name: str, as_json: bool) -> int:
    """A device takes any name: one that it does not have is told."""
    async with _connected(address) as device:
        if name not in await device.request(ListLogs()):
            raise TransferError(
                Coded("no-such-log", "The device has no log {name}", name=name),
                next_step=Text("Choose one of those that it lists"),
            )
        await device.request(ClearLogs(name))
    if as_json:
        print_json({"event": "log-cleared", "log": name})
    else:
        print_text(Text("{name} was cleared.", name=name))
    return ExitStatus.OK


async def _names(device: Client, request: Request[dict[str, int]]) -> Mapping[int, str]:
    try:
        return {number: name for name, number in (await device.request(request)).items()}
    except DeviceError:
        return {}


def _entry_json(entry: LogEntry | int) -> dict[str, object]:
    """`hex` in the place of a message that is no text; an entry that was not sent has neither."""
    if isinstance(entry, int):
        return {"index": entry}
    is_text = isinstance(entry.message, str)
    message = entry.message if isinstance(entry.message, str) else entry.message.hex()
    return {
        "index": entry.index,
        "stamp": entry.stamp,
        "level": entry.level,
        "module": entry.module,
        "kind": entry.kind,
        "message" if is_text else "hex": message,
    }


# -- statistics, configuration -------------------------------------------------------------


async def show_statistics(address: Address, name: str, as_json: bool) -> int:
    async with _connected(address) as device:
        names = (name,) if name else await device.request(ListStatistics())
        for each in names:
            try:
                told = await device.request(ReadStatistics(each))
            except DeviceError as error:
                # One that does not fit into an answer does not hide the others.
                if name or error.is_unsupported:
                    raise
                _say_refused(each, error, as_json)
                if error.is_congestion:
                    break  # its buffers may be lost: more questions would take the rest
                continue
            if as_json:
                print_json({"event": "statistics", "name": each, "figures": told.figures})
            else:
                print_text(Text("{name}:", name=each))
                print_rows(
                    [
                        (outside(f"  {key}"), outside(str(value)))
                        for key, value in told.figures.items()
                    ]
                )
    return ExitStatus.OK


def _say_refused(name: str, error: DeviceError, as_json: bool) -> None:
    if as_json:
        print_json({"event": "statistics", "name": name, "error": error.to_json()})
    else:
        print_text(Text("{name}: not told ({reason})", name=name, reason=outside(error.detail)))


async def show_config(address: Address, name: str, as_json: bool) -> int:
    async with _connected(address) as device:
        await _check_is_mynewt(device)
        value = await device.request(ReadConfig(name))
    return _tell_value(name, value, as_json)


async def change_config(address: Address, name: str, value: str, save: bool, as_json: bool) -> int:
    """And read it again: what the firmware makes of it counts."""
    async with _connected(address) as device:
        await _check_is_mynewt(device)
        await device.request(WriteConfig(name, value, save))
        now = await device.request(ReadConfig(name))
    return _tell_value(name, now, as_json, saved=save)


async def _check_is_mynewt(device: Client) -> None:
    """Others understand a text as something else."""
    if not (await device.recognise()).is_mynewt:
        raise TransferError(
            Coded("config-not-text", "This device does not keep its configuration as text"),
            why=Text("Only Apache Mynewt does; other firmware has settings of bytes"),
            next_step=Text("Use a tool that knows this firmware's settings"),
        )


def _tell_value(name: str, value: str, as_json: bool, **more: Any) -> int:
    if as_json:
        print_json({"event": "config", "name": name, "value": value, **more})
    else:
        print_text(outside(plain(value)))
    return ExitStatus.OK


# -- the core dump -------------------------------------------------------------------------


async def core_dump(address: Address, file: Path | None, erase: bool, as_json: bool) -> int:
    async with _connected(address) as device:
        stored = await device.request(FindCore())
        told: dict[str, object] = {"event": "coredump", "stored": stored}
        says = Text("A core dump is stored.") if stored else Text("No core dump is stored.")
        if file is not None and stored:
            core = await read_core(device, lambda done, of: None)
            await asyncio.to_thread(_write, file, core)
            told |= {"file": str(file), "bytes": len(core), "is_core": is_core(core)}
            says = Text("{file}: {size}.", file=str(file), size=size(len(core)))
            if not is_core(core):
                says = Text(
                    "{file}: {size}, which does not begin as a core dump does.",
                    file=str(file),
                    size=size(len(core)),
                )
        if erase:
            await device.request(EraseCore())
            told["erased"] = True
    if as_json:
        print_json(told)
    else:
        print_text(says)
        if erase and stored:
            print_text(Text("No core dump is stored any more."))
    return ExitStatus.OK if stored or file is None else ExitStatus.NOT_UPDATED


def _write(file: Path, core: bytes) -> None:
    try:
        write_whole(file, core)
    except OSError as error:
        raise FileError(
            Coded(
                "core-dump-not-written", "The core dump cannot be written to {file}", file=str(file)
            ),
            why=outside(error.strerror or ""),
            next_step=Text("Choose a place where you may write"),
            detail=str(error),
        ) from error
