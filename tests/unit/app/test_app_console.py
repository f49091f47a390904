"""An update on a terminal and in a pipe: the words are those of the window, and a bar is true."""

from __future__ import annotations

import asyncio
import io
from typing import get_args

import pytest

from app.cli import terminal as console
from app.cli.terminal import ProgressReporter
from app.cli.update import HeadlessUpdate
from app.controllers.track import Track
from app.lib.wording import THIN
from app.presenters import run_words
from smp.commands.image import ImageState
from smp.errors import LinkLost
from smp.text import Coded, Text
from smp.update import events
from smp.update.events import (
    AskedAgain,
    LinkDropped,
    StartedOver,
    Step,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Watching,
)
from smp.update.experience import Experience
from smp.update.job import Job
from smp.update.record import event_json
from smp.update.run import Update
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.planning import device, make_plan
from tests.helpers.two_cores import board, both
from tests.helpers.updating import Scene, new_image, small

TOTAL = 100_000


class Screen:
    """A reporter whose output is caught; `terminal`: as wide as one of 120 columns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> None:
        from rich.console import Console

        self.out = io.StringIO()
        made = Console(file=self.out, force_terminal=terminal, width=120, highlight=False)
        monkeypatch.setattr(console, "make_console", lambda: made)
        self.now = 0.0
        self.offset = 0
        self.track = Track(0.0)
        self.reporter = ProgressReporter(self.track)

    def tell(self, *told: UpdateEvent) -> None:
        for event in told:
            self.track.take(event, self.now)
            self.reporter.show(event, self.now)

    def begin(self) -> None:
        self.tell(StepStarted(Step.UPLOAD), UploadBegan(TOTAL))

    def send(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.now += 0.05
            self.offset += 400
            self.tell(UploadProgressed(self.offset, TOTAL, 0, 1, 1, 380, 0, 0))
            self.tick()

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.tick()

    def tick(self) -> None:
        self.track.tick(self.now)
        self.reporter.tick(self.now)

    @property
    def beside(self) -> str:
        """What stands beside the bar now."""
        assert self.reporter._bar is not None
        return str(self.reporter._bar.tasks[0].fields["said"])


def test_no_rate_stays_on_the_bar_of_a_silent_device(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(monkeypatch, terminal=True)
    screen.begin()
    assert "waiting for the device" in screen.beside
    screen.send(4)
    assert f"8.0{THIN}kB/s" in screen.beside
    assert f"9{THIN}s left" in screen.beside
    screen.tell(AskedAgain(3, 4.0, 3))
    screen.wait(5)
    assert "kB/s" not in screen.beside
    assert run_words.trouble(screen.track, screen.now) in screen.beside
    assert f"No answer for 5{THIN}s, asking again, 3rd time" in screen.beside
    screen.send(2)
    assert f"8.0{THIN}kB/s" in screen.beside
    screen.reporter._stop_bar()


def test_in_a_pipe_silence_is_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(monkeypatch, terminal=False)
    screen.begin()
    screen.send(4)
    screen.wait(25)
    screen.send(2)
    lines = screen.out.getvalue().splitlines()
    silent = [line for line in lines if "No answer for" in line]
    assert 2 <= len(silent) <= 4
    (back,) = [line for line in lines if "answers again after 25" in line]
    assert lines.index(back) > lines.index(silent[-1])
    assert any("40 %" in line for line in lines)


def test_a_new_beginning_is_said_and_tenths_are_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(monkeypatch, terminal=False)
    screen.begin()
    screen.send(4)
    screen.offset = 0
    screen.tell(StartedOver(2))
    screen.send(2)
    said = screen.out.getvalue()
    assert "sending from the beginning, 2nd time" in said
    assert said.count(" 10 %") == 2


def test_what_is_promised_is_said_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:

    took = Experience(rate=1_000.0, restart=18.0, restart_size=20_000)
    screen = Screen(monkeypatch, terminal=False)
    screen.tell(events.PlanMade(make_plan(device(), new_image(size=20_000), experience=took)))
    assert f"then one restart of about 18{THIN}s." in screen.out.getvalue()
    assert "About 2" in screen.out.getvalue()


EXAMPLES: dict[type[UpdateEvent], tuple[object, ...]] = {
    events.StepStarted: (Step.VERIFY,),
    events.StepFinished: (Step.CHECK,),
    events.StepFailed: (Step.CHECK,),
    events.UploadProgressed: (1, TOTAL, 0, 1, 1, 380, 0, 0),
    events.UploadBegan: (TOTAL,),
    events.AskedAgain: (1, 2.0, 1),
    events.StartedOver: (2,),
    events.ConnectingAgain: (1,),
    events.Restarting: (10.0, 60.0, events.Awaited.LOADER),
    events.LinkDropped: (LinkLost(Coded("gone", "gone")),),
    events.StateRead: (ImageState(()),),
    events.Finished: (Verdict(Outcome.UNKNOWN, Ending.NEVER_BACK, headline=Text("Unknown")),),
}


@pytest.mark.parametrize("kind", get_args(UpdateEvent))
@pytest.mark.parametrize("terminal", [False, True])
def test_every_event_is_taken_by_every_reader(
    kind: type[UpdateEvent], terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:

    screen = Screen(monkeypatch, terminal=terminal)
    if kind is events.PlanMade:
        event: UpdateEvent = events.PlanMade(make_plan(device(), new_image()))
    elif kind in EXAMPLES:
        event = kind(*EXAMPLES[kind])  # type: ignore[arg-type, call-arg]
    else:
        fields = kind.__dataclass_fields__
        event = kind(*(1.0 for _ in fields))  # type: ignore[arg-type, call-arg]
    if isinstance(event, events.StepFinished | events.StepFailed):
        screen.tell(StepStarted(event.step))
    screen.tell(event)
    assert event_json(event)["event"]
    assert screen.track.verdict is None or kind is events.Finished


@pytest.mark.parametrize(
    ("asked", "seconds", "words"),
    [
        (10.0, 10.0, f"Watching the new image for 10{THIN}s ..."),
        (2.0, 2.0, f"Watching the new image for 2{THIN}s ..."),
        (2.0, 8.0, f"Watching the new image for 8{THIN}s, as long as it took to start ..."),
        (0.0, 8.0, f"Watching the new image for 8{THIN}s, as long as it took to start ..."),
        (0.0, 0.02, "Looking once more whether the new image holds ..."),
    ],
)
def test_a_watch_that_is_longer_than_was_asked_for_says_why(
    monkeypatch: pytest.MonkeyPatch, asked: float, seconds: float, words: str
) -> None:
    screen = Screen(monkeypatch, terminal=False)
    screen.track.watch_expected = asked
    screen.tell(Watching(seconds, seconds), Watching(seconds / 2, seconds))
    assert screen.out.getvalue().splitlines() == [words]


def test_a_lost_link_is_told_once_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(monkeypatch, terminal=False)
    screen.begin()
    screen.send(2)
    screen.tell(LinkDropped(LinkLost(Coded("cable-pulled", "The cable was pulled"))))
    screen.wait(5)
    said = screen.out.getvalue()
    assert said.count("The cable was pulled") == 1


async def test_an_update_without_a_window_has_a_clock(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """A silent device tells nothing: what is printed comes from the time that passes."""
    scene = Scene(small())
    job = HeadlessUpdate(scene.client, Job.of(new_image(size=60_000)))
    running = asyncio.ensure_future(job.run())
    while job.track.upload is None or job.track.upload.offset < 8_000:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    scene.host.power_off()
    asyncio.get_running_loop().call_later(8.0, scene.host.power_on)
    assert await running == 0
    await scene.close()
    said = capsys.readouterr().out
    assert f"No answer for 1{THIN}s" in said
    assert "It answers again after" in said
    assert "sending from the beginning, 2nd time" in said
    assert job.track.learnt().restart is not None


async def test_in_a_pipe_each_of_several_images_goes_to_its_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen, scene = Screen(monkeypatch, terminal=False), board()
    verdict = await Update(scene.client, both(), on_event=screen.tell).run()
    assert verdict.is_good
    lines = [line.strip() for line in screen.out.getvalue().splitlines()]
    assert lines.count("100 %") == 2
    assert lines.index("Image 1") < lines.index("100 %") < lines.index("Image 0")
    application, network = (
        next(at for at, line in enumerate(lines) if line.startswith(title))
        for title in ("Image 0: 1.3.0 → 2.1.0", "Image 1: 1.3.0 → 1.4.0")
    )
    back = lines.index("✓ Test first, roll back if it fails")
    assert application < back < network < lines.index("! Permanent: there is no way back")
    await scene.close()
