"""Firmware files: what a file is, whether it is whole, who signed it."""
