"""What the views show: plain frozen values, no Qt. Whoever presents them decides, views only draw.

Sizes are bytes, times seconds, rates bytes per second, fractions 0 to 1; views put them in words.

    words    chips, buttons, advice      devices  the list, the header
    slots    what is on the device       firmware the file, the plan
    run      steps, figures, graph       window   the banner, the line at the foot
    log      lines of the log               menu     the program's own
    settings what can be set                about    the program, its parts, its keys
    checkup  the check of the installation   glance   title and task bar
    job      a job of the line, as written   records  attempts, and one of them
    station  the production line's window: places, figures, who works
    sheet    several devices at once

A card of its own is a room here, one in `app.presenters` that makes its facts, and a view.
"""
