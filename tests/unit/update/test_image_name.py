"""What the images of one update are called."""

from __future__ import annotations

import pytest

from smp.image import FilePart, McubootImage
from smp.update.image_name import names
from tests.helpers import images

IMAGE = McubootImage.from_bytes(images.image())


@pytest.mark.parametrize(
    ("part", "title"),
    [
        (FilePart(IMAGE, 1, core="NETWORK"), "Network core"),
        (FilePart(IMAGE, 1, core="network"), "Network core"),
        (FilePart(IMAGE, 1, board="nrf5340dk/nrf5340/cpunet"), "Network core"),
        (FilePart(IMAGE, 1, name="net_core_app_update.bin"), "Network core"),
        (FilePart(IMAGE, 2, board="nrf54h20dk/nrf54h20/cpurad"), "Radio core"),
        (FilePart(IMAGE, 1, core="FLPR"), "FLPR core"),
        (FilePart(IMAGE, 1, core="other"), "Image 1"),
        (FilePart(IMAGE, 1), "Image 1"),
        (None, "Image 1"),
    ],
)
def test_another_core_is_called_as_its_package_does(part: FilePart | None, title: str) -> None:
    number = part.number if part is not None and part.number is not None else 1
    called = names([(number, part), (0, FilePart(IMAGE, 0, board="nrf5340dk/nrf5340/cpuapp"))])
    assert called[number].title == title
    assert called[number].noun.lower() == title.lower()
    beside = "Image 0" if title.startswith("Image") else "Application"
    assert called[0].title == beside


def test_the_application_keeps_its_name_though_its_file_speaks_of_a_network() -> None:
    called = names([(0, FilePart(IMAGE, 0, name="app_cpunet_bridge.bin"))])
    assert called[0].title == "Image 0"
