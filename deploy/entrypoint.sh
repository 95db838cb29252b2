#!/bin/sh
# Entry point of the image: web, worker, streams, beat, or any other command as it is.
# Every container has a metrics folder of its own: process ids repeat between containers, and
# files of dead processes would be counted for ever, so it is emptied at each start.
set -eu

rm -rf "$PROMETHEUS_MULTIPROC_DIR"
mkdir -p -m 0700 "$PROMETHEUS_MULTIPROC_DIR"

case "${1:-web}" in
web)
    # A channel folder that cannot be used ends it here, in one sentence, instead of each worker for ever.
    python3 -m bridge.cli channels >/dev/null
    exec python3 -m granian --interface wsgi --host 0.0.0.0 --port 8000 \
        --workers "${BRIDGE_WEB_PROCESSES:-2}" --blocking-threads "${BRIDGE_WEB_THREADS:-4}" \
        --no-ws --respawn-failed-workers api.wsgi:app
    ;;
worker)
    # The web service answers /metrics itself; the worker's figures need a port of their own.
    python3 /opt/bridge/deploy/figures.py &
    exec python3 -m celery -q -A bridge.celery_app worker -c "${BRIDGE_WORKER_PROCESSES:-2}" \
        --without-mingle --without-gossip --loglevel WARNING
    ;;
streams)
    exec python3 -m bridge.cli streams --alive-file /tmp/streams-alive
    ;;
beat)
    exec python3 -m celery -q -A bridge.celery_app beat -s /var/lib/bridge/beat/schedule \
        --pidfile= --loglevel WARNING
    ;;
*)
    exec "$@"
    ;;
esac
