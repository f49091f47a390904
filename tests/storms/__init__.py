"""Storms: real programs update real processes of devices while everything goes wrong.

`python -m tests.storms --count 300 --seed 1 --jobs 2` runs seeded storms. In each one a device
(`flashdesk simulate`) is updated by `flashdesk update`, while the client is killed or interrupted,
the device is switched off, frozen or taken away for another one, and the link is lost or damaged.
Each verdict is held against the device's flash, which `flash` reads by itself: it shares no code
with the program. `judge` says what a lie is.
"""
