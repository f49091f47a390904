"""The words for an upload that cannot go on."""

from __future__ import annotations

from smp.errors import DeviceError, MalformedPacket, NoAnswer, Stuck, TransferError
from smp.transfer.endurance import RESTARTS


def gone(acked: int, total: int) -> NoAnswer:
    return NoAnswer(
        "The device stopped answering during the upload",
        why=f"It accepted {acked} of {total} bytes",
        next_step="Check power and connection, then start the update again: "
        "it continues where the device stopped",
    )


def ignored(acked: int, total: int, too_much: str) -> Stuck:
    """`too_much`: see `chunks.Payload`."""
    if not acked:
        return Stuck(
            "The device answers, but not to byte 0 of the upload",
            why="It is silent to the first part, while it answers other requests",
            next_step="Restart the device and try again; if it stays, its firmware may not take "
            "uploads over this connection",
        )
    return Stuck(
        f"The device answers, but not to byte {acked:,} of the upload",
        why=f"It took {acked:,} of {total:,} bytes and is silent to the next part, while it "
        "answers other requests",
        next_step=too_much,
    )


def full(offset: int, total: int, too_much: str, error: DeviceError) -> Stuck:
    return Stuck(
        f"The device does not take byte {offset:,} of the upload",
        why=f"It took {offset:,} of {total:,} bytes and refuses the next part every time",
        next_step=too_much,
        detail=error.detail,
    )


def unreadable(error: MalformedPacket) -> TransferError:
    return TransferError(
        "The device answers the upload with something this program cannot read",
        why=error.what[:1].upper() + error.what[1:],
        next_step=error.next_step,
    )


def beyond(offset: int, total: int) -> TransferError:
    return TransferError(
        "The device counts more bytes than the file has",
        why=f"It asks for byte {offset} of {total}",
        next_step="Restart the device and start the update again",
    )


def forgetful() -> TransferError:
    return TransferError(
        "The device keeps forgetting the upload",
        why=f"It asked {RESTARTS} times to start from the beginning",
        next_step="Check that no other program talks to it and that it does not "
        "restart by itself, then start the update again",
    )


def standing_still(acked: int) -> TransferError:
    return TransferError(
        "The device does not accept the next part of the file",
        why=f"It keeps asking for byte {acked}",
        next_step="Restart the device and start the update again",
    )
