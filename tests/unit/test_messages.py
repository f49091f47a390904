"""Codes and templates are collected from the code: unique, stable, listed, translatable."""

from __future__ import annotations

import re
import string
from collections import defaultdict

from tests.messages import CODES, codes_page, messages


def test_every_template_is_a_literal_and_fits_its_placeholders() -> None:
    """Collecting raises for a template that is made while the program runs."""
    for message in messages():
        fields = [field for _, field, _, _ in string.Formatter().parse(message.template)]
        assert all(
            field is None or re.fullmatch("[a-z_]+[0-9]?|[0-9]", field) for field in fields
        ), f"{message.room}:{message.line}: {message.template}"


def test_a_code_belongs_to_one_text() -> None:
    templates = defaultdict(set)
    for message in messages():
        if message.code:
            templates[message.code].add(message.template)
            assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", message.code), message
    assert not {code: found for code, found in templates.items() if len(found) > 1}


def test_every_code_is_documented() -> None:
    assert CODES.read_text("utf-8") == codes_page(), "run: python -m tests.messages"
