"""A call to a service ends in any case, with an answer or with a sentence."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
from pathlib import Path

import pytest

from app.station.rest import LARGEST_ANSWER, Answer, Call, RestError, post, reason_in
from tests.helpers.rest_services import Talk, answer, certificate, drip, flood, hang, service
from tests.helpers.sink import LONGEST

SOON = 0.3
"""Seconds: nobody who is waited for here ever answers."""


def call(url: str, seconds: float = LONGEST, **more: object) -> Call:
    return dataclasses.replace(Call(url, {"serial": "S2-0042", "name": "Grün"}, seconds), **more)


async def failing(talk: Talk | bytes, seconds: float = LONGEST, *, tls: object = None) -> RestError:
    async with service(talk) as there:
        with pytest.raises(RestError) as caught:
            await post(call(there.url, seconds))
    error = caught.value
    assert error.next_step
    assert "127.0.0.1" in error.what
    return error


async def test_json_goes_there_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MES_TOKEN", "Bearer s3cret")
    headers = (("Authorization", "$MES_TOKEN"), ("X-Line", "7"))
    async with service(answer("200 OK", b'{"allowed": true}')) as there:
        got = await post(call(there.url, headers=headers, key="k1"))
    assert got == Answer(200, {"allowed": True})
    ((head, body),) = there.asked
    assert head.startswith("POST /mes?line=1 HTTP/1.1\r\n")
    for line in ("Authorization: Bearer s3cret", "X-Line: 7", "Idempotency-Key: k1"):
        assert f"\r\n{line}\r\n" in head
    assert "Content-Type: application/json" in head
    assert json.loads(body) == {"serial": "S2-0042", "name": "Grün"}


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "403 Forbidden", "404 Not Found"])
async def test_an_answer_without_a_body_is_its_status(status: str) -> None:
    async with service(answer(status)) as there:
        assert await post(call(there.url)) == Answer(int(status[:3]))


async def test_an_error_page_is_its_status() -> None:
    async with service(answer("403 Forbidden", b"<html>no</html>")) as there:
        assert await post(call(there.url)) == Answer(403)


async def test_a_service_that_says_nothing_is_left_in_time() -> None:
    async with service(hang) as there:
        with pytest.raises(RestError) as caught:
            await post(call(there.url, SOON))
        async with asyncio.timeout(LONGEST):
            await there.ended.acquire()  # it was hung up on
    assert caught.value.what.code == "station-rest-late"
    assert caught.value.is_passing


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["head", "body"])
async def test_a_service_that_drips_is_left_in_time(begins: bytes) -> None:
    async with service(drip(begins)) as there:
        with pytest.raises(RestError) as caught:
            await post(call(there.url, SOON))
        async with asyncio.timeout(LONGEST):
            await there.ended.acquire()
    assert caught.value.what.code == "station-rest-late"


async def test_who_does_not_wait_any_more_hangs_up() -> None:
    async with service(hang) as there:
        asking = asyncio.ensure_future(post(call(there.url)))
        async with asyncio.timeout(LONGEST):
            await there.came.wait()
            asking.cancel()
            await there.ended.acquire()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_what_is_sent_elsewhere_is_not_followed() -> None:
    async with service(answer("200 OK")) as other:
        talk = answer("307 Temporary Redirect", b"", f"Location: {other.url}")
        error = await failing(talk)
        assert not other.asked
    assert (error.what.code, error.is_passing) == ("station-rest-elsewhere", False)
    assert other.url in error.detail


@pytest.mark.parametrize(
    "talk", [answer("200 OK", b" " * (LARGEST_ANSWER + 1)), flood], ids=["large", "endless"]
)
async def test_an_answer_that_is_too_large_is_not_read(talk: Talk | bytes) -> None:
    assert (await failing(talk)).what.code == "station-rest-large"


@pytest.mark.parametrize(
    "body",
    [b"<html>Log in</html>", b"{", b"\xff\xfe", b"[" * 200_000, b"OK"],
    ids=["page", "cut", "binary", "deep", "word"],
)
async def test_a_success_that_is_no_json_is_none(body: bytes) -> None:
    error = await failing(answer("200 OK", body))
    assert (error.what.code, error.is_passing) == ("station-rest-no-json", False)


@pytest.mark.parametrize(
    ("status", "is_passing"),
    [
        ("500 Oops", True),
        ("503 Busy", True),
        ("429 Slow down", True),
        ("401 Who", False),
        ("407 Proxy", False),
    ],
)
async def test_a_status_of_trouble_is_told(status: str, is_passing: bool) -> None:
    error = await failing(answer(status, b"{}"))
    assert (error.what.code, error.is_passing) == ("station-rest-status", is_passing)
    assert status[:3] in error.what
    assert error.status == int(status[:3])


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (b"220 mail.example ESMTP\r\n", "station-rest-odd"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", "station-rest-odd"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", "station-rest-odd"),
        (b"", "station-rest-unreachable"),
    ],
    ids=["mail", "headers", "cut", "nothing"],
)
async def test_what_does_not_speak_http_is_told(talk: bytes, code: str) -> None:
    assert (await failing(talk)).what.code == code


async def test_a_service_that_is_not_there_may_come_back() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: refused
        with pytest.raises(RestError) as caught:
            await post(call(f"http://127.0.0.1:{held.getsockname()[1]}/"))
    assert (caught.value.what.code, caught.value.is_passing) == ("station-rest-unreachable", True)


async def test_a_certificate_that_nobody_vouches_for_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate(tmp_path)
    async with service(answer("200 OK", b"{}"), tls=context) as there:
        with pytest.raises(RestError) as caught:
            await post(call(there.url))
        assert not there.asked
        assert caught.value.what.code == "station-rest-tls"
        assert "self" in caught.value.why
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert await post(call(there.url)) == Answer(200, {})


async def test_a_service_without_tls_is_not_taken_for_one_with_it() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer("400 Bad Request"))
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        with pytest.raises(RestError) as caught:
            await post(call(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
    assert caught.value.what.code == "station-rest-tls"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mes.example/start",
        "ftp://mes.example/",
        "file:///etc/passwd",
        "https://",
        "http://mes.example:99999/",
        "http://[::1/",
        "http://mes.example/a b",
        "http://mes.example/\x1b[2J",
    ],
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RestError) as caught:
        await post(call(url))
    assert caught.value.what.code == "station-rest-address"
    assert caught.value.what.isprintable()
    assert not caught.value.is_passing


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("$FLASHDESK_NO_SUCH", "station-rest-header"),
        ("a\r\nX-Evil: 1", "station-rest-header-bad"),
        ("Grün", "station-rest-header-bad"),
    ],
)
async def test_a_header_that_cannot_be_sent_is_told(value: str, code: str) -> None:
    async with service(answer("200 OK")) as there:
        with pytest.raises(RestError) as caught:
            await post(call(there.url, headers=(("Authorization", value),)))
        assert not there.asked
    assert caught.value.what.code == code


def test_a_reason_is_found_and_harmless() -> None:
    assert reason_in({"message": "no", "reason": "a\x1b[2Jb"}) == "ab"
    assert reason_in({"reason": 5, "detail": " x "}) == "x"
    assert reason_in(["reason"]) == ""
    assert reason_in(None) == ""
