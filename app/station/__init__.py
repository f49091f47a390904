"""The production line: one job, many devices, a record of every unit.

job            what an engineer has laid down, as a value
standing       what can be said of a station at one moment, as values
job_file       a job's file, read                      job_toml     its text and lines
job_section    value by value                          job_faults   what is wrong, with the line
job_paths      which file a path in it means           patterns     of * ? #, bounded in time
locking        nobody but its owner changes a job      lock_keys    with which key
trusted_locks  whose locks this computer takes         firmware_of  a job that is opened
job_template   a new one, explained                    job_tables   what a file has to say
job_writing    written, with its remarks kept          summary      what it says, in words
checking       whether it can work, line by line       job_check    one line of that
contradictions, wanted_contradictions, serial_contradictions        what cannot be meant
rehearsal      tried out                               rehearsal_unit  on a simulated unit

One unit, from its serial number to its record:

attempting     one attempt, and its record             outcomes     PASS, FAIL and the others
unit_course    what is done to it, step by step
ledger         what it needs of the records            rest         a call to a service, bounded
serial_sources  where a serial number comes from       hooks        who is asked, who is told
expectations   what must hold of a unit                proof        what it runs, read once more
unit_writes    what is written to it and read back     unit_account what is noted for the record
unit_progress  how far it is                           hook_outbox  what waits to be told

The station itself, each room on those before it:

refusal        what it will not do                     hubs        is the hub of a socket there
places         which place a device is in              visit       one stay of a unit in a place
place          one place, and who is in it             limits      what cannot go on at one time
journal_lines  lines that say what is done next        journal     on the disk before it is done
diary          the same, for an event loop             tally       counters, yield, units an hour
scanning       what a scanner reads                    telling     what programs are told
bench          what all of a station shares            work        one attempt, as it sees it
guard          is it still the unit that it was        admission   who begins, and when
leftovers      serial numbers that are held still
aftermath      what else a kill has left
overview       the whole at one moment
station        all of it                               simulated   a line without hardware
premises       with all that it needs, on this computer

A job while it is written in the window:

job_draft      what stands in each field               job_document its file, read, saved, locked
job_looking    what a station would say of it          job_spots    which field a line is about
draft_fields   what a new row has, when a field means anything
"""
