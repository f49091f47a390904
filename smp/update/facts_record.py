"""What a device told of itself as JSON objects: its image list, and all of a survey.

Beside the events' own form (`smp.update.record`), and without a plan's rooms: who only asks a
device loads none of them.
"""

from __future__ import annotations

from smp.commands.image import ImageState
from smp.survey import DeviceFacts

Json = dict[str, object]


def state_json(state: ImageState) -> list[Json]:
    return [
        {
            "image": entry.image,
            "slot": entry.slot,
            "version": entry.version,
            "hash": entry.hash.hex() if entry.hash else None,
            "bootable": entry.bootable,
            "pending": entry.pending,
            "confirmed": entry.confirmed,
            "active": entry.active,
            "permanent": entry.permanent,
        }
        for entry in state.entries
    ]


def facts_json(facts: DeviceFacts, address: str) -> Json:
    """What `info --json` prints."""
    parameters = facts.parameters
    return {
        "event": "info",
        "address": address,
        "name": facts.name,
        "kind": facts.kind,
        "link": facts.link,
        "smp_version": facts.smp_version,
        "buffers": parameters and {"size": parameters.buf_size, "count": parameters.buf_count},
        "family": facts.family.value,
        "os": {
            "kernel": facts.kernel,
            "version": facts.kernel_version,
            "board": facts.board,
        },
        "bootloader": {
            "name": facts.bootloader,
            "mode": facts.mode.name.lower().replace("_", "-") if facts.mode is not None else None,
            "no_downgrade": facts.no_downgrade,
            "can_roll_back": facts.can_roll_back,
            "in_recovery": facts.in_recovery,
        },
        "images": state_json(facts.state) if facts.state is not None else None,
        "slots": [
            {
                "image": slot.image,
                "slot": slot.slot,
                "listed": not facts.is_unlisted(slot.image, slot.slot),
                "size": slot.size,
                "upload_image": slot.upload_image,
                "largest_image": slot.largest_image,
            }
            for slot in facts.slots
        ],
    }
