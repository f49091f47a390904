"""What a device of a profile leaves the factory with, and firmware files made for it."""

from __future__ import annotations

from smp.simulator.builder import build_image
from smp.simulator.flash import Geometry
from smp.simulator.keys import DEMO_PUBLIC_PEM, demo_key, other_key
from smp.simulator.profiles import Profile
from smp.simulator.slots import flash_size
from smp.simulator.store import Mode


def scratch_size_of(profile: Profile) -> int:
    return profile.scratch_size if profile.mode is Mode.SWAP_SCRATCH else 0


def geometry_of(profile: Profile) -> Geometry:
    """The flash of such a device."""
    profile = profile.in_real_time()
    size = flash_size(
        Geometry(0, profile.block_size, profile.write_size),
        slot_size=profile.slot_size,
        images=profile.images,
        scratch_size=scratch_size_of(profile),
    )
    return Geometry(
        size,
        profile.block_size,
        profile.write_size,
        erase_time=profile.erase_time,
        write_time=profile.write_time,
    )


def factory_image(profile: Profile) -> bytes:
    """The image that a new device of this profile runs."""
    return firmware_for(profile, profile.version, profile.image_size, words=profile.words)


def firmware_for(
    profile: Profile,
    version: str,
    size: int | None = None,
    *,
    words: str = "",
    wrongly_signed: bool = False,
) -> bytes:
    """An image file that the profile's bootloader accepts, or refuses if `wrongly_signed`.

    It is signed with the demo key where the profile wants that one, and not signed otherwise.
    `words` are for the simulated firmware (see `firmware`).
    """
    key = demo_key() if profile.key == DEMO_PUBLIC_PEM else None
    if wrongly_signed:
        key = other_key()
    return build_image(
        version,
        profile.image_size if size is None else size,
        words=words,
        key=key,
        seed=profile.name,
        hash_name=profile.hash_name,
    )
