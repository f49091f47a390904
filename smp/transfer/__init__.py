"""An upload: many requests in flight to a server that never pushes back.

    chunks      how many bytes go into one request       limits      what device and link bear
    upload      the machine: offsets in flight           drive       runs it over a connection
    states      where it stands, and every step          flight      what was sent, unanswered
    cutting     the file in parts                        offsets     how far, in bytes
    congestion  how many at once                         packet_size how large
    patience    how long for an answer                   endurance   when to give up
    failures    the words for that                       pipeline    its parts as a session's calls

Everything but `drive` does no I/O and takes time as `now`.

Why it is as it is
------------------
An SMP server has a handful of buffers, works through requests in order, and answers each with
`off`, the byte it wants next. A request that finds no buffer is answered "out of memory" or lost
without a word; one that does not start at `off` is answered with `off` and its data dropped.

*The livelock.* With N requests in flight one byte too early, the first answer says "I want
`off`"; so do the N - 1 that follow, for requests that were sent before anybody knew. A client
that goes back to `off` at each of them sends everything N times, its window is full of what will
be dropped again, and nothing ever fits: the rate falls to nothing while both sides are busy. So a
chunk carries a *generation*: going back starts a new one, and answers to older generations may
bring progress but never send anybody back again.

*The window* (congestion) starts at what the buffers bear (`buf_count` - 1: the answer needs one,
too) and not at one, because an image is over before a slow start has ended. One more is a *hope*,
tried after a clean run: where the line is slower than the server, the answer has left by the time
the next request is there. The first trouble ends the hope. Otherwise the window halves when
trouble shows and grows by one after a clean run; a growth that leads to trouble doubles the run
before the next (4 to 256 answers), one that holds halves it again. Otherwise a server with one
buffer less than it claims would be overrun once in every few packets, for ever: each overrun
costs a wait of a whole time-out, as much as dozens of packets. One missing among answered ones is
*mild*: a damaged line explains it, too, and halving for it would leave a bad line half idle.

*The packet size* is a search of its own because a packet that is too long for something between
(a BLE server without reassembly, a console buffer) meets silence, as a lost one does. Size is
suspected only where a size never worked since the connection began, or after three silences in a
row; a smaller size that works is kept, and a larger one tried again after a run that grows
fourfold with each failure (16 to 4,096 answers). A new size makes window and time-out wait:
`stretch` scales the time-out, since round trips were measured with smaller packets.

*The time-out* follows RFC 6298, with four differences: there is a floor per link (flash is written
while we wait); silence that another request disproves eases it off again; the longest round trip of
late is remembered (a sector is erased now and then); and an answer that comes after its time-out is
measured, too, and undoes what the time-out did to the window: it was late, not lost.

*What was learned* about window and round trips holds for the next upload on the connection, round
trips by kind: writing a file's part takes another time than a slot's. A new connection may lead to
other firmware, and begins anew.

*The first chunk* goes alone and may take 40 s, in which a server erases the slot. Because servers
answer in order, an echo that is answered before it proves it lost, in a second instead of forty; in
one and a half time-outs where nothing is erased for it.

*A file* is closed by the server itself when it has counted to its end. The command for it is sent
only where one may be open: before the first file of a connection, before each repeated beginning,
and after an upload in which the server may have lost count.

*Giving up* (endurance) tells two silences apart: a device that answers nothing is gone after 20 s
and four silences; one that answers an echo each time after a part has met silence ignores that
part, after 8 times and 8 s at the smallest size. What is lost by chance would hit echoes as well.

*The doubtful end.* A server forgets the upload as soon as its last byte is written. If the answer
to the last chunk is lost, its repetition is answered with "I want byte 0": the same words as of a
server that restarted. Only the list of images can tell, and is asked.
"""
