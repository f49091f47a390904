"""What is wrong with a link, as advice: a command that can be copied, and what comes after it."""

from __future__ import annotations

import pytest

from app.presenters.advice import trouble
from smp.bluetooth.words import no_bus, service_stopped
from smp.errors import LinkForbidden, LinkNotFound, SmpError
from smp.text import Coded, Text


@pytest.mark.parametrize(
    ("problem", "command", "last"),
    [
        (
            LinkForbidden(
                Coded("no-permission", "No permission"),
                next_step=Text("Join the group 'dialout', then log out and in again"),
                command="sudo usermod -aG dialout $USER",
            ),
            "sudo usermod -aG dialout $USER",
            "Join the group 'dialout', then log out and in again.",
        ),
        (
            no_bus(""),
            "sudo apt install dbus bluez",
            "Install the packages dbus and bluez, then restart the computer.",
        ),
        (
            service_stopped(""),
            "sudo systemctl enable --now bluetooth",
            "Start the service bluetooth, then try again; if there is no such service, install the "
            "package bluez.",
        ),
        (LinkNotFound(Coded("gone", "Gone"), next_step=Text("Plug it in.")), "", "Plug it in."),
    ],
)
def test_advice_keeps_the_whole_next_step(problem: SmpError, command: str, last: str) -> None:
    shown = trouble(problem)
    assert shown.command == command
    assert shown.steps[-1] == last
