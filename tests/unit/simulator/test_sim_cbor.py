"""What the device's CBOR decoder takes and refuses, and what its encoder writes."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.simulator.cbor import Kind, Refusal, Text, decode_fields, encode

KINDS = {"n": Kind.UINT32, "b": Kind.BYTES, "t": Kind.TEXT, "f": Kind.BOOL}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("a0", {}),
        ("bfff", {}),
        ("a1616e05", {"n": 5}),
        ("bf616e1affffffffff", {"n": 0xFFFFFFFF}),
        ("a1616e1900ff", {"n": 255}),
        ("a161624201ff", {"b": b"\x01\xff"}),
        ("a1617462c328", {"t": b"\xc3("}),
        ("a16166f5", {"f": True}),
        (cbor2.dumps({"x": [[1, "hi"], {"y": b""}], "yy": None, "z": 1.5}).hex(), {}),
        ("a26178a1616ea1616e00616e07", {"n": 7}),
        ("a1616e05ffff00", {"n": 5}),
        ("a26178c000616e01", {"n": 1}),
        ("a26178da0000000100616e01", {"n": 1}),
        ("a1617a7b000000000000000161", {}),
        ("a2617a7b000000010000000161616e01", {"n": 1}),
        ("a2617a9b0000000100000000616e01", {"n": 1}),
        ("a161747a0000000161", {"t": b"a"}),
        ("bf616e01617aff", {"n": 1}),
        ("a2616e01617a6261", {"n": 1}),
        ("a2616e01617ac0790003", {"n": 1}),
    ],
)
def test_accepted(payload: str, expected: object) -> None:
    assert decode_fields(bytes.fromhex(payload), KINDS) == expected


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "empty payload"),
        ("80", "a list instead of a map"),
        ("a1616e20", "negative"),
        ("a1616ef93c00", "a float"),
        ("a1616e1b0000000100000000", "more than 32 bits"),
        ("a1616ec005", "a tag"),
        ("a1616e4101", "bytes for a number"),
        ("a161626161", "text for bytes"),
        ("a161744161", "bytes for text"),
        ("a161747f6161ff", "text of indefinite length"),
        ("a161787f6161ff", "the same behind an unknown key"),
        ("a1616601", "a number for a boolean"),
        ("a2616e01616e02", "the same key twice"),
        ("a10501", "a key that is no text"),
        ("a2616e01", "cut short"),
        ("bf616e01", "no end"),
        ("a1616e1c", "reserved bits"),
        ("a161747b000000000000000161", "a length of eight bytes"),
        ("a17b0000000000000001616e01", "the same of a key"),
        ("bb0000000000000000", "the same of the map"),
        ("a16178bb0000000100000000", "a map of too many pairs"),
        ("a1616e1b0000000000000001", "a number in eight bytes"),
        ("bf616eff", "a break behind a key that is known"),
        ("a2616e01617aff", "a break in a map of definite length"),
        ("a1617a42", "a string that is longer than the rest and its own head"),
        ("bf617a6261ff", "a string that swallows the end"),
        ("a16178db000000000000000100", "a tag of eight bytes"),
    ],
)
def test_refused(payload: str, why: str) -> None:
    with pytest.raises(Refusal):
        decode_fields(bytes.fromhex(payload), KINDS)


@given(st.binary(max_size=60))
def test_anything_is_decoded_or_refused(data: bytes) -> None:
    for payload in (data, b"\xbf\x61x" + data, b"\xa2\x61x" + data):
        try:
            decode_fields(payload, KINDS)
        except Refusal:
            pass


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Refusal):
        decode_fields(b"\xa1\x61x" + b"\x81" * 2000 + b"\x01", KINDS)


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=40)
    | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES, st.booleans())
def test_whatever_a_device_says_another_decoder_reads(value: object, canonical: bool) -> None:
    assert cbor2.loads(encode(value, canonical=canonical)) == value


@given(VALUES)
def test_canonical_is_the_shortest_form(value: object) -> None:
    assert encode(value, canonical=True) == cbor2.dumps(value)


def test_maps_and_lists_are_of_indefinite_length() -> None:
    assert encode({}).hex() == "bfff"
    assert encode({"a": [1, {}]}).hex() == "bf61619f01bfffffff"
    assert encode({"r": Text(b"\xff")}).hex() == "bf617261ffff"


def test_unknown_types_are_a_mistake_of_the_model() -> None:
    with pytest.raises(TypeError):
        encode(1.5)
    with pytest.raises(ValueError, match="64 bits"):
        encode(2**64)
