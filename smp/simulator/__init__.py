"""A device that behaves like Zephyr on MCUboot: flash, slots, bootloader, SMP server, link."""
