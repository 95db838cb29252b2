"""Paired devices, PINs, sessions that lock, and a manager's yes to one decision.

Rules are added, and wider ones put in the place of narrower ones, without checking the rows first,
so that no long lock is held. The release before goes on beside this: it leaves the new columns alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLE = "bridge_app"
WIDER = (
    ("credentials", "kind", "kind IN ('page_session', 'api_session', 'api_key', 'device')"),
    (
        "credentials",
        "scopes",
        "CASE kind WHEN 'api_key' THEN scopes IS NOT NULL WHEN 'device' THEN scopes IS NULL ELSE true END",
    ),
    ("credentials", "person", "kind IN ('api_key', 'device') OR person_id IS NOT NULL"),
    ("guess_counts", "counted_on", "counted_on IN ('device', 'person', 'store', 'brand', 'sign_in', 'pin')"),
    ("guess_locks", "counted_on", "counted_on IN ('device', 'person', 'store', 'brand', 'pin')"),
)
NARROWER = (
    ("credentials", "kind", "kind IN ('page_session', 'api_session', 'api_key')"),
    ("credentials", "scopes", "(kind = 'api_key') = (scopes IS NOT NULL)"),
    ("credentials", "person", "(kind = 'api_key') OR person_id IS NOT NULL"),
    ("guess_counts", "counted_on", "counted_on IN ('device', 'person', 'store', 'brand', 'sign_in')"),
    ("guess_locks", "counted_on", "counted_on IN ('device', 'person', 'store', 'brand')"),
)
NEW = (
    ("credentials", "device", "CHECK (kind <> 'device' OR (device_id IS NOT NULL AND person_id IS NULL))"),
    ("devices", "kind", "CHECK (kind IN ('browser', 'counter'))"),
    ("devices", "lock_minutes", "CHECK (lock_minutes BETWEEN 1 AND 30)"),
    ("decisions", "second_person", "CHECK ((second_person_id IS NULL) = (step_up_id IS NULL))"),
    ("decisions", "four_eyes", "CHECK (second_person_id <> person_id)"),
)
REFERENCES = (
    ("devices", "created_by", "people"),
    ("decisions", "second_person_id", "people"),
    ("decisions", "step_up_id", "step_ups"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column('people', sa.Column('pin_hash', sa.String(length=200), nullable=True))
    op.add_column('people', sa.Column('pin_start_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('devices', sa.Column('kind', sa.String(length=16), server_default='browser', nullable=False))
    op.add_column('devices', sa.Column('lock_minutes', sa.Integer(), server_default='5', nullable=False))
    op.add_column('devices', sa.Column('software', sa.String(length=200), server_default='', nullable=False))
    op.add_column('devices', sa.Column('pairing_hash', sa.LargeBinary(), nullable=True))
    op.add_column('devices', sa.Column('pairing_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('devices', sa.Column('paired_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('devices', sa.Column('created_by', sa.Uuid(), nullable=True))
    op.add_column('credentials', sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('decisions', sa.Column('second_person_id', sa.Uuid(), nullable=True))
    op.add_column('decisions', sa.Column('step_up_id', sa.Uuid(), nullable=True))
    op.create_table('step_ups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('keep_rest', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('approver_id', sa.Uuid(), nullable=False),
    sa.Column('credential_id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("action IN ('honour', 'decline')", name=op.f('ck_step_ups_action')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_step_ups_amount')),
    sa.CheckConstraint('approver_id <> person_id', name=op.f('ck_step_ups_four_eyes')),
    sa.ForeignKeyConstraint(['approver_id'], ['people.id'], name=op.f('fk_step_ups_approver_id')),
    sa.ForeignKeyConstraint(['credential_id'], ['credentials.id'], name=op.f('fk_step_ups_credential_id')),
    sa.ForeignKeyConstraint(['device_id'], ['devices.id'], name=op.f('fk_step_ups_device_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_step_ups_escalation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_step_ups_person_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_step_ups_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_step_ups'))
    )
    op.execute(f"GRANT SELECT, INSERT ON step_ups TO {ROLE}")
    for table, name, rule in WIDER:
        _replace(table, name, rule)
    for table, name, rule in NEW:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} {rule} NOT VALID")
    for table, column, other in REFERENCES:
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column} "
            f"FOREIGN KEY ({column}) REFERENCES {other} (id) NOT VALID"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    _take_away_what_the_release_before_refuses()
    for table, name, rule in NARROWER:
        _replace(table, name, rule)
    op.drop_column('decisions', 'step_up_id')
    op.drop_column('decisions', 'second_person_id')
    op.drop_table('step_ups')
    op.execute("ALTER TABLE credentials DROP CONSTRAINT ck_credentials_device")
    op.drop_column('credentials', 'locked_at')
    for column in ('created_by', 'paired_at', 'pairing_until', 'pairing_hash', 'software', 'lock_minutes', 'kind'):
        op.drop_column('devices', column)
    op.drop_column('people', 'pin_start_until')
    op.drop_column('people', 'pin_hash')


def _take_away_what_the_release_before_refuses() -> None:
    """Sessions on paired devices end, and what pairs them is gone: a narrower rule would make each request
    that touches their rows fail."""
    op.execute("DELETE FROM credentials WHERE kind = 'device'")
    op.execute(
        "UPDATE credentials SET scopes = NULL, revoked_at = coalesce(revoked_at, now()) "
        "WHERE kind <> 'api_key' AND scopes IS NOT NULL"
    )
    for table in ("guess_counts", "guess_locks"):
        op.execute(f"DELETE FROM {table} WHERE counted_on = 'pin'")


def _replace(table: str, name: str, rule: str) -> None:
    # The check that takes its place allows all that this one did, in the same transaction.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule}) NOT VALID")
