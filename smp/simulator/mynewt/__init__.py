"""Firmware of Apache Mynewt: its server, its two kinds of serial port, its groups, its harms.

The rooms:

    memory    what outlives a restart, and what harm was done
    reader    CBOR, read as leniently as Mynewt does
    server    headers, errors, several requests in one packet
    ports     the shell on the console, and the dedicated UART
    system    group 0: echo, tasks, pools, clock, reset
    images    group 1: state, upload, erase, core dump
    records   groups 2 to 4: statistics, configuration, logs
    hands     groups 5 and 7 to 9: crash, run, files, shell
    firmware  all of it put together

Two generations differ in many answers: what is built with mynewt-mcumgr (1.8 and later), and what
has newtmgr built in (1.7 and before). Sources: apache/mynewt-core mgmt, sys/log, sys/config,
sys/stats, sys/shell; apache/mynewt-mcumgr; answers of both, recorded.
"""
