"""The rule of the counter: which verdict a record gets, as one ordered table.

The database decides it inside the statement that reads the record (the look-up) or locks
it (the decision), so that both can never differ and the look-up stays one round trip. The
first line whose condition holds wins. Whether a promise is still valid is asked before
whether it was used, so that a withdrawn code never passes as a harmless second scan.
Source: docs/decisions/0003-verdict-in-the-database.md.
"""

from collections.abc import Iterable

from bridge.roles import Permission, roles_with
from bridge.verdicts import MAY_HONOUR, Verdict


def _words(words: Iterable[str]) -> str:
    """Words of ours as SQL; as parameters they would be written out anew for every call."""
    return "ARRAY[" + ", ".join(f"'{word}'" for word in sorted(words)) + "]::text[]"


LOOKERS = _words(roles_with(Permission.COUNTER_LOOK_UP))
DECIDERS = _words(roles_with(Permission.COUNTER_DECIDE))
PRESENTING = _words([*MAY_HONOUR, Verdict.NEEDS_APPROVAL, Verdict.NO_PERMISSION])
"""Verdicts that mean: the customer stands at the right counter with a live promise, whoever looks."""

RULES: tuple[tuple[str, Verdict], ...] = (
    ("lock_until > %(now)s AND %(typed)s", Verdict.LOCKED_TRIES),
    ("e.id IS NULL", Verdict.UNKNOWN),
    ("NOT e.in_scope", Verdict.OTHER_STORE),
    (
        "e.code_hmac IS DISTINCT FROM %(code_hmac)s::bytea AND %(code_hmac)s::bytea IS NOT NULL",
        Verdict.REPLACED,
    ),
    ("e.superseded_by_id IS NOT NULL", Verdict.REPLACED),
    ("e.frozen_at IS NOT NULL", Verdict.LOCKED_CODE),
    ("e.status IN ('revoked', 'cancelled', 'rejected')", Verdict.WITHDRAWN),
    (
        """e.status IN ('honoured', 'part_honoured')
           AND e.last_decision ->> 'device_id' = caller.device_id::text
           AND (e.last_decision ->> 'at')::timestamptz > %(undo_since)s""",
        Verdict.JUST_DONE,
    ),
    ("e.status IN ('honoured', 'part_honoured')", Verdict.ALREADY_USED),
    (
        """e.status = 'closed'
           AND e.last_decision ->> 'action' IN ('honour', 'honour_part', 'give_up_rest')""",
        Verdict.ALREADY_USED,
    ),
    ("e.status = 'declined'", Verdict.DECLINED_BEFORE),
    ("e.status IN ('expired', 'closed')", Verdict.EXPIRED),
    ("e.status NOT IN ('issued', 'acknowledged')", Verdict.ON_HOLD),
    ("e.valid_from > %(now)s", Verdict.NOT_YET),
    ("e.valid_until <= %(ended_before)s", Verdict.EXPIRED),
    (f"NOT caller.roles_here && {DECIDERS}", Verdict.NO_PERMISSION),
    ("e.level = 'recommend' AND e.authorised_minor > e.own_limit_minor", Verdict.NEEDS_APPROVAL),
    ("e.second_fact IS NOT NULL", Verdict.CHECK_FIRST),
    ("e.remaining_minor < e.authorised_minor", Verdict.GENUINE_PART_LEFT),
    ("e.set_aside_note <> ''", Verdict.GENUINE_SET_ASIDE),
)

CASE = (
    "CASE\n"
    + "\n".join(f"    WHEN {condition} THEN '{verdict.value}'" for condition, verdict in RULES)
    + f"\n    ELSE '{Verdict.GENUINE.value}'\nEND"
)

IN_SCOPE = """
(e.store_scope = 'any'
 OR (e.store_scope = 'one' AND e.store_id = caller.caller_store_id)
 OR (e.store_scope = 'group' AND e.scope_unit_id = ANY (caller.caller_path)))
"""

OWN_LIMIT = """
CASE WHEN e.level = 'recommend' THEN (
    SELECT coalesce(max(coalesce(g.max_amount_minor, 9223372036854775807)), 0)
    FROM authority_grants g
    WHERE g.brand_id = e.brand_id AND g.revoked_at IS NULL AND 'recommend' = ANY (g.levels)
      AND g.currency = e.currency AND g.types IS NULL
      AND (g.scope_unit_id IS NULL OR g.scope_unit_id = ANY (caller.caller_path))
      AND g.valid_from <= %(now)s AND (g.valid_to IS NULL OR g.valid_to > %(now)s)
      AND (g.grantee_role = ANY (caller.roles_here) OR g.grantee_person_id = caller.person_id)
) END
"""
"""What the caller may give by an own decision: it limits a promise that only recommends."""

LOCKED_UNTIL = """
(SELECT max(l.until) FROM guess_locks l
 WHERE (l.counted_on, l.subject) IN (
     ('device', caller.device_id::text), ('person', caller.person_id::text),
     ('store', caller.caller_store_id::text), ('brand', caller.brand_id::text)))
"""
