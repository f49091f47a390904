"""The desk's part of the settings: what is changed on their page takes effect at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from app.controllers.fleet import Fleet
from app.controllers.watch_entry import WatchEntry, read_watch
from app.desk.folders import open_folder
from app.desk.notices import NoticeDesk
from app.facts.settings import EntryFacts
from app.facts.window import NoticeFacts
from app.facts.words import ActionFacts
from app.language import current
from app.lib import dialog
from app.lib.tasks import Tasks
from app.lib.theme import Scheme, wear
from app.lib.tone import Tone
from app.memory.ini_file import Trouble
from app.memory.settings import KnownKey, Settings
from app.presenters.guards import decided
from app.presenters.settings import lock_words, problem_words, settings_facts
from app.views.main_window import MainWindow
from app.views.name_dialog import ask_name
from app.views.settings_dialog import SettingsDialog
from smp.errors import SmpError
from smp.image import PublicKey
from smp.plain import plain
from smp.text import NOTHING, Text, sentences, stopped

_KEY_FILES = (Text("Keys (*.pem *.pub *.der *.c *.rs)"), Text("All files (*)"))


class SettingsDesk:
    """Belongs to a `Desk`. on_wishes: what is wanted of updates has changed; add_device: ask for a
    device on the network, above a widget; forget_device: the one with this address."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        fleet: Fleet,
        tasks: Tasks,
        notices: NoticeDesk,
        on_wishes: Callable[[], Coroutine[Any, Any, None]],
        add_device: Callable[[QWidget], Coroutine[Any, Any, None]],
        forget_device: Callable[[str], None],
        forget_files: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._window = window
        self._settings = settings
        self._fleet = fleet
        self._tasks = tasks
        self._notices = notices
        self._on_wishes = on_wishes
        self._add_device = add_device
        self._forget_device = forget_device
        self._forget_all_files = forget_files
        self._spoken = settings.language
        self._told: set[str] = set()
        self._watch = ""
        self._watch_problem = NOTHING
        self._keys: tuple[EntryFacts, ...] = ()
        self.page: SettingsDialog | None = None
        """While it is open."""

    def tell_problems(self) -> None:
        """What is wrong with the file is said in the window, each once."""
        for problem in self._settings.problems:
            key = f"settings-{problem.trouble.value}"
            if key not in self._told:
                self._told.add(key)
                tone = Tone.NEUTRAL if problem.trouble is Trouble.NEWER else Tone.WARN
                action = ActionFacts("folder", Text("Open the folder"))
                words = stopped(problem_words(problem))
                self._notices.say(key, NoticeFacts(words, tone, action), self._open_folder)
        self.present()

    async def show(self) -> None:
        """Open the page; returns when it was closed."""
        self._watch, self._watch_problem = self._settings.watch, NOTHING
        await self._look_at_keys()
        page = self.page = SettingsDialog(current().spoken(self._facts()), self._window)
        self._connect(page)
        try:
            await dialog.finished(page)
        finally:
            self.page = None
            if dialog.is_alive(page):
                page.deleteLater()

    def _connect(self, page: SettingsDialog) -> None:
        start, single = self._tasks.slot, self._tasks.single
        page.scheme_chosen.connect(self._choose_scheme)
        page.language_chosen.connect(self._choose_language)
        page.sound_switched.connect(self._switch_sound)
        page.notify_switched.connect(self._switch_notify)
        page.watch_edited.connect(self._edit_watch)
        page.watch_entered.connect(start(self._enter_watch))
        page.mode_chosen.connect(start(self._choose_mode))
        page.guard_chosen.connect(start(self._decide))
        page.key_dropped.connect(single(self.take_key))
        page.drop_refused.connect(single(self._refuse_drop))
        page.keys.add_requested.connect(single(self._add_key))
        page.keys.change_requested.connect(single(self._change_key))
        page.keys.remove_requested.connect(single(self._remove_key))
        page.devices.add_requested.connect(single(self._add_host))
        page.devices.remove_requested.connect(self._remove_host)
        page.forget_files_requested.connect(start(self._forget_files))
        page.folder_requested.connect(self._open_folder)
        page.reset_requested.connect(single(self._reset))

    def present(self) -> None:
        """Something changed."""
        if self.page is not None:
            self.page.present(current().spoken(self._facts()))

    def _facts(self) -> Any:
        busy = {
            str(device.found.address): Text("It is being updated")
            for device in self._fleet.updating
        }
        return settings_facts(
            self._settings,
            keys=self._keys,
            busy=busy,
            watch=self._watch,
            watch_problem=self._watch_problem,
            spoken=self._spoken,
        )

    # -- choices ------------------------------------------------------------------------------

    def _choose_scheme(self, key: str) -> None:
        self._settings.scheme = key
        wear(Scheme.called(key))
        self.present()

    def _choose_language(self, key: str) -> None:
        self._settings.language = key
        self.present()

    def _switch_sound(self, on: bool) -> None:
        self._settings.sound = on

    def _switch_notify(self, on: bool) -> None:
        self._settings.notify = on

    def _edit_watch(self, text: str) -> None:
        self._watch, self._watch_problem = text, _watch(text).problem
        self.present()

    async def _enter_watch(self, text: str) -> None:
        entry = _watch(text)
        if not entry.problem:
            self._settings.watch_seconds = entry.seconds
            await self._on_wishes()

    async def _choose_mode(self, key: str) -> None:
        self._settings.mode = key
        await self._on_wishes()
        self.present()

    async def _decide(self, guard: str, choice: str) -> None:
        self._settings.forbids = decided(self._settings.forbids, guard, choice)
        await self._on_wishes()
        self.present()

    async def _reset(self) -> None:
        if self.page is None or not await dialog.confirm(
            self.page,
            Text("Back to the defaults?"),
            Text(
                "Colours, language, alerts, and what is done in an update are as at the first "
                "start. Keys, devices and files stay."
            ),
            yes=Text("Back to the defaults"),
            no=Text("Leave them"),
        ):
            return
        self._settings.reset()
        self._watch, self._watch_problem = "", NOTHING
        wear(Scheme.SYSTEM)
        await self._on_wishes()
        self.present()

    # -- keys ---------------------------------------------------------------------------------

    async def _look_at_keys(self) -> None:
        self._keys = await asyncio.to_thread(_key_rows, self._settings.keys)

    async def _add_key(self) -> None:
        assert self.page is not None
        path = await dialog.choose_file(self.page, Text("Choose a public key"), _KEY_FILES)
        if path is not None:
            await self.take_key(path)

    async def take_key(self, path: Path) -> None:
        """Ask how the public key in the file shall be called, and know it from now on. Dropped
        where a device is looked at, it is offered to be for that product."""
        parent = self.page or self._window
        if locked := lock_words(self._settings):
            await dialog.tell(parent, Text("No key can be added"), stopped(locked))
            return
        try:
            key = await asyncio.to_thread(lambda: PublicKey.load(path))
        except SmpError as error:
            words = stopped(sentences(error.why, error.next_step))
            await dialog.tell(parent, error.what, words, details=error.detail or error.command)
            return
        kept = KnownKey(_identity(key), plain(path.stem), key.pem, self._product())
        known = next((it for it in self._settings.keys if it.identity == kept.identity), None)
        words = Text(
            "{kind}, {fingerprint}, from {form}",
            kind=key.kind.value,
            fingerprint=key.fingerprint,
            form=key.form.words,
        )
        added = await self._name(known or kept, words, is_known=known is not None)
        if added is not None and self.page is None:  # else it stands in its list
            self._notices.say("key", NoticeFacts(_trusted(added), Tone.OK))

    def _product(self) -> str:
        """What is looked at; empty: nothing, or it does not tell what it is."""
        device = self._fleet.chosen if self.page is None else None
        facts = device.facts if device is not None else None
        return plain(facts.board or "") if facts is not None else ""

    async def _change_key(self, identity: str) -> None:
        row = next(row for row in self._keys if row.identity == identity)
        key = next(key for key in self._settings.keys if key.identity == identity)
        await self._name(key, row.detail, is_known=True)

    async def _name(self, key: KnownKey, words: str, *, is_known: bool) -> KnownKey | None:
        """As it is kept; None: it was dismissed."""
        parent = self.page or self._window
        spoken = current().spoken(words)
        answer = await ask_name(parent, key.name, key.products, spoken, is_known=is_known)
        if answer is None:
            return None
        name, products = answer
        kept = KnownKey(key.identity, name, key.pem, products)
        self._settings.add_key(kept)
        await self._keys_changed()
        return kept

    async def _refuse_drop(self, why: Text) -> None:
        await dialog.tell(self.page or self._window, Text("That cannot be taken"), why)

    async def _remove_key(self, identity: str) -> None:
        self._settings.remove_key(identity)
        await self._keys_changed()

    async def _keys_changed(self) -> None:
        await self._look_at_keys()
        await self._on_wishes()
        self.present()

    # -- lists --------------------------------------------------------------------------------

    async def _add_host(self) -> None:
        assert self.page is not None
        await self._add_device(self.page)
        self.present()

    def _remove_host(self, text: str) -> None:
        self._forget_device(text)
        self.present()

    async def _forget_files(self) -> None:
        await self._forget_all_files()
        self.present()

    def _open_folder(self) -> None:
        self._tasks.start(open_folder(self.page or self._window, self._settings.path.parent))


def _trusted(key: KnownKey) -> Text:
    products = ", ".join(key.patterns)
    if not products:
        return Text("What is signed with “{name}” is told from now on.", name=key.name)
    return Text(
        "What is signed with “{name}” is told from now on, for {products}.",
        name=key.name,
        products=products,
    )


def _watch(text: str) -> WatchEntry:
    """As people write numbers."""
    return read_watch(text.replace(",", "."))


def _key_rows(keys: Iterable[KnownKey]) -> tuple[EntryFacts, ...]:
    return tuple(map(_key_row, keys))


def _key_row(known: KnownKey) -> EntryFacts:
    name = plain(known.name)
    try:
        key = PublicKey.from_bytes(known.pem.encode(), known.name)
    except SmpError as error:
        return EntryFacts(known.identity, name, problem=error.what)
    words = Text("{kind}, {fingerprint}", kind=key.kind.value, fingerprint=key.fingerprint)
    if known.patterns:
        products = ", ".join(known.patterns)
        words = Text("{key}, for {products}", key=words, products=products)
    return EntryFacts(known.identity, name, words)


def _identity(key: PublicKey) -> str:
    return hashlib.sha256(key.der).hexdigest()[:16]
