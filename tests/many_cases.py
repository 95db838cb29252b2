"""A retailer at work: many stores in districts, open cases and a quarter of a year of ended ones.

Everything is INSERT .. SELECT beside one promise that the service made; triggers stay on.
"""

import psycopg

Owner = psycopg.Connection[tuple[object, ...]]

_STORES = """
WITH region AS (SELECT id, brand_id, parent_id FROM org_units WHERE kind = 'region' LIMIT 1),
made AS (
    INSERT INTO org_units (id, brand_id, kind, name, parent_id, valid_from)
    SELECT gen_random_uuid(), brand_id, 'district', 'District ' || n, id, now()
    FROM region, generate_series(1, greatest(1, {stores} / 15)) AS n
    RETURNING id
),
districts AS (SELECT array_agg(id) AS ids FROM made),
units AS (
    INSERT INTO org_units (id, brand_id, kind, name, parent_id, valid_from)
    SELECT gen_random_uuid(), r.brand_id, 'store', 'Store ' || 1000 + n,
           d.ids[1 + n % array_length(d.ids, 1)], now()
    FROM region r, districts d, generate_series(1, {stores}) AS n
    RETURNING id, brand_id, name, parent_id
)
INSERT INTO stores (id, brand_id, org_unit_id, unit_path, number, name, kind, address, address2, city, state,
                    postcode, country, lat, lon, zone, hours, hours_text, services, phone, has_counter,
                    accepts_escalations, observes_holidays, imported_from, created_at, updated_at)
SELECT gen_random_uuid(), u.brand_id, u.id, ARRAY[u.id, u.parent_id, r.id, r.parent_id], substr(u.name, 7),
       'Mall ' || substr(u.name, 7), s.kind, s.address, s.address2, s.city, s.state, s.postcode, s.country, s.lat,
       s.lon, s.zone, s.hours, s.hours_text, s.services, s.phone, true, true, false, '', now(), now()
FROM units u, region r, (SELECT * FROM stores LIMIT 1) s
"""

_CASES = """
CREATE TEMP TABLE many_cases AS
SELECT n, gen_random_uuid() AS id, n <= {open_cases} AS is_open,
       now() - (n * 7919 % (83 * 24 * 60)) * interval '1 minute' - interval '25 hours' AS at, sha256(n::text::bytea) AS hmac
FROM generate_series(1, {open_cases} + {ended}) AS n;
INSERT INTO escalations (
    id, brand_id, status, kind, agent_id, store_scope, store_id, level, note_for_store, note_internal, locale,
    order_ref, bought_by_other, valid_from, valid_until, currency, authorised_minor, remaining_minor, code_hmac,
    second_fact_failures, authority, set_aside_note, issued_at, created_at, updated_at, version, head_seq, head_hash,
    acknowledged_at, presented_at, outcome, ended_at, cause_code, last_decision, attend_at)
SELECT m.id, e.brand_id,
       CASE WHEN NOT m.is_open THEN 'closed' WHEN n % 5 = 0 THEN 'awaiting_agent' WHEN n % 3 = 0 THEN 'acknowledged'
            ELSE 'issued' END,
       'promise', e.agent_id, 'one', s.ids[1 + n % array_length(s.ids, 1)], 'authorise', '', '', 'en', '', false, m.at,
       now() + interval '7 days', 'USD', 4000, CASE WHEN m.is_open THEN 4000 ELSE 0 END, m.hmac, 0, e.authority, '',
       m.at, m.at, m.at, 1, 1, m.hmac, CASE WHEN n % 3 = 0 THEN m.at + interval '20 minutes' END,
       CASE WHEN n % 2 = 0 THEN m.at + interval '1 day' END,
       CASE WHEN m.is_open THEN NULL WHEN n % 7 = 0 THEN 'declined' ELSE 'honoured_full' END,
       CASE WHEN NOT m.is_open THEN m.at + interval '1 day' END,
       CASE WHEN NOT m.is_open AND n % 4 > 0 THEN (ARRAY['STORE_SERVICE.conduct.rude',
            'STORE_SERVICE.knowledge.wrong_information', 'POLICY.returns.no_receipt'])[n % 4] END,
       CASE WHEN NOT m.is_open AND n % 7 = 0
            THEN jsonb_build_object('reason', (ARRAY['D06', 'D05', 'D16'])[1 + n / 7 % 3]) END, NULL
FROM many_cases m, (SELECT * FROM escalations LIMIT 1) e, (SELECT array_agg(id) AS ids FROM stores) s;
INSERT INTO milestones (id, escalation_id, type, round, policy_version, calendar, started_at, due_at, warnings, state,
                        breached_at, completed_at, actual_seconds, warned_percent, stopped_seconds, trace)
SELECT gen_random_uuid(), id, type, 1, 1, 'always', at, at + interval '1 hour', '[]',
       CASE WHEN NOT is_open THEN 'met' WHEN n % 4 = 0 AND type = 'store_ack' THEN 'missed_open' ELSE 'running' END,
       CASE WHEN is_open AND n % 4 = 0 THEN at END, CASE WHEN NOT is_open THEN at + interval '1 hour' END,
       CASE WHEN NOT is_open THEN n % 20000 END, 0, 0, '{{}}'
FROM many_cases, unnest(ARRAY['store_ack', 'counter_decision', 'outcome_to_customer']) AS type;
DROP TABLE many_cases
"""


def fill(owner: Owner, *, stores: int, open_cases: int, ended: int) -> None:
    """Add them to the brand whose cast has made one promise; some 20,000 cases a second."""
    owner.execute(_STORES.format(stores=stores))
    owner.execute(_CASES.format(open_cases=open_cases, ended=ended))
    owner.execute("ANALYZE")
