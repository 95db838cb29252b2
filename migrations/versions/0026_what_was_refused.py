"""An account says which delivery it refused last, and why. The release before ignores it."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("channel_accounts", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "channel_accounts", sa.Column("refused_why", sa.String(length=40), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column("channel_accounts", "refused_why")
    op.drop_column("channel_accounts", "refused_at")
