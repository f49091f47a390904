"""A device's facts as rows of words, for a terminal, a report and the log."""

from __future__ import annotations

from app.lib.wording import size
from app.words import MODES, flag_words, hash_words, slot_words, system_words
from smp.survey import DeviceFacts
from smp.text import Text, listed, outside
from smp.transport import facts as link_facts

Row = tuple[Text, Text]

_STATE, _BUFFERS = Text("State"), Text("Buffers")
_NOT_TOLD = Text("does not tell")
_UNLISTED = Text("not listed: the device does not tell what runs there")


def device_rows(facts: DeviceFacts) -> list[Row]:
    rows: list[Row] = [(Text("Device"), outside(facts.name))]
    rows += [(link_facts.label(key), outside(text)) for key, text in facts.link.items()]
    if facts.in_recovery:
        rows.append((_STATE, Text("MCUboot serial recovery: no application is running")))
    if facts.in_loader:
        rows.append((_STATE, Text("the firmware loader runs, not the application")))
    rows.append((Text("System"), system_words(facts) or _NOT_TOLD))
    if facts.board:
        rows.append((Text("Board"), outside(facts.board)))
    if not facts.family.is_mynewt:
        rows.append((Text("SMP version"), outside(str(facts.smp_version))))
    if facts.parameters:
        count, size_each = facts.parameters.buf_count, facts.parameters.buf_size
        rows.append((_BUFFERS, Text("{count} × {size} B", count=count, size=size_each)))
    else:
        rows.append((_BUFFERS, _NOT_TOLD))
    rows.append((Text("Bootloader"), _bootloader(facts)))
    if facts.behind_loader and facts.state is None:
        rows.append((Text("Images"), Text("only its firmware loader tells them")))
        return rows
    if facts.state is None:
        rows.append((Text("Images"), Text("no image management in this firmware")))
        return rows
    return rows + slot_rows(facts)


def slot_rows(facts: DeviceFacts) -> list[Row]:
    """What it holds."""
    if facts.state is None:
        return []
    rows: list[Row] = []
    several = any(facts.image_numbers)
    for entry in facts.state.entries:
        label = slot_words(entry.image, entry.slot, several=several)
        said = [outside(entry.version), *flag_words(entry, in_loader=facts.in_loader)]
        text = listed(said)
        if entry.hash:
            text = Text("{image}  {hash}", image=text, hash=hash_words(entry.hash))
        rows.append((label, text))
    told = {(entry.image, entry.slot) for entry in facts.state.entries}
    for slot in facts.slots:
        label = slot_words(slot.image, slot.slot, several=several)
        if (slot.image, slot.slot) not in told:
            is_unlisted = facts.is_unlisted(slot.image, slot.slot)
            rows.append((label, _UNLISTED if is_unlisted else Text("empty")))
        if slot.size is not None:
            rows.append((label, Text("size {size}", size=size(slot.size))))
    return rows


def _bootloader(facts: DeviceFacts) -> Text:
    if facts.bootloader is None and facts.mode is None:
        return outside("MCUboot") if facts.in_recovery else _NOT_TOLD
    mode = MODES[facts.mode] if facts.mode is not None else Text("mode not told")
    said = [outside(str(facts.bootloader)), mode]
    if facts.no_downgrade:
        said.append(Text("refuses older versions"))
    return listed(said)
