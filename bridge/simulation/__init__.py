"""Weeks of life in minutes: a made-up retailer, driven through the real services by a simulated clock.

For tests, for a demo with a history, and for benchmarks. Everything that chance decides comes
from one seed; the same seed gives the same figures. Only ever into an empty database.
"""
