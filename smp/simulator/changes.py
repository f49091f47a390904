"""A profile with fields changed as people write it: `buf_size=1024`, `mode=swap-offset`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from enum import Enum

from smp.errors import AddressError, SmpError
from smp.simulator.device import SimulatedDevice
from smp.simulator.profiles import profile
from smp.simulator.traits import KB, Profile
from smp.text import Coded, Text, outside


def changed(found: Profile, changes: Iterable[str]) -> Profile:
    """The profile with fields changed by texts like "buf_size=1024" or "mode=swap-offset".

    Raises `AddressError` for fields it does not have and values they cannot take.
    """
    values = {}
    for text in changes:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name not in _SETTABLE:
            raise AddressError(
                Coded(
                    "simulated-unknown-field",
                    '"{text}" changes nothing of a simulated device',
                    text=text,
                ),
                next_step=Text(
                    "Write NAME=VALUE with one of {names}", names=", ".join(sorted(_SETTABLE))
                ),
            )
        values[name] = _read(name, value.strip(), getattr(found, name))
        _check(name, values[name])
    made = profile(found.name, **values)
    try:
        SimulatedDevice(made)
    except SmpError as error:
        raise AddressError(error.what, why=error.why, next_step=error.next_step) from error
    except (LookupError, ValueError, ArithmeticError, RuntimeError) as error:
        raise AddressError(
            Coded(
                "simulated-impossible",
                "No simulated device can be made with {changes}",
                changes=", ".join(changes),
            ),
            why=outside(str(error)),
        ) from error
    return made


def _check(name: str, value: object) -> None:
    least = _LEAST.get(name)
    if least is not None and isinstance(value, int | float) and value < least:
        raise AddressError(
            Coded("simulated-too-small", "{name}={value} is too small", name=name, value=value),
            next_step=Text("It is at least {least}", least=least),
        )


_LEAST = {
    "buf_size": 64,
    "buf_count": 1,
    "baud": 300,
    "images": 1,
    "slot_size": 8 * KB,
    "block_size": 256,
    "max_align": 1,
    "ble_mtu": 23,
    "udp_mtu": 64,
}
_SETTABLE = frozenset(f.name for f in dataclasses.fields(Profile)) - {
    "name",
    "facts",
    "key",
    "loader",
    "extras",
}


def _read(name: str, text: str, usual: object) -> object:
    """A field's value, of the type it usually has; numbers stand in for an absent one."""
    try:
        if isinstance(usual, bool):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[
                text.lower()
            ]
        if isinstance(usual, Enum):
            return type(usual)[text.upper().replace("-", "_")]
        if isinstance(usual, str):
            return text
        if isinstance(usual, int) or (usual is None and text.isdecimal()):
            return int(text)
        return float(text)
    except (ValueError, KeyError):
        raise AddressError(
            Coded("simulated-no-value", '"{text}" is no value for {name}', text=text, name=name),
            next_step=Text("It is usually {usual}", usual=usual),
        ) from None
