"""Check the new rules against the rows, index what is due, and let the clock see every live case once."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RULES = (
    "ck_escalations_priority",
    "fk_escalations_policy_id",
    "fk_escalations_owner_id",
    "fk_escalations_supersedes_id",
    "fk_escalations_superseded_by_id",
)
INDEXES = {
    "ix_escalations_attend": "escalations (attend_at, id) WHERE attend_at IS NOT NULL",
    "ix_escalations_asleep": (
        "escalations (id) WHERE attend_at IS NULL AND status IN "
        "('pending_approval', 'issued', 'acknowledged', 'awaiting_agent', 'transferring')"
    ),
    "ix_escalations_store": "escalations (store_id, created_at)",
    "ix_threads_attend": "threads (attend_at) WHERE attend_at IS NOT NULL",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for rule in RULES:
        op.execute(f"ALTER TABLE escalations VALIDATE CONSTRAINT {rule}")
    op.execute(
        "UPDATE escalations SET attend_at = now() WHERE status NOT IN ('closed', 'cancelled', 'rejected')"
    )
    with op.get_context().autocommit_block():
        for name, on in INDEXES.items():
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
