"""What the program asks of the computer it runs on, besides a window.

place      where the windows of one user meet    instance   one window: later starts hand over

Nothing here knows devices, and none of it is needed: where a system does not offer something, or
offers it no more, the program goes on without it.
"""
