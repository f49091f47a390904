"""The SMP engine: MCUmgr devices over serial, TCP, UDP, Bluetooth LE or a link of your own.

    async with Client(Address.parse("serial:/dev/ttyACM0").transport()) as device:
        facts = await survey(device)
        file = read_firmware("app.signed.bin")
        (image,) = file.require_images()
        verdict = await Update(device, Job.of(image), facts=facts, on_event=print).run()

The rooms, each standing on those before it (`transport` and `bluetooth` on parts of each other):

    plain       text from outside, harmless           text        texts for people, as values
    machine     states that follow a table            signal      many listeners
    file_lock   a lock between programs
    codes       error numbers in words                errors      what failed, why, what to do
    packet      header and CBOR map                   framing     packets on byte streams
    family      whose firmware it is
    timing      how long to wait                      session     who asked what, resends
    usb_interfaces  which port of a device is which   hosts       names and numbers of hosts
    serial_ports  what is plugged in, and where       usb_address  a port, by its device
    transport/  the contract of a link; serial, TCP, UDP, Bluetooth LE
    bluetooth/  radio, pairing, what goes wrong       commands/   typed requests and answers
    image/      what a file is, and whose             connection  one life of a link
    transfer/   an upload, many parts in flight       refusals    those that may pass
    recognition  is it Apache Mynewt                  contact     a device that is reached
    asking      until it answers or refuses           uploading   its uploads, one at a time
    client      one device: async verbs               gathering   what takes several requests
    survey      what it tells of itself               identity    is it still the same one
    update/     from a file to a verdict              simulator/  a device without hardware
    address     devices as people write them          added_ports  ports that a person named
    discovery   what is reachable now

The simulator stands on the engine's packets, framing and image trailer; of the engine only
`address` knows it, since `sim:` is an address. `image`, `commands`, `packet`, `framing`,
`session`, `transfer` (but `drive`) and the simulator's inside do no I/O and take time as `now`:
asyncio drives them, or a test with a made-up clock. asyncio is known to `connection`, `contact`,
`survey`, `refusals`, `discovery`, `transfer.drive`, and in `transport`, `bluetooth`, `update`,
`simulator`. Nobody here knows Qt or `app`; no room needs, in the end, itself.

Where to begin reading: `transport.base`, the contract (140 lines); then `session`, `connection`,
`contact` and `client`; then the theory in `transfer`; then `update.run`, whose `STEPS` are the
update.

A packet's way up: transport (bytes; a thread, where the link needs one) > `framing` > `connection`
> `session`, which finds the request that it answers > `connection` hands the answer to whoever
asked: a verb of `client`, or `transfer.drive`, whose `upload` says what is sent next. Down it is
the same line, and `session` alone decides when.

An update's way: `image` judges the file > `update.run` passes one `Course` through
`update.steps`: `check` (`survey`, then `plan`: what would happen, what forbids it) > `clearing` >
`upload` (`transfer`, over a link that may drop: `persistence`) > `restart` (mark, `restarting`,
`restart`) > `proof` (`watch`, confirm). Whatever ends it is a `verdict`, worded in
`update.endings`, written down by recorders, then told as the last event.

Public, and kept from version to version:

    smp.address             Address
    smp.client              Client
    smp.survey              survey, DeviceFacts
    smp.discovery           Discovery, Found, probe
    smp.image               read_firmware, FirmwareFile, McubootImage, check_signature, PublicKey
    smp.image.part          FilePart
    smp.image.signer        NamedKey
    smp.update.run          Update, STEPS
    smp.update.job          Job, JobPart, parts_of
    smp.update.plan         make_plan, Plan, Mode, Remedy
    smp.update.events       *
    smp.update.verdict      Verdict, Outcome, Ending, ExitStatus, Fate
    smp.update.recording    Recorder, Account
    smp.update.record       event_json, plan_json, facts_json
    smp.errors              *
    smp.text                Text, Coded, said
    smp.packet              Group, Op, Version, Body
    smp.commands.base       Request, Command
    smp.commands.os         *
    smp.commands.image      *
    smp.commands.files      *
    smp.commands.statistics *
    smp.commands.shell      *
    smp.commands.logs       *
    smp.commands.mynewt     *
    smp.gathering           log_entries, read_core, is_core
    smp.family              Family
    smp.commands.settings   *
    smp.transport.base      Transport, Sink
    smp.bluetooth.pairing   pair
    smp.simulator           *

Codes (of errors, checks, obstacles, endings) and keys of JSON are public, too; the English beside
them is not. Everything else, and every module that is named nowhere in that list, may change.
This package itself imports nothing, so that a program loads only what it uses.
"""
