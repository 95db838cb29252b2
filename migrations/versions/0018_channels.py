"""Connected accounts, what came in through them, what goes out, and what is looked for.

A post says through which account it came; the rule of that is added without checking the rows first,
so that no long lock is held. The release before leaves the new columns alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROLE = "bridge_app"
CHANGES = "channel_accounts, channel_secrets, channel_messages, inbound_deliveries, saved_searches, thread_doors"
KEPT = "deleted_posts, message_attempts"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table('deleted_posts',
    sa.Column('network', sa.String(length=20), nullable=False),
    sa.Column('external_id', sa.String(length=120), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('network', 'external_id', name=op.f('pk_deleted_posts'))
    )
    op.create_table('saved_searches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('network', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('any_words', pg.ARRAY(sa.Text()), nullable=False),
    sa.Column('also_words', pg.ARRAY(sa.Text()), nullable=False),
    sa.Column('not_words', pg.ARRAY(sa.Text()), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_saved_searches_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_saved_searches_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_searches'))
    )
    op.create_index('uq_saved_searches_name', 'saved_searches', ['brand_id', sa.literal_column('lower(name)')], unique=True)
    op.create_table('channel_accounts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('base_url', sa.String(length=300), nullable=False),
    sa.Column('external_id', sa.String(length=120), nullable=False),
    sa.Column('handle', sa.String(length=80), nullable=False),
    sa.Column('official_handle_id', sa.Uuid(), nullable=True),
    sa.Column('settings', pg.JSONB(), server_default='{}', nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('disabled_reason', sa.String(length=200), nullable=False),
    sa.Column('token_state', sa.String(length=16), nullable=False),
    sa.Column('token_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cursor', pg.JSONB(), server_default='{}', nullable=False),
    sa.Column('poll_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('polled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('poll_failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('last_error', sa.String(length=120), nullable=False),
    sa.Column('last_error_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rate', pg.JSONB(), server_default='{}', nullable=False),
    sa.Column('quiet_after_seconds', sa.Integer(), nullable=True),
    sa.Column('quiet_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("token_state IN ('ok', 'refreshing', 'signed_out')", name=op.f('ck_channel_accounts_token_state')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_channel_accounts_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_channel_accounts_created_by')),
    sa.ForeignKeyConstraint(['official_handle_id'], ['official_handles.id'], name=op.f('fk_channel_accounts_official_handle_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_accounts'))
    )
    op.create_index('ix_channel_accounts_poll', 'channel_accounts', ['poll_at'], unique=False, postgresql_where=sa.text('poll_at IS NOT NULL'))
    op.create_index('uq_channel_accounts_name', 'channel_accounts', ['brand_id', 'channel', sa.literal_column('lower(name)')], unique=True)
    op.create_table('channel_secrets',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('cipher', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['channel_accounts.id'], name=op.f('fk_channel_secrets_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_secrets'))
    )
    op.create_index('ix_channel_secrets_account', 'channel_secrets', ['account_id', 'name', 'created_at'], unique=False)
    op.create_table('inbound_deliveries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.String(length=200), nullable=False),
    sa.Column('how', sa.String(length=16), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raw_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('raw_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('raw_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('events', sa.Integer(), nullable=False),
    sa.Column('kinds', sa.String(length=120), nullable=False),
    sa.Column('error', sa.String(length=120), nullable=False),
    sa.Column('times_seen', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("how IN ('webhook', 'poll', 'intake', 'import')", name=op.f('ck_inbound_deliveries_how')),
    sa.CheckConstraint("state IN ('queued', 'done', 'failed')", name=op.f('ck_inbound_deliveries_state')),
    sa.ForeignKeyConstraint(['account_id'], ['channel_accounts.id'], name=op.f('fk_inbound_deliveries_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_deliveries')),
    sa.UniqueConstraint('account_id', 'delivery_id', name=op.f('uq_inbound_deliveries_account_id_delivery_id'))
    )
    op.create_index('ix_inbound_deliveries_account', 'inbound_deliveries', ['account_id', 'received_at'], unique=False)
    op.create_index('ix_inbound_deliveries_due', 'inbound_deliveries', ['next_at'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_inbound_deliveries_raw', 'inbound_deliveries', ['raw_until'], unique=False, postgresql_where=sa.text('raw_cipher IS NOT NULL'))
    op.create_table('thread_doors',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('external_id', sa.String(length=200), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('last_customer_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['channel_accounts.id'], name=op.f('fk_thread_doors_account_id')),
    sa.ForeignKeyConstraint(['thread_id'], ['threads.id'], name=op.f('fk_thread_doors_thread_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thread_doors')),
    sa.UniqueConstraint('account_id', 'external_id', name=op.f('uq_thread_doors_account_id_external_id'))
    )
    op.create_index('ix_thread_doors_thread', 'thread_doors', ['thread_id'], unique=False)
    op.create_table('channel_messages',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=True),
    sa.Column('post_id', sa.Uuid(), nullable=True),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('topic', sa.String(length=60), nullable=False),
    sa.Column('text_cipher', sa.LargeBinary(), nullable=False),
    sa.Column('text_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('dedup_key', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('looks', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('release_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.Uuid(), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('external_id', sa.String(length=200), nullable=True),
    sa.Column('permalink', sa.String(length=500), nullable=False),
    sa.Column('visibility', sa.String(length=16), nullable=False),
    sa.Column('hand_off_url', sa.String(length=2000), nullable=False),
    sa.Column('last_error', sa.String(length=120), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("purpose IN ('public_reply', 'private_reply', 'private_message', 'note')", name=op.f('ck_channel_messages_purpose')),
    sa.CheckConstraint("state IN ('waiting', 'queued', 'sending', 'sent', 'unknown', 'handed_off', 'failed_final', 'cancelled')", name=op.f('ck_channel_messages_state')),
    sa.ForeignKeyConstraint(['account_id'], ['channel_accounts.id'], name=op.f('fk_channel_messages_account_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_channel_messages_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_channel_messages_created_by')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_channel_messages_escalation_id')),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_channel_messages_post_id')),
    sa.ForeignKeyConstraint(['released_by'], ['people.id'], name=op.f('fk_channel_messages_released_by')),
    sa.ForeignKeyConstraint(['thread_id'], ['threads.id'], name=op.f('fk_channel_messages_thread_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_messages')),
    sa.UniqueConstraint('account_id', 'dedup_key', name=op.f('uq_channel_messages_account_id_dedup_key'))
    )
    op.create_index('ix_channel_messages_due', 'channel_messages', ['account_id', 'next_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"))
    op.create_index('ix_channel_messages_escalation', 'channel_messages', ['escalation_id'], unique=False)
    op.create_index('ix_channel_messages_external', 'channel_messages', ['account_id', 'external_id'], unique=False)
    op.create_index('ix_channel_messages_person', 'channel_messages', ['brand_id', 'created_at'], unique=False, postgresql_where=sa.text("state IN ('waiting', 'unknown', 'handed_off', 'failed_final')"))
    op.create_index('ix_channel_messages_thread', 'channel_messages', ['thread_id', 'created_at'], unique=False)
    op.create_table('message_attempts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('message_id', sa.Uuid(), nullable=False),
    sa.Column('is_look', sa.Boolean(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('result', sa.String(length=16), nullable=False),
    sa.Column('status_code', sa.Integer(), nullable=True),
    sa.Column('error', sa.String(length=120), nullable=False),
    sa.Column('excerpt', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['channel_messages.id'], name=op.f('fk_message_attempts_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_attempts'))
    )
    op.create_index('ix_message_attempts_message', 'message_attempts', ['message_id', 'id'], unique=False)
    op.add_column('posts', sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('posts', sa.Column('account_id', sa.Uuid(), nullable=True))
    op.add_column('posts', sa.Column('reference', pg.JSONB(), nullable=True))
    op.execute(
        "ALTER TABLE posts ADD CONSTRAINT fk_posts_account_id "
        "FOREIGN KEY (account_id) REFERENCES channel_accounts (id) NOT VALID"
    )
    op.execute(f"GRANT SELECT, INSERT ON {CHANGES}, {KEPT} TO {ROLE}")
    op.execute(f"GRANT UPDATE ON {CHANGES} TO {ROLE}")
    op.execute(f"GRANT DELETE ON saved_searches TO {ROLE}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column('posts', 'reference')
    op.drop_column('posts', 'account_id')
    op.drop_column('posts', 'edited_at')
    op.drop_table('message_attempts')
    op.drop_table('channel_messages')
    op.drop_table('thread_doors')
    op.drop_table('inbound_deliveries')
    op.drop_table('channel_secrets')
    op.drop_table('channel_accounts')
    op.drop_table('saved_searches')
    op.drop_table('deleted_posts')
