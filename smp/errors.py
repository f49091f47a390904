"""The error tree: what failed, why in a technician's words, what to do next.

Every exception that leaves the engine is an `SmpError`. `what` is a sentence fragment fit for a
headline, `why` and `next_step` are whole sentences (possibly empty), `detail` is for the expert:
group, code, errno, the device's own text. The words for numeric codes live in `codes`.
"""

from __future__ import annotations

from smp import codes
from smp.plain import LONGEST_SENTENCE, plain


class SmpError(Exception):
    """Base of everything the engine raises on purpose."""

    def __init__(self, what: str, *, why: str = "", next_step: str = "", detail: str = "") -> None:
        # Names of files and devices, and the system's own words, are part of these sentences.
        self.what = plain(what, LONGEST_SENTENCE)
        self.why = plain(why, LONGEST_SENTENCE)
        self.next_step = plain(next_step, LONGEST_SENTENCE)
        self.detail = plain(detail, LONGEST_SENTENCE)
        super().__init__(self.what)

    def __str__(self) -> str:
        sentences = [_sentence(self.what), _sentence(self.why), _sentence(self.next_step)]
        return " ".join(sentence for sentence in sentences if sentence)


class AddressError(SmpError):
    """A device address that cannot be understood."""


class FileError(SmpError):
    """A firmware file that cannot be used: not readable, not an image, truncated, damaged."""


class LinkError(SmpError):
    """The way to the device: a port, a socket, a radio."""


class LinkNotFound(LinkError):
    """The port, host or device is not there."""


class LinkForbidden(LinkError):
    """The system does not let this user open it."""


class LinkNeedsPairing(LinkForbidden):
    """A Bluetooth device that talks to paired computers only."""


class LinkBusy(LinkError):
    """Another program holds it."""


class LinkLost(LinkError):
    """It was open and went away."""


class NoAnswer(SmpError):
    """The link is open, the device stays silent."""


class MalformedPacket(SmpError):
    """Bytes that are no SMP packet, or an answer whose contents contradict the specification."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            why="The device sent something this program cannot understand",
            next_step="Check that the port belongs to an SMP device, and its baud rate",
        )


class TransferError(SmpError):
    """An upload or download that cannot go on although the device answers."""


class DeviceError(SmpError):
    """The device answered with an error code.

    `group` is None for a core error (MGMT_ERR, key `rc`), else the group whose own list `code`
    belongs to (key `err`). `reason` is the device's own text (key `rsn`), mostly empty.
    """

    def __init__(
        self, code: int, *, group: int | None = None, reason: str = "", request: str = ""
    ) -> None:
        entry = codes.explain(code, group)
        reason = plain(reason)
        where = "" if group is None else f"group {group}, "
        super().__init__(
            f"The device refused {request}" if request else "The device refused the request",
            why=entry.meaning,
            next_step=entry.next_step,
            detail=f"{entry.name} ({where}code {code})" + (f": {reason}" if reason else ""),
        )
        self.code = code
        self.group = group
        self.reason = reason
        self.name = entry.name

    @property
    def is_unsupported(self) -> bool:
        """The firmware does not have this command (its author left it out)."""
        return self.group is None and self.code == codes.ENOTSUP

    @property
    def is_congestion(self) -> bool:
        """The device was out of buffers; the request was not executed."""
        return self.group is None and self.code == codes.ENOMEM

    def is_code(self, group: int, code: int) -> bool:
        """True for the group error `group`/`code`, or the core error a v1 server makes of it."""
        if self.group == group:
            return self.code == code
        return self.group is None and self.code == codes.v1_of(group, code)


def _sentence(text: str) -> str:
    text = text.strip()
    return text + "." if text and text[-1] not in ".!?:" else text
