"""How a connection to a server is made safe: `sslmode` and `sslrootcert` of its address, as
PostgreSQL's own programs mean them.

Only `verify-full` proves that the server is the one that is meant; a file of certificates alone
asks for that, too. Source: https://www.postgresql.org/docs/current/libpq-ssl.html
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from app.records.faults import DatabaseWrong
from smp.text import Coded, Text

_SYSTEM = "system"
"""In place of a file: the authorities that this computer trusts."""


def securing(options: Mapping[str, str]) -> ssl.SSLContext | bool | None:
    """As pg8000 takes it. None: encrypted where the server can. Blocking. Raises DatabaseWrong for
    certificates that cannot be read."""
    root = options.get("sslrootcert", "")
    mode = options.get("sslmode", "verify-full" if root else "prefer")
    if mode == "disable":
        return False
    if mode in ("allow", "prefer"):
        return None
    context = _trusting(root)
    if mode == "require" and not root:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif mode != "verify-full":
        context.check_hostname = False
    return context


def _trusting(root: str) -> ssl.SSLContext:
    if not root or root == _SYSTEM:
        return ssl.create_default_context()
    path = str(Path(root).expanduser())
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise DatabaseWrong(
            Coded(
                "record-database-certificate", "The certificate {path} cannot be read", path=path
            ),
            why=Text("The system says: {reason}", reason=error.strerror or str(error)),
            next_step=Text("Correct sslrootcert in the address of the database"),
        ) from error
