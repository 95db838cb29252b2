"""What beat rings for. A task is thin: it calls one service, which is safe to run twice and safe to lose.

Nothing in `bridge` imports a task; whoever wants something done later writes a row.
"""
