"""Files of a job, asked for; what is in the way of saving it, told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.lib import dialog
from app.presenters.job_problems import problem_words
from app.station.job_document import JobDocument
from app.station.job_faults import JobFault
from app.views.job_editor import JobEditor
from smp.errors import SmpError
from smp.text import Text, listed, sentences, stopped

JOBS = (Text("Jobs (*.toml)"), Text("All files (*)"))
_ALL = Text("All files (*)")
_TITLES: Mapping[str, tuple[Text, Sequence[Text]]] = {
    "firmware": (Text("Choose a firmware file"), (Text("Firmware (*.bin *.zip *.hex)"), _ALL)),
    "key": (Text("Choose a public key"), (Text("Keys (*.pem *.pub *.der *.c *.rs)"), _ALL)),
    "lock": (Text("Choose the key that the job was locked with"), (_ALL,)),
    "serial.file": (Text("Choose a list of serial numbers"), (Text("Text (*.txt *.csv)"), _ALL)),
    "records": (Text("Choose records"), (Text("Records (*.sqlite *.db)"), _ALL)),
}
"""By the field that the file is for."""


async def choose_file(window: QWidget, key: str, job: Path | None) -> Path | None:
    """For this field. None: dismissed."""
    title, filters = _TITLES[key]
    return await dialog.choose_file(window, title, filters, job.parent if job else None)


async def ask_target(window: QWidget, document: JobDocument) -> Path | None:
    """Where a new job is saved: beside its firmware, if nobody wants it elsewhere."""
    firmware = Path(document.draft.get("firmware").strip() or Path.home() / "firmware")
    folder = firmware.parent if firmware.is_absolute() else Path.home()
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in document.draft.get("product"))
    proposal = folder / f"{name.strip('-.') or 'job'}.toml"
    return await dialog.choose_target(window, Text("Save the job"), JOBS, proposal, "toml")


async def tell_error(window: QWidget, error: SmpError, command: str = "") -> None:
    """Of a file with several faults, all of them. command: does it elsewhere."""
    details = error.detail or error.command or command
    if isinstance(error, JobFault) and error.others:
        details = "\n".join(stopped(fault.what) for fault in error.all)
    words = stopped(sentences(error.why, error.next_step))
    await dialog.tell(window, error.what, words, details=details)


async def may_replace(window: QWidget) -> bool:
    """Whether what somebody else has written into the file may go."""
    return await dialog.confirm(
        window,
        Text("Somebody else has changed the file"),
        Text("If it is saved now, what was written there meanwhile is lost."),
        yes=Text("Save it all the same"),
        no=Text("Leave it"),
    )


async def may_lose_mine(window: QWidget) -> bool:
    """Whether what was entered here may go."""
    return await dialog.confirm(
        window,
        Text("Read the file again?"),
        Text("What was changed here and not saved is lost."),
        yes=Text("Read it again"),
        no=Text("Leave it"),
    )


async def tell_problems(window: JobEditor, document: JobDocument) -> None:
    """Why it cannot be saved yet; the page with the first of them is shown."""
    told = [problem_words(remark.check) for remark in document.looked.remarks if remark.is_serious]
    told += document.draft.read().problems.values()
    window.show_first_problem()
    await dialog.tell(
        window,
        Text("It cannot be saved yet"),
        Text("What is marked has to be put right first: {problems}", problems=listed(told, " ")),
    )
