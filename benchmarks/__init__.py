"""The hot path beside a bare Flask + psycopg application, on one machine and in one run.

`python -m benchmarks` starts everything it needs and ends it again. Figures count only as
ratios of two sides measured in turns within the same run; see README.md in this folder.
"""
