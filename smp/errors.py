"""The error tree: what failed, why in a technician's words, what to do next.

Every exception that leaves the engine is an `SmpError`. `what` is a sentence fragment fit for a
headline, `why` is a whole sentence (possibly empty), `next_step` one that is never empty: who
knows no better step leaves it to the error's class. `detail` is for the expert: group, code, errno,
the device's own text. The words for numeric codes live in `codes`.
"""

from __future__ import annotations

from typing import ClassVar

from smp import codes
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import NOTHING, Coded, Text, outside, sentences, stopped


class SmpError(Exception):
    """Base of everything the engine raises on purpose."""

    usual_step: ClassVar[Text] = Text("Try again; if it fails again, save the log and report it")
    """The next step where none is given."""

    def __init__(
        self,
        what: Coded,
        *,
        why: Text = NOTHING,
        next_step: Text = NOTHING,
        detail: str = "",
        command: str = "",
    ) -> None:
        """`command`: what can be typed into a terminal to get there, empty if nothing can."""
        self.what = what
        self.why = why
        self.next_step = next_step if next_step.strip() else self.usual_step
        self.command = command
        self.detail = plain(detail, LONGEST_SENTENCE)
        super().__init__(self.what)

    @property
    def text(self) -> Text:
        """All of it, as whole sentences."""
        return stopped(sentences(self.what, self.why, self.next_step))

    def to_json(self) -> dict[str, object]:
        """For scripts and records: they rely on `code` and `values`, people read the rest."""
        return {
            "code": self.what.code,
            "values": self.what.values_json(),
            "what": self.what,
            "why": self.why,
            "next_step": self.next_step,
            "command": self.command,
            "detail": self.detail,
        }

    def __str__(self) -> str:
        sentences = [_sentence(self.what), _sentence(self.why), _sentence(self.next_step)]
        return " ".join(sentence for sentence in sentences if sentence)


class AddressError(SmpError):
    """A device address that cannot be understood."""

    usual_step = Text("Check the address")


class FileError(SmpError):
    """A firmware file that cannot be used: not readable, not an image, truncated, damaged."""

    usual_step = Text("Choose another file")


class JobError(SmpError):
    """A job that nobody can mean: without an image, or with a wish that is not known."""

    usual_step = Text("Check what the job says")


class LinkError(SmpError):
    """The way to the device: a port, a socket, a radio."""

    usual_step = Text("Check that the device has power and is connected, then connect to it again")


class LinkNotFound(LinkError):
    """The port, host or device is not there."""


class LinkForbidden(LinkError):
    """The system does not let this user open it."""

    usual_step = Text("Ask the computer's administrator for the right to use it")


class LinkNeedsPairing(LinkForbidden):
    """A Bluetooth device that talks to paired computers only."""


class LinkBusy(LinkError):
    """Another program holds it."""

    usual_step = Text("Close the other program, then connect again")


class LinkLost(LinkError):
    """It was open and went away."""


class OtherDevice(LinkError):
    """In the place of the device another one answers, or one that may be another."""

    def __init__(self, name: str, why: Text = NOTHING, *, has_moved: bool = False) -> None:
        """has_moved: it answers at another address than the device did."""
        elsewhere = Text(
            "It answers at another address, and nothing proves that it is the same device"
        )
        super().__init__(
            Coded("other-device", "Another device answers in the place of {name}", name=name),
            why=why or (elsewhere if has_moved else _NONE_OF_ITS_IMAGES),
            next_step=Text(
                "Connect the device that was picked again, at the same place, and start "
                "the update again"
            ),
        )


_NONE_OF_ITS_IMAGES = Text("It lists none of the images that the device had")


class RecordError(SmpError):
    """What an update came to could not be written down. The device is not concerned."""

    usual_step = Text("Note the result by hand, and see why it cannot be written")


class NoAnswer(SmpError):
    """The link is open, the device stays silent.

    `is_explained`: `why` is what was found out, not the usual suspicion; `is_final`: everything
    was tried, so that asking again in a moment is no use.
    """

    usual_step = Text("Check that the device has power and is in reach, then try again")

    def __init__(
        self,
        what: Coded,
        *,
        why: Text = NOTHING,
        next_step: Text = NOTHING,
        detail: str = "",
        is_explained: bool = False,
        is_final: bool = False,
    ) -> None:
        super().__init__(what, why=why, next_step=next_step, detail=detail)
        self.is_explained = is_explained
        self.is_final = is_final


class Unanswered(SmpError):
    """The device answers, but not this one request: that is no lost link and no silent device."""

    def __init__(self, title: Text) -> None:
        """`title`: what was asked for, as in `Request.title`."""
        super().__init__(
            Coded("request-ignored", "The device is silent to one request"),
            why=Text("It answers, but not when asked for {title}", title=title),
            next_step=Text(
                "Restart the device and try again; if it is silent then too, tell the "
                "firmware's author"
            ),
        )


class MalformedPacket(SmpError):
    """Bytes that are no SMP packet, or an answer whose contents contradict the specification."""

    def __init__(self, what: Coded) -> None:
        super().__init__(
            what,
            why=Text("The device sent something this program cannot understand"),
            next_step=Text("Check that the port belongs to an SMP device, and its baud rate"),
        )


class OddAnswer(MalformedPacket):
    """The device answered this request, with contents that contradict the specification."""

    def __init__(self, what: Coded) -> None:
        super().__init__(what)
        self.why = Text("The device answered, but not as the protocol has it")
        self.next_step = Text("Save the log and give it to the firmware's author")


class TransferError(SmpError):
    """An upload or download that cannot go on although the device answers."""

    usual_step = Text("Start it again; if it stops at the same place, restart the device first")


class Stuck(TransferError):
    """A part of the upload never gets through, although the device answers everything else."""


class DeviceError(SmpError):
    """The device answered with an error code.

    `group` is None for a core error (MGMT_ERR, key `rc`), else the group whose own list `code`
    belongs to (key `err`). `reason` is the device's own text (key `rsn`), mostly empty.
    `names_something`: the request names a thing that the device may not have, so that "no such
    entry" speaks of that thing. Otherwise it means that the command is missing: old Apache Mynewt
    has no other code for it.
    """

    usual_step = Text("See the product's documentation for this number")

    def __init__(
        self,
        code: int,
        *,
        group: int | None = None,
        reason: str = "",
        request: Text = NOTHING,
        names_something: bool = True,
    ) -> None:
        entry = codes.explain(code, group)
        reason = plain(reason)
        self.is_unsupported = group is None and (
            code == codes.ENOTSUP or (code == codes.ENOENT and not names_something)
        )
        """The firmware does not have this command (its author left it out)."""
        words = codes.explain(codes.ENOTSUP) if self.is_unsupported else entry
        where = "" if group is None else f"group {group}, "
        super().__init__(
            (
                Coded("device-refused", "The device refused {request}", request=request)
                if request
                else Coded("device-refused-request", "The device refused the request")
            ),
            why=words.meaning,
            next_step=words.next_step,
            detail=f"{entry.name} ({where}code {code})" + (f": {reason}" if reason else ""),
        )
        self.code = code
        self.group = group
        self.reason = reason
        self.name = entry.name

    def to_json(self) -> dict[str, object]:
        """`answer` is what the device said: group (None: a core error), code, its name, reason."""
        answer = {
            "group": self.group,
            "code": self.code,
            "name": self.name,
            "reason": self.reason,
        }
        return {**super().to_json(), "answer": answer}

    @property
    def is_congestion(self) -> bool:
        """The device was out of buffers; the request was not executed."""
        return self.group is None and self.code == codes.ENOMEM

    @property
    def is_passing(self) -> bool:
        """The device may well do it if it is asked again in a moment.

        Of the core codes these are: out of memory (2), it gave up waiting (4), the message was
        damaged on its way (9), something else holds the resource (10), and the one that tells
        nothing (1), which stands for all of a group's own codes in SMP version 1. Of the image
        group's: unknown, flash that cannot be opened, read, written or erased just now, no memory,
        another upload open, a version that cannot be read. Every other code is about the request,
        the firmware or the state that the device is in, which waiting does not change.
        """
        if self.group is None:
            return self.code in _PASSING
        if self.group == codes.IMAGE:
            return self.code in _PASSING_OF_IMAGES
        return self.code == codes.EUNKNOWN

    @property
    def is_busy(self) -> bool:
        """Something else holds what the request needs."""
        return self.group is None and self.code == codes.EBUSY

    def was_asked(self, times: int) -> None:
        """So many times; this is the last answer."""
        why = self.why if isinstance(self.why, Text) else outside(self.why)
        again = Text(
            "It was asked {times} times, the last answer was {answer}",
            times=times,
            answer=self.detail,
        )
        self.why = sentences(why, again)

    def is_code(self, group: int, code: int) -> bool:
        """True for the group error `group`/`code`, or the core error a v1 server makes of it."""
        if self.group == group:
            return self.code == code
        return self.group is None and self.code == codes.v1_of(group, code)


class BeginningRefused(DeviceError):
    """The first part of an upload was refused, whatever was tried: nothing of it is on the device.

    That need not be the end: the slot may be in use, or wants to be erased first.
    """

    @classmethod
    def of(cls, error: DeviceError) -> BeginningRefused:
        refused = cls(error.code, group=error.group, reason=error.reason)
        refused.what, refused.args = error.what, error.args
        refused.is_unsupported = error.is_unsupported
        refused.why, refused.next_step = error.why, error.next_step
        return refused

    @property
    def is_about_the_file(self) -> bool:
        """What is refused is this file, or everybody: another try cannot end better."""
        if self.group is None:
            return self.is_unsupported or self.code not in _ABOUT_THE_SLOT
        return self.group != codes.IMAGE or self.code not in _ABOUT_THE_SLOT_OF_IMAGES


_PASSING = frozenset({codes.EUNKNOWN, codes.ENOMEM, codes.ETIMEOUT, codes.ECORRUPT, codes.EBUSY})
_PASSING_OF_IMAGES = frozenset(
    {
        codes.ImageError.UNKNOWN,
        codes.ImageError.FLASH_OPEN,
        codes.ImageError.FLASH_READ,
        codes.ImageError.FLASH_WRITE,
        codes.ImageError.FLASH_ERASE,
        codes.ImageError.NO_FREE_MEMORY,
        codes.ImageError.CONTEXT_ALREADY_SET,
        codes.ImageError.CONTEXT_NOT_SET,
        codes.ImageError.VERSION_GET,
    }
)
_ABOUT_THE_SLOT = frozenset({codes.EUNKNOWN, codes.ENOMEM, codes.ETIMEOUT, codes.EBADSTATE})
_ABOUT_THE_SLOT_OF_IMAGES = frozenset(
    {
        codes.ImageError.UNKNOWN,
        codes.ImageError.NO_FREE_SLOT,
        codes.ImageError.FLASH_OPEN,
        codes.ImageError.FLASH_READ,
        codes.ImageError.FLASH_WRITE,
        codes.ImageError.FLASH_ERASE,
        codes.ImageError.NO_FREE_MEMORY,
        codes.ImageError.CONTEXT_ALREADY_SET,
        codes.ImageError.CONTEXT_NOT_SET,
        codes.ImageError.ALREADY_PENDING,
    }
)


def _sentence(text: str) -> str:
    text = text.strip()
    return text + "." if text and text[-1] not in ".!?:" else text
