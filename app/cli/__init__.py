"""The command line: one room a command, and what they share.

commands    arguments and help        running   errors, exit status, Ctrl-C
update_command, act_commands, reading_commands  the same of those with many options
update, scan, pair, info, simulate    clients   devices as they are remembered
terminal    an update in a terminal            self_test is this installation whole
opening     the window, with a file, and only one wishes  what settings say of every update
acts        acts on a device's images, restarts  options   those that commands share
readings    logs, statistics, config, coredump   trust    whose signature a file has to have
clicks_words  what click says itself     waiting  for a device that is booting
waits       what is waited for, how long yet
job_command, jobs, job_locks  jobs of a station        job_rehearsing  one tried out
station_command, station  a station without a window   line_commands  what it is told
speaker     what it tells, however slowly that is read
record_commands, records what became of every unit of a line    moments  as people write them
station_opening the station's window, each station once
spoken_help help in the language of the program
"""
