"""Tests against other people's programs and clients: `make peers` installs them and runs these.

Each test is marked `peers`. A program is started on a free port of loopback and ended by its pid.
"""
