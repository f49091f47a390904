"""The steps of an update, one room each. Each is given the `Course`; a verdict ends the update.

    check      what the device is, what is to be done, whether it may be; remedies come first
    bootloader back into the application, for the two below
    loader     into a firmware loader, and out of it
    recovery   into MCUboot's serial recovery, and out of it
    clearing   what is in the way of an update, or of an image that is to stay
    upload     the file
    restart    marking, restarting, and whether the right image runs then
    proof      watching the image that runs, and keeping it

A flow is a list of steps: an update by another way is another list, `Update(..., steps=...)`.
"""
