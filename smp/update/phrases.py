"""Phrases that several endings of an update share."""

from __future__ import annotations

from smp.update.verdict import Running

SAFE = "The device is safe"


def still(running: Running | None) -> str:
    return f"Not updated: still running {running.version}" if running else "Not updated"


def was_before(was: Running | None) -> str:
    return f"Was {was.version}. " if was else ""


def joined(what: str, why: str) -> str:
    return f"{what.rstrip('.')}. {why}".rstrip(". ") if why else what.rstrip(".")


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]
