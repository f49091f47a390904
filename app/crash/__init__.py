"""When the program itself fails: noticed, written down, and shown once, so that it can be mended.

    report   what is told of a crash, and what is left out of it
    seats    the places of programs that run at once, and who left one without ending
    shelf    reports that are kept, a few of them
    watch    notices: hooks for what Python raises, and the system's signals
    logs     the log file, and what it said last
    failing  a command that fails

A crash is what Python raised and nobody caught, or a signal of the system that the fault handler
wrote down in a program that did not end by itself. Who was killed, at the end of a session for
example, has not crashed. Nothing of all this leaves the computer by itself.
"""
