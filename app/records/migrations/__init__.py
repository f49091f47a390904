"""How a database of one version becomes one of the next: a script each, in `versions`.

A step adds: programs of the version before go on writing while a hall is updated, one by one.
What is added has a default of the server's, and nothing is renamed or taken away.
"""
