"""Accounts of ours are one per id of the network and are looked at; what looks like them is remembered.

The new columns have constant defaults or are empty, so that no row is written; the release before knows
nothing of them and goes on. Two rows with one id would be a slip of the pen: the later one loses its id.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ROLE = "bridge_app"
ONE_ID = "uq_official_handles_network_external_id"
CHECK = "ck_official_handles_check_result"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("official_handles", sa.Column("site_url", sa.String(300), server_default="", nullable=False))
    op.add_column(
        "official_handles", sa.Column("check_at", sa.DateTime(timezone=True), server_default=sa.func.now())
    )
    op.add_column("official_handles", sa.Column("last_checked_at", sa.DateTime(timezone=True)))
    op.add_column("official_handles", sa.Column("check_result", sa.String(16), server_default="", nullable=False))
    op.add_column("official_handles", sa.Column("check_reason", sa.String(60), server_default="", nullable=False))
    op.execute(
        f"ALTER TABLE official_handles ADD CONSTRAINT {CHECK} CHECK (check_result IN "
        "('', 'both', 'page_only', 'account_only', 'neither', 'other_id', 'unknown')) NOT VALID"
    )
    op.execute(
        "UPDATE official_handles h SET external_id = NULL WHERE external_id IS NOT NULL AND EXISTS "
        "(SELECT FROM official_handles o WHERE o.network = h.network AND o.external_id = h.external_id AND o.id < h.id)"
    )
    op.create_table(
        "look_alikes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.String(20), nullable=False),
        sa.Column("handle", sa.String(80), nullable=False),
        sa.Column("official_handle_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True)),
        sa.Column("dismissed_by", sa.Uuid()),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_look_alikes_brand_id")),
        sa.ForeignKeyConstraint(
            ["official_handle_id"], ["official_handles.id"], name=op.f("fk_look_alikes_official_handle_id")
        ),
        sa.ForeignKeyConstraint(["dismissed_by"], ["people.id"], name=op.f("fk_look_alikes_dismissed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_alikes")),
    )
    op.create_index(
        "uq_look_alikes_handle",
        "look_alikes",
        ["brand_id", "network", sa.literal_column("lower(handle)")],
        unique=True,
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON look_alikes TO {ROLE}")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE official_handles VALIDATE CONSTRAINT {CHECK}")
        op.execute(
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {ONE_ID} ON official_handles (network, external_id) "
            "WHERE external_id IS NOT NULL"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("look_alikes")
    op.drop_index(ONE_ID, "official_handles")
    for column in ("check_reason", "check_result", "last_checked_at", "check_at", "site_url"):
        op.drop_column("official_handles", column)
