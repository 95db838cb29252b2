"""Columns by which a case, a thread and a store take part in the clockwork.

Rules are added without checking the rows first, so that no long lock is held.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REFERENCES = (
    ("policy_id", "sla_policies"),
    ("owner_id", "people"),
    ("supersedes_id", "escalations"),
    ("superseded_by_id", "escalations"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column('escalations', sa.Column('priority', sa.String(length=32), server_default='normal', nullable=False))
    op.add_column('escalations', sa.Column('attend_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('escalations', sa.Column('attended_seq', sa.Integer(), server_default='0', nullable=False))
    op.add_column('escalations', sa.Column('attend_failures', sa.Integer(), server_default='0', nullable=False))
    op.add_column('escalations', sa.Column('policy_id', sa.Uuid(), nullable=True))
    op.add_column('escalations', sa.Column('owner_id', sa.Uuid(), nullable=True))
    op.add_column('escalations', sa.Column('supersedes_id', sa.Uuid(), nullable=True))
    op.add_column('escalations', sa.Column('superseded_by_id', sa.Uuid(), nullable=True))
    op.add_column('escalations', sa.Column('lapses', sa.Integer(), server_default='0', nullable=False))
    op.add_column('escalations', sa.Column('reopened', sa.Integer(), server_default='0', nullable=False))
    op.add_column('escalations', sa.Column('cause_code', sa.String(length=120), nullable=True))
    op.add_column('escalations', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('escalations', sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('escalations', sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('stores', sa.Column('observes_holidays', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('threads', sa.Column('attend_at', sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "ALTER TABLE escalations ADD CONSTRAINT ck_escalations_priority "
        "CHECK (priority IN ('low', 'normal', 'high', 'urgent')) NOT VALID"
    )
    for column, table in REFERENCES:
        op.execute(
            f"ALTER TABLE escalations ADD CONSTRAINT fk_escalations_{column} "
            f"FOREIGN KEY ({column}) REFERENCES {table} (id) NOT VALID"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column('threads', 'attend_at')
    op.drop_column('stores', 'observes_holidays')
    op.drop_column('escalations', 'closed_at')
    op.drop_column('escalations', 'ended_at')
    op.drop_column('escalations', 'told_at')
    op.drop_column('escalations', 'cause_code')
    op.drop_column('escalations', 'reopened')
    op.drop_column('escalations', 'lapses')
    op.drop_column('escalations', 'superseded_by_id')
    op.drop_column('escalations', 'supersedes_id')
    op.drop_column('escalations', 'owner_id')
    op.drop_column('escalations', 'policy_id')
    op.drop_column('escalations', 'attend_failures')
    op.drop_column('escalations', 'attended_seq')
    op.drop_column('escalations', 'attend_at')
    op.drop_column('escalations', 'priority')
