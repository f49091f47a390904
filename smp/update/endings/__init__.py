"""The words of every verdict, one room for each kind of ending: one sentence, one next step.

    good          this file's image runs
    refused       nothing was done, because it must not be
    broken        an error on the way that nobody could mend, by how far the update had come
    cancelled     somebody cancelled it: what the device was left with
    not_told      cancelled, and the device does not say any more what it has
    overwriting   the upload went over the only copy of the firmware
    unfinished    between marking and restart: what waits on the device
    never_back    it went away for its restart and stays away
    loader        its firmware loader took the application, or was not to be had
    recovery      its application was not to be restarted into serial recovery
    other_image   it came back and runs, or will run, another image
    nothing_runs  it answers, and no application runs
    unlisted_core  one core's image is out of sight, and the rest is proven
    not_held      the new image ran and did not hold
    late          the new image runs, and was not seen to stay
    several       of several images: all of them in one verdict
    side_by_side  images of two updates beside each other: is that safe
    why_refused   what a bootloader may have against an image, the surest first
    fates         what became of one of several, beside the one that an update ended for

A new ending is a code in `verdict.Ending`, a function in the room of its kind, and a test that
reaches it.
"""
