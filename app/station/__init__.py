"""The production line: one job, many devices, a record of every unit.

job       what an engineer has laid down, as a value
standing  what can be said of a station at one moment, as values
"""
