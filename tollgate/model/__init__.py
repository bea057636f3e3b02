"""Plain data about what is linted. Does no I/O and imports nothing else of Tollgate.

Values on the hook's hot path are NamedTuples and slotted classes, not dataclasses: importing
`dataclasses` alone costs as much as starting Python, and each class another 0.7 ms.
"""
