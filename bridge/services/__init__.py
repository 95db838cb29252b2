"""The acts, told in order: fetch and lock, decide with a pure rule, change, record.

A service receives its connection or session, the actor and `now`; it never commits, never
calls the network and never rings a bell: what must happen later is a row.
"""
