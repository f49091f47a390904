"""Flashdesk, the program: the window and the command line."""

VERSION = "0.1.0"
"""Here and not in the package's metadata, which a bundle may lack."""
