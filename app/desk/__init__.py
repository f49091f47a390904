"""Joins the window and what it is about: facts go down to the views, intents come up from them.

desk      the whole: its parts, and what each intent of a person does
files     the firmware file: choosing, reading, handing it to devices
bluetooth listening, adapters, pairing
saving    a report or the log to a file
log       what devices and the program tell, as lines of the log
help      the help window
menu      the program's own menu: settings, help, about
ports     the rate and framing of serial ports
notices   what the program has to say of itself
settings  the page of the settings
wishes    what they want of every update
hosts     devices that were added by hand
checking  is this installation whole
crashes   what is told of a crash, and kept up for the next one
folders   opened for the person, or their path told
updating  one device, from the button to what is learnt of it
together  several devices beside each other, the next unit
job_desk  jobs: an editor for each file
job_editing  one job in its editor
job_files files of a job, asked for
station_desk a production station, opened beside the window
records_reading  the window of the records
records_following  it follows a line that writes beside it
showing   presents everything as it is now
computer  awake while a device is written to, title and task bar, an end that nobody sees
acts      what is done to a slot without a file, after a question
closing   asks before a running update is given up
"""

from app.desk.desk import Desk

__all__ = ["Desk"]
