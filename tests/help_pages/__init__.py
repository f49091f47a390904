"""`python -m tests.help_pages`: the pages of the help that are made from the code, anew.

    said        what the code says with each code: why, what to do
    entries     what people wrote beside it: resources/help/entries.toml
    errors      errors.md: everything that can stand in the way
    checks      checks.md: what is said before an update
    verdicts    verdicts.md: how an update can end
    answers     device-answers.md: the numbers of a device's refusals
    commands    command-line.md: commands, options, exit statuses, JSON
    modes       modes.md: bootloader mode x kind of file, each cell a run
    measured    measured.md: README's tables
    every_error each of them with its test, as resources/help/every-error.md
    pictures    pictures of the first update, from the real window: `python -m tests.pictures`

A test says when a page is not what the code would make of it.
"""
