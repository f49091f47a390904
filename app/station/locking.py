"""The lock of a job: nobody but its owner can change it, and nobody needs a secret to see that.

The last table of the file, `[lock]`, has a public key and a signature over everything before it.
With a password, the key is made from that and a salt that stands beside (scrypt); with a key file
it is that one (Ed25519, ECDSA, RSA). What is signed is the text with plain line breaks, without a
mark at its beginning: mail and version control that change those change nothing of the job.

A signature that is right says that the job is as it was when it was locked, not by whom: whoever
may lock for this computer stands in `trusted_locks`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from app.station import lock_keys
from app.station.job_faults import JobFault
from app.station.job_section import Reading, Section
from app.station.job_toml import Lines, read_toml
from smp.errors import JobError
from smp.text import Coded, Text

SHORTEST_PASSWORD = 8
"""Who has the file can try passwords as fast as his computer makes keys: a few each second."""
LONGEST_PASSWORD = 1_000
HEADER = "[lock]"
_ABOUT = b"flashdesk job 1\n"
"""What is signed begins so, so that no signature of something else fits a job."""
_SALT = 16
_KIND_PASSWORD, _KIND_KEY = "password", "key"
_COST, _MOST_MEMORY, _SEED = 1 << 16, 160 << 20, 32
"""64 MiB and a fifth of a second for each password that is tried. A file cannot choose others."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that holds. `public`: the key's DER (SubjectPublicKeyInfo); `salt`: of its password,
    empty where it is no password's."""

    public: bytes
    salt: bytes = b""

    @property
    def is_of_password(self) -> bool:
        return bool(self.salt)

    @property
    def fingerprint(self) -> str:
        """The first 16 digits of the key's SHA-256, in groups of four."""
        digest = hashlib.sha256(self.public).hexdigest()
        return " ".join(digest[at : at + 4] for at in range(0, 16, 4))

    def opens_with(self, password: str) -> bool:
        """Whether it was made with this password. Blocking, for a moment."""
        if not self.salt or not _is_possible(password):
            return False
        return secrets.compare_digest(
            lock_keys.public_der(_from_password(password, self.salt)), self.public
        )


def split(text: str) -> tuple[str, str]:
    """What is locked, and the table of the lock; that is empty where there is none."""
    lines = text.split("\n")
    at = next(
        (number for number in range(len(lines) - 1, -1, -1) if lines[number].strip() == HEADER),
        None,
    )
    if at is None:
        return text, ""
    return "".join(f"{line}\n" for line in lines[:at]), "\n".join(lines[at:])


def read_lock(text: str) -> tuple[str, Lock | None]:
    """What is locked, and by what. Raises `JobError` for a lock that does not hold."""
    content, table = split(text)
    if not table:
        return text, None
    first = content.count("\n") + 1
    tables = read_toml(table, first)
    reading = Reading(Lines(table))
    section = Section(reading, tables).table("lock")
    if section is None or len(tables) > 1:
        raise _no_lock(first)
    kind = section.word("kind", (_KIND_PASSWORD, _KIND_KEY), _KIND_KEY)
    salt, public, signature = (_bytes(section, key) for key in ("salt", "public", "signature"))
    section.finish()
    if reading.faults or not public or not signature or (kind == _KIND_PASSWORD) != bool(salt):
        raise _no_lock(first)
    if not lock_keys.is_signed(public, signature, signed(content)):
        raise JobError(
            Coded("job-changed", "The job was changed after it was locked"),
            why=Text("What it says now is not what its owner has signed"),
            next_step=Text(
                "Take the file from whoever made the job; its owner can unlock it, change it and "
                "lock it again"
            ),
        )
    return content, Lock(public, salt)


def signed(content: str) -> bytes:
    """The bytes that the signature is over."""
    return _ABOUT + content.encode("utf-8", "surrogatepass")


def lock_with_password(text: str, password: str) -> str:
    """The same job, locked; a lock that it had goes. Blocking, for a moment. Raises `JobError` for
    a password that is none."""
    if not _is_possible(password):
        raise JobError(
            Coded(
                "job-password-short",
                "A password for a job has at least {least} letters",
                least=SHORTEST_PASSWORD,
            ),
            why=Text("A shorter one is found by trying, by whoever has the file"),
            next_step=Text("Choose a longer one: four words are good"),
        )
    salt = secrets.token_bytes(_SALT)
    return _locked(text, _from_password(password, salt), salt)


def lock_with_key(text: str, key_file: Path, password: str = "") -> str:
    """The same with the private key in a file: PEM or DER. Blocking. Raises `JobError`,
    `FileError`. `password`: of the key file, if it has one."""
    return _locked(text, lock_keys.private_key(key_file, password), b"")


def unlocked(text: str) -> str:
    """The same job without its lock."""
    content, table = split(text)
    return content.rstrip("\n") + "\n" if table else text


def _locked(text: str, key: object, salt: bytes) -> str:
    content = unlocked(text).rstrip("\n") + "\n\n"
    lines = [
        HEADER,
        "# Whatever is changed above makes this void. To change the job: flashdesk job unlock FILE",
        f'kind = "{_KIND_PASSWORD if salt else _KIND_KEY}"',
        *([f'salt = "{_written(salt)}"'] if salt else ()),
        f'public = "{_written(lock_keys.public_der(key))}"',
        f'signature = "{_written(lock_keys.sign(key, signed(content)))}"',
    ]
    return content + "\n".join(lines) + "\n"


def _written(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(section: Section, key: str) -> bytes:
    try:
        return base64.b64decode(section.text(key, most=2_000), validate=True)
    except ValueError:
        return b""


def _no_lock(line: int) -> JobFault:
    return JobFault(
        Coded("job-lock-damaged", "The job's lock is damaged"),
        line,
        why=Text("It is the last table of the file, and is written by this program alone"),
        next_step=Text("Take the file from whoever made the job, or lock it again"),
    )


def _is_possible(password: str) -> bool:
    return SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD


def _from_password(password: str, salt: bytes) -> object:
    written = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
    seed = hashlib.scrypt(written, salt=salt, n=_COST, r=8, p=1, maxmem=_MOST_MEMORY, dklen=_SEED)
    return lock_keys.from_seed(seed)
