"""Check the new rules against the rows, and index what is asked for.

Find a device by its one-time token and its sessions by the device; let a manager's yes count once.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = (
    ("UNIQUE INDEX", "uq_devices_pairing_hash", "devices (pairing_hash) WHERE pairing_hash IS NOT NULL"),
    ("UNIQUE INDEX", "uq_decisions_step_up_id", "decisions (step_up_id) WHERE step_up_id IS NOT NULL"),
    ("INDEX", "ix_credentials_device", "credentials (device_id) WHERE device_id IS NOT NULL"),
)
RULES = (
    ("credentials", "ck_credentials_kind"),
    ("credentials", "ck_credentials_scopes"),
    ("credentials", "ck_credentials_person"),
    ("credentials", "ck_credentials_device"),
    ("guess_counts", "ck_guess_counts_counted_on"),
    ("guess_locks", "ck_guess_locks_counted_on"),
    ("devices", "ck_devices_kind"),
    ("devices", "ck_devices_lock_minutes"),
    ("devices", "fk_devices_created_by"),
    ("decisions", "ck_decisions_second_person"),
    ("decisions", "ck_decisions_four_eyes"),
    ("decisions", "fk_decisions_second_person_id"),
    ("decisions", "fk_decisions_step_up_id"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table, rule in RULES:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {rule}")
    with op.get_context().autocommit_block():
        for kind, name, on in INDEXES:
            op.execute(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {on}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for _kind, name, _on in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
