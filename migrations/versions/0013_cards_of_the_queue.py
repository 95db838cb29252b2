"""Index what the cards of the agent's queue count: at the store, not told yet, missed."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_escalations_at_store": (
        "escalations (brand_id, thread_id) "
        "WHERE status IN ('issued', 'acknowledged', 'awaiting_agent', 'transferring')"
    ),
    "ix_escalations_untold": (
        "escalations (brand_id, thread_id) "
        "WHERE status IN ('honoured', 'part_honoured', 'declined', 'revoked', 'expired') AND told_at IS NULL"
    ),
    "ix_milestones_missed": "milestones (due_at) WHERE state = 'missed_open'",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, what in INDEXES.items():
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {what}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
