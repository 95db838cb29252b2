"""`python -m migrations.sql [REVISION]` prints the SQL of every migration after REVISION."""

import sys

from migrations.run import as_sql

as_sql(sys.stdout, after=sys.argv[1] if len(sys.argv) > 1 else "base")
