"""A real PostgreSQL server for tests: on loopback, in a folder of its own, under a user without
rights, as Debian installs it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

_HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_USER = "postgres"
WHY_NOT = (
    ""
    if _HOMES and (os.getuid() != 0 or shutil.which("setpriv"))
    else "PostgreSQL is not installed here (apt install postgresql)"
)


class Postgres:
    """`url` leads to a database of its own. Nothing is written to the disk before it has to be."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="flashdesk-postgres-"))
        self._folder.chmod(0o777)
        self._data = self._folder / "data"
        self.port = _free_port()
        self._run("initdb", "-D", str(self._data), "-U", "line", "-A", "trust", "-N", "-E", "UTF8")
        config = self._data / "postgresql.conf"
        with config.open("a", encoding="utf-8") as file:
            file.write(
                f"listen_addresses='127.0.0.1'\nport={self.port}\nfsync=off\n"
                f"unix_socket_directories='{self._folder}'\nmax_connections=60\n"
            )
        self.start()

    @property
    def url(self) -> str:
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        return f"postgresql://line:secret@127.0.0.1:{port}/postgres"

    def offer_tls(self, certificate: Path, key: Path) -> None:
        """To whoever asks for it."""
        for name, source in (("server.crt", certificate), ("server.key", key)):
            target = self._data / name
            shutil.copyfile(source, target)
            target.chmod(0o600)
            if os.getuid() == 0:
                shutil.chown(target, _USER)
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("ssl=on\n")
        self._reload()

    def let_in(self, how: str) -> None:
        """Over the network: "host all all all trust", as in pg_hba.conf."""
        (self._data / "pg_hba.conf").write_text(f"local all all trust\n{how}\n", "utf-8")
        self._reload()

    def _reload(self) -> None:
        """In the next session everything is as it was written."""
        self.stop()
        self.start()

    def start(self) -> None:
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def sql(self, statement: str) -> list[str]:
        """Lines of the answer; columns with | between."""
        command = ["psql", "-h", str(self._folder), "-p", str(self.port), "-U", "line", "-At", "-q"]
        told = self._run(*command, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", statement)
        return told.splitlines()

    def empty(self) -> None:
        """As if nobody had been here."""
        self.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def remove(self) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> str:
        command = [str(_HOMES[-1] / program), *arguments]
        if os.getuid() == 0:
            user = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--"]
            command = [*user, *command]
        with (self._folder / "told").open("w+b") as told:  # pg_ctl leaves the server with a pipe
            done = subprocess.run(
                command,
                stdout=told,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self._folder,
                env={**os.environ, "LC_ALL": "C"},
            )
            told.seek(0)
            words = told.read().decode()
        assert done.returncode == 0, f"{command}: {words}"
        return words


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
