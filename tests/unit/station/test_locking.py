"""Locked jobs: changed, locked anew by somebody else, without their lock, and moved about."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.station import lock_keys
from app.station.job_file import job_of
from app.station.locking import Lock, lock_with_key, lock_with_password, split, unlocked
from app.station.trusted_locks import TrustedLocks
from smp.errors import FileError, JobError

JOB = '# The line\nproduct = "Sensor 2"\nfirmware = "sensor.bin"\nlimit = 400\n'
HERE = Path("job.toml")
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def locked() -> str:
    return lock_with_password(JOB, PASSWORD)


def lock_of(text: str) -> Lock:
    lock = job_of(text.encode(), HERE).lock
    assert lock is not None
    return lock


def code(text: str | bytes) -> str:
    """Of what is said to that job."""
    with pytest.raises(JobError) as caught:
        job_of(text if isinstance(text, bytes) else text.encode(), HERE)
    return str(caught.value.what.code)


def test_a_locked_job_says_the_same(locked: str) -> None:
    file = job_of(locked.encode(), HERE)
    assert file.job == job_of(JOB.encode(), HERE).job
    assert locked.startswith(JOB)
    assert unlocked(locked) == JOB


def test_a_password_opens_its_own_lock_alone(locked: str) -> None:
    lock = lock_of(locked)
    assert lock.is_of_password
    assert lock.opens_with(PASSWORD)
    assert not lock.opens_with(PASSWORD + "s")
    assert not lock.opens_with("")
    assert len(lock.fingerprint) == 19


def test_letters_are_one_however_they_are_typed() -> None:
    lock = lock_of(lock_with_password(JOB, "schlu\u0308ssel"))
    assert lock.opens_with("schlüssel")


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1001])
def test_a_password_that_is_none_is_refused(password: str) -> None:
    with pytest.raises(JobError) as caught:
        lock_with_password(JOB, password)
    assert caught.value.what.code == "job-password-short"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("limit = 400", "limit = 401"),
        lambda text: text.replace("# The line", "# The lime"),
        lambda text: text.replace("limit", "\nlimit"),
        lambda text: "sound = false\n" + text,
        lambda text: text.replace("[lock]", "sound = false\n[lock]"),
        lambda text: text.replace("[lock]", "[serial]\nsource = 'scan'\n[lock]"),
    ],
)
def test_a_changed_job_is_refused(locked: str, change: Callable[[str], str]) -> None:
    assert code(change(locked)) == "job-changed"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "[serial]\nsource = 'scan'\n",
        lambda text: text + "sound = false\n",
        lambda text: text + "[lock.more]\nx = 1\n",
        lambda text: text.replace('kind = "password"', 'kind = "none"'),
        lambda text: text.replace('kind = "password"', 'kind = "key"'),
        lambda text: text.replace("salt = ", "salz = "),
        lambda text: text.partition("public")[0],
        lambda text: text.partition("signature")[0] + 'signature = "??"\n',
        lambda text: text.partition("kind")[0] + "kind = 3\npublic = 4\nsignature = []\n",
    ],
)
def test_what_is_added_to_a_lock_is_refused(locked: str, change: Callable[[str], str]) -> None:
    assert code(change(locked)) == "job-lock-damaged"


def test_a_second_lock_does_not_hide_the_first(locked: str) -> None:
    twice = locked + "\n" + locked.partition(JOB)[2].lstrip()
    assert code(twice) == "job-changed"
    mallory = lock_with_password(JOB.replace("400", "500"), "somebody else's")
    assert split(mallory)[1] not in locked
    assert code(mallory.replace("500", "501")) == "job-changed"


def test_public_keys_of_nonsense_sign_nothing(locked: str) -> None:
    public = locked.partition('public = "')[2].partition('"')[0]
    assert code(locked.replace(public, "AAAA" + public[4:])) == "job-changed"


@pytest.mark.parametrize(
    "travel",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: ("\ufeff" + text).encode("utf-16-le"),
        lambda text: text.encode().rstrip(),
    ],
    ids=["windows", "mark", "utf-16", "no-last-break"],
)
def test_a_lock_survives_mail_and_version_control(
    locked: str, travel: Callable[[str], bytes]
) -> None:
    assert job_of(travel(locked), HERE).lock == lock_of(locked)


def _written(key: object, path: Path, password: bytes | None = None, *, der: bool = False) -> Path:
    encryption = serialization.BestAvailableEncryption(password) if password else None
    path.write_bytes(
        key.private_bytes(  # type: ignore[attr-defined]
            serialization.Encoding.DER if der else serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            encryption or serialization.NoEncryption(),
        )
    )
    return path


@pytest.mark.parametrize(
    "make",
    [
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["ed25519", "p256", "p384", "rsa"],
)
def test_a_key_file_locks(make: Callable[[], object], tmp_path: Path) -> None:
    file = _written(make(), tmp_path / "line.pem", der=isinstance(make, type))
    locked = lock_with_key(JOB, file)
    lock = lock_of(locked)
    assert not lock.is_of_password
    assert not lock.opens_with(PASSWORD)
    assert lock.public == lock_keys.public_der(lock_keys.private_key(file))
    assert code(locked.replace("400", "401")) == "job-changed"


def test_a_key_file_may_have_a_password(tmp_path: Path) -> None:
    file = _written(ed25519.Ed25519PrivateKey.generate(), tmp_path / "a.pem", b"open me")
    assert lock_of(lock_with_key(JOB, file, "open me")).public
    for password, expected in (("", "job-key-file-password"), ("no", "job-key-file-unusable")):
        with pytest.raises(JobError) as caught:
            lock_with_key(JOB, file, password)
        assert caught.value.what.code == expected
    plain = _written(ed25519.Ed25519PrivateKey.generate(), tmp_path / "b.pem")
    with pytest.raises(JobError) as caught:
        lock_with_key(JOB, plain, "open me")
    assert caught.value.what.code == "job-key-file-open"


def test_what_is_no_key_does_not_lock(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    small = _written(ec.generate_private_key(ec.SECP192R1()), tmp_path / "small.pem")
    for path in (nonsense, small):
        with pytest.raises(JobError) as caught:
            lock_with_key(JOB, path)
        assert caught.value.what.code == "job-key-file-unusable"
    with pytest.raises(FileError):
        lock_with_key(JOB, tmp_path)


# -- whose locks a computer takes ------------------------------------------------------------------

OURS, OTHERS, THIRD = Lock(b"ours"), Lock(b"others"), Lock(b"third")


def owning(*locks: Lock) -> Callable[[Lock], bool]:
    return lambda lock: lock in locks


def refused(trusted: TrustedLocks, lock: Lock | None) -> str:
    try:
        trusted.refuse_others(lock)
    except JobError as error:
        return str(error.what.code)
    return ""


def test_a_computer_takes_the_locks_it_was_told_to(tmp_path: Path) -> None:
    path = tmp_path / "state" / "locks.json"
    trusted = TrustedLocks.read(path)
    assert (refused(trusted, None), refused(trusted, OURS)) == ("", "job-lock-unknown")
    trusted.trust(OURS, "Sensor 2", proof=owning(OURS))
    again = TrustedLocks.read(path)
    assert [(it.lock, it.name) for it in again.locks] == [(OURS, "Sensor 2")]
    told = [refused(again, lock) for lock in (OURS, OTHERS, None)]
    assert told == ["", "job-locked-by-other", "job-not-locked"]


def test_who_does_not_own_the_lock_is_not_trusted(tmp_path: Path) -> None:
    trusted = TrustedLocks.read(tmp_path / "locks.json")
    with pytest.raises(JobError) as caught:
        trusted.trust(OURS, "Sensor 2", proof=owning())
    assert caught.value.what.code == "job-lock-not-proven"
    assert not TrustedLocks.read(tmp_path / "locks.json").demands_lock


def test_an_operator_does_not_become_trusted_by_locking_anew(tmp_path: Path) -> None:
    trusted = TrustedLocks.read(tmp_path / "locks.json")
    trusted.trust(OURS, "Sensor 2", proof=owning(OURS))
    with pytest.raises(JobError) as caught:
        trusted.trust(OTHERS, "Sensor 2", proof=owning(OTHERS))
    assert caught.value.what.code == "job-locked-by-other"
    with pytest.raises(JobError):
        trusted.forget(proof=owning(OTHERS))
    trusted.trust(THIRD, "Sensor 3", proof=owning(THIRD, OURS))
    trusted.trust(THIRD, "Sensor 3", proof=owning(THIRD))
    locks = [it.lock for it in TrustedLocks.read(tmp_path / "locks.json").locks]
    assert locks == [OURS, THIRD]
    assert trusted.forget(proof=owning(THIRD)) == 2
    assert not TrustedLocks.read(tmp_path / "locks.json").demands_lock


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"locks": [1]}', b'{"locks": [{"public": "xy"}]}', b"\xff\xfe"]
)
def test_a_damaged_list_trusts_nobody(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "locks.json"
    path.write_bytes(data)
    with pytest.raises(JobError) as caught:
        TrustedLocks.read(path)
    assert caught.value.what.code == "job-trust-unreadable"


def test_a_list_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way", "utf-8")
    trusted = TrustedLocks(tmp_path / "state" / "locks.json")
    with pytest.raises(JobError) as caught:
        trusted.trust(OURS, "Sensor 2", proof=owning(OURS))
    assert caught.value.what.code == "job-trust-not-kept"
    assert not trusted.demands_lock


def test_the_list_may_be_one_that_operators_can_only_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHDESK_LOCKS", str(tmp_path / "hall.json"))
    assert TrustedLocks.read().path == tmp_path / "hall.json"
    monkeypatch.delenv("FLASHDESK_LOCKS")
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path))
    assert TrustedLocks.read().path.parent == tmp_path
    assert os.environ["FLASHDESK_STATE"]


def test_a_clock_that_was_set_back_changes_nothing(
    locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in a lock is a time: the first of January 1970 is as good a day as any."""
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert job_of(locked.encode(), HERE).lock == lock_of(locked)
