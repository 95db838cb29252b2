"""One command, one table: `python -m benchmarks`. See README.md in this folder.

1. Start PostgreSQL (durable) and Valkey in a folder of their own.
2. Load one database for each table size.
3. Start REF and the bridge on the same kind of web server, and measure them in turns.
4. Measure the outbox and delivery.
5. Print the table, end every process, remove the folder.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import data, outbox, retailer, servers
from benchmarks.report import Report
from benchmarks.scripts import Scripts
from benchmarks.web import Side, Web


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rows", default="10000,1000000", help="table sizes, smallest first; the last is measured"
    )
    parser.add_argument("--with-10m", action="store_true", help="add ten million rows (about 20 GB of disk)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one run of one side")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--server", choices=servers.SERVERS, default="granian")
    parser.add_argument("--flags", default="", help="more words for granian's command line")
    parser.add_argument(
        "--deliveries", type=int, default=4000, help="for the worker's memory; the goal says 100000"
    )
    parser.add_argument("--only", default="web,outbox", help="web, outbox or both")
    parser.add_argument("--quick", action="store_true", help="10,000 rows, short rounds: about two minutes")
    chosen = parser.parse_args()
    servers.end_cleanly()
    if chosen.quick:
        chosen.rows, chosen.seconds, chosen.rounds, chosen.deliveries = "10000", 1.0, 3, 1000
    sizes = [int(size) for size in chosen.rows.split(",")] + [10_000_000] * chosen.with_10m
    report = Report(sizes=sizes, server=f"{chosen.server} {chosen.flags}".strip(), seconds=chosen.seconds)
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        running = stack.enter_context(servers.stores(folder))
        worlds = []
        for size in sizes:
            began = time.monotonic()
            worlds.append(data.prepare(servers.new_database(running.postgres, f"rows_{size}"), size))
            report.say(f"loaded {size:,} promises in {time.monotonic() - began:.0f} s")
        if "web" in chosen.only:
            _web(report, chosen, folder, running, worlds)
        if "outbox" in chosen.only:
            quick = chosen.quick
            report.outbox(
                outbox.in_a_process(
                    worlds[0].url,
                    running.valkey.url,
                    folder,
                    rounds=3 if quick else chosen.rounds,
                    queue_rows=8_000 if quick else 20_000,
                    each=200 if quick else 400,
                    deliveries=chosen.deliveries,
                )
            )
    report.write()


def _web(
    report: Report,
    chosen: argparse.Namespace,
    folder: Path,
    running: servers.Stores,
    worlds: list[retailer.World],
) -> None:
    measured = worlds[-1]
    wanted = [
        ("ref", "benchmarks.ref:app", "/ready", measured),
        ("ours", "api.wsgi:app", "/healthz", measured),
    ]
    wanted.append(("unlogged", "benchmarks.unlogged:app", "/healthz", measured))
    if len(worlds) > 1:
        wanted.append(("small", "api.wsgi:app", "/healthz", worlds[0]))
    scripts = {world.url: Scripts(world) for world in worlds}
    with ExitStack() as stack:
        sides = {}
        for name, app, ready, world in wanted:
            server = stack.enter_context(
                servers.web_server(
                    name,
                    app,
                    kind=chosen.server,
                    flags=chosen.flags.split(),
                    environment={
                        **retailer.ENVIRONMENT,
                        "DATABASE_URL": world.url,
                        "REDIS_URL": running.valkey.url,
                    },
                    log=folder / f"{name}.log",
                    ready=ready,
                )
            )
            sides[name] = Side(name, server, scripts[world.url])
        web = Web(sides, running.postgres.pid, seconds=chosen.seconds)
        web.warm_up()
        for number in range(chosen.rounds):
            for clients in (1, retailer.CLIENTS):
                web.round(clients)
            report.say(f"round {number + 1} of {chosen.rounds}")
        succeeded, refused = web.race()
        report.web(web.figures, succeeded=succeeded, refused=refused)
        report.memory(ours=sides["ours"].server.pss_mib(), ref=sides["ref"].server.pss_mib())


if __name__ == "__main__":
    main()
