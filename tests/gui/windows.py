"""Every kind of window that the program opens, filled with something, for tests that look at all.

A class of the program that is a dialog, or opens as a window of its own, has an entry in `OPENERS`:
a test finds who has none.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from app.controllers.network_entry import read_entry
from app.facts.checkup import CheckupFacts, PartFacts
from app.facts.devices import PortFacts
from app.facts.settings import EntryFacts, OptionFacts, SettingsFacts
from app.facts.station import StartFacts, TrustFacts
from app.help_pages import FIRST, Library, parsed
from app.language import current, english
from app.lib.buttons import Button
from app.lib.question_box import Question, QuestionBox
from app.lib.tone import Tone
from app.parts import about
from app.presenters.guards import guard_facts
from app.presenters.station import StationPresenter
from app.presenters.station_start import refused
from app.views.about_dialog import AboutDialog
from app.views.check_dialog import CheckDialog
from app.views.crash_dialog import CrashDialog
from app.views.database_dialog import DatabaseDialog
from app.views.help_window import HelpWindow
from app.views.job_editor import JobEditor
from app.views.keys_dialog import KeysDialog
from app.views.main_window import MainWindow
from app.views.name_dialog import NameDialog
from app.views.network_dialog import NetworkDialog
from app.views.pairing_dialog import PairingDialog
from app.views.password_dialog import PasswordDialog
from app.views.port_dialog import PortDialog
from app.views.records_window import RecordsWindow
from app.views.settings_dialog import SettingsDialog
from app.views.station_start_dialog import StationStartDialog
from app.views.station_trust_dialog import StationTrustDialog
from app.views.station_window import StationWindow
from smp.errors import JobError
from smp.text import Coded, Text, outside
from smp.update.product import FOREIGN
from tests.gui.jobs import shown_job
from tests.gui.languages import worded
from tests.gui.records import feed, shown_records
from tests.gui.scenes import SCENES
from tests.helpers import scripted_station

ROOT = Path(__file__).resolve().parents[2]
Opener = Callable[[MainWindow], QWidget]
"""Of the main window, which is shown: something in it, or a window over it, which is returned."""


def _spoken(facts: Any) -> Any:
    """In the language that is spoken, as the desk hands facts to a window."""
    return facts if current() is english else current().spoken(worded(facts))


def _question(window: MainWindow) -> QWidget:
    question = Question(
        "Stop the update?",
        "The device keeps what it runs now.",
        "0 bytes of 214,900",
        Tone.WARN,
        ("Stop", "Go on"),
        copyable="/var/log/flashdesk.log",
    )
    box = QuestionBox(_spoken(question), window)
    for button in box.findChildren(Button):
        if button.isCheckable():
            button.setChecked(True)
    return box


def _network(window: MainWindow) -> QWidget:
    dialog = NetworkDialog(read_entry, window)
    dialog.host.setText("192.0.2.7")
    return dialog


def _check(window: MainWindow) -> QWidget:
    dialog = CheckDialog(window)
    parts = (
        PartFacts("Letters", Tone.OK, "OK", "Flashdesk Sans, and Flashdesk Mono for the log"),
        PartFacts("Bluetooth", Tone.BAD, "failed", "No adapter", "Plug one in."),
    )
    dialog.present(_spoken(CheckupFacts(parts, "One of 2 parts does not work.", Tone.BAD)))
    return dialog


def _pairing(window: MainWindow, ask: str) -> QWidget:
    dialog = PairingDialog("sensor-7", window)
    if ask == "digits":
        dialog.show_digits(123456)
    elif ask == "field":
        dialog._say("Enter the digits that sensor-7 shows", "Six digits.", yes="Pair")
        dialog.field.show()
        dialog._fit()
    return dialog


def _settings(window: MainWindow, *, locked: str = "") -> QWidget:
    facts = SettingsFacts(
        languages=(OptionFacts("", "As the system"), OptionFacts("de", "Deutsch")),
        watch="x",
        watch_problem="This is no number of seconds.",
        modes=(OptionFacts("confirm", "Test, check, keep"), OptionFacts("test", "Test only")),
        mode_words="The new firmware is kept when it holds.",
        keys=(
            EntryFacts("1", "field-2026", "ECDSA P-256", lasting=locked),
            EntryFacts("2", "old", problem="?", lasting=locked),
        ),
        guards=guard_facts(["not-signed", *FOREIGN]),
        locked=locked,
        devices=(EntryFacts("udp:192.0.2.7", "192.0.2.7", "UDP 1337", lasting="It is updated"),),
        recent=3,
        path="/home/user/.local/state/flashdesk/flashdesk.ini",
        problem="One line was not understood.",
    )
    return SettingsDialog(_spoken(facts), window)


def _station(window: MainWindow, *, places: int = 8) -> QWidget:
    """At work, beside the main window, as large as that is."""
    shown = StationWindow()
    shown.resize(window.size())
    presenter = StationPresenter(current().spoken)
    standing = scripted_station.standing(
        *scripted_station.many(places),
        operator="Maximiliane Kirchberger",
        trouble=Text("The database cannot be reached, records wait on this computer"),
    )
    answer = Text("{code} has passed already", code="S2-004187")
    shown.present(presenter.present(standing, answer=answer, answer_tone=Tone.BAD))
    return shown


def _station_refused(window: MainWindow) -> QWidget:
    shown = StationWindow()
    shown.resize(window.size())
    error = JobError(
        Coded("job-changed", "The job was changed after it was locked"),
        why=Text("What it says now is not what its owner has signed"),
        next_step=Text("Take the file from whoever made the job"),
        command="flashdesk job check FILE",
    )
    shown.advise(_spoken(refused(error, Path("line-3.toml"))))
    return shown


_START = StartFacts(
    "Sensor v2, line 3",
    Text("Firmware {version}, {file}", version="1.4.2", file="sensor2.signed.bin"),
    Text("Job {hash}, locked: nobody has changed it", hash="51be 07d2"),
    "Maximiliane Kirchberger",
)
_TRUST = TrustFacts(
    "line-3.toml",
    Text("This computer does not know yet who has locked the job"),
    "7f3a 9c41 00d2 51be",
)


def _trust(window: MainWindow) -> QWidget:
    dialog = StationTrustDialog(_spoken(_TRUST), window)
    dialog.password.setText("x")
    dialog.refuse("The job was not locked with that. Give the one that it was locked with.")
    return dialog


def _help(window: MainWindow) -> QWidget:
    pages = {FIRST: "# Help\n\nSee [errors](errors.md).\n", "errors": "# Errors\n\nWords.\n"}
    return HelpWindow(Library({name: parsed(name, text) for name, text in pages.items()}, {}))


def _job(window: MainWindow, section: str, **how: bool) -> QWidget:
    editor = JobEditor()
    editor.present(_spoken(shown_job(**how)))
    editor.close_requested.connect(editor.finish)
    editor.show_section(section)
    editor.resize(window.size())
    return editor


def _records(window: MainWindow, kind: str) -> QWidget:
    opened = RecordsWindow()
    facts = shown_records(kind)
    feed(opened, facts.total)
    opened.present(_spoken(facts))
    opened.resize(window.size())
    return opened


def _scene(name: str) -> Opener:
    def put_on(window: MainWindow) -> QWidget:
        SCENES[name].put_on(window)
        return window

    return put_on


OPENERS: dict[str, tuple[type[QWidget], Opener]] = {
    **{f"window: {name}": (MainWindow, _scene(name)) for name in SCENES},
    "question": (QuestionBox, _question),
    "network device": (NetworkDialog, _network),
    "port": (
        PortDialog,
        lambda window: PortDialog(PortFacts("sensor-7", 57600, "raw", (57600, 115200)), window),
    ),
    "check": (CheckDialog, _check),
    "name of a key": (
        NameDialog,
        lambda window: NameDialog(
            "field-2026", "nrf52840dk, sensor-*", outside("ECDSA P-256, 7f3a 9c41"), False, window
        ),
    ),
    "about": (AboutDialog, lambda window: AboutDialog(about(), window)),
    "keys": (KeysDialog, lambda window: KeysDialog(window.known_keys(), window)),
    "crash": (CrashDialog, lambda window: CrashDialog("Traceback", "Traceback of x", window)),
    "settings": (SettingsDialog, _settings),
    "settings: locked": (SettingsDialog, partial(_settings, locked="Locked by line 3")),
    "help": (HelpWindow, _help),
    "job: something missing": (JobEditor, partial(_job, section="product", wrong=True)),
    "job: a row that is wrong": (JobEditor, partial(_job, section="after", wrong=True)),
    "job: locked": (JobEditor, partial(_job, section="system", locked=True)),
    "records": (RecordsWindow, partial(_records, kind="failed")),
    "database": (
        DatabaseDialog,
        lambda window: DatabaseDialog("records.sqlite", "There is no such file.", window),
    ),
    "password: new": (PasswordDialog, lambda window: PasswordDialog(True, "", window)),
    "station: at work": (StationWindow, _station),
    "station: refused": (StationWindow, _station_refused),
    "station: start": (
        StationStartDialog,
        lambda window: StationStartDialog(_spoken(_START), window),
    ),
    "station: trust": (StationTrustDialog, _trust),
    **{
        f"pairing: {ask or 'waiting'}": (PairingDialog, partial(_pairing, ask=ask))
        for ask in ("", "digits", "field")
    },
}

ALSO: dict[str, tuple[type[QWidget], Opener]] = {
    **{
        f"job: {section}": (JobEditor, partial(_job, section=section))
        for section in (
            "recognition",
            "places",
            "update",
            "serial",
            "writes",
            "limits",
        )
    },
    "password: wrong": (
        PasswordDialog,
        lambda window: PasswordDialog(False, "That is not the password.", window),
    ),
    "job: tried": (JobEditor, partial(_job, section="recognition", tried=True)),
    **{
        f"records: {kind}": (RecordsWindow, partial(_records, kind=kind))
        for kind in ("nothing", "history")
    },
}
"""Other pages of the same windows: for pictures, and for what is cut off in them."""


def kinds() -> set[str]:
    """The classes of the program that are windows, by name, as its source says."""
    found = set()
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {ast.unparse(base) for base in node.bases}
                is_window = "Qt.WindowType.Window" in ast.unparse(node)
                if bases & {"QDialog", "QMainWindow", *found} or is_window:
                    found.add(node.name)
    return found
