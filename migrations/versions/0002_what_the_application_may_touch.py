"""Rights of the application's role, and the ledger's classical view.

The role inserts and reads everywhere, changes what changes in the business, and deletes
only what is thrown away (stored answers and guess counts). History, books, look-ups and
delivery attempts can neither be changed nor removed by it.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLE = "bridge_app"
CHANGES = (
    "approvals, authority_grants, brands, budget_uses, credentials, customers, devices, escalations, "
    "guess_counts, guess_locks, official_handles, org_units, outcomes, people, posts, reference_codes, "
    "role_assignments, social_identities, stores, stream_heads, thread_claims, threads, "
    "webhook_endpoints, webhook_secrets"
)
THROWN_AWAY = "idempotency_keys, guess_counts, guess_locks"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {ROLE}")
    op.execute(f"REVOKE INSERT ON alembic_version FROM {ROLE}")
    op.execute(f"GRANT UPDATE ON {CHANGES} TO {ROLE}")
    op.execute(f"GRANT DELETE ON {THROWN_AWAY} TO {ROLE}")
    op.execute(f"GRANT USAGE ON SEQUENCE escalations_number_seq TO {ROLE}")
    op.execute(
        """
        CREATE VIEW ledger_entries AS
        SELECT id AS transfer_id, at, kind, from_account AS account, -amount_minor AS amount_minor, currency,
               escalation_id, decision_id
        FROM ledger_transfers
        UNION ALL
        SELECT id, at, kind, to_account, amount_minor, currency, escalation_id, decision_id
        FROM ledger_transfers
        """
    )
    op.execute(f"GRANT SELECT ON ledger_entries TO {ROLE}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("DROP VIEW ledger_entries")
    op.execute(f"REVOKE ALL ON SEQUENCE escalations_number_seq FROM {ROLE}")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {ROLE}")
