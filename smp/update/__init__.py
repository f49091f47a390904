"""The update: from a file and a device to a verdict that is proven on the device.

`plan` says what would happen and what forbids it, `run.Update` does it and tells typed events,
`verdict` is what a person, a script or a record gets in the end.

`acts`: what is done to a slot or a device without a file, by the same means.
"""
