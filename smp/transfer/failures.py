"""The words for an upload that cannot go on."""

from __future__ import annotations

from typing import assert_never

from smp.errors import DeviceError, MalformedPacket, NoAnswer, Stuck, TransferError
from smp.text import Coded, Text
from smp.transfer.endurance import RESTARTS, Hope


def of(hope: Hope, acked: int, total: int, too_much: Text) -> NoAnswer | Stuck | None:
    """None while there is hope. `too_much`: see `chunks.Payload`."""
    match hope:
        case Hope.GO_ON:
            return None
        case Hope.GONE:
            return gone(acked, total)
        case Hope.IGNORED:
            return ignored(acked, total, too_much)
        case _:
            assert_never(hope)


def gone(acked: int, total: int) -> NoAnswer:
    return NoAnswer(
        Coded(
            "upload-silent",
            "The device stopped answering during the upload",
        ),
        why=Text("It accepted {acked} of {total} bytes", acked=acked, total=total),
        next_step=Text(
            "Check power and connection, then start the update again: it continues "
            "where the device stopped"
        ),
    )


def ignored(acked: int, total: int, too_much: Text) -> Stuck:
    if not acked:
        return Stuck(
            Coded(
                "upload-beginning-ignored", "The device answers, but not to byte 0 of the upload"
            ),
            why=Text("It is silent to the first part, while it answers other requests"),
            next_step=Text(
                "Restart the device and try again; if it stays, its firmware may not "
                "take uploads over this connection"
            ),
        )
    return Stuck(
        Coded(
            "upload-part-ignored",
            "The device answers, but not to byte {acked:,} of the upload",
            acked=acked,
        ),
        why=Text(
            "It took {acked:,} of {total:,} bytes and is silent to the next part, "
            "while it answers other requests",
            acked=acked,
            total=total,
        ),
        next_step=too_much,
    )


def full(offset: int, total: int, too_much: Text, error: DeviceError) -> Stuck:
    return Stuck(
        Coded(
            "upload-part-refused",
            "The device does not take byte {offset:,} of the upload",
            offset=offset,
        ),
        why=Text(
            "It took {offset:,} of {total:,} bytes and refuses the next part every time",
            offset=offset,
            total=total,
        ),
        next_step=too_much,
        detail=error.detail,
    )


def unreadable(error: MalformedPacket) -> TransferError:
    return TransferError(
        Coded(
            "upload-answers-unreadable",
            "The device answers the upload with something this program cannot read",
        ),
        why=error.what,
        next_step=error.next_step,
    )


def beyond(offset: int, total: int) -> TransferError:
    return TransferError(
        Coded("upload-beyond-end", "The device counts more bytes than the file has"),
        why=Text("It asks for byte {offset} of {total}", offset=offset, total=total),
        next_step=Text("Restart the device and start the update again"),
    )


def forgetful() -> TransferError:
    return TransferError(
        Coded("upload-forgotten", "The device keeps forgetting the upload"),
        why=Text("It asked {times} times to start from the beginning", times=RESTARTS),
        next_step=Text(
            "Check that no other program talks to it and that it does not restart by "
            "itself, then start the update again"
        ),
    )


def standing_still(acked: int) -> TransferError:
    return TransferError(
        Coded("upload-stands-still", "The device does not accept the next part of the file"),
        why=Text("It keeps asking for byte {acked}", acked=acked),
        next_step=Text("Restart the device and start the update again"),
    )
