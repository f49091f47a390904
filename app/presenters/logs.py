"""What the log view offers of a device's own logs."""

from __future__ import annotations

from app.controllers.device import DeviceController
from app.facts.log import DeviceLogFacts
from app.presenters.acts import BUSY
from smp.text import NOTHING, Text


def device_log(device: DeviceController | None) -> DeviceLogFacts | None:
    """None: nobody is chosen who keeps any."""
    facts = device.facts if device is not None else None
    if device is None or facts is None or not facts.family.is_mynewt:
        return None
    if device.reads_logs:
        return DeviceLogFacts(is_read=True)
    if device.is_busy:
        return DeviceLogFacts(forbidden=BUSY)
    return DeviceLogFacts(forbidden=NOTHING if device.is_idle else Text("It is not connected"))
