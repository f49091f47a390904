"""Bluetooth LE beside the transport: the radio that hears devices, pairing, and errors in words.

Everything here is imported when Bluetooth is first used, and bleak with it.
"""
