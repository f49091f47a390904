"""Flashdesk, the program: the window and the command line, on the engine in `smp`.

The rooms, each standing on those before it (`cli` opens the windows, which use parts of it):

    pseudo        a made-up language, for tests     language      what people read, in theirs
    streams       which may lead nowhere            paths, versions
    alert         why nothing opens, also in a box  bundle     what a package keeps to itself
    crash/        when the program itself fails: noticed, written down, told
    lib/          theme, icons, text, dialogs, tasks, words for quantities; no domain
    help_pages    the help, page by page
    facts/        what can be shown, card by card: plain values
    views/        what is seen: widgets that draw `facts` and emit intents; no engine
    words         words that all share              ways          how a next step is done
    act_words     those of acts on slots
    rows          a device's facts as rows
    log/          what the log says                 memory/       kept from start to start
    controllers/  what the window is about: devices, one device, an update; no Qt
    records/      of every unit of a line           station/      a line: a job, its places; no Qt
    requirements  what must be true before          parts         whose work is inside
    application   Qt's, started and dressed
    loop          Qt's event loop as asyncio's
    checkup/      is this installation whole: each part tried, in words
    presenters/   controllers in words and figures, as `facts`; no Qt
    report        one update, to be mailed          system/       what the computer does for it
    desk/         joins views and controllers       arrivals      what comes to an open window
    stand/        joins the station's window and a station
    cli/          the command line, one room a command
    demo          with simulated devices            demo_run      the same without a display
    window        opens it, and runs until it is closed
    station_window  the same for the station's
    __main__      the program's start               resources/    icons

Who knows whom: `views` and `lib` import neither the engine (`smp.plain` and `smp.text` excepted)
nor what stands above them; `controllers`, `presenters` and `log` no Qt; `controllers` neither
`presenters` nor `desk`. So what a device does can be tested without a window, and a window shown
without a device. `loop` alone knows qasync. Nobody nests event loops: a dialog is awaited
(`lib.dialog`).

Where to begin reading: `facts`, which is all that a window can show; then
`controllers.device`, one device of it; then `desk.desk`, where each intent of a person arrives.

Facts go down, intents come up. A verdict's way: the engine's event > `controllers.track` and
`controllers.worksheet` > `controllers.device` tells its change > `desk.showing` presents everything
as it is now, at most every 50 ms > `presenters.update` > `views.banner`. A click's way: a view's
signal > `desk` > a coroutine of a controller, kept by `lib.tasks`, so that nothing waits for it.
A packet's way to the log: `log.device_log` listens to the client > `log.packet_words` > `desk.log`
> `views.log_pane`.

On a command line, `cli.commands` reads arguments and loads the rest only when a command needs it:
`cli.update` runs the same `smp.update.run.Update` as the window and shows the same events.

The program has no public names: its command line, its exit statuses and its JSON (`cli`,
`smp.update.record`) are what others may rely on.
"""

VERSION = "0.1.0"
"""Here and not in the package's metadata, which a bundle may lack."""
