"""A shift at a station: units go through its places while everything goes wrong.

`python -m tests.station --units 400 --seed 7` runs one with the real program: `flashdesk station
JOB --json` in a process of its own, which is killed now and then, and units that are simulated
devices
on pseudo-terminals. Hands plug them in, scan them, pull them out in mid-write, exchange them for
twins with the same USB serial number; devices lose power and go silent. At the end every unit's
flash, which is read without the program's code, is held against the records.
"""
