"""What the production line wants of a job, in words: serial numbers, its own system, records."""

from __future__ import annotations

from app.facts.job import CardFacts, SectionFacts
from app.facts.words import ActionFacts
from app.presenters.job_form import Form
from app.presenters.job_rows import headers
from app.station.job import SerialSource
from smp.text import Text, outside

CHOOSE_LIST, CHOOSE_RECORDS = "choose-list", "choose-records"

_SOURCES = {
    SerialSource.NONE.value: Text("Units have none"),
    SerialSource.COUNTER.value: Text("Counted"),
    SerialSource.LIST.value: Text("From a list"),
    SerialSource.SCAN.value: Text("Scanned"),
    SerialSource.REST.value: Text("From a service"),
}


def serial(form: Form) -> SectionFacts:
    fields = (
        form.choice("serial.source", Text("Where it comes from"), _SOURCES),
        *form.relevant(
            form.line(
                "serial.format",
                Text("How it is written"),
                Text("{example} stands for the number, with six digits.", example="{number:06d}"),
                hint=outside("S2-{number:06d}"),
            ),
            form.short("serial.first", Text("First number")),
            form.short("serial.last", Text("Last number"), hint=Text("none")),
            form.line(
                "serial.file",
                Text("File with a serial number a line"),
                Text("Beside the job. Each line is given to one unit."),
                actions=(ActionFacts(CHOOSE_LIST, Text("Choose…"), "file"),),
            ),
            form.line(
                "serial.url",
                Text("Address of the service"),
                Text("It is asked by POST for each unit, and answers with the serial number."),
                hint=outside("https://mes.example/serials"),
            ),
            form.line(
                "serial.pattern",
                Text("What it has to look like"),
                Text("With # for a digit, ? for any letter, * for anything. Empty: anything."),
                hint=outside("S2-######"),
            ),
            form.line(
                "serial.pool",
                Text("Pool"),
                Text("Jobs of one pool never give the same number. Empty: the product's own."),
            ),
            form.switch(
                "duplicates",
                Text("A unit that has passed may pass again"),
                Text("Off: its serial number is refused."),
            ),
        ),
    )
    return SectionFacts(
        "serial",
        Text("Serial number"),
        Text("How each unit gets its serial number. No two stations ever share one."),
        (CardFacts(Text("Serial number"), fields),),
    )


def system(form: Form) -> SectionFacts:
    return SectionFacts(
        "system",
        Text("Manufacturing system"),
        Text("Calls to a system that decides what may run and collects what came of it."),
        (
            *_hook(
                form,
                "before_start",
                Text("Asked before a unit starts"),
                Text("May this serial number run here?"),
                Text("Without an answer nothing starts"),
            ),
            *_hook(
                form,
                "after_result",
                Text("Told after each result"),
                Text("What came of the unit. It is sent again until it was taken."),
                Text("The line stops while it is not taken"),
            ),
        ),
    )


def _hook(form: Form, key: str, title: Text, words: Text, required: Text) -> tuple[CardFacts, ...]:
    fields = [form.switch(key, title, words)]
    if not form.on(key):
        return (CardFacts(title, tuple(fields)),)
    fields += [
        form.line(f"{key}.url", Text("Address"), hint=outside("https://mes.example/units")),
        form.short(f"{key}.seconds", Text("Time for the answer"), unit=Text("s")),
        form.switch(f"{key}.required", required),
    ]
    return (
        CardFacts(title, tuple(fields)),
        CardFacts(
            Text("Its headers"), entries=headers(form.draft, form.problems, f"{key}.headers")
        ),
    )


def limits(form: Form) -> SectionFacts:
    return SectionFacts(
        "limits",
        Text("Limits and records"),
        Text("When the job is done, and where it is written down what every unit got."),
        (
            CardFacts(
                Text("Limits"),
                (
                    form.short(
                        "limit",
                        Text("Units that pass"),
                        Text("The station stops after so many."),
                        hint=Text("no limit"),
                    ),
                    form.short(
                        "attempts",
                        Text("Attempts on one unit"),
                        Text("How often it may be tried again."),
                        hint=Text("no limit"),
                    ),
                ),
            ),
            CardFacts(
                Text("Records"),
                (
                    form.line(
                        "records",
                        Text("Database"),
                        Text(
                            "A file, or the address of a PostgreSQL server for several stations. "
                            "Empty: this computer's own."
                        ),
                        hint=outside("postgresql://station@server/flashdesk"),
                        actions=(ActionFacts(CHOOSE_RECORDS, Text("Choose…"), "file"),),
                    ),
                ),
            ),
            CardFacts(
                Text("At the station"),
                (
                    form.switch(
                        "sound",
                        Text("A sound for each result"),
                        Text("Another for PASS than for FAIL."),
                    ),
                ),
            ),
        ),
    )
