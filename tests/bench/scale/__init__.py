"""How cost grows: with the file, with the window, with the number of devices.

measure     the rows      measured    what is run in a process of its own, and tells what it took
devices     many simulated devices in one process
"""
