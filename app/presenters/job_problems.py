"""What is wrong with a field of a job, for who writes it in the window and sees no file."""

from __future__ import annotations

from collections.abc import Mapping

from app.station.job_check import JobCheck
from smp.text import Text, sentences, stopped

_WORDS: Mapping[str, Text] = {
    "job-entry-missing": Text("This is needed."),
    "job-key-missing": Text("This is needed."),
    "job-firmware-changed": Text("The file is not the one that was pinned."),
    "job-not-pinned": Text("Not pinned: a station takes only what is. Press “Pin it”."),
    "job-bad-usb": Text("Write four digits each, from 0 to f, such as 2fe3:0001."),
    "job-bad-url": Text("Write it as http://HOST/PATH or https://HOST/PATH, without a password."),
    "job-bad-sha256": Text("A SHA-256 has 64 digits from 0 to f. Press “Pin it”."),
    "job-bad-headers": Text("A header has a name without spaces, and a value in plain letters."),
    "job-list-missing": Text("Choose the file that the list is in."),
    "job-service-missing": Text("Write the address of the service."),
    "job-asks-for-nothing": Text("Write what is asked for."),
    "job-wants-nothing": Text("Write what the answer has to be."),
    "job-no-serial": Text("Units have no serial number: choose where it comes from."),
    "job-needs-consent": Text(
        "No unit would start, since nobody is asked on a line: agree to what cannot be taken back, "
        "or choose another way."
    ),
    "job-any-port": Text(
        "Any serial port of the computer is taken for a unit. Write which USB device it is, or "
        "bind each place to a socket."
    ),
    "job-any-radio": Text(
        "Every device with SMP in the air is taken for a unit. Write its name, or bind each place."
    ),
    "job-mode-test": Text("Units that pass return to their old image when they are restarted."),
    "job-scan-anything": Text("Whatever is scanned is taken for a serial number."),
    "job-at-once-no-limit": Text("That is more than there are places."),
    "job-equals-outside": Text("What it has to be exactly is outside of its own bounds."),
}
"""Where the check speaks of what stands in the file, or tells more than a field has room for."""


def problem_words(check: JobCheck) -> Text:
    """A sentence or two, to stand beside the field."""
    known = _WORDS.get(check.text.code)
    if known is not None:
        return known
    if check.text.code == "job-number-out-of-range":
        return Text("Write a number from {least} to {most}.", **_bounds(check))
    return stopped(sentences(check.text, check.why))


def _bounds(check: JobCheck) -> dict[str, object]:
    values = check.text.values
    return {name: values.get(name, "?") for name in ("least", "most")}
