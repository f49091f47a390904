"""Acts on a device that need no file: on a slot, or on the whole of it.

    judged = judge(facts, Act(ActKind.GO_BACK))       what will be true after, or why it cannot be
    result = await Acting(client, Act(ActKind.GO_BACK), on_event=print).run()

kinds      what can be done, and to what         stored   the slots of one image
judging    possible or not, and what comes of it  restarts  what the next restart brings
results    how it ended, proven by reading again  events    what is told meanwhile
doing      what the doing of one act passes on    on_slots  marking, confirming, erasing
on_device  going back, restarting, recovery       acting    one act, from asking to its result
record     events as JSON objects

They stand on the rooms of the update: its persistence, its restart, its watch.
"""
