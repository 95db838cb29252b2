"""Since when a stream tells what an account's searches find, and when whoever holds it last said so.

The previous release does not look at the columns: it asks the searches at each poll, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("channel_accounts", sa.Column("stream_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("channel_accounts", sa.Column("stream_seen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column("channel_accounts", "stream_seen_at")
    op.drop_column("channel_accounts", "stream_since")
