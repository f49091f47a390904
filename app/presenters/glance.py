"""What can be seen of the window without looking into it, and what is told when nobody looks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.controllers.device import DeviceController
from app.facts.glance import GlanceFacts
from app.presenters import done as show_done
from app.words import STEPS
from smp.text import Text, outside
from smp.update.events import Step
from smp.update.verdict import Verdict

_NAME = outside("Flashdesk")


def glance(updating: Sequence[DeviceController], unseen: Text | None = None) -> GlanceFacts:
    """unseen: what has ended while nobody looked."""
    if not updating:
        if unseen is not None:
            return GlanceFacts(Text("{outcome} · Flashdesk", outcome=unseen))
        return GlanceFacts(_NAME)
    fraction = sum(_fraction(device) for device in updating) / len(updating)
    hundredths = math.floor(100 * fraction + 1e-9)
    shown = hundredths / 100
    if len(updating) > 1:
        title = Text(
            "{hundredths} % · {count} devices · Flashdesk",
            hundredths=hundredths,
            count=len(updating),
        )
        return GlanceFacts(title, shown)
    (device,) = updating
    step = device.track.current if device.track is not None else None
    if step is None or step is Step.UPLOAD:
        title = Text(
            "{hundredths} % · {device} · Flashdesk", hundredths=hundredths, device=device.name
        )
    else:
        title = Text("{step} · {device} · Flashdesk", step=STEPS[step], device=device.name)
    return GlanceFacts(title, shown)


def ended(device: DeviceController, verdict: Verdict) -> Text:
    """In a line: what became of a device."""
    outcome = show_done.verdict_chip(verdict).words
    return Text("{device}: {outcome}", device=device.name, outcome=outcome)


def _fraction(device: DeviceController) -> float:
    """Of the upload; what follows has no length that anybody knows."""
    track = device.track
    return track.fraction if track is not None else 0.0
