"""The sections of a job in words: what fields are called, what they mean, what is wrong."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.facts.job import CardFacts, FieldFacts, FieldKind, SectionFacts
from app.facts.words import ActionFacts
from app.lib.tone import Tone
from app.presenters.job_form import Form, Problems
from app.presenters.job_production import limits, serial, system
from app.presenters.job_rows import expectations, places, writes
from app.presenters.job_update import update
from app.station.job_draft import JobDraft
from app.station.simulated import PROFILE
from smp.text import NOTHING, Text, outside

CHOOSE_KEY, PIN, COPY_BESIDE = "choose-key", "pin", "copy-beside"
COUNT = "places-count"
"""The number of places, which is no field of the job."""


def sections(
    draft: JobDraft,
    problems: Problems,
    serious: Collection[str],
    *,
    count: str | None,
    pin: Text,
    pin_tone: Tone,
    can_pin: bool,
    outside_of: bool,
) -> tuple[SectionFacts, ...]:
    """problems: a sentence for a field or a row; serious: those for which a station refuses the
    job; count: what is typed as the number of places, while it is none; pin: what is said of the
    firmware's hash; can_pin: there is a file to be pinned; outside_of: the firmware lies outside
    of the job's folder."""
    form = Form(draft, problems)
    made = (
        _product(form, pin, pin_tone, can_pin=can_pin, outside_of=outside_of),
        _recognition(form),
        _places(form, count),
        update(form),
        SectionFacts(
            "before",
            Text("Before"),
            Text("What a unit must be before it gets the firmware; one that is not is refused."),
            (
                CardFacts(
                    Text("Must hold before"), entries=expectations(form.draft, problems, "before")
                ),
            ),
        ),
        SectionFacts(
            "after",
            Text("After"),
            Text(
                "What must hold when the new firmware runs. That the image is the file's is always "
                "checked."
            ),
            (
                CardFacts(
                    Text("Must hold after"), entries=expectations(form.draft, problems, "after")
                ),
            ),
        ),
        serial(form),
        SectionFacts(
            "writes",
            Text("Writes"),
            Text("What is written to each unit through its settings, and read back."),
            (CardFacts(Text("Written to each unit"), entries=writes(form.draft, problems)),),
        ),
        system(form),
        limits(form),
    )
    return tuple(_counted(section, serious) for section in made)


def _counted(section: SectionFacts, serious: Collection[str]) -> SectionFacts:
    return replace(section, problems=len(keys_of(section) & set(serious)))


def keys_of(section: SectionFacts) -> set[str]:
    """Of its fields, and of the rows of its lists."""
    found = set()
    for card in section.cards:
        found |= {field.key for field in card.fields}
        rows = card.entries.rows if card.entries is not None else ()
        found |= {row.key for row in rows}
        found |= {field.key for row in rows for field in row.fields}
    return found


def _product(form: Form, pin: Text, tone: Tone, *, can_pin: bool, outside_of: bool) -> SectionFacts:
    beside = ActionFacts(COPY_BESIDE, Text("Copy it beside the job"), "copy")
    pinning = ActionFacts(PIN, Text("Pin it"), "lock", enabled=can_pin)
    firmware = form.line(
        "sha256",
        Text("Pinned contents (SHA-256)"),
        pin,
        tone=tone,
        hint=Text("Not pinned yet"),
        actions=(pinning,),
    )
    path = form.line(
        "firmware",
        Text("Its path, as seen from the job"),
        Text("Beside the job or below its folder, so that both can be moved together."),
        actions=(beside,) if outside_of else (),
    )
    return SectionFacts(
        "product",
        Text("Product and firmware"),
        Text("What is made here, and the file that every unit gets."),
        (
            CardFacts(
                Text("Product"),
                (
                    form.line(
                        "product", Text("Name"), Text("Stands on the station and in each record.")
                    ),
                ),
            ),
            CardFacts(Text("Firmware"), (path, firmware), has_firmware=True),
            CardFacts(
                Text("Signature"),
                (
                    form.line(
                        "key",
                        Text("A public key that has to have signed it"),
                        Text(
                            "A file beside the job. Empty: whose signature it carries is not asked."
                        ),
                        actions=(ActionFacts(CHOOSE_KEY, Text("Choose…"), "key"),),
                    ),
                ),
            ),
        ),
    )


_TRANSPORTS = {
    "serial": Text("Serial port"),
    "ble": Text("Bluetooth"),
    "udp": Text("Network, UDP"),
    "tcp": Text("Network, TCP"),
    "sim": Text("Simulated"),
}
_FRAMINGS = {"": Text("Found out"), "console": Text("Console"), "raw": Text("Raw")}


def _recognition(form: Form) -> SectionFacts:
    fields = (
        form.choice("recognise.transport", Text("Connected by"), _TRANSPORTS),
        *form.relevant(
            form.short(
                "recognise.usb",
                Text("USB vendor and product"),
                Text("As the list of devices shows them. Empty: any."),
                hint=outside("2fe3:0001"),
            ),
            form.short(
                "recognise.interface",
                Text("USB interface"),
                Text("Of a device with several ports: the number, or the name, of the one to use."),
                hint=Text("any"),
            ),
            _name(form),
            form.short(
                "recognise.baud",
                Text("Rate"),
                Text("Bits a second. Empty: as the port is usually used."),
                hint=outside("115200"),
            ),
            form.choice("recognise.framing", Text("Framing"), _FRAMINGS),
        ),
        form.line(
            "recognise.board",
            Text("Board"),
            Text("As the device tells it itself; one with another board is refused. Empty: any."),
            hint=Text("any"),
        ),
    )
    return SectionFacts(
        "recognition",
        Text("Recognition"),
        Text("How a unit is told from whatever else is plugged in."),
        (CardFacts(Text("A unit is"), fields),),
    )


def _name(form: Form) -> FieldFacts:
    """Of a radio device what it is called, of a simulated one what it is."""
    if form.draft.get("recognise.transport") == "sim":
        words = Text("One that “flashdesk simulate --list” tells. Empty: {name}.", name=PROFILE)
        return form.line("recognise.name", Text("Name"), words, hint=outside(PROFILE))
    words = Text("With * for any letters and ? for one.")
    return form.line("recognise.name", Text("Name"), words, hint=outside("sensor-*"))


def _places(form: Form, typed: str | None) -> SectionFacts:
    count = FieldFacts(
        COUNT,
        Text("Number of places"),
        FieldKind.SHORT,
        value=str(len(form.draft.rows["places"])) if typed is None else typed,
        words=Text("As many tiles as the station shows."),
        problem=form.problems.get(COUNT, NOTHING),
    )
    at_once = form.short(
        "at_once",
        Text("Units at one time, at most"),
        Text("Empty: as many as the hubs and the radio carry."),
    )
    return SectionFacts(
        "places",
        Text("Places"),
        Text(
            "Where units are plugged in. A place is bound to a USB socket (its hub path, such as "
            "1-2.4), to a Bluetooth address, or to nothing: then it takes whatever comes."
        ),
        (
            CardFacts(Text("How many"), (count, at_once)),
            CardFacts(Text("Each place"), entries=places(form.draft, form.problems)),
        ),
    )
