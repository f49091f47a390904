"""Whose locks this computer takes: the keys of those who may set up its station.

The first lock is trusted by who knows its password or has its key; each further one by who also
has one that is trusted already. So an operator who locks a changed job anew, with a password of his
own, gets nowhere. From the first one on a job without a lock is not taken either: else it would be
enough to take the lock off.

The file is this user's (`path`). Whoever may write there can put himself in: where operators have
an account of their own, FLASHDESK_LOCKS names a file that they can only read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.memory.safe_file import alone, replace
from app.paths import state_folder
from app.station.locking import Lock
from smp.errors import JobError
from smp.text import Coded, Text

MOST = 100
_LARGEST = 1 << 20
_FORM = 1


def locks_file() -> Path:
    """Where it is; it may not be there."""
    named = os.environ.get("FLASHDESK_LOCKS")
    return Path(named) if named else state_folder() / "trusted-locks.json"


@dataclass(frozen=True, slots=True)
class TrustedLock:
    """`name`: the product of the job that it came with, for a person who looks through them."""

    lock: Lock
    name: str = ""


Locks = tuple[TrustedLock, ...]


class TrustedLocks:
    """See the module. Reading and writing are blocking."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.locks: Locks = ()

    @classmethod
    def read(cls, path: Path | None = None) -> TrustedLocks:
        """As the file has them; `path` None: this computer's. Raises `JobError` for a file that
        cannot be read or is damaged: to take it for empty would trust anybody."""
        trusted = cls(path or locks_file())
        try:
            with trusted.path.open("rb") as file:
                data = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return trusted
        except OSError as error:
            raise _unusable(trusted.path, str(error)) from error
        try:
            stored = json.loads(data)
            trusted.locks = tuple(_parsed(each) for each in stored["locks"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _unusable(trusted.path, repr(error)) from error
        return trusted

    @property
    def demands_lock(self) -> bool:
        return bool(self.locks)

    def has(self, lock: Lock) -> bool:
        return any(each.lock.public == lock.public for each in self.locks)

    def refuse_others(self, lock: Lock | None) -> None:
        """Raises `JobError` unless a job with this lock may run here; None: it has none."""
        if lock is None:
            if self.demands_lock:
                raise JobError(
                    Coded("job-not-locked", "The job is not locked, and this station wants it so"),
                    why=Text("A job without a lock may have been changed by anybody"),
                    next_step=Text("Let its owner lock it, or take the file from him again"),
                )
            return
        if not self.has(lock):
            raise _of_somebody_else() if self.locks else untrusted()

    def trust(self, lock: Lock, name: str, *, proof: Callable[[Lock], bool]) -> None:
        """From now on jobs with this lock are taken. `proof`: whether a person has shown to own the
        lock that he is asked about; for the first one it is asked of that itself, for each further
        one also of one that is trusted. Blocking. Raises `JobError`."""
        if not proof(lock):
            raise JobError(
                Coded("job-lock-not-proven", "The job was not locked with that"),
                why=Text("The password or the key is another one"),
                next_step=Text("Give the one that the job was locked with"),
            )
        if self.has(lock):
            return
        if self.locks and not any(proof(each.lock) for each in self.locks):
            raise _of_somebody_else()
        self._keep(lambda locks: (*locks, TrustedLock(lock, name))[-MOST:])

    def forget(self, *, proof: Callable[[Lock], bool]) -> int:
        """All of them, for who owns one; how many there were. Blocking. Raises `JobError`."""
        if self.locks and not any(proof(each.lock) for each in self.locks):
            raise _of_somebody_else()
        count = len(self.locks)
        self._keep(lambda locks: ())
        return count

    def _keep(self, changed: Callable[[Locks], Locks]) -> None:
        """What the file has by now, changed. Raises `JobError`."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone(self.path.with_suffix(".lock")):
                locks = changed(TrustedLocks.read(self.path).locks)
                stored = {"form": _FORM, "locks": [_stored(each) for each in locks]}
                replace(self.path, json_text(stored))
        except OSError as error:
            raise JobError(
                Coded("job-trust-not-kept", "{path} cannot be written", path=str(self.path)),
                why=Text("So this computer cannot remember whose jobs it takes"),
                next_step=Text(
                    "See that this user may write there; where operators may not, let the one who "
                    "may do this"
                ),
                detail=str(error),
            ) from error
        self.locks = locks


def json_text(value: object) -> str:
    return json.JSONEncoder(indent=1).encode(value) + "\n"


def untrusted() -> JobError:
    """A lock that this computer has not seen yet, and no other."""
    return JobError(
        Coded("job-lock-unknown", "This computer does not know yet who has locked the job"),
        why=Text("It takes a job only from somebody whom it was told to trust"),
        next_step=Text("Let the engineer who made the job give its password here, once"),
        command="flashdesk job trust FILE",
    )


def _of_somebody_else() -> JobError:
    return JobError(
        Coded("job-locked-by-other", "The job was locked by somebody else"),
        why=Text("This station takes jobs only from those whom it trusts"),
        next_step=Text(
            "Take the file from whoever made the job; to trust another lock, too, the password or "
            "key of one that is trusted already is needed"
        ),
    )


def _unusable(path: Path, detail: str) -> JobError:
    return JobError(
        Coded("job-trust-unreadable", "{path} cannot be read", path=str(path)),
        why=Text("It says whose jobs this computer takes, so that now it takes none"),
        next_step=Text(
            "Put it back from a copy, or remove it and let the engineer trust the job anew"
        ),
        detail=detail,
    )


def _stored(trusted: TrustedLock) -> dict[str, str]:
    lock = trusted.lock
    return {"public": lock.public.hex(), "salt": lock.salt.hex(), "name": trusted.name}


def _parsed(stored: object) -> TrustedLock:
    if not isinstance(stored, dict) or not stored.get("public"):
        raise ValueError(stored)
    public, salt = bytes.fromhex(stored["public"]), bytes.fromhex(stored.get("salt", ""))
    return TrustedLock(Lock(public, salt), str(stored.get("name", "")))
