"""The production station's window at work: it joins `views.station_window` and a station.

line       what is needed of a station        making     one with records and devices behind it
showing    what is shown of it, and when      sounding   what is heard of it
opening    a job, from its file to a station, with what a person has to say to it
notices    crashes of the program             ending     when units are still worked on
stand      each intent of a person arrives    run        from a job's path to the end
"""
