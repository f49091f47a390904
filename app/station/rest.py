"""One call to a service over HTTP: JSON there, JSON back, and an end in any case.

The standard library's client in a thread of its own, because a name that is looked up cannot be
interrupted. Time-outs of a socket begin anew with every byte: the deadline is kept from outside,
by closing the socket under whoever waits for a service that drips.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from app import VERSION
from app.lib.aside import aside
from app.station.outcomes import StationError
from smp.plain import plain
from smp.text import NOTHING, Coded, Text, outside

LARGEST_ANSWER = 256 * 1024
"""Bytes. An answer says yes or no, or a serial number."""


class RestError(StationError):
    """A service that did not answer as it should. `is_passing`: it may later."""

    usual_step = Text("See that the service runs and its address in the job is right")

    def __init__(
        self,
        what: Coded,
        *,
        why: Text = NOTHING,
        next_step: Text = NOTHING,
        detail: str = "",
        is_passing: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(what, why=why, next_step=next_step, detail=detail)
        self.is_passing = is_passing
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """`headers`: a value that begins with $ is that variable of the environment. `seconds`: for all
    of it, from the look for the name to the last byte."""

    url: str
    body: Mapping[str, object]
    seconds: float = 10.0
    headers: tuple[tuple[str, str], ...] = ()
    key: str = ""
    """What is sent twice with the same one is meant once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: of JSON, whatever it is; None for an empty one."""

    status: int
    body: object = None


Caller = Callable[[Call], Awaitable[Answer]]
"""As `post`."""


async def post(call: Call) -> Answer:
    """Any status but those of servers that are not well. Raises `RestError`."""
    headers = _headers(call)
    line = _Line(call, headers)
    try:
        async with asyncio.timeout(call.seconds):
            return await aside(line.talk)
    except TimeoutError:
        raise RestError(
            Coded("station-rest-late", "{host} did not answer in time", host=line.host),
            why=Text("It had {seconds:g} s", seconds=call.seconds),
            is_passing=True,
        ) from None
    finally:
        line.hang_up()


def _headers(call: Call) -> dict[str, str]:
    found = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": f"flashdesk/{VERSION}",
        "Connection": "close",
    }
    if call.key:
        found["Idempotency-Key"] = call.key
    for name, value in call.headers:
        found[name] = _from_environment(name, value)
    return found


def _from_environment(name: str, value: str) -> str:
    if value.startswith("$"):
        told = os.environ.get(value[1:])
        if told is None:
            raise RestError(
                Coded(
                    "station-rest-header",
                    "The variable {name} for the header {header} is not set",
                    name=value[1:],
                    header=name,
                ),
                next_step=Text("Set it in the environment of the station, then start it again"),
            )
        value = told.strip()
    if not value.isprintable() or not value.isascii():
        raise RestError(
            Coded("station-rest-header-bad", "The header {header} cannot be sent", header=name),
            why=Text("It has characters that no header may have"),
            next_step=Text("Correct it in the job, or in the environment of the station"),
        )
    return value


@dataclass(slots=True)
class _Line:
    """One connection; `talk` runs in a thread, `hang_up` ends it from another."""

    call: Call
    headers: Mapping[str, str]
    _connection: HTTPConnection | None = field(default=None, repr=False)
    _socket: socket.socket | None = field(default=None, repr=False)
    """The connection forgets it where the answer is the last one."""
    _is_over: bool = False

    @property
    def host(self) -> str:
        """For sentences, without a password."""
        try:
            return plain(urlsplit(self.call.url).hostname or "")
        except ValueError:
            return plain(self.call.url)

    def talk(self) -> Answer:
        """Blocking. Raises `RestError`."""
        try:
            return self._talk()
        except OSError as error:
            raise _unreachable(self.host, error) from error
        except (HTTPException, ValueError, AttributeError) as error:
            what = Coded(
                "station-rest-odd", "{host} does not speak HTTP as it should", host=self.host
            )
            raise RestError(what, detail=f"{type(error).__name__}: {error}") from error
        finally:
            if self._connection is not None:
                self._connection.close()

    def _talk(self) -> Answer:
        connection, path = self._prepared()
        self._connection = connection
        connection.connect()
        self._socket = connection.sock
        if self._is_over:
            raise OSError("too late")
        data = json.dumps(self.call.body, default=str).encode("ascii")
        connection.request("POST", path, body=data, headers=dict(self.headers))
        with connection.getresponse() as answer:
            return self._read(answer)

    def _prepared(self) -> tuple[HTTPConnection, str]:
        try:
            parts = urlsplit(self.call.url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _bad_url(self.call.url) from error
        if not host or parts.scheme not in ("http", "https"):
            raise _bad_url(self.call.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not path.isascii() or not path.isprintable() or " " in path:
            raise _bad_url(self.call.url)
        if parts.scheme == "http":
            return HTTPConnection(host, port, timeout=self.call.seconds), path
        import ssl

        context = ssl.create_default_context()
        return HTTPSConnection(host, port, timeout=self.call.seconds, context=context), path

    def _read(self, answer: HTTPResponse) -> Answer:
        status = answer.status
        if 300 <= status < 400:
            raise RestError(
                Coded("station-rest-elsewhere", "{host} sends the call elsewhere", host=self.host),
                why=Text("What is meant for one service is not told to another one"),
                next_step=Text("Write the address that it names into the job, if it is right"),
                detail=f"{status} {answer.getheader('Location', '')}",
                status=status,
            )
        data = answer.read(LARGEST_ANSWER + 1)
        if answer.length and len(data) <= LARGEST_ANSWER:
            raise HTTPException("it ends too early")
        if len(data) > LARGEST_ANSWER:
            raise RestError(
                Coded("station-rest-large", "The answer of {host} is too large", host=self.host),
                why=Text("It has more than {size:,} bytes", size=LARGEST_ANSWER),
                status=status,
            )
        if status >= 500 or status in (408, 425, 429):
            raise _status(self.host, answer, is_passing=True)
        if status in (401, 407):
            raise _status(self.host, answer, is_passing=False)
        return Answer(status, self._json(data, answer))

    def _json(self, data: bytes, answer: HTTPResponse) -> object:
        if not data.strip():
            return None
        try:
            return json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            if answer.status >= 400:
                return None  # an error page: the status says it
            raise RestError(
                Coded("station-rest-no-json", "The answer of {host} is no JSON", host=self.host),
                why=Text("Another service may answer there, or one that asks to log in"),
                detail=plain(data[:200].decode("utf-8", "replace")),
                status=answer.status,
            ) from error

    def hang_up(self) -> None:
        """Whoever waits for the service waits no more."""
        self._is_over = True
        line = self._socket
        if line is not None:
            with contextlib.suppress(OSError):
                # Of the socket itself: TLS would lose its state under the thread that reads.
                socket.socket.shutdown(line, socket.SHUT_RDWR)


def _bad_url(url: str) -> RestError:
    return RestError(
        Coded("station-rest-address", "{url!r} is no address of a service", url=plain(url)),
        next_step=Text("Write one into the job that begins with https:// or http://"),
    )


def _unreachable(host: str, error: OSError) -> RestError:
    import ssl

    if isinstance(error, ssl.SSLError):
        words = error.reason or ""
        if isinstance(error, ssl.SSLCertVerificationError):
            words = error.verify_message
        return RestError(
            Coded("station-rest-tls", "{host} does not prove who it is", host=host),
            why=outside(words),
            next_step=Text(
                "See that its certificate is valid, is for this name, and comes from somebody "
                "whom this computer trusts"
            ),
            detail=str(error),
        )
    return RestError(
        Coded("station-rest-unreachable", "{host} cannot be reached", host=host),
        why=outside(error.strerror or str(error)),
        is_passing=True,
    )


def _status(host: str, answer: HTTPResponse, *, is_passing: bool) -> RestError:
    what = Coded(
        "station-rest-status",
        "{host} answers with status {status}",
        host=host,
        status=answer.status,
    )
    step = NOTHING
    if not is_passing:
        step = Text("See that the header with the password or token in the job is right")
    return RestError(
        what,
        why=outside(plain(answer.reason or "")),
        next_step=step,
        is_passing=is_passing,
        status=answer.status,
    )


def refused(host_of: str, answer: Answer) -> RestError:
    """Of a status that says no to the call itself."""
    return RestError(
        Coded(
            "station-rest-refused",
            "{host} refuses the call with status {status}",
            host=plain(urlsplit(host_of).hostname or ""),
            status=answer.status,
        ),
        why=outside(reason_in(answer.body)),
        status=answer.status,
    )


def reason_in(body: object, names: Iterable[str] = ("reason", "message", "error", "detail")) -> str:
    """What a service says of a refusal, harmless; empty where it says nothing."""
    if not isinstance(body, dict):
        return ""
    told = (body.get(name) for name in names)
    words = (plain(text).strip() for text in told if isinstance(text, str))
    return next((text for text in words if text), "")
