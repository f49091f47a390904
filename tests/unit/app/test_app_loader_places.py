"""Where devices have their firmware loaders is remembered, across programs, whatever the file
holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.memory.loader_places import LoaderPlaces
from smp.address import Address
from smp.transport.base import Transport
from smp.transport.whereabouts import Place, Places, Whereabouts, new_name

SENSOR = "C0:DE:00:00:00:01"
PLACES = Places(Place(SENSOR, "sensor"), Place("C0:DE:00:00:00:02", new_name()))


def whereabouts(file: Path | None, address: str = f"ble:{SENSOR}") -> Whereabouts:
    """As another program has them."""
    places = LoaderPlaces(file)
    places.file.load()
    transport = places.tell(Address.parse(address).transport())
    assert transport.whereabouts is not None
    return transport.whereabouts


async def test_a_device_is_known_by_each_of_its_names_and_addresses(tmp_path: Path) -> None:
    file = tmp_path / "state" / "loaders.json"
    assert whereabouts(file).of(SENSOR) is None
    await whereabouts(file).keep(PLACES)
    for name in (SENSOR, "sensor", PLACES.loader.address, PLACES.loader.name):
        assert whereabouts(file).of(name) == PLACES
    assert whereabouts(file).lasts
    moved = PLACES.found("C0:DE:00:00:00:03")
    await whereabouts(file).keep(moved)
    assert whereabouts(file).of(SENSOR) == moved


async def test_for_this_run_only() -> None:
    here = whereabouts(None)
    await here.keep(PLACES)
    assert here.of(SENSOR) == PLACES
    assert not here.lasts


async def test_whose_loader_is_heard(tmp_path: Path) -> None:
    places = LoaderPlaces(tmp_path / "loaders.json")
    whereabouts = places.tell(Address.parse("ble:sensor").transport()).whereabouts
    assert whereabouts is not None
    await whereabouts.keep(PLACES)
    loader, elsewhere = PLACES.loader, Address.parse("ble:C0:DE:00:00:00:77")
    assert places.owner(Address.parse(f"ble:{loader.address}"), "as it was built") == "sensor"
    assert places.owner(elsewhere, loader.name) == "sensor"
    assert places.owner(elsewhere, "sensor") == places.owner(elsewhere, "") == ""
    assert places.owner(Address.parse(f"ble:{SENSOR}"), "sensor") == "", "its application"


def test_a_link_whose_loader_is_where_the_application_is_needs_none() -> None:
    transport: Transport = LoaderPlaces().tell(Address.parse("/dev/ttyACM0").transport())
    assert transport.whereabouts is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["application", "loader", "address", "name", f"ble:{SENSOR}"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_the_file_holds(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    file = tmp_path_factory.mktemp("any") / "loaders.json"
    file.write_text(json.dumps(content))
    known = LoaderPlaces(file)
    known.file.load()
    found = known.file.get(f"ble:{SENSOR}")
    assert found is None or found.application.address
