"""What a manufacturing system is told, kept on disk until it has taken it.

    outbox = await HookOutbox.open(folder / "results.jsonl")
    outbox.start()
    await outbox.put(call)          # returns when it is on the disk
    await outbox.close()

A line for each call and one more when it was taken; the oldest goes first. A program that is killed
between the two sends the call again, with the same key: whoever keeps keys takes it once. What a
service refuses for what it says is set aside in a file of its own, so that the rest goes on.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from app.memory.safe_file import write_whole
from app.station import rest
from smp.errors import RecordError
from smp.file_lock import lock_file
from smp.signal import Signal
from smp.text import Coded, Text, outside

_PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
"""Seconds between tries; the last one from then on."""
_REFUSES = frozenset({400, 410, 413, 415, 422})
"""Statuses that are about what was sent: sent again it would be refused again."""
_HAS_IT = 409
"""It was told with this key before."""

log = logging.getLogger(__name__)


class HookOutbox:
    """See the module. `problem`: why the last try failed; None if it did not."""

    def __init__(self, path: Path, call: rest.Caller, lock: IO[bytes]) -> None:
        self.changed: Signal[()] = Signal("what waits for the manufacturing system")
        self.problem: rest.RestError | None = None
        self.refused = 0
        """Calls that were set aside since the start."""
        self._path = path
        self._call = call
        self._lock = lock
        self._waiting: dict[str, rest.Call] = {}
        self._writing = asyncio.Lock()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path, *, call: rest.Caller = rest.post) -> HookOutbox:
        """With what an earlier run has left. Raises `RecordError` where the file cannot be used, or
        another station has it."""
        lock, kept = await asyncio.to_thread(_take, path)
        outbox = cls(path, call, lock)
        outbox._waiting = kept
        return outbox

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def start(self) -> None:
        """Deliver from now on."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._deliver())

    async def put(self, call: rest.Call) -> None:
        """Keep it until it is taken. Raises `RecordError` where the disk does not take it."""
        async with self._writing:
            if call.key in self._waiting:
                return
            await asyncio.to_thread(_append, self._path, {"call": asdict(call)})
            self._waiting[call.key] = call
        self._news.set()
        self.changed.tell()

    async def close(self, parting: float = 5.0) -> None:
        """What waits stays on the disk; as long as the service takes what it is told, it is told
        the rest, for so many seconds at most."""
        if self._task is not None:
            await self._empty(parting)
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._lock.close()

    async def _empty(self, seconds: float) -> None:
        news = asyncio.Event()
        stop = self.changed.listen(news.set)
        try:
            async with asyncio.timeout(seconds):
                while self._waiting and self.problem is None:
                    news.clear()
                    await news.wait()
        except TimeoutError:
            log.info("%d calls wait for the next start", self.waiting)
        finally:
            stop()

    async def _deliver(self) -> None:
        failed = 0
        while True:
            if not self._waiting:
                self._news.clear()
                await self._news.wait()
            call = next(iter(self._waiting.values()))
            try:
                answer = await self._call(call)
                self._refuse_unfit(call, answer)
            except rest.RestError as error:
                log.info("%s: not told: %s", call.key, error)
                self.problem = error
                self.changed.tell()
                await asyncio.sleep(_PAUSES[min(failed, len(_PAUSES) - 1)])
                failed += 1
            except Exception:
                log.exception("%s: not told", call.key)
                await asyncio.sleep(_PAUSES[-1])
            else:
                failed, self.problem = 0, None
                await self._settle(call, answer)

    def _refuse_unfit(self, call: rest.Call, answer: rest.Answer) -> None:
        """Raises `RestError` for a status that may be another one later: who asks for another
        password or does not know the address yet is told again."""
        is_taken = answer.status < 300 or answer.status == _HAS_IT
        if not is_taken and answer.status not in _REFUSES:
            raise rest.refused(call.url, answer)

    async def _settle(self, call: rest.Call, answer: rest.Answer) -> None:
        """It needs not be sent any more."""
        try:
            async with self._writing:
                if answer.status in _REFUSES:
                    self.refused += 1
                    self.problem = rest.refused(call.url, answer)
                    aside = self._path.with_suffix(".refused.jsonl")
                    told = {"call": asdict(call), "status": answer.status, "answer": answer.body}
                    await asyncio.to_thread(_append, aside, told)
                del self._waiting[call.key]
                if self._waiting:
                    await asyncio.to_thread(_append, self._path, {"done": call.key})
                else:
                    await asyncio.to_thread(_write, self._path, b"")
        except RecordError as error:
            log.info("%s: what is told stays noted as waiting: %s", call.key, error)
        self.changed.tell()


def _take(path: Path) -> tuple[IO[bytes], dict[str, rest.Call]]:
    """The lock, and what waits; the file is written anew with that alone. Blocking."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_file(path.with_suffix(".lock"))
    except BlockingIOError as error:
        raise RecordError(
            Coded(
                "station-outbox-in-use",
                "Another station of this computer uses {name}",
                name=path.name,
            ),
            next_step=Text("Close the other station, or start this one with another name"),
        ) from error
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        kept = _read(path)
        lines = [_line({"call": asdict(call)}) for call in kept.values()]
        _write(path, b"".join(lines))
    except BaseException:
        lock.close()
        raise
    return lock, kept


def _read(path: Path) -> dict[str, rest.Call]:
    """Blocking. Lines that cannot be read are left out: the last one may be torn by a power cut."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unusable(path, error) from error
    kept: dict[str, rest.Call] = {}
    for line in data.split(b"\n"):
        try:
            told = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            log.info("%s: a line that cannot be read is left out", path.name)
            continue
        if not isinstance(told, dict):
            continue
        if isinstance(done := told.get("done"), str):
            kept.pop(done, None)
        elif (call := _call_of(told.get("call"))) is not None:
            kept[call.key] = call
    return kept


def _call_of(told: object) -> rest.Call | None:
    if not isinstance(told, dict):
        return None
    url, key, body = told.get("url"), told.get("key"), told.get("body")
    seconds, headers = told.get("seconds"), told.get("headers")
    if not (isinstance(url, str) and isinstance(key, str) and isinstance(body, dict)):
        return None
    pairs = headers if isinstance(headers, list) else []
    return rest.Call(
        url,
        body,
        float(seconds) if isinstance(seconds, int | float) and 0 < seconds < 3600 else 10.0,
        tuple((str(it[0]), str(it[1])) for it in pairs if isinstance(it, list) and len(it) == 2),
        key,
    )


def _line(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, default=str).encode("ascii") + b"\n"


def _append(path: Path, told: Mapping[str, object]) -> None:
    """All of the line is on the disk, or nothing of it. Blocking. Raises `RecordError`."""
    try:
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                line = _line(told)
                if file.write(line) != len(line):
                    raise OSError("the disk is full")
                os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    file.truncate(size)
                raise
    except OSError as error:
        raise _unusable(path, error) from error


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> RecordError:
    return RecordError(
        Coded("station-outbox-unusable", "{name} cannot be written", name=path.name),
        why=outside(error.strerror or str(error)),
        next_step=Text(
            "See that its folder can be written to and has room: what the manufacturing system is "
            "to be told waits there"
        ),
    )
