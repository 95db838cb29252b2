"""A post remembers the address by which it came, where no network's form of addresses is known.

The same address is the same post, whatever each door calls it. Older posts are found by their name, which
is the address's hash when they had no other. The previous release does not look at the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INDEX = "ix_posts_address"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("posts", sa.Column("address", sa.String(length=40), nullable=True))
    with op.get_context().autocommit_block():
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON posts (address) WHERE address IS NOT NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column("posts", "address")
