"""A receiver says in which shape it wants its events; those of today go on as they are.

A column with a constant default is added without writing a row, and its check is proven afterwards,
so that nobody waits for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHECK = "ck_webhook_endpoints_format"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column(
        "webhook_endpoints",
        sa.Column("format", sa.String(length=16), server_default="standard", nullable=False),
    )
    op.execute(
        f"ALTER TABLE webhook_endpoints ADD CONSTRAINT {CHECK} "
        "CHECK (format IN ('standard', 'cloudevents')) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE webhook_endpoints VALIDATE CONSTRAINT {CHECK}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("webhook_endpoints", "format")
