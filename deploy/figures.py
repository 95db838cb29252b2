"""Serve the figures of a worker's processes at :9100/metrics, for Prometheus inside the network.

Started beside the worker by `entrypoint.sh`; it only reads PROMETHEUS_MULTIPROC_DIR.
"""

import threading

from prometheus_client import CollectorRegistry, multiprocess, start_http_server

PORT = 9100

registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
start_http_server(PORT, registry=registry)
threading.Event().wait()
