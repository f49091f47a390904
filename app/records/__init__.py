"""What became of every unit: written down, kept, browsed, taken along.

attempt     one attempt on one unit, as a value      serials    numbers that are handed out once
coding      an attempt as JSON, made harmless        entry      what a station tells its database
browsing    looked through, page by page             overview   how many, of which products
filter      which attempts are wanted                summary    what many come to, as values
where       where all of it is kept                  worker     a thread that ends with the program
address     of a server, told without its password   securing   TLS to it, as the address asks for
faults      a database's troubles, in words          outbox     what waits, on this computer's disk
schema      the tables                               database   the way to them: a file or a server
migrations  from version to version                  migrating  who runs them, with a backup
serial_rows whose each serial number is              keeping    attempts go in, and come out again
statistics  counted by the database                  delivery   into the database, or the outbox
records     all of it, for an event loop
taking_along as a file: csv_export, json_export, openhtf (test records), html_report (html_parts)
extract     what is taken along, and of how much it is a part; extracting reads it piece by piece
waiting     how many the database has not got    export_file puts a file in its place

From `schema` on SQLAlchemy is loaded: `records` imports them when they are used.
"""
