"""Posts are asked for again where a network does not tell that one is gone, and have other names.

The new column is empty at first, so that no row is written; the release before leaves both alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ROLE = "bridge_app"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "post_aliases",
        sa.Column("network", sa.String(length=20), nullable=False),
        sa.Column("alias", sa.String(length=120), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("network", "alias", name=op.f("pk_post_aliases")),
    )
    op.add_column("channel_accounts", sa.Column("reread_after", sa.Uuid(), nullable=True))
    op.execute(f"GRANT SELECT, INSERT ON post_aliases TO {ROLE}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("channel_accounts", "reread_after")
    op.drop_table("post_aliases")
