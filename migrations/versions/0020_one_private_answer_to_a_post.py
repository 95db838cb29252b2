"""A public post has at most one private answer, whoever writes it and however often it is tried.

The release before writes none, so the rule finds nothing to refuse.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_index(
        "uq_channel_messages_private_reply",
        "channel_messages",
        ["post_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'private_reply' AND NOT (state = 'cancelled' AND attempts = 0)"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_index("uq_channel_messages_private_reply", "channel_messages")
