"""A device's facts as rows of words, for a terminal, a report and the log."""

from __future__ import annotations

from app.lib.wording import short_hash, size
from app.words import MODES, flag_words
from smp.survey import DeviceFacts
from smp.transport import facts as link_facts


def device_rows(facts: DeviceFacts) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = [("Device", facts.name)]
    rows += [(link_facts.label(key), text) for key, text in facts.link.items()]
    if facts.in_recovery:
        rows.append(("State", "MCUboot serial recovery: no application is running"))
    if facts.in_loader:
        rows.append(("State", "the firmware loader runs, not the application"))
    system = " ".join(word for word in (facts.kernel, facts.kernel_version) if word)
    rows.append(("System", system or "does not tell"))
    if facts.board:
        rows.append(("Board", facts.board))
    rows.append(("SMP version", str(facts.smp_version)))
    if facts.parameters:
        count, bytes_each = facts.parameters.buf_count, facts.parameters.buf_size
        rows.append(("Buffers", f"{count} × {bytes_each} B"))
    else:
        rows.append(("Buffers", "does not tell"))
    rows.append(("Bootloader", _bootloader(facts)))
    if facts.state is None:
        rows.append(("Images", "no image management in this firmware"))
        return rows
    several = any(entry.image for entry in facts.state.entries)
    for entry in facts.state.entries:
        label = f"Image {entry.image} slot {entry.slot}" if several else f"Slot {entry.slot}"
        text = ", ".join([entry.version, *flag_words(entry, in_loader=facts.in_loader)])
        if entry.hash:
            text += f"  hash {short_hash(entry.hash)}"
        rows.append((label, text))
    listed = {(entry.image, entry.slot) for entry in facts.state.entries}
    for slot in facts.slots:
        label = f"Image {slot.image} slot {slot.slot}" if several else f"Slot {slot.slot}"
        if (slot.image, slot.slot) not in listed:
            rows.append((label, "empty"))
        if slot.size is not None:
            rows.append((label, f"size {size(slot.size)}"))
    return rows


def _bootloader(facts: DeviceFacts) -> str:
    if facts.bootloader is None and facts.mode is None:
        return "MCUboot" if facts.in_recovery else "does not tell"
    mode = MODES[facts.mode] if facts.mode is not None else "mode not told"
    extra = ", refuses older versions" if facts.no_downgrade else ""
    return f"{facts.bootloader}, {mode}{extra}"
