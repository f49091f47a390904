"""Check this installation: each part of the program is tried, and says in words whether it works.

part        what a check found              course      all checks, one after the other
program     Python, Qt, what is shipped     engine      CBOR, signatures, an update
links       ports, Bluetooth, network       places      folders and room on the disk
screen      the window, painted (Qt)        terminal    `flashdesk --self-test`
"""
