"""Where the set-up of a brand stands, in one statement: a few counts for each thing, and who changed it last."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bridge.db import Connection

EXPIRES_SOON: Final = timedelta(days=30)

_STATE = """
SELECT
  (SELECT count(*) FROM stores WHERE brand_id = %(brand_id)s) AS stores,
  (SELECT count(*) FROM stores WHERE brand_id = %(brand_id)s AND accepts_escalations) AS stores_open,
  (SELECT max(applied_at) FROM store_files WHERE brand_id = %(brand_id)s) AS stores_imported_at,
  (SELECT count(*) FROM people WHERE brand_id = %(brand_id)s AND status = 'active') AS people,
  (SELECT count(*) FROM people WHERE brand_id = %(brand_id)s AND status = 'suspended') AS people_suspended,
  (SELECT count(*) FROM authority_grants WHERE brand_id = %(brand_id)s AND revoked_at IS NULL
     AND valid_from <= %(now)s AND (valid_to IS NULL OR valid_to > %(now)s)) AS grants,
  (SELECT count(*) FROM promise_templates WHERE brand_id = %(brand_id)s AND retired_at IS NULL) AS templates,
  (SELECT count(*) FROM official_handles WHERE brand_id = %(brand_id)s AND status = 'active') AS handles,
  (SELECT count(*) FROM contact_points WHERE brand_id = %(brand_id)s AND state = 'active') AS points,
  (SELECT count(*) FROM contact_points WHERE brand_id = %(brand_id)s AND state = 'disabled') AS points_off,
  (SELECT count(*) FROM devices d JOIN stores s ON s.id = d.store_id
     WHERE s.brand_id = %(brand_id)s AND d.kind = 'counter' AND d.revoked_at IS NULL) AS devices,
  (SELECT count(*) FROM closures c JOIN stores s ON s.id = c.store_id
     WHERE s.brand_id = %(brand_id)s AND c.starts_at <= %(now)s
       AND (c.ends_at IS NULL OR c.ends_at > %(now)s)) AS closures,
  (SELECT count(*) FROM ladders WHERE brand_id = %(brand_id)s) AS ladders,
  (SELECT count(*) FROM credentials WHERE brand_id = %(brand_id)s AND kind = 'api_key'
     AND revoked_at IS NULL AND expires_at > %(now)s) AS keys,
  (SELECT count(*) FROM credentials WHERE brand_id = %(brand_id)s AND kind = 'api_key'
     AND revoked_at IS NULL AND expires_at > %(now)s AND expires_at <= %(soon)s) AS keys_ending,
  (SELECT count(*) FROM channel_accounts WHERE brand_id = %(brand_id)s AND deleted_at IS NULL) AS channels,
  (SELECT count(*) FROM channel_accounts WHERE brand_id = %(brand_id)s AND deleted_at IS NULL AND enabled
     AND (token_state = 'signed_out' OR quiet_since IS NOT NULL)) AS channels_stopped,
  (SELECT count(*) FROM saved_searches WHERE brand_id = %(brand_id)s AND enabled) AS searches,
  (SELECT count(*) FROM webhook_endpoints WHERE brand_id = %(brand_id)s AND deleted_at IS NULL) AS webhooks,
  (SELECT count(*) FROM webhook_endpoints WHERE brand_id = %(brand_id)s AND deleted_at IS NULL
     AND NOT enabled) AS webhooks_off,
  (SELECT count(*) FROM webhook_endpoints WHERE brand_id = %(brand_id)s AND deleted_at IS NULL
     AND NOT enabled AND disabled_reason = 'gone') AS webhooks_gone,
  (SELECT count(*) FROM webhook_endpoints e WHERE e.brand_id = %(brand_id)s AND e.deleted_at IS NULL
     AND EXISTS (SELECT FROM outcomes o WHERE o.endpoint_id = e.id AND o.channel = 'webhook'
                 AND o.state = 'dead')) AS webhooks_dead
"""

_VERSIONS = """
SELECT 'policy' AS what, v.version, v.created_at, p.display_name AS created_by
FROM sla_policies v LEFT JOIN people p ON p.id = v.created_by
WHERE v.brand_id = %(brand_id)s AND v.retired_at IS NULL
UNION ALL
SELECT 'causes', v.version, v.created_at, p.display_name
FROM taxonomies v LEFT JOIN people p ON p.id = v.created_by
WHERE v.brand_id = %(brand_id)s AND v.retired_at IS NULL
UNION ALL
SELECT v.kind, v.version, v.created_at, p.display_name
FROM wordings v LEFT JOIN people p ON p.id = v.created_by
WHERE v.brand_id = %(brand_id)s AND v.retired_at IS NULL
"""


def state(connection: Connection, brand_id: UUID, *, now: datetime) -> Any:
    """One row of counts."""
    values = {"brand_id": brand_id, "now": now, "soon": now + EXPIRES_SOON}
    return connection.execute(_STATE, values).fetchone()


def versions_in_force(connection: Connection, brand_id: UUID) -> dict[str, Any]:
    """Version, moment and author of what is in force, by "policy", "causes", "messages", "reasons"."""
    rows = connection.execute(_VERSIONS, {"brand_id": brand_id})
    return {row.what: row for row in rows}
