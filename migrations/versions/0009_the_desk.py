"""Presence on conversations, soft claims, triage, and promise templates; nothing that exists changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLE = "bridge_app"
_TYPES = (
    "exchange return_with_receipt return_without_receipt refund partial_refund repair replacement_part "
    "price_match discount_amount discount_percent gift_card_or_credit free_service loan_device hold_item "
    "restocking_fee_waiver return_window_extension delivery_fee_waiver warranty_exception goodwill_gesture "
    "call_back information apology_in_person campaign_offer"
).split()
_CHECKS = {
    "promise_type": f"type IN ({', '.join(repr(word) for word in _TYPES)})",
    "level": "level IN ('inform', 'recommend', 'authorise', 'instruct')",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "thread_presence",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("doing", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("doing IN ('looking', 'replying')", name=op.f("ck_thread_presence_doing")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_presence_thread_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_thread_presence_person_id")),
        sa.PrimaryKeyConstraint("thread_id", "person_id", name=op.f("pk_thread_presence")),
    )
    op.create_table(
        "promise_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("short_code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("conditions", sa.String(length=500), nullable=False),
        sa.Column("note_for_store", sa.String(length=500), nullable=False),
        sa.Column("waives", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("percent_hundredths", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_promise_templates_amount")),
        sa.CheckConstraint(
            "percent_hundredths BETWEEN 1 AND 10000", name=op.f("ck_promise_templates_percent")
        ),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_promise_templates_{name}"))
            for name, rule in _CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_promise_templates_brand_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_promise_templates_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_templates")),
    )
    op.create_index(
        "uq_promise_templates_short_code",
        "promise_templates",
        ["brand_id", sa.text("lower(short_code)")],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.add_column("thread_claims", sa.Column("is_soft", sa.Boolean(), server_default="false", nullable=False))
    op.add_column(
        "threads", sa.Column("matched_on", sa.String(length=80), server_default="", nullable=False)
    )
    op.add_column(
        "threads", sa.Column("triage", sa.String(length=32), server_default="open", nullable=False)
    )
    for column in ("snoozed_until", "triaged_at"):
        op.add_column("threads", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    # Rows of today hold no value that could break these, so that nothing has to be read to add them.
    op.execute(
        "ALTER TABLE threads ADD CONSTRAINT ck_threads_triage "
        "CHECK (triage IN ('open', 'replied', 'not_ours', 'snoozed', 'duplicate')) NOT VALID"
    )
    for column, table in (("duplicate_of_id", "threads"), ("triaged_by", "people")):
        op.add_column("threads", sa.Column(column, sa.Uuid(), nullable=True))
        op.execute(
            f"ALTER TABLE threads ADD CONSTRAINT fk_threads_{column} "
            f"FOREIGN KEY ({column}) REFERENCES {table} (id) NOT VALID"
        )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON thread_presence TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON promise_templates TO {ROLE}")
    # Reading every row locks nobody out once the new columns are committed.
    with op.get_context().autocommit_block():
        for rule in ("ck_threads_triage", "fk_threads_duplicate_of_id", "fk_threads_triaged_by"):
            op.execute(f"ALTER TABLE threads VALIDATE CONSTRAINT {rule}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for column in ("triaged_by", "triaged_at", "duplicate_of_id", "snoozed_until", "triage", "matched_on"):
        op.drop_column("threads", column)
    op.drop_column("thread_claims", "is_soft")
    op.drop_table("promise_templates")
    op.drop_table("thread_presence")
