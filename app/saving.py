"""Saving what the window knows: a report of an update, the log."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from app.controllers.device import DeviceController
from app.lib import dialog
from app.report import event_json, plan_json
from app.views.main_window import MainWindow
from smp.plain import plain
from smp.update.events import Finished


async def save_report(window: MainWindow, device: DeviceController) -> None:
    """Ask where, and write the device's last verdict with its plan as JSON."""
    track = device.track
    if track is None or track.verdict is None:
        return
    report = {
        "device": {"name": device.name, "address": str(device.found.address)},
        "file": device.file.name if device.file else None,
        "plan": plan_json(track.plan) if track.plan is not None else None,
        "verdict": event_json(Finished(track.verdict)),
        "saved": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
    target = device.found.address.target.replace("/", "_").replace(":", "-").strip("_")
    name = f"flashdesk-{target}.json"
    await _save(window, "Save the report", Path.home() / name, json.dumps(report, indent=1))


async def save_log(window: MainWindow) -> None:
    """Ask where, and write the log as it is shown."""
    name = time.strftime("flashdesk-%Y%m%d-%H%M%S.log")
    await _save(window, "Save the log", Path.home() / name, window.log.text())


async def _save(window: MainWindow, title: str, proposal: Path, text: str) -> None:
    suffix = proposal.suffix.removeprefix(".")
    filters = (f"{suffix.upper()} (*.{suffix})", "All files (*)")
    path = await dialog.choose_target(window, title, filters, proposal, suffix)
    if path is None:
        return
    try:
        await asyncio.to_thread(path.write_text, text, "utf-8")
    except OSError as error:
        await dialog.tell(
            window,
            f"{plain(path.name)} cannot be saved",
            f"{error.strerror}. Choose another folder.",
            details=str(error),
        )
