"""How a job wants the firmware to get onto a unit, in words."""

from __future__ import annotations

from app.facts.job import CardFacts, FieldFacts, FieldKind, SectionFacts
from app.facts.settings import OptionFacts
from app.presenters.guards import FORBID, GUARDS, WARN, Guard
from app.presenters.job_form import Form
from smp.text import Text, outside

GUARD = "guard:"
"""Begins the key of the choice for a group of checks."""
_SOME = "some"

_MODES = {
    "confirm": Text("Test it, then keep it"),
    "test": Text("Leave it on test"),
    "permanent": Text("Keep it from the start"),
}


def update(form: Form) -> SectionFacts:
    guards = tuple(_guard(form, guard) for guard in GUARDS)
    return SectionFacts(
        "update",
        Text("Update"),
        Text("How the firmware gets onto a unit, and what would forbid it."),
        (
            CardFacts(
                Text("How"),
                (
                    form.choice("mode", Text("When it runs well"), _MODES),
                    form.short(
                        "watch",
                        Text("Watch new firmware for"),
                        Text("It must run so long without a restart. Empty: the usual time."),
                        hint=outside("10"),
                        unit=Text("s"),
                    ),
                    form.short(
                        "image",
                        Text("Number of the image"),
                        Text("Of devices with several. Empty: as the file says, else 0."),
                        hint=outside("0"),
                    ),
                ),
            ),
            CardFacts(
                Text("Agreed to, for every unit"),
                (
                    form.switch(
                        "consent",
                        Text("What cannot be taken back"),
                        Text("Where the bootloader has no way back to the old image."),
                    ),
                    form.switch(
                        "recovery",
                        Text("Go through the bootloader's serial recovery"),
                        Text("Where it is the way in, or the application does not take images."),
                    ),
                    form.switch(
                        "other_product",
                        Text("Firmware of another product"),
                        Text("Units that run something else so far get it all the same."),
                    ),
                ),
            ),
            CardFacts(Text("What forbids an update"), guards),
        ),
    )


def _guard(form: Form, guard: Guard) -> FieldFacts:
    forbidden = guard.codes & form.draft.forbids
    held = FORBID if forbidden == guard.codes else _SOME if forbidden else WARN
    options = {WARN: Text("Warn"), FORBID: Text("Forbid")}
    if held == _SOME:
        options[_SOME] = Text("Forbid some of it")
    return FieldFacts(
        f"{GUARD}{guard.key}",
        guard.title,
        FieldKind.CHOICE,
        value=held,
        words=guard.words,
        options=tuple(OptionFacts(key, words) for key, words in options.items()),
    )
