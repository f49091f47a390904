"""Flashdesk, the program: the window and the command line."""
