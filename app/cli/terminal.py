"""What a person sees of an update on a terminal: a line per step, a bar while it uploads."""

from __future__ import annotations

import logging
import sys
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from app.controllers.track import Track
from app.language import current
from app.lib.wording import about, duration, left, rate, size
from app.presenters import run_words
from app.ways import command, verdict_command
from app.words import STEPS
from smp.errors import SmpError
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import stopped
from smp.update.events import (
    AskedAgain,
    CameBack,
    Cancelling,
    ConnectingAgain,
    Finished,
    LinkDropped,
    LinkRestored,
    PlanMade,
    Restarting,
    StartedOver,
    StateRead,
    Step,
    StepFailed,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Waiting,
    Watching,
    WentSilent,
)
from smp.update.plan import Plan, Tone
from smp.update.verdict import Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_MARKS = {
    Tone.OK: "[green]✓[/]",
    Tone.NEUTRAL: "[dim]·[/]",
    Tone.WARN: "[yellow]![/]",
    Tone.BAD: "[red]✗[/]",
}
_REPEATED = 10.0
"""Seconds after which a silence that lasts is told again in a pipe."""


def make_console(*, to_stderr: bool = False) -> Console:
    from rich.console import Console

    class PatientConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would end the program, in the middle of an update

    return PatientConsole(
        file=sys.stderr if to_stderr else sys.stdout, highlight=False, soft_wrap=True
    )


def make_log_handler() -> logging.Handler:
    """What `--verbose` tells, on stderr: devices speak in it, too."""

    class PlainFormatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            record.msg, record.args = plain(record.getMessage(), LONGEST_SENTENCE), None
            return super().format(record)

    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("%(asctime)s %(name)s %(message)s"))
    return handler


def print_error(error: SmpError) -> None:
    """What failed, why, what to do: one line each, on stderr."""
    console = make_console(to_stderr=True)
    console.print(f"[bold red]{_escape(error.what)}.[/]")
    for text in (error.why, error.next_step):
        if text:
            console.print(_escape(text if text[-1] in ".!?" else text + "."))
    if to_type := command(error):
        console.print(f"  Run: {_escape(to_type)}")
    if error.detail:
        console.print(f"[dim]{_escape(error.detail)}[/]")


class ProgressReporter:
    """Shows update events. On a terminal with a bar, in a pipe as plain lines.

    `track` has taken each event before it is shown; `tick` is called a few times a second.
    """

    def __init__(self, track: Track) -> None:
        self._track = track
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._tenths = 0
        self._waits = False
        self._trouble_said = float("-inf")
        self._silent_since: float | None = None

    @cached_property
    def _console(self) -> Console:
        """Made when there is something to say, which is while the device is asked already."""
        return make_console()

    def show(self, event: UpdateEvent, now: float) -> None:  # noqa: C901 -- one case an event
        match event:
            case PlanMade(plan):
                self._show_plan(plan)
            case StepStarted(step):
                self._begin(step)
            case StepFinished(step, skipped):
                if step is Step.UPLOAD and not skipped:
                    self._stop_bar()
            case UploadBegan(_, number):
                self._begin_image(number)
            case UploadProgressed():
                self._answered(now)
                self._progress(event, now)
            case StartedOver(count):
                self._tenths = 0
                self._say(f"[yellow]{run_words.began_over(count)}[/]")
            case LinkDropped(error):
                self._say(f"[yellow]{_escape(error.what)}; connecting again ...[/]")
            case LinkRestored(seconds):
                self._say(f"Connected again after {duration(seconds)}, going on")
            case Restarting(expected):
                self._say(f"The device restarts, this takes {about(expected)}")
            case CameBack(after):
                self._say(f"It is back after {duration(after)}")
            case Watching(to_come, total):
                if to_come == total:
                    self._say(f"Watching the new image for {duration(total)} ...")
            case Waiting(at_most):
                self._wait(at_most)
            case Cancelling(limit):
                self._stop_bar()
                self._say(
                    f"Stopping: asking the device what state it is in, up to {duration(limit)} "
                    "(Ctrl-C again: at once)"
                )
            case Finished(verdict):
                self._finish(verdict)
            case (
                StepFailed()
                | AskedAgain()  # `tick` counts it
                | ConnectingAgain()
                | WentSilent()
                | StateRead()
            ):
                pass
            case _:
                assert_never(event)

    def tick(self, now: float) -> None:
        """Time passes: a bar whose device is silent says so, and no rate stays on it."""
        track = self._track
        if track.current is not Step.UPLOAD or track.is_over:
            return
        trouble = run_words.trouble(track, now)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, said=self._beside(trouble, now))
        elif trouble and track.silence(now) is not None:
            if self._silent_since is None:
                assert track.meter is not None
                self._silent_since = track.meter.heard_at
            if now - self._trouble_said >= _REPEATED:
                self._trouble_said = now
                self._say(f"  {trouble} ...")

    def _begin(self, step: Step) -> None:
        if step is Step.UPLOAD:
            self._start_bar()
        elif step is not Step.CHECK:
            self._say(f"{STEPS[step]} ...")

    def _wait(self, at_most: float) -> None:
        if not self._waits:
            self._waits = True
            self._say(
                "No answer yet. A device that is restarting, or putting an image in place, "
                f"needs a moment: waiting up to {duration(at_most)} ..."
            )

    def _finish(self, verdict: Verdict) -> None:
        self._stop_bar()
        colour = "green" if verdict.is_good else "red"
        mark = "✓" if verdict.is_good else "✗"
        self._console.print(f"[bold {colour}]{mark} {_escape(verdict.headline)}.[/]", end=" ")
        self._console.print(duration(verdict.seconds) + ".")
        for text in (verdict.reason, verdict.next_step):
            if text:
                self._console.print("  " + _escape(stopped(text)))
        plan = self._track.plan
        if plan is not None and plan.consent and plan.consent in verdict.reason:
            self._console.print("  The option --yes agrees to it.")
        if to_type := verdict_command(verdict):
            self._console.print(f"  Run: {_escape(to_type)}")
        for error in verdict.unrecorded:
            self._console.print(f"  [yellow]{_escape(str(error))}[/]")
        if verdict.error is not None and verdict.error.detail:
            self._console.print(f"  [dim]{_escape(verdict.error.detail)}[/]")

    def _show_plan(self, plan: Plan) -> None:
        before = plan.versions_before or "nothing known"
        self._console.print(f"[bold]{_escape(before)} → {plan.versions}[/]  {size(plan.size)}")
        for check in plan.checks:
            self._console.print(f"  {_MARKS[check.tone]} {_escape(check.text)}")
        if plan.obstacle is None:
            promised = run_words.promise(plan)
            self._console.print(f"  {promised[:1].upper()}{promised[1:]}.")

    def _say(self, text: str) -> None:
        self._console.print(text)

    def _start_bar(self) -> None:
        if not self._console.is_terminal:
            self._say("Upload ...")
            return
        from rich.progress import BarColumn, Progress, TextColumn

        self._stop_bar()
        self._bar = Progress(
            TextColumn("Upload"),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[said]}"),
            console=self._console,
            transient=False,
        )
        self._task = self._bar.add_task("upload", total=None, said="waiting for the device")
        self._bar.start()

    def _answered(self, now: float) -> None:
        """After a silence that was told of in lines."""
        if self._silent_since is not None:
            since, self._silent_since = self._silent_since, None
            self._trouble_said = float("-inf")
            self._say(f"  It answers again after {duration(now - since)}")

    def _begin_image(self, number: int) -> None:
        """Of several, each goes from its beginning to its end."""
        plan = self._track.plan
        if plan is not None and len(plan.parts) > 1:
            self._tenths = 0
            self._say(f"  Image {number}")

    def _progress(self, event: UploadProgressed, now: float) -> None:
        if self._bar is None:
            tenths = 10 * event.offset // event.total
            if tenths > self._tenths:
                self._tenths = tenths
                self._say(f"  {10 * tenths:3} %  {self._beside('', now)}".rstrip())
        elif self._task is not None:
            self._bar.update(
                self._task,
                total=event.total,
                completed=event.offset,
                said=self._beside(run_words.trouble(self._track, now), now),
            )

    def _beside(self, trouble: str, now: float) -> str:
        """What stands beside the bar."""
        track = self._track
        if trouble:
            return f"[yellow]{trouble}[/]"
        if track.upload is None:
            return "waiting for the device"
        mean, to_come = track.mean(now), track.left(now)
        said = [rate(track.rate or 0.0) if self._bar is not None else rate(mean) if mean else ""]
        if self._bar is not None and to_come is not None:
            said.append(left(to_come))
        return ", ".join(words for words in said if words)

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(current().spoken(text))
