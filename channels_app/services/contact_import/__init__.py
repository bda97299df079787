"""Contacts from a file or from another system: read, understood, planned, and only then written.

`reading` makes rows of bytes, `columns` says what each column holds, `rows` cleans them, `planning` compares
them with the contacts there are, `applying` writes the plan.
"""
