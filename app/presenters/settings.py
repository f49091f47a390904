"""The settings in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from app.facts.settings import EntryFacts, OptionFacts, SettingsFacts
from app.language import TITLES
from app.memory.ini_file import Problem, Trouble
from app.memory.settings import Settings
from app.presenters.guards import guard_facts
from smp.address import Address
from smp.errors import SmpError
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import NOTHING, Text, outside, sentences
from smp.update.plan import Mode

_MODES = {
    Mode.CONFIRM: Text("Keep it"),
    Mode.TEST: Text("Leave it on test"),
    Mode.PERMANENT: Text("Keep it from the start"),
}
_MODE_WORDS = {
    Mode.CONFIRM: Text(
        "It is started as a test, checked, and then confirmed. If it fails, the old one returns."
    ),
    Mode.TEST: Text(
        "It is checked and stays a test: the old one returns with the next restart, unless "
        "somebody confirms the new one."
    ),
    Mode.PERMANENT: Text("There is no test, and the old one does not return. Each update asks."),
}
_MODE_UNKNOWN = Text("The file of these settings names a mode that nobody knows.")


def settings_facts(
    settings: Settings,
    *,
    keys: Sequence[EntryFacts],
    busy: Mapping[str, str],
    watch: str,
    watch_problem: Text,
    spoken: str,
) -> SettingsFacts:
    """keys: as they were looked at; busy: why a device cannot be removed now, by address; watch: as
    it was entered; spoken: what was set as the language when the program started."""
    known = {mode.value: mode for mode in Mode}
    mode = settings.mode or Mode.CONFIRM.value
    offered = [Mode.CONFIRM, Mode.TEST]
    if mode == Mode.PERMANENT.value:
        offered.append(Mode.PERMANENT)
    titles = (OptionFacts(code, outside(title)) for code, title in TITLES.items())
    return SettingsFacts(
        scheme=settings.scheme,
        languages=(OptionFacts("", Text("As the system")), *titles),
        language=settings.language,
        language_waits=settings.language != spoken,
        sound=settings.sound,
        notify=settings.notify,
        watch=watch,
        watch_problem=watch_problem,
        modes=tuple(OptionFacts(each.value, _MODES[each]) for each in offered),
        mode=mode,
        mode_words=_MODE_WORDS[known[mode]] if mode in known else _MODE_UNKNOWN,
        keys=tuple(replace(key, lasting=lock_words(settings)) for key in keys),
        guards=guard_facts(settings.forbids),
        locked=lock_words(settings),
        devices=tuple(_device(text, busy.get(text, "")) for text in settings.hosts),
        recent=len(settings.remembered),
        path=plain(str(settings.path), LONGEST_SENTENCE),
        problem=sentences(*(problem_words(each, shown=True) for each in settings.problems)),
    )


def lock_words(settings: Settings) -> Text:
    """Why what is done in updates cannot be changed; empty: it can."""
    if not settings.is_locked:
        return NOTHING
    if settings.lock_reason:
        return Text("Locked by the file of these settings: {reason}", reason=settings.lock_reason)
    return Text("Locked by the file of these settings, so that every update is done alike")


def problem_words(problem: Problem, *, shown: bool = False) -> Text:
    """What is wrong with the file and what to do, whole sentences; `shown`: its path is to be seen
    anyway."""
    path = Text("It") if shown else outside(str(problem.path))
    match problem.trouble:
        case Trouble.DAMAGED if problem.aside is None:
            return sentences(
                Text(
                    "{path} is damaged and could not be copied. What can be read in it is used, "
                    "the rest is as at the first start; nothing is written to it",
                    path=path,
                ),
                Text("Mend the file or take it away, and start Flashdesk again"),
            )
        case Trouble.DAMAGED:
            return sentences(
                Text(
                    "{path} is damaged. What can be read in it is used, the rest is as at the "
                    "first start. It was kept as {aside}",
                    path=path,
                    aside=str(problem.aside),
                ),
                Text("See in the settings what is missing, and set it again"),
            )
        case Trouble.UNREADABLE:
            return sentences(
                Text(
                    "{path} cannot be read ({reason}): everything is as at the first start, and "
                    "nothing is written to it",
                    path=path,
                    reason=problem.reason,
                ),
                Text("Ask for the right to read it, or take it away, and start Flashdesk again"),
            )
        case Trouble.UNWRITABLE:
            return sentences(
                Text(
                    "{path} cannot be written ({reason}): what is changed holds until Flashdesk "
                    "is closed",
                    path=path,
                    reason=problem.reason,
                ),
                Text("Make the file and its folder writable, or make room on their disk"),
            )
        case Trouble.NEWER:
            return Text(
                "{path} was written by a later version of Flashdesk. What is not known here is "
                "kept as it is",
                path=path,
            )
        case _:
            assert_never(problem.trouble)


def lost_wish(settings: Settings) -> Text:
    """Why nothing may begin although all that can be read is in order. Empty: it may."""
    if not settings.lost_wish:
        return NOTHING
    return Text(
        "{path} is damaged where it says what is wanted of updates ({name}). Put it right there "
        "and start the program again",
        path=str(settings.path),
        name=settings.lost_wish,
    )


def _device(text: str, lasting: str) -> EntryFacts:
    try:
        address = Address.parse(text)
    except SmpError as error:
        return EntryFacts(text, plain(text), problem=error.what)
    return EntryFacts(text, plain(text), outside(address.scheme.upper()), lasting=lasting)
