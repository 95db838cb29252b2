"""A public post has at most one private answer, whoever writes it and however often it is tried.

The release before writes none, so the rule finds nothing to refuse.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


INDEX = "uq_channel_messages_private_reply"
RULE = "purpose = 'private_reply' AND NOT (state = 'cancelled' AND attempts = 0)"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON channel_messages (post_id) WHERE {RULE}"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
