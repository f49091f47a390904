"""What every command shares: a typed request that knows how to read its typed answer.

Answers are read leniently where the field allows it (unknown keys are ignored, absent flags are
false) and strictly where a wrong value would mislead: an `OddAnswer` names the key and what was
there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from smp import codes
from smp.errors import DeviceError, OddAnswer
from smp.packet import Body, Group, Op
from smp.plain import plain
from smp.text import NOTHING, Coded, Text, outside
from smp.timing import ORDINARY, Patience

A = TypeVar("A", covariant=True)


class Request(ABC, Generic[A]):
    """One command of one group. `A` is the type of its answer."""

    group: ClassVar[int]
    command: ClassVar[int]
    op: ClassVar[Op]
    title: ClassVar[Text]
    """What is asked for, as it stands in "The device refused ..."."""
    patience: ClassVar[Patience] = ORDINARY
    measured: ClassVar[bool] = True
    names_something: ClassVar[bool] = False
    """It asks for something by name, which may not be there; see `DeviceError`."""
    repeatable: ClassVar[bool] = False
    """Twice is as good as once, and a refusal for the moment is worth waiting for."""

    @abstractmethod
    def body(self) -> Body:
        """The request's map."""

    @abstractmethod
    def read(self, body: Body) -> A:
        """The answer's map, known to be no error, as a value."""

    def answer(self, body: Body) -> A:
        """The answer. Raises `DeviceError` for an error answer, `OddAnswer` for nonsense."""
        error = refusal(body, self.title, names_something=self.names_something)
        if error is not None:
            raise error
        return self.read(body)


class Command(Request[None]):
    """A request whose success carries nothing."""

    def read(self, body: Body) -> None:
        return None


def refusal(
    body: Body, title: Text = NOTHING, *, group: int | None = None, names_something: bool = True
) -> DeviceError | None:
    """The error in an answer, in the order a client must look for it; None is success.

    `err` (in one Zephyr revision `ret`) as a map is a group error; `rc` other than 0 is a core
    error, except beside a shell's output `o`, where it is the command's own status.
    """
    for key in ("err", "ret"):
        error = body.get(key)
        if isinstance(error, dict):
            number, code = error.get("group"), error.get("rc")
            if not isinstance(code, int) or isinstance(code, bool):
                raise OddAnswer(
                    Coded(
                        "answer-error-no-number",
                        "An error answer carries {shown}, no number",
                        shown=shown(code),
                    )
                )
            if code == codes.EOK:
                return None
            return DeviceError(
                code, group=number if isinstance(number, int) else None, request=title
            )
    code = body.get("rc", codes.EOK)
    if not isinstance(code, int) or isinstance(code, bool):
        raise OddAnswer(
            Coded(
                "answer-rc-no-number", "The answer's `rc` is {shown}, no number", shown=shown(code)
            )
        )
    if code == codes.EOK or (group == Group.SHELL and "o" in body):
        return None
    reason = body.get("rsn", "")
    return DeviceError(
        code,
        reason=reason if isinstance(reason, str) else "",
        request=title,
        names_something=names_something,
    )


# -- reading fields -----------------------------------------------------------------------


def uint(body: Body, key: str) -> int:
    """A required unsigned number."""
    value = optional_uint(body, key)
    if value is None:
        raise OddAnswer(
            Coded(
                "answer-lacks-number",
                "The answer lacks `{key}`: it holds {keys}",
                key=key,
                keys=_keys(body),
            )
        )
    return value


def optional_uint(body: Body, key: str) -> int | None:
    value = optional_int(body, key)
    if value is not None and value < 0:
        raise OddAnswer(
            Coded(
                "answer-negative",
                "The answer's `{key}` is {value}, which is negative",
                key=key,
                value=value,
            )
        )
    return value


def optional_int(body: Body, key: str) -> int | None:
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise OddAnswer(
            Coded(
                "answer-no-whole-number",
                "The answer's `{key}` is {shown}, no whole number",
                key=key,
                shown=shown(value),
            )
        )
    return value


def flag(body: Body, key: str) -> bool:
    """Absent and false are the same: frugal servers omit false flags."""
    return body.get(key) is True


def text(body: Body, key: str) -> str:
    """A required text, fit to be shown: see `smp.plain`."""
    return plain(exact_text(body, key))


def exact_text(body: Body, key: str) -> str:
    """A required text as it came, to be compared. Not for people's eyes."""
    value = body.get(key)
    if not isinstance(value, str):
        raise OddAnswer(
            Coded(
                "answer-lacks-text",
                "The answer lacks the text `{key}`: it holds {keys}",
                key=key,
                keys=_keys(body),
            )
        )
    return value


def optional_bytes(body: Body, key: str) -> bytes | None:
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, bytes):
        raise OddAnswer(
            Coded(
                "answer-no-bytes",
                "The answer's `{key}` is {shown}, no byte string",
                key=key,
                shown=shown(value),
            )
        )
    return value


def maps(body: Body, key: str) -> list[Body]:
    """A list of maps; entries of another type are skipped."""
    return [entry for entry in _listed(body, key) if isinstance(entry, dict)]


def texts(body: Body, key: str) -> tuple[str, ...]:
    """A list of texts as they came; entries of another type are skipped."""
    return tuple(entry for entry in _listed(body, key) if isinstance(entry, str))


def _listed(body: Body, key: str) -> list[Any]:
    value = body.get(key)
    if not isinstance(value, list):
        raise OddAnswer(
            Coded(
                "answer-lacks-list",
                "The answer lacks the list `{key}`: it holds {keys}",
                key=key,
                keys=_keys(body),
            )
        )
    return value


def named_maps(body: Body) -> dict[str, Body]:
    """The entries of `body` that are maps, by name, which is fit to be shown."""
    return {plain(str(name)): entry for name, entry in body.items() if isinstance(entry, dict)}


def number(value: Any) -> int | None:
    """A number or None, for facts that are only shown."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def shown(value: object) -> Text:
    """A value as a device sent it, short enough for a sentence and kept to one line."""
    if value is None:
        return Text("nothing")
    if isinstance(value, bool):
        return Text("true") if value else Text("false")
    if isinstance(value, int | float):
        return outside(_short(repr(value)))
    if isinstance(value, str):
        return Text("the text {text}", text=_short(repr(value)))
    if isinstance(value, bytes):
        return (
            Text("the bytes {bytes}", bytes=_short(value.hex()))
            if value
            else Text("an empty byte string")
        )
    if isinstance(value, list):
        return Text("a list")
    if isinstance(value, dict):
        return Text("a map")
    return Text("a {kind}", kind=_short(type(value).__name__))


def _keys(body: Body) -> Text:
    return outside(_short(repr(", ".join(body)))) if body else Text("nothing")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


_LONGEST_SHOWN = 50
