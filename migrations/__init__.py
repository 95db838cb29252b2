"""The schema's history, and the functions that move a database along it."""
