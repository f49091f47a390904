"""What the program asks of the computer it runs on, besides a window.

place      where the windows of one user meet       instance   one window: later starts hand over
services   the contract                             linux, windows, macos   who keeps it
bus        D-Bus, as far as a desktop needs it      tray       notices where they need an icon
here       which of the systems this is            awake      as long as somebody wants it
told_to_end   a signal closes the window in order

Nothing here knows devices, and none of it is needed: where a system does not offer something, or
offers it no more, the program goes on without it.
"""
