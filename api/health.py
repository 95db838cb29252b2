"""Is the process alive, is the service ready, and the figures for Prometheus."""

from datetime import timedelta
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify
from psycopg import errors as pg_errors

from api.auth import public
from bridge import db, metrics
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable
from bridge.settings import settings

log = structlog.get_logger()
blueprint = Blueprint("health", __name__)

OUTCOMES_LATE_AFTER = timedelta(minutes=5)
CLOCKS_APART_SECONDS = 2

_READY = """
SELECT (SELECT count(*) FROM alembic_version) AS migrations,
       extract(epoch FROM now() - %(now)s::timestamptz) AS seconds_apart,
       (SELECT min(next_at) FROM outcomes WHERE state IN ('queued', 'sending')) AS oldest_due,
       (SELECT max(at) FROM checkpoints) AS sealed_at
"""


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers and is migrated. Late outcomes and a stale seal are told, and do not fail it."""
    now = utc_now()
    try:
        with db.statement() as connection:
            row: Any = connection.execute(_READY, {"now": now}).fetchone()
    except (DatabaseUnavailable, pg_errors.UndefinedTable):
        return jsonify(status="not ready", database="does not answer or is not migrated"), 503
    late = row.oldest_due is not None and now - row.oldest_due > OUTCOMES_LATE_AFTER
    return (
        jsonify(
            status="ready",
            database="ok",
            outcomes="late" if late else "ok",
            clocks="apart" if abs(row.seconds_apart) > CLOCKS_APART_SECONDS else "ok",
            sealed_at=row.sealed_at.isoformat() if row.sealed_at else None,
            environment=settings().environment,
        ),
        200,
    )


@blueprint.get("/metrics")
@public
def figures() -> Response:
    """Prometheus text. The reverse proxy keeps this address inside the network."""
    return Response(metrics.render(), content_type="text/plain; version=0.0.4; charset=utf-8")
