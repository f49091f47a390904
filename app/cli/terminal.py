"""What a person sees of an update on a terminal: a line per step, a bar while it uploads."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from app.cli.waiting import no_answer_yet
from app.cli.waits import Waits
from app.controllers.track import Track
from app.language import say
from app.lib.wording import duration, left, rate, size
from app.presenters import run_words
from app.ways import command, verdict_command
from app.words import STEPS, restarts
from smp.errors import SmpError
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import NOTHING, Text, listed, outside, stopped
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
from smp.update.image_name import ImageName
from smp.update.kinds import OTHER_PRODUCT, Check
from smp.update.plan import Plan, Tone
from smp.update.verdict import Ending, Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_BRIEF = 0.1
"""Seconds: a watch that is none."""
_MARKS = {
    Tone.OK: "[green]✓[/]",
    Tone.NEUTRAL: "[dim]·[/]",
    Tone.WARN: "[yellow]![/]",
    Tone.BAD: "[red]✗[/]",
}
_ONE_AT_A_TIME = "several-images-at-once"
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
    console.print(f"[bold red]{_said(stopped(error.what))}[/]")
    for text in (error.why, error.next_step):
        if text:
            console.print(_said(stopped(text)))
    if to_type := command(error):
        console.print(f"  {_said(run_this(to_type))}")
    if error.detail:
        console.print(f"[dim]{_said(outside(error.detail))}[/]")


def run_this(to_type: str) -> Text:
    """A command that does what was advised."""
    return Text("Run: {command}", command=to_type)


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
        self._waits_for = Waits()

    @cached_property
    def _console(self) -> Console:
        """Made when there is something to say, which is while the device is asked already."""
        return make_console()

    def show(self, event: UpdateEvent, now: float) -> None:  # noqa: C901 -- one case an event
        self._waits_for.take(event, now)
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
                self._warn(run_words.began_over(count))
            case LinkDropped(error):
                self._warn(Text("{problem}; connecting again ...", problem=error.what))
            case LinkRestored(seconds):
                after = duration(seconds)
                self._say(Text("Connected again after {time}, going on", time=after))
            case Restarting(expected, _, into):
                self._say(restarts(expected, into))
            case CameBack(after):
                self._say(Text("It is back after {time}", time=duration(after)))
            case Watching(to_come, total):
                if to_come == total:
                    self._say(self._watching(total))
            case Waiting(at_most):
                self._wait(at_most)
            case Cancelling(limit):
                self._stop_bar()
                self._say(
                    Text(
                        "Stopping: asking the device what state it is in, up to {time} "
                        "(Ctrl-C again: at once)",
                        time=duration(limit),
                    )
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
        """Time passes: a bar whose device is silent says so, and no rate stays on it; what is
        waited for is told, and how long yet."""
        track = self._track
        if overdue := self._waits_for.due(now):
            self._say(Text("{trouble} ...", trouble=overdue), indented=True)
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
                self._say(Text("{trouble} ...", trouble=trouble), indented=True)

    def _begin(self, step: Step) -> None:
        if step is Step.UPLOAD:
            self._start_bar()
        elif step is not Step.CHECK:
            self._say(Text("{step} ...", step=STEPS[step]))

    def _wait(self, at_most: float) -> None:
        if not self._waits:
            self._waits = True
            self._say(no_answer_yet(at_most))

    def _finish(self, verdict: Verdict) -> None:
        self._stop_bar()
        colour = "green" if verdict.is_good else "red"
        mark = "✓" if verdict.is_good else "✗"
        headline = _said(stopped(verdict.headline))
        self._console.print(f"[bold {colour}]{mark} {headline}[/]", end=" ")
        self._console.print(_said(stopped(duration(verdict.seconds))))
        for text in (verdict.reason, verdict.next_step):
            if text:
                self._say(stopped(text), indented=True)
        for option in (self._what_agrees(verdict), self._what_picks()):
            if option:
                self._say(option, indented=True)
        if to_type := verdict_command(verdict):
            self._say(run_this(to_type), indented=True)
        for error in verdict.unrecorded:
            self._console.print(f"  [yellow]{_said(error.text)}[/]")
        if verdict.error is not None and verdict.error.detail:
            self._console.print(f"  [dim]{_said(outside(verdict.error.detail))}[/]")

    def _watching(self, seconds: float) -> Text:
        """For longer than was asked for where the image took longer to start: one that falls over
        and over falls in that time."""
        asked = self._track.watch_expected
        if seconds < _BRIEF:
            return Text("Looking once more whether the new image holds ...")
        if asked is not None and seconds > asked:
            return Text(
                "Watching the new image for {time}, as long as it took to start ...",
                time=duration(seconds),
            )
        return Text("Watching the new image for {time} ...", time=duration(seconds))

    def _what_agrees(self, verdict: Verdict) -> Text:
        """The options that agree to what nobody has agreed to."""
        plan = self._track.plan
        left = [it for it in plan.consents if it in verdict.reason] if plan is not None else []
        foreign = [it for it in left if it.code == OTHER_PRODUCT]
        if not left or verdict.ending is not Ending.FORBIDDEN:
            return NOTHING
        if len(foreign) == len(left):
            return Text("The option --other-product agrees to it; --yes does not.")
        if foreign:
            return Text("The options --yes and --other-product together agree to it.")
        return Text("The option --yes agrees to it.")

    def _what_picks(self) -> Text:
        """The option that takes one of several images, where they cannot go over together."""
        plan = self._track.plan
        if plan is None or plan.obstacle is None or plan.obstacle.what.code != _ONE_AT_A_TIME:
            return NOTHING
        options = [outside(f"--image {part.number}") for part in plan.parts]
        either = listed(options, Text(" or "))
        return Text("One of them goes over alone with {options}.", options=either)

    def _show_plan(self, plan: Plan) -> None:
        if len(plan.parts) == 1:
            self._show_versions(plan.versions_before, plan.versions, plan.size)
            self._show_checks(plan.checks)
        else:
            for part in sorted(plan.parts, key=lambda part: part.number):
                before = part.before.version if part.before is not None else ""
                self._show_versions(before, str(part.version), len(part.data), part.name.title)
                self._show_checks((*part.checks, part.way_back))
            self._show_checks(plan.of_the_whole)
        if plan.obstacle is None:
            promised = say(stopped(run_words.promise(plan)))
            self._console.print(f"  {_escape(promised[:1].upper() + promised[1:])}")

    def _show_versions(self, before: str, after: str, count: int, title: Text = NOTHING) -> None:
        was = outside(before) or Text("nothing known")
        versions = Text("{before} → {after}", before=was, after=after)
        if title:
            versions = Text("{image}: {text}", image=title, text=versions)
        self._console.print(f"[bold]{_said(versions)}[/]  {_said(size(count))}")

    def _show_checks(self, checks: Iterable[Check]) -> None:
        for check in checks:
            self._console.print(f"  {_MARKS[check.tone]} {_said(check.text)}")

    def _say(self, text: Text, *, indented: bool = False) -> None:
        self._console.print("  " * indented + _said(text))

    def _warn(self, text: Text) -> None:
        self._console.print(f"[yellow]{_said(text)}[/]")

    def _start_bar(self) -> None:
        if not self._console.is_terminal:
            self._say(Text("{step} ...", step=STEPS[Step.UPLOAD]))
            return
        from rich.progress import BarColumn, Progress, TextColumn

        self._stop_bar()
        self._bar = Progress(
            TextColumn(_said(STEPS[Step.UPLOAD])),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[said]}"),
            console=self._console,
            transient=False,
        )
        self._task = self._bar.add_task("upload", total=None, said=_said(_WAITING))
        self._bar.start()

    def _answered(self, now: float) -> None:
        """After a silence that was told of in lines."""
        if self._silent_since is not None:
            since, self._silent_since = self._silent_since, None
            self._trouble_said = float("-inf")
            after = duration(now - since)
            self._say(Text("It answers again after {time}", time=after), indented=True)

    def _begin_image(self, number: int) -> None:
        """Of several, each goes from its beginning to its end."""
        plan = self._track.plan
        if plan is not None and len(plan.parts) > 1:
            self._tenths = 0
            name = next((it.name for it in plan.parts if it.number == number), None)
            self._say((name or ImageName.of_number(number)).title, indented=True)

    def _progress(self, event: UploadProgressed, now: float) -> None:
        if self._bar is None:
            tenths = 10 * event.offset // event.total
            if tenths > self._tenths:
                self._tenths = tenths
                line = f"  {10 * tenths:3} %  {self._beside(NOTHING, now)}"
                self._console.print(line.rstrip())
        elif self._task is not None:
            self._bar.update(
                self._task,
                total=event.total,
                completed=event.offset,
                said=self._beside(run_words.trouble(self._track, now), now),
            )

    def _beside(self, trouble: Text, now: float) -> str:
        """What stands beside the bar, as markup."""
        track = self._track
        if trouble:
            return f"[yellow]{_said(trouble)}[/]"
        if track.upload is None:
            return _said(_WAITING)
        mean, to_come = track.mean(now), track.left(now)
        said = [rate(mean)] if mean else []
        if self._bar is not None:
            said = [rate(track.rate or 0.0)]
            said += [left(to_come)] if to_come is not None else []
        return _said(listed(said))

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


_WAITING = Text("waiting for the device")


def _said(text: Text) -> str:
    """In the language of the program, as markup."""
    return _escape(say(text))


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
