"""One window: who is first, who hands over, and what becomes of the first one."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from app.system.instance import Instance, Request, Unanswered, claim
from app.system.place import NoPlace, Place, meeting_place
from tests.helpers.leaks import descriptors, running
from tests.helpers.programs import ROOT

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="looks at sockets and folders")

A_MOMENT = 0.3


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short one: that of pytest leaves a socket's path no room where tests run side by side."""
    with tempfile.TemporaryDirectory(prefix="fd-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return a_place(tmp_path, "one")


def a_place(folder: Path, name: str) -> Place:
    if sys.platform == "win32":
        return Place(rf"\\.\pipe\flashdesk-test-{folder.name}-{os.getpid()}-{name}", None)
    return Place(str(folder / f"{name}.sock"), folder / f"{name}.lock")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    opened, others = descriptors(), running()
    yield
    for thread in threading.enumerate():
        if thread.name == "hand over":
            thread.join(5)
    # Something of the test before may have ended meanwhile.
    assert descriptors() <= opened
    assert not running() - others


async def second(place: Place, request: Request, patience: float = 10.0) -> Instance | None:
    return await asyncio.to_thread(claim, place, request, patience)


async def test_the_second_hands_over_and_is_none(place: Place) -> None:
    taken: list[Request] = []
    first = claim(place, Request())
    assert first is not None
    first.serve(taken.append)
    asked = Request("/tmp/a b.bin", "sim:demo", "token")
    assert await second(place, asked) is None
    assert await second(place, Request()) is None
    assert taken == [asked, Request()]
    first.close()


async def test_who_comes_while_the_first_is_opening_waits_for_it(place: Place) -> None:
    taken: list[Request] = []
    first = claim(place, Request())
    assert first is not None
    later = asyncio.ensure_future(second(place, Request("x")))
    await asyncio.sleep(A_MOMENT)
    assert not later.done()
    first.serve(taken.append)
    assert await later is None
    assert taken == [Request("x")]
    first.close()


async def test_who_comes_while_the_first_goes_is_the_next(place: Place) -> None:
    taken: list[Request] = []
    first = claim(place, Request())
    assert first is not None
    first.serve(taken.append)
    first.stop()
    later = asyncio.ensure_future(second(place, Request("x")))
    await asyncio.sleep(A_MOMENT)
    assert not later.done(), "it still saves its settings"
    first.close()
    heir = await later
    assert isinstance(heir, Instance)
    assert not taken
    heir.close()


async def test_of_many_starts_in_the_same_instant_one_is_first(place: Place) -> None:
    taken: list[Request] = []
    gate = threading.Barrier(8)

    def start(number: int) -> Instance | None:
        gate.wait(10)
        return claim(place, Request(str(number)))

    loop = asyncio.get_running_loop()
    starts = [loop.create_future() for _ in range(8)]

    def run(number: int) -> None:
        made = start(number)
        loop.call_soon_threadsafe(starts[number].set_result, made)

    threads_of_starts = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads_of_starts:
        thread.start()
    done, _ = await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
    (first,) = [each.result() for each in done]
    first.serve(taken.append)
    others = [made for made in await asyncio.gather(*starts) if made is not first]
    for thread in threads_of_starts:
        await asyncio.to_thread(thread.join)
    assert others == [None] * 7
    assert len({request.file for request in taken}) == 7
    first.close()


async def test_one_that_does_not_answer_is_named(place: Place) -> None:
    first = claim(place, Request())
    assert first is not None
    with pytest.raises(Unanswered) as caught:
        await second(place, Request(), patience=A_MOMENT)
    assert caught.value.process == (os.getpid() if place.lock is not None else None)
    first.close()


async def test_what_nobody_waits_for_any_more_is_not_done(place: Place) -> None:
    """A program that was asleep must not open a file minutes after its start was given up."""
    taken: list[Request] = []
    first = claim(place, Request())
    assert first is not None
    with pytest.raises(Unanswered):
        await second(place, Request("old"), patience=A_MOMENT)
    for thread in threading.enumerate():
        if thread.name == "hand over":
            await asyncio.to_thread(thread.join)
    first.serve(taken.append)
    assert await second(place, Request("new")) is None
    assert taken == [Request("new")]
    first.close()


@pytest.mark.parametrize("noise", [b"", b"{", b"[]", b'"x"', b"\xff" * 40, b"x" * 200_000])
async def test_noise_is_no_request_and_the_next_is_heard(place: Place, noise: bytes) -> None:
    taken: list[Request] = []
    first = claim(place, Request())
    assert first is not None
    first.serve(taken.append)

    def make_noise() -> None:
        try:
            with Client(place.address) as came:
                came.send_bytes(noise)
        except OSError:
            pass  # it was shown the door while it spoke

    await asyncio.to_thread(make_noise)
    if place.lock is not None:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(place.address)
            raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert await second(place, Request("x")) is None
    assert taken == [Request("x")]
    first.close()


async def test_a_newer_start_may_say_more(place: Place) -> None:
    assert Request.read(b'{"file": "a", "colour": "red"}') == Request("a")


async def test_a_failure_while_taking_is_told_and_the_next_is_taken(place: Place) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    taken: list[Request] = []

    def take(request: Request) -> None:
        taken.append(request)
        if request.file == "bad":
            raise LookupError

    first = claim(place, Request())
    assert first is not None
    first.serve(take)
    assert await second(place, Request("bad")) is None
    assert await second(place, Request("good")) is None
    assert [request.file for request in taken] == ["bad", "good"]
    assert len(told) == 1
    first.close()


_HOLD = """
import sys
from pathlib import Path
from app.system.instance import Request, claim
from app.system.place import Place
lock = Path(sys.argv[2]) if sys.argv[2] else None
held = claim(Place(sys.argv[1], lock), Request())
print("first", flush=True)
sys.stdin.read()
"""


def test_nothing_of_a_killed_one_is_in_the_way(place: Place) -> None:
    arguments = [sys.executable, "-c", _HOLD, place.address, str(place.lock or "")]
    with subprocess.Popen(
        arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline().strip() == b"first"
        killed.kill()
    assert place.lock is None or Path(place.address).exists(), "it could put nothing away"
    heir = claim(place, Request(), patience=A_MOMENT)
    assert heir is not None
    heir.close()


@POSIX
def test_closing_leaves_no_file(place: Place, tmp_path: Path) -> None:
    first = claim(place, Request())
    assert first is not None
    first.close()
    first.close()
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_closing_leaves_the_place_of_who_came_after_a_cleaning(place: Place) -> None:
    """What is in folders of passing files may be taken away while a window is open."""
    first = claim(place, Request())
    assert first is not None
    assert place.lock is not None
    Path(place.address).unlink()
    place.lock.unlink()
    second = claim(place, Request())
    assert second is not None
    first.close()
    assert Path(place.address).exists()
    with pytest.raises(Unanswered):
        claim(place, Request(), patience=0.1)
    second.close()


def test_two_places_have_nothing_to_do_with_each_other(place: Place, tmp_path: Path) -> None:
    other = a_place(tmp_path, "two")
    both = [claim(place, Request()), claim(other, Request())]
    for each in both:
        assert each is not None
        each.close()


# -- the place -------------------------------------------------------------------------------------


@POSIX
def test_the_place_is_the_users_for_these_settings_and_this_display(tmp_path: Path) -> None:
    usual = {"XDG_RUNTIME_DIR": str(tmp_path), "DISPLAY": ":0"}
    here = meeting_place(["a.ini", ""], usual)
    assert meeting_place(["a.ini", ""], usual) == here
    others = [
        meeting_place(["b.ini", ""], usual),
        meeting_place(["a.ini", "demo"], usual),
        meeting_place(["a.ini", ""], {**usual, "DISPLAY": ":1"}),
        meeting_place(["a.ini", ""], {**usual, "WAYLAND_DISPLAY": "wayland-0"}),
    ]
    assert len({here, *others}) == 5
    assert Path(here.address).parent == tmp_path / "flashdesk"
    assert (tmp_path / "flashdesk").stat().st_mode & 0o777 == 0o700


@POSIX
@pytest.mark.parametrize("runtime", ["", "/nowhere", "/proc/self/status"])
def test_without_a_runtime_folder_it_is_one_of_ones_own(
    runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = meeting_place(["a.ini"], {"XDG_RUNTIME_DIR": runtime})
    folder = tmp_path / f"flashdesk-{os.geteuid()}"
    assert Path(place.address).parent == folder
    assert folder.stat().st_mode & 0o777 == 0o700


@POSIX
def test_a_folder_that_others_may_write_to_is_closed_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / f"flashdesk-{os.geteuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    meeting_place(["a.ini"], {})
    assert folder.stat().st_mode & 0o777 == 0o700


@POSIX
def test_a_link_or_file_in_its_place_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"flashdesk-{os.geteuid()}").symlink_to(elsewhere)
    place = meeting_place(["a.ini"], {})
    assert Path(place.address).parent == Path("/tmp") / f"flashdesk-{os.geteuid()}"


@POSIX
def test_another_users_folder_is_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `sudo` leaves XDG_RUNTIME_DIR, or as somebody laid it out in /tmp beforehand."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("app.system.place._FALLBACK", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 4242)
    (tmp_path / "flashdesk-4242").mkdir()
    with pytest.raises(NoPlace, match="belongs to another user"):
        meeting_place(["a.ini"], {"XDG_RUNTIME_DIR": str(tmp_path)})


@POSIX
def test_a_long_path_is_no_place_for_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("app.system.place._FALLBACK", tmp_path)
    place = meeting_place(["a.ini"], {"XDG_RUNTIME_DIR": str(deep)})
    assert len(place.address) < 100
