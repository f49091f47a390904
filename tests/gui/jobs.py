"""Made-up jobs in their editor, for every window there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.facts.job import JobFacts
from app.facts.window import BannerFacts
from app.lib import tone
from app.presenters.job import Around, job_facts
from app.station.job import (
    Ask,
    Expectation,
    Hook,
    PlaceRule,
    Recognition,
    SerialRule,
    SerialSource,
    StationJob,
    UnitWrite,
)
from app.station.job_check import JobCheck
from app.station.job_document import JobDocument
from app.station.job_draft import nth_row
from app.station.job_looking import Looked, ReadFirmware, Remark
from app.station.locking import Lock
from smp.image import classify
from smp.simulator import build_image
from smp.text import Coded
from smp.update.kinds import Tone

FILE = classify(build_image("1.4.2", 200_000), "sensor_app_1.4.2.signed.bin")
JOB = StationJob(
    product="sensor-7",
    firmware="sensor_app_1.4.2.signed.bin",
    sha256=FILE.sha256.hex(),
    recognise=Recognition(usb="2fe3:0001", interface="2", board="nrf52840dk/nrf52840"),
    places=tuple(PlaceRule(str(at), f"1-2.{at}") for at in range(1, 9)),
    before=(Expectation(Ask.VERSION, low="1.2.0", high="1.4.1"),),
    after=(
        Expectation(Ask.SHELL, what="battery", low="3.6", high="4.2", unit="V"),
        Expectation(Ask.STATISTICS, what="smp_svr_stats.ticks", low="1"),
        Expectation(Ask.SETTING, what="device/region", equals="EU"),
    ),
    serial=SerialRule(SerialSource.COUNTER, format="S7-{number:06d}", first=4200),
    writes=(UnitWrite("device/serial"), UnitWrite("device/made", "{date}")),
    limit=400,
    before_start=Hook("https://mes.example/units", headers=(("Authorization", "$MES_TOKEN"),)),
)
PROBLEMS: Mapping[str, str] = {
    "product": "Give the product a name",
    "recognise.usb": "Write it as 2fe3:0001",
    "serial.last": "It is before the first number",
    "before_start.url": "Write a whole address, beginning with https://",
}
TRIED = BannerFacts(
    tone.Tone.OK,
    "A simulated unit passed",
    "Everything that can be tried without hardware went well: 6 steps in 4.1 s.",
    closable=True,
)


def shown_job(*, locked: bool = False, wrong: bool = False, tried: bool = False) -> JobFacts:
    document = JobDocument(replace(JOB, product="") if wrong else JOB)
    document.path = Path("/srv/line-3/sensor-7/sensor-7.toml")
    draft = document.draft
    document.lock = Lock(b"public", b"salt") if locked else None
    firmware = ReadFirmware(document.path.with_name(FILE.name), None, FILE)
    problems = dict(PROBLEMS) if wrong else {}
    if wrong:
        draft.put("limit", "401")
        problems[nth_row(draft, "places", 1, "at")] = "Two places are bound to it"
        problems[nth_row(draft, "after", 0, "high")] = "It is below the lower bound"
    remarks = tuple(
        Remark(key, JobCheck(Tone.BAD, Coded("made-up", words))) for key, words in problems.items()
    )
    document.looked = Looked(JOB, remarks, True, firmware)
    document.is_looked_at = True
    return job_facts(document, Around(tried=TRIED if tried else None))
