"""Outcomes go back by an account's own rule, handles change owners, one person has several, codes become public.

The rule of handles is made anew for those that are not retired. New columns are empty or have a default,
and the release before leaves them alone; rules between tables are added without checking the rows first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ROLE = "bridge_app"
LIVE = "uq_social_identities_live_handle"
EVERY = "uq_social_identities_handle"
HANDLES = "social_identities (brand_id, network, lower(handle))"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column(
        "channel_accounts",
        sa.Column("sends_outcomes", sa.String(length=16), server_default="good", nullable=False),
    )
    op.execute(
        "ALTER TABLE channel_accounts ADD CONSTRAINT ck_channel_accounts_sends_outcomes "
        "CHECK (sends_outcomes IN ('all', 'good', 'none')) NOT VALID"
    )
    op.add_column("social_identities", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("social_identities", sa.Column("own_customer_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_social_identities_own_customer_id"),
        "social_identities",
        "customers",
        ["own_customer_id"],
        ["id"],
        postgresql_not_valid=True,
    )
    op.add_column("reference_codes", sa.Column("public_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reference_codes", sa.Column("public_post_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reference_codes_public_post_id"),
        "reference_codes",
        "posts",
        ["public_post_id"],
        ["id"],
        postgresql_not_valid=True,
    )
    op.create_table(
        "identity_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("other_identity_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cut_by", sa.Uuid(), nullable=True),
        sa.Column("cut_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("identity_id <> other_identity_id", name=op.f("ck_identity_links_two")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_identity_links_brand_id")),
        sa.ForeignKeyConstraint(["cut_by"], ["people.id"], name=op.f("fk_identity_links_cut_by")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["social_identities.id"], name=op.f("fk_identity_links_identity_id")
        ),
        sa.ForeignKeyConstraint(["linked_by"], ["people.id"], name=op.f("fk_identity_links_linked_by")),
        sa.ForeignKeyConstraint(
            ["other_identity_id"], ["social_identities.id"], name=op.f("fk_identity_links_other_identity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_links")),
    )
    op.create_index("ix_identity_links_identity", "identity_links", ["identity_id"])
    op.create_index("ix_identity_links_other_identity", "identity_links", ["other_identity_id"])
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON identity_links TO {ROLE}")
    with op.get_context().autocommit_block():
        op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {LIVE} ON {HANDLES} WHERE retired_at IS NULL")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {EVERY}")
        op.execute("ALTER TABLE channel_accounts VALIDATE CONSTRAINT ck_channel_accounts_sends_outcomes")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_table("identity_links")
    op.drop_column("reference_codes", "public_post_id")
    op.drop_column("reference_codes", "public_at")
    # A handle that is somebody else's by now keeps a name of its own.
    op.execute(
        "UPDATE social_identities SET handle = left(handle, 60) || '~' || left(id::text, 13) "
        "WHERE retired_at IS NOT NULL"
    )
    op.execute(
        "UPDATE social_identities SET customer_id = own_customer_id WHERE own_customer_id IS NOT NULL"
    )
    op.execute(f"CREATE UNIQUE INDEX {EVERY} ON {HANDLES}")
    op.execute(f"DROP INDEX {LIVE}")
    op.drop_column("social_identities", "own_customer_id")
    op.drop_column("social_identities", "retired_at")
    op.drop_column("channel_accounts", "sends_outcomes")
