"""`flashdesk job lock|unlock|trust`: passwords are asked for, or read from the standard input."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.jobs import refuse_locked
from app.cli.running import print_text
from app.language import say
from app.station import lock_keys, locking
from app.station.firmware_of import opened
from app.station.job_file import job_of, read_job
from app.station.job_writing import write_job_text
from app.station.locking import Lock
from app.station.trusted_locks import TrustedLocks
from smp.errors import JobError
from smp.text import Coded, Text


def lock(path: Path, *, from_stdin: bool, key: Path | None) -> None:
    """A job that a station would take. Raises `SmpError`."""
    file = read_job(path)
    refuse_locked(file)
    opened(file)
    if key is not None:
        locked = _with_key(file.text, key, from_stdin=from_stdin)
    else:
        locked = locking.lock_with_password(file.text, _password(from_stdin, is_new=True))
    made = job_of(locked.encode("utf-8", "surrogatepass"), path)
    assert made.lock is not None
    assert made.job == file.job
    write_job_text(path, locked)
    print_text(Text("{name} is locked, key {key}.", name=path.name, key=made.lock.fingerprint))
    print_text(
        Text(
            "On each station's computer run once: {command}",
            command=f"flashdesk job trust {path.name}",
        )
    )


def _with_key(text: str, key: Path, *, from_stdin: bool) -> str:
    try:
        return locking.lock_with_key(text, key)
    except JobError as error:
        if error.what.code != "job-key-file-password":
            raise
    return locking.lock_with_key(text, key, _password(from_stdin, of=key.name))


def unlock(path: Path) -> None:
    """Raises `JobError`, also for a job whose lock does not hold: who unlocks would take over what
    somebody has changed."""
    file = read_job(path)
    if file.lock is None:
        print_text(Text("{name} is not locked.", name=path.name))
        return
    write_job_text(path, locking.unlocked(file.text))
    print_text(
        Text(
            "{name} is unlocked. Stations that want a lock refuse it until it is locked again.",
            name=path.name,
        )
    )


def trust(path: Path, *, from_stdin: bool, key: Path | None) -> None:
    """Raises `SmpError`."""
    file = read_job(path)
    if file.lock is None:
        raise JobError(
            Coded("job-without-lock", "{name} is not locked", name=path.name),
            why=Text("There is nothing in it that could be trusted"),
            next_step=Text("Lock it first"),
            command=f"flashdesk job lock {path}",
        )
    trusted = TrustedLocks.read()
    if trusted.has(file.lock):
        print_text(Text("This computer trusts that lock already."))
        return
    trusted.trust(file.lock, file.job.product, proof=_Proof(file.lock, from_stdin, key).given)
    print_text(
        Text(
            "This computer's station takes jobs that are locked with {key}, and none without a "
            "lock that it trusts.",
            key=file.lock.fingerprint,
        )
    )


class _Proof:
    """Asks a person for what a lock was made with, for each lock once."""

    def __init__(self, job: Lock, from_stdin: bool, key: Path | None) -> None:
        self._job = job
        self._from_stdin = from_stdin
        self._key = key
        self._other: str | None = None

    def given(self, lock: Lock) -> bool:
        if not lock.is_of_password:
            return self._key is not None and self._has_key(lock, self._key)
        if lock == self._job:
            return lock.opens_with(_password(self._from_stdin, of=say(Text("the job's lock"))))
        if self._other is None:
            of = say(Text("a lock that this computer trusts already"))
            self._other = _password(self._from_stdin, of=of)
        return lock.opens_with(self._other)

    def _has_key(self, lock: Lock, path: Path) -> bool:
        try:
            key = lock_keys.private_key(path)
        except JobError as error:
            public = lock_keys.public_key_in(path)
            if public is not None and lock == self._job:
                return public == lock.public
            if error.what.code != "job-key-file-password":
                raise
            key = lock_keys.private_key(path, _password(self._from_stdin, of=path.name))
        return lock_keys.public_der(key) == lock.public


def _password(from_stdin: bool, *, is_new: bool = False, of: str = "") -> str:
    """`of`: what it is of, in the language of the program."""
    if from_stdin:
        return sys.stdin.readline(locking.LONGEST_PASSWORD + 2).rstrip("\r\n")
    question = say(Text("Password of {lock}", lock=of)) if of else say(Text("A password for it"))
    again = say(Text("The same once more")) if is_new else False
    password: str = click.prompt(question, hide_input=True, confirmation_prompt=again)
    return password
