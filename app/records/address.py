"""The address of a PostgreSQL server, "postgresql://USER:PASSWORD@HOST/DATABASE?sslmode=require":
read, and told without what nobody else may see.

All before the last `@` is user and password, which may have anything in it as it is. Where the
rest is no address nothing of it is told, since any of it may be the password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from app.records.faults import DatabaseWrong
from smp.text import NOTHING, Coded, Text

USUAL_PORT = 5432
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
"""Of `sslmode`, as PostgreSQL's own programs have them."""
_OPTIONS = ("sslmode", "sslrootcert")
_SERVERS = ("postgresql", "postgres")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_REST = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^][/?:,\s]+)(?::(?P<port>[0-9]{1,5}))?"
    r"/(?P<database>[^/?]+)(?:\?(?P<options>.*))?",
    re.DOTALL,
)
_NAME = re.compile(r"[a-z_]{1,40}(?:=[a-z-]{0,20})?")
_KEYWORDS = re.compile(r"(?:^|\s)(?:host|dbname|user|password)\s*=")
"""Of PostgreSQL's other form of an address, "host=... password=...", which is none here."""


@dataclass(frozen=True, slots=True)
class Address:
    """`user` and `password` empty: not told. `options`: those of `_OPTIONS` that are given."""

    host: str
    database: str
    port: int = USUAL_PORT
    user: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """For people, and one for each database: without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host.lower()
        port = "" if self.port == USUAL_PORT else f":{self.port}"
        return f"postgresql://{host}{port}/{self.database}"


def read_address(where: str | Path) -> Address | None:
    """None: it is a file. Raises DatabaseWrong for what looks like an address and is none that can
    be used."""
    text = str(where).strip() if isinstance(where, str) else ""
    scheme = _SCHEME.match(text)
    if scheme is None:
        if _KEYWORDS.search(text) and "=" in text.partition("/")[0]:
            raise not_understood("…")
        return None
    who, _, rest = text[scheme.end() :].rpartition("@")
    user, _, password = who.partition(":")
    found = _REST.fullmatch(rest)
    is_ours = scheme[1].lower().partition("+")[0] in _SERVERS
    port = int(found["port"] or USUAL_PORT) if found is not None else 0
    if not is_ours or found is None or not 0 < port < 65_536:
        raise not_understood(f"{scheme[1].lower()}://…")
    plain = Address(found["host"].strip("[]"), unquote(found["database"]), port)
    options = _options(found["options"] or "", plain.label)
    return replace(plain, user=unquote(user), password=unquote(password), options=options)


def _options(text: str, label: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in filter(None, text.split("&")):
        name, _, value = part.partition("=")
        is_known = name in _OPTIONS and name not in options and value
        if not is_known or (name == "sslmode" and value not in MODES):
            told = part if name == "sslmode" else name
            why = Text("{part} is not known there", part=told) if _NAME.fullmatch(told) else NOTHING
            raise not_understood(label, why)
        options[name] = unquote(value)
    return options


def not_understood(where: str, why: Text = NOTHING) -> DatabaseWrong:
    """`where`: what may be told of it."""
    return DatabaseWrong(
        Coded("record-database-address", "This is no address of a database: {where}", where=where),
        why=why,
        next_step=Text(
            "Write it as postgresql://USER:PASSWORD@HOST/DATABASE, with ?sslmode=require or "
            "?sslmode=verify-full behind it where the server wants that"
        ),
    )
