"""The fields of a job's draft: what a new row of each list has, and when a field means anything."""

from __future__ import annotations

from collections.abc import Mapping

from app.station.job import Ask

YES = "yes"
LISTS: Mapping[str, Mapping[str, str]] = {
    "places": {"name": "", "at": ""},
    "before": {
        "ask": Ask.VERSION.value,
        "what": "",
        "low": "",
        "high": "",
        "equals": "",
        "matches": "",
        "unit": "",
    },
    "after": {
        "ask": Ask.VERSION.value,
        "what": "",
        "low": "",
        "high": "",
        "equals": "",
        "matches": "",
        "unit": "",
    },
    "writes": {"setting": "", "value": "{serial}", "save": YES, "restart": ""},
    "before_start.headers": {"name": "", "value": ""},
    "after_result.headers": {"name": "", "value": ""},
}
"""The lists of a job, each with what a new row has in it."""
HOOKS = ("before_start", "after_result")
RELEVANT: Mapping[str, tuple[str, ...]] = {
    "recognise.usb": ("serial",),
    "recognise.interface": ("serial",),
    "recognise.baud": ("serial",),
    "recognise.name": ("ble", "sim"),
    "recognise.framing": ("serial", "tcp", "sim"),
    "serial.format": ("counter",),
    "serial.first": ("counter",),
    "serial.last": ("counter",),
    "serial.file": ("list",),
    "serial.url": ("rest",),
    "serial.pattern": ("scan", "rest", "list"),
    "serial.pool": ("counter", "list", "scan", "rest"),
    "duplicates": ("scan", "rest"),
}
"""Fields that mean something only with some transports, or some sources of serial numbers."""
