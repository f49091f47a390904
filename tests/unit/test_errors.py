"""Errors: one tree, and words for a technician."""

from __future__ import annotations

import inspect

import pytest

from smp import errors
from smp.errors import (
    DeviceError,
    LinkBusy,
    LinkError,
    LinkForbidden,
    LinkLost,
    LinkNotFound,
    MalformedPacket,
    NoAnswer,
    SmpError,
)
from smp.text import Coded, Text


def test_everything_is_one_tree() -> None:
    classes = [
        member
        for _, member in inspect.getmembers(errors, inspect.isclass)
        if issubclass(member, Exception)
    ]
    assert len(classes) > 8
    assert all(issubclass(member, SmpError) for member in classes)


@pytest.mark.parametrize("kind", [LinkNotFound, LinkForbidden, LinkBusy, LinkLost])
def test_link_errors_are_one_branch(kind: type[SmpError]) -> None:
    assert issubclass(kind, LinkError)
    assert not issubclass(NoAnswer, LinkError)


def test_the_text_is_whole_sentences() -> None:
    error = SmpError(
        Coded("port-gone", "The port is gone"),
        why=Text("It was unplugged!"),
        next_step=Text("Plug it in"),
    )
    assert str(error) == "The port is gone. It was unplugged! Plug it in."
    assert (
        str(SmpError(Coded("port-gone", "The port is gone")))
        == f"The port is gone. {SmpError.usual_step}."
    )
    assert (
        str(SmpError(Coded("failed", "It failed."), next_step=Text(" Try again ")))
        == "It failed. Try again."
    )


def test_a_malformed_packet_says_what_to_do() -> None:
    error = MalformedPacket(Coded("answer-lacks-off", "the answer lacks `off`"))
    assert error.what == "the answer lacks `off`"
    assert error.why
    assert error.next_step


def test_a_core_error_in_words() -> None:
    error = DeviceError(8, request="its clock")
    assert error.what == "The device refused its clock"
    assert error.why
    assert error.next_step
    assert error.detail == "ENOTSUP (code 8)"
    assert (error.code, error.group, error.name, error.reason) == (8, None, "ENOTSUP", "")
    assert error.is_unsupported
    assert not error.is_congestion


def test_a_group_error_in_words() -> None:
    error = DeviceError(23, group=1, request="the upload")
    assert error.why == "The file is not an MCUboot image"
    assert error.detail == "INVALID_IMAGE_HEADER_MAGIC (group 1, code 23)"
    assert not error.is_unsupported


def test_the_devices_own_words_stand_beside_the_code() -> None:
    error = DeviceError(1, reason="magic mismatch")
    assert error.detail == "EUNKNOWN (code 1): magic mismatch"
    assert error.what == "The device refused the request"


@pytest.mark.parametrize(("group", "code"), [(1, 8), (0, 8), (64, 8), (1, 2), (9, 2)])
def test_group_codes_are_no_core_codes(group: int, code: int) -> None:
    error = DeviceError(code, group=group)
    assert not error.is_unsupported
    assert not error.is_congestion


def test_out_of_memory_is_congestion() -> None:
    assert DeviceError(2).is_congestion


def test_a_group_error_is_recognised_in_both_versions() -> None:
    assert DeviceError(9, group=1).is_code(1, 9)
    assert DeviceError(6).is_code(1, 9), "version 1 makes 6 of it"
    assert not DeviceError(9, group=8).is_code(1, 9)
    assert not DeviceError(9).is_code(1, 9)
    assert not DeviceError(5).is_code(1, 9)


def test_unknown_codes_are_still_told() -> None:
    error = DeviceError(77, group=64)
    assert "77" in str(error)
    assert "64" in str(error)
    assert "77" in str(DeviceError(77))
