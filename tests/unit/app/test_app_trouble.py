"""What is wrong with a link, as advice: a command that can be copied, and what comes after it."""

from __future__ import annotations

import pytest

from app.presenters.device import trouble
from smp.bluetooth.words import no_bus, service_stopped
from smp.errors import LinkForbidden, LinkNotFound, SmpError


@pytest.mark.parametrize(
    ("problem", "command", "last"),
    [
        (
            LinkForbidden(
                "No permission",
                next_step="Run: sudo usermod -aG dialout $USER, then log out and in again",
            ),
            "sudo usermod -aG dialout $USER",
            "Then log out and in again.",
        ),
        (no_bus(""), "sudo apt install dbus bluez", "Then restart the computer."),
        (
            service_stopped(""),
            "sudo systemctl enable --now bluetooth",
            "Then try again; if there is no such service, install it: sudo apt install bluez.",
        ),
        (LinkNotFound("Gone", next_step="Plug it in."), "", "Plug it in."),
    ],
)
def test_advice_keeps_the_whole_next_step(problem: SmpError, command: str, last: str) -> None:
    shown = trouble(problem)
    assert shown.command == command
    assert shown.steps[-1] == last
