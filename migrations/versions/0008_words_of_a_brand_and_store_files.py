"""Tables of a brand's own words and of store files that wait to be applied; both new, both empty."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROLE = "bridge_app"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "wordings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('messages', 'reasons')", name=op.f("ck_wordings_kind")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_wordings_brand_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_wordings_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wordings")),
        sa.UniqueConstraint(
            "brand_id", "kind", "version", name=op.f("uq_wordings_brand_id_kind_version")
        ),
    )
    op.create_index(
        "uq_wordings_in_force",
        "wordings",
        ["brand_id", "kind"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "store_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_store_files_brand_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_store_files_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_files")),
    )
    op.create_index(op.f("ix_store_files_brand_id"), "store_files", ["brand_id"], unique=False)
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON wordings, store_files TO {ROLE}")
    op.execute(f"GRANT DELETE ON store_files TO {ROLE}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_index(op.f("ix_store_files_brand_id"), table_name="store_files")
    op.drop_table("store_files")
    op.drop_index(
        "uq_wordings_in_force", table_name="wordings", postgresql_where=sa.text("retired_at IS NULL")
    )
    op.drop_table("wordings")
