"""The SQL. One file per act; a name says what a statement does and whether it locks.

The hot path's statements are written out so that they can be read as SQL; a test checks
their plans and counts their round trips. Nothing here commits.
"""
