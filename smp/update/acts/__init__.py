"""Acts on a device that need no file: on a slot, or on the whole of it.

    judged = judge(facts, Act(ActKind.GO_BACK))       what will be true after, or why it cannot be
    result = await Acting(client, Act(ActKind.GO_BACK), on_event=print).run()

kinds          what can be done, and to what      stored         the slots of one image
judging        possible or not, what comes of it  startable      can what is stored be started
starts         judging marks and going back       keeping        judging what stays
restarts       what the next restart brings       events         what is told meanwhile
results        how it ended, proven by reading    doing          what one act passes on
on_slots       marking, confirming, erasing       following      a restart, and who answers
into_firmware  a plain restart                    into_recovery  who answers in its place
going_back     the stored image, kept             unlisted       restarts without a list
acting         one act, from asking to its result record         events as JSON objects

They stand on the rooms of the update: its persistence, its restart, its watch.
"""
