"""What a device of a profile leaves the factory with, and firmware files made for it."""

from __future__ import annotations

from smp.simulator.builder import build_image
from smp.simulator.flash import Geometry
from smp.simulator.keys import DEMO_PUBLIC_PEM, demo_key, other_key
from smp.simulator.slots import flash_size
from smp.simulator.store import Flags, Mode
from smp.simulator.traits import Loader, Profile


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


def factory_image(profile: Profile, number: int = 0) -> bytes:
    """The image that a new device of this profile runs, as the application or on another core."""
    if number:
        size = min(profile.core_size, profile.image_size)
        version, words = profile.core_version, profile.core_words
        return firmware_for(profile, version, size, words=words, number=number)
    return firmware_for(profile, profile.version, profile.image_size, words=profile.words)


def loader_image(profile: Profile, loader: Loader) -> bytes:
    """The firmware loader that such a device leaves the factory with."""
    key = demo_key() if profile.key == DEMO_PUBLIC_PEM else None
    hash_name = profile.hash_name
    return build_image(
        loader.version, loader.image_size, key=key, seed="loader", hash_name=hash_name
    )


def firmware_for(
    profile: Profile,
    version: str,
    size: int | None = None,
    *,
    words: str = "",
    wrongly_signed: bool = False,
    slot: int = 0,
    number: int = 0,
) -> bytes:
    """An image file that the profile's bootloader accepts, or refuses if `wrongly_signed`.

    It is signed with the demo key where the profile wants that one, and not signed otherwise.
    `words` are for the simulated firmware (see `firmware`). `slot`: for which it is built, where
    the profile's firmware is built for one. `number`: the image's, of a core of its own where it
    is not 0.
    """
    flags = load = 0
    if profile.fixed_address:
        flags, load = Flags.ROM_FIXED, profile.flash_base + slot * profile.slot_size
    elif profile.ram_address:
        flags, load = Flags.RAM_LOAD, profile.ram_address
    key = demo_key() if profile.key == DEMO_PUBLIC_PEM else None
    if wrongly_signed:
        key = other_key()
    return build_image(
        version,
        profile.image_size if size is None else size,
        words=words,
        key=key,
        seed=f"{profile.name}, core {number}" if number else profile.name,
        hash_name=profile.hash_name,
        flags=flags,
        load_address=load,
    )
