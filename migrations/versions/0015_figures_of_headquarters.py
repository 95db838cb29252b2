"""Index what headquarters count: a period's cases, ended ones, cases that are late; and a store's own acts."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_escalations_issued": (
        "escalations (brand_id, issued_at) "
        "INCLUDE (store_id, outcome, presented_at, acknowledged_at, ended_at)"
    ),
    "ix_escalations_ended": (
        "escalations (brand_id, ended_at) INCLUDE (store_id, outcome, cause_code) WHERE ended_at IS NOT NULL"
    ),
    "ix_milestones_late": "milestones (escalation_id) WHERE state = 'missed_open'",
    "ix_decisions_store": "decisions (store_id, happened_at)",
    "ix_transfers_from": "transfers (from_store_id, offered_at)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, on in INDEXES.items():
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
