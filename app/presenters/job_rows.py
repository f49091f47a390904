"""The lists of a job in words: places, what must hold, what is written, headers of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from app.facts.job import FieldFacts, FieldKind, ListFacts, RowFacts
from app.facts.settings import OptionFacts
from app.station.job import Ask
from app.station.job_draft import JobDraft, key_of_row
from smp.text import NOTHING, Text, outside

Problems = Mapping[str, Text]


def places(draft: JobDraft, problems: Problems) -> ListFacts:
    rows = []
    for number, values in draft.rows["places"].items():
        key = key_of_row("places", number)
        rows.append(
            RowFacts(
                key,
                Text("Place {name}", name=values["name"]),
                (
                    _cell(draft, problems, key, "name", Text("Name"), is_short=True),
                    _cell(
                        draft, problems, key, "at", Text("Bound to"), hint=Text("whatever comes")
                    ),
                ),
                problems.get(key, NOTHING),
            )
        )
    return ListFacts("places", Text("A station needs a place."), Text("Add a place"), tuple(rows))


def expectations(draft: JobDraft, problems: Problems, name: str) -> ListFacts:
    rows = []
    for number, values in draft.rows[name].items():
        key = key_of_row(name, number)
        ask = next((ask for ask in Ask if ask.value == values["ask"]), Ask.VERSION)
        rows.append(
            RowFacts(
                key,
                _asked(ask, values["what"]),
                _expectation(draft, problems, key, ask),
                problems.get(key, NOTHING),
            )
        )
    nothing = Text("Nothing is asked of a unit yet.")
    return ListFacts(name, nothing, Text("Add something that must hold"), tuple(rows))


def _asked(ask: Ask, what: str) -> Text:
    title = _ASKS[ask]
    return Text("{kind}: {what}", kind=title, what=what) if what else title


_ASKS = {
    Ask.VERSION: Text("Version"),
    Ask.BOARD: Text("Board"),
    Ask.BOOTLOADER_MODE: Text("Bootloader's mode"),
    Ask.STATISTICS: Text("Statistic"),
    Ask.SHELL: Text("Shell command"),
    Ask.SETTING: Text("Setting"),
}


def _expectation(draft: JobDraft, problems: Problems, key: str, ask: Ask) -> tuple[FieldFacts, ...]:
    options = tuple(OptionFacts(each.value, words) for each, words in _ASKS.items())
    kind = FieldFacts(
        f"{key}/ask", Text("Asked for"), FieldKind.CHOICE, value=ask.value, options=options
    )

    def cell(
        column: str, title: Text, *, is_short: bool = False, hint: Text = NOTHING
    ) -> FieldFacts:
        return _cell(draft, problems, key, column, title, is_short=is_short, hint=hint)

    low, high = cell("low", Text("From"), is_short=True), cell("high", Text("To"), is_short=True)
    equals = cell("equals", Text("Exactly"), is_short=True)
    matches = cell("matches", Text("Like"), is_short=True, hint=outside("sensor_*"))
    unit = cell("unit", Text("Unit of measure"), is_short=True)
    match ask:
        case Ask.VERSION:
            return (kind, low, high, equals)
        case Ask.BOARD | Ask.BOOTLOADER_MODE:
            return (kind, equals, matches)
        case Ask.STATISTICS:
            return (kind, cell("what", Text("Which"), hint=outside("group.name")), low, high, unit)
        case Ask.SHELL:
            what = cell("what", Text("Command"), hint=outside("kernel version"))
            return (kind, what, low, high, equals, matches, unit)
        case Ask.SETTING:
            what = cell("what", Text("Which"), hint=outside("device/serial"))
            return (kind, what, low, high, equals, matches, unit)
        case _:
            assert_never(ask)


def writes(draft: JobDraft, problems: Problems) -> ListFacts:
    rows = []
    for number, values in draft.rows["writes"].items():
        key = key_of_row("writes", number)
        save = FieldFacts(
            f"{key}/save", Text("Kept over a restart"), FieldKind.SWITCH, value=values["save"]
        )
        restart = FieldFacts(
            f"{key}/restart",
            Text("Used from the next restart on"),
            FieldKind.SWITCH,
            value=values["restart"],
        )
        rows.append(
            RowFacts(
                key,
                Text("Setting {name}", name=values["setting"]),
                (
                    _cell(
                        draft,
                        problems,
                        key,
                        "setting",
                        Text("Setting"),
                        hint=outside("device/serial"),
                    ),
                    _cell(draft, problems, key, "value", Text("Value")),
                    save,
                    restart,
                ),
                problems.get(key, NOTHING),
            )
        )
    nothing = Text(
        "Nothing is written yet. In a value, {serial} stands for the unit's serial number; there "
        "are {others}, too.",
        serial="{serial}",
        others="{date}, {operator}, {station}",
    )
    return ListFacts("writes", nothing, Text("Add a setting"), tuple(rows))


def headers(draft: JobDraft, problems: Problems, name: str) -> ListFacts:
    rows = []
    for number, values in draft.rows[name].items():
        key = key_of_row(name, number)
        rows.append(
            RowFacts(
                key,
                Text("Header {name}", name=values["name"]),
                (
                    _cell(
                        draft, problems, key, "name", Text("Header"), hint=outside("Authorization")
                    ),
                    _cell(draft, problems, key, "value", Text("Value"), hint=outside("$MES_TOKEN")),
                ),
                problems.get(key, NOTHING),
            )
        )
    nothing = Text(
        "None yet. A value that begins with $ is taken from the environment of the station, so "
        "that no password stands in the job."
    )
    return ListFacts(name, nothing, Text("Add a header"), tuple(rows))


def _cell(
    draft: JobDraft,
    problems: Problems,
    row: str,
    column: str,
    title: Text,
    *,
    is_short: bool = False,
    hint: Text = NOTHING,
) -> FieldFacts:
    key = f"{row}/{column}"
    return FieldFacts(
        key,
        title,
        FieldKind.SHORT if is_short else FieldKind.LINE,
        value=draft.get(key),
        problem=problems.get(key, NOTHING),
        hint=hint,
    )
