"""Words of acts on slots that window, terminal and log share."""

from __future__ import annotations

from typing import assert_never

from app.lib import wording
from app.words import restarts
from smp.text import NOTHING, Text, stopped
from smp.update.acts.events import ActEvent, Ended, Judged, Phase, PhaseBegan
from smp.update.acts.kinds import ActKind, Judgement
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
    StepFailed,
    StepFinished,
    StepStarted,
    UploadBegan,
    UploadProgressed,
    Waiting,
    Watching,
    WentSilent,
)

PHASES = {
    Phase.READ: Text("Asking the device what it is"),
    Phase.MARK: Text("Marking the image"),
    Phase.CONFIRM: Text("Confirming the image"),
    Phase.ERASE: Text("Erasing the slot"),
    Phase.RESTART: Text("Restarting the device"),
    Phase.PROVE: Text("Asking the device what it runs"),
}
SHORT_PHASES = {
    Phase.READ: Text("Asking"),
    Phase.MARK: Text("Marking"),
    Phase.CONFIRM: Text("Confirming"),
    Phase.ERASE: Text("Erasing"),
    Phase.RESTART: Text("Restarting"),
    Phase.PROVE: Text("Looking"),
}
"""The same where there is little room."""


def title(judged: Judgement) -> Text:
    """What an act is called, as a menu offers it."""
    match judged.act.kind:
        case ActKind.TEST:
            return Text("Test at the next restart")
        case ActKind.CONFIRM:
            return Text("Confirm what runs")
        case ActKind.ERASE:
            return Text("Erase the slot")
        case ActKind.GO_BACK:
            return Text("Restart with this image")
        case ActKind.RESTART:
            return Text("Restart the device")
        case ActKind.RECOVERY:
            return Text("Restart into recovery")
        case _:
            assert_never(judged.act.kind)


def line(event: ActEvent) -> Text:
    """An event as a line of a log or a terminal; empty where it is none."""
    match event:
        case Judged(judged):
            return stopped(judged.after) if judged.obstacle is None else NOTHING
        case PhaseBegan(phase):
            return Text("{phase} ...", phase=PHASES[phase]) if phase is not Phase.READ else NOTHING
        case LinkDropped(error):
            return Text("{problem}; connecting again ...", problem=error.what)
        case LinkRestored(seconds):
            return Text("Connected again after {time}, going on", time=wording.duration(seconds))
        case Restarting(expected, _, into):
            return restarts(expected, into)
        case CameBack(after):
            return Text("It is back after {time}", time=wording.duration(after))
        case Watching(left, total):
            if left != total:
                return NOTHING
            return Text("Watching the image for {time} ...", time=wording.duration(total))
        case Waiting(left):
            return Text(
                "No answer yet, it may be restarting: {time} more", time=wording.duration(left)
            )
        case (
            Ended()
            | ConnectingAgain()
            | WentSilent()
            | StateRead()
            | PlanMade()
            | StepStarted()
            | StepFinished()
            | StepFailed()
            | UploadBegan()
            | UploadProgressed()
            | AskedAgain()
            | StartedOver()
            | Cancelling()
            | Finished()
        ):
            return NOTHING
        case _:
            assert_never(event)
