"""Addresses of servers: read whatever a password has in it, and told without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.records.address import read_address
from app.records.faults import DatabaseWrong


@pytest.mark.parametrize(
    ("where", "label", "password"),
    [
        ("postgresql://u:secret@host/db", "postgresql://host/db", "secret"),
        ("POSTGRES://u:s%40e%2Fc@Host:5432/db?sslmode=prefer", "postgresql://host/db", "s@e/c"),
        ("postgresql+pg8000://u:s@e/c?r:t@host:55/d%20b", "postgresql://host:55/d b", "s@e/c?r:t"),
        ("postgresql://u@[::1]/db?sslrootcert=/home/a%40b/x.pem", "postgresql://[::1]/db", ""),
    ],
)
def test_a_password_may_have_anything_in_it(where: str, label: str, password: str) -> None:
    read = read_address(where)
    assert read is not None
    assert (read.label, read.password, read.user) == (label, password, "u")
    assert "secret" not in repr(read)


@pytest.mark.parametrize("where", ["", "line.sqlite", "/srv/a=b/line.sqlite", "C:\\line.sqlite"])
def test_a_file_is_no_address(where: str) -> None:
    assert read_address(where) is None


@given(st.text(), st.text(), st.text())
def test_what_is_told_of_an_address_is_no_password(before: str, after: str, end: str) -> None:
    where = f"postgresql://u:{before}#s3cr3t#{after}@host{end}"
    try:
        read = read_address(where)
        assert read is not None
        told = read.label + read.host + repr(read)
    except DatabaseWrong as error:
        told = str(error.to_json())
    assert "#s3cr3t#" not in told
