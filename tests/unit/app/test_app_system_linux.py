"""What a Linux desktop is asked for, over a bus of this test, and what comes of it without one."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

if not sys.platform.startswith("linux"):
    pytest.skip("D-Bus is Linux'", allow_module_level=True)

from app.system.linux import Linux
from app.system.services import Notice
from tests.helpers.desktop import Desktop, message_bus
from tests.helpers.leaks import descriptors

LOGIN = "org.freedesktop.login1"
NOTICES = "org.freedesktop.Notifications"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with message_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


@pytest_asyncio.fixture
async def desktop(bus: str) -> AsyncIterator[Desktop]:
    made = await Desktop.at(bus, LOGIN, NOTICES)
    yield made
    made.close()


@pytest_asyncio.fixture
async def linux() -> AsyncIterator[Linux]:
    made = Linux()
    yield made
    await made.close()


async def until(condition: object) -> None:
    async with asyncio.timeout(20):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# -- awake -----------------------------------------------------------------------------------------


async def test_logind_keeps_it_awake_until_it_is_let_go(desktop: Desktop, linux: Linux) -> None:
    assert await linux.stay_awake("A device is being updated")
    what = "sleep:idle:handle-lid-switch"
    assert desktop.asked[-1] == (
        "Inhibit",
        [what, "Flashdesk", "A device is being updated", "block"],
    )
    assert desktop.is_held()
    await linux.may_sleep()
    assert not desktop.is_held()


async def test_a_session_that_may_not_hold_the_lid_holds_the_rest(
    desktop: Desktop, linux: Linux
) -> None:
    desktop.refused.append("sleep:idle:handle-lid-switch")
    assert await linux.stay_awake("why")
    assert desktop.asked[-1][1][0] == "sleep:idle"
    assert desktop.is_held()


async def test_asked_twice_it_holds_one(desktop: Desktop, linux: Linux) -> None:
    assert await linux.stay_awake("why")
    first = len(desktop.held)
    assert await linux.stay_awake("why")
    os.set_blocking(desktop.held[first - 1], False)
    assert os.read(desktop.held[first - 1], 1) == b"", "the first one is let go"
    assert desktop.is_held()


@pytest.mark.parametrize("service", ["PowerManagement", "ScreenSaver"])
async def test_without_logind_the_session_is_asked(bus: str, linux: Linux, service: str) -> None:
    desktop = await Desktop.at(bus, f"org.freedesktop.{service}")
    assert await linux.stay_awake("why")
    assert desktop.asked == [("Inhibit", ["Flashdesk", "why"])]
    await linux.may_sleep()
    assert desktop.asked[-1] == ("UnInhibit", [42])
    desktop.close()


async def test_where_nobody_keeps_it_awake_that_is_told(desktop: Desktop, linux: Linux) -> None:
    desktop.refused.append("login1")
    assert not await linux.stay_awake("why")
    await linux.may_sleep()


_HOLD = """
import asyncio, sys
from app.system.linux import Linux
async def main():
    linux = Linux()
    print(await linux.stay_awake("why"), flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_a_killed_program_holds_nothing(desktop: Desktop) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLD, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    assert await program.stdout.readline() == b"True\n"
    assert desktop.is_held()
    program.kill()
    await program.wait()
    await until(lambda: not desktop.is_held())


# -- how far it is ---------------------------------------------------------------------------------


async def test_docks_are_told_how_far_it_is(desktop: Desktop, linux: Linux) -> None:
    for fraction in (0.0, 0.61, 0.61, None, None):
        await linux.show_progress(fraction)
    await until(lambda: len(desktop.signals) >= 3)
    await desktop.settled()
    told = []
    for member, (entry, said) in desktop.signals:
        assert (member, entry) == ("Update", "application://flashdesk.desktop")
        told.append((said["progress"].value, said["progress-visible"].value))
    assert told == [(0.0, True), (0.61, True), (0.0, False)]


async def test_what_was_shown_is_taken_back_at_the_end(desktop: Desktop, linux: Linux) -> None:
    await linux.show_progress(0.5)
    await linux.close()
    await until(lambda: len(desktop.signals) == 2)
    assert desktop.signals[-1][1][1]["progress-visible"].value is False


# -- notices ---------------------------------------------------------------------------------------


async def test_a_notice_is_shown_and_pressed(desktop: Desktop, linux: Linux) -> None:
    pressed: list[tuple[str, str]] = []
    linux.pressed.listen(lambda key, token: pressed.append((key, token)))
    assert await linux.tell(Notice("board: updated", "Running <1.4.2> & well", "sim:board"))
    member, body = desktop.asked[-1]
    assert member == "Notify"
    assert body[:5] == [
        "Flashdesk",
        0,
        "flashdesk",
        "board: updated",
        "Running &lt;1.4.2&gt; &amp; well",
    ]
    assert body[6]["urgency"].value == 1
    assert body[6]["suppress-sound"].value is True
    await desktop.say("ActivationToken", "us", 1, "a-token")
    await desktop.say("ActionInvoked", "us", 1, "default")
    await until(lambda: pressed)
    assert pressed == [("sim:board", "a-token")]


async def test_the_notices_of_others_are_not_ours(desktop: Desktop, linux: Linux) -> None:
    pressed: list[str] = []
    linux.pressed.listen(lambda key, token: pressed.append(key))
    await linux.tell(Notice("a", "b", "one"))
    await linux.tell(Notice("a", "b", "two"))
    await desktop.say("ActionInvoked", "us", 77, "default")
    await desktop.say("NotificationClosed", "uu", 1, 2)
    await desktop.say("ActionInvoked", "us", 1, "default")
    await desktop.say("ActionInvoked", "u", 2)
    await desktop.say("ActionInvoked", "us", 2, "default")
    await until(lambda: pressed)
    assert pressed == ["two"]


async def test_plain_words_go_to_who_reads_them_plainly(desktop: Desktop, linux: Linux) -> None:
    desktop.capabilities = ["body"]
    await linux.tell(Notice("a", "1 < 2 & 3", "one", is_urgent=True))
    assert desktop.asked[-1][1][4] == "1 < 2 & 3"
    assert desktop.asked[-1][1][6]["urgency"].value == 2


async def test_who_is_here_needs_no_notice(desktop: Desktop, linux: Linux) -> None:
    await linux.tell(Notice("a", "b", "one"))
    await linux.tell(Notice("a", "b", "two"))
    await linux.withdraw()
    await linux.withdraw()
    closed = [body for member, body in desktop.asked if member == "CloseNotification"]
    assert closed == [[1], [2]]


# -- buses that are not there, or go ---------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["", "unix:path=/nowhere/bus", "nonsense", "tcp:host=localhost,port=1", "unix:"]
)
async def test_without_a_bus_nothing_works_and_nothing_breaks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"):
        monkeypatch.setenv(name, address)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    before = descriptors()
    linux = Linux()
    assert not await linux.stay_awake("why")
    await linux.show_progress(0.5)
    assert not await linux.tell(Notice("a", "b"))
    await linux.withdraw()
    await linux.close()
    assert descriptors() <= before


async def test_a_bus_that_went_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed: list[str] = []
    linux = Linux()
    linux.pressed.listen(lambda key, token: pressed.append(key))
    for turn in range(2):
        folder = tmp_path / str(turn)
        folder.mkdir()
        with message_bus(folder) as address:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
            desktop = await Desktop.at(address, NOTICES)
            told = await linux.tell(Notice("a", "b", f"turn {turn}")) or await linux.tell(
                Notice("a", "b", f"turn {turn}")
            )
            assert told
            await desktop.say("ActionInvoked", "us", 1, "default")
            await until(lambda turn=turn: len(pressed) > turn)
            desktop.close()
    assert pressed == ["turn 0", "turn 1"]
    await linux.close()


async def test_a_bus_that_went_for_good_is_asked_once_and_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linux = Linux()
    with message_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        desktop = await Desktop.at(address, NOTICES)
        assert await linux.tell(Notice("a", "b"))
        desktop.close()
    assert linux._session._leaving is not None
    await linux._session._leaving  # or the first message breaks within the library
    for _ in range(2):
        assert not await linux.tell(Notice("a", "b"))
    await linux.close()


async def test_closing_gives_every_descriptor_back(desktop: Desktop) -> None:
    before = descriptors()
    linux = Linux()
    await linux.stay_awake("why")
    await linux.show_progress(0.5)
    await linux.tell(Notice("a", "b"))
    await linux.close()
    os.close(desktop.held.pop())
    await until(lambda: descriptors() <= before)
