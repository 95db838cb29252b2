"""The spine: directory, accounts, intake, authority, escalations, counter, ledger, audit, outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table('brands',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('default_locale', sa.String(length=8), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('care_phone', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_brands')),
    sa.UniqueConstraint('name', name=op.f('uq_brands_name'))
    )
    op.create_table('checkpoints',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('timeline_id', sa.BigInteger(), nullable=False),
    sa.Column('timeline_rows', sa.BigInteger(), nullable=False),
    sa.Column('look_ups', sa.BigInteger(), nullable=False),
    sa.Column('look_ups_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkpoints'))
    )
    op.create_table('guess_counts',
    sa.Column('counted_on', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('window_start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('window_seconds', sa.Integer(), nullable=False),
    sa.Column('guesses', sa.Integer(), nullable=False),
    sa.CheckConstraint("counted_on IN ('device', 'person', 'store', 'brand', 'sign_in')", name=op.f('ck_guess_counts_counted_on')),
    sa.PrimaryKeyConstraint('counted_on', 'subject', 'window_start', 'window_seconds', name=op.f('pk_guess_counts'))
    )
    op.create_table('guess_locks',
    sa.Column('counted_on', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.CheckConstraint("counted_on IN ('device', 'person', 'store', 'brand')", name=op.f('ck_guess_locks_counted_on')),
    sa.PrimaryKeyConstraint('counted_on', 'subject', name=op.f('pk_guess_locks'))
    )
    op.create_table('idempotency_keys',
    sa.Column('principal', sa.Uuid(), nullable=False),
    sa.Column('route', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('status_code', sa.Integer(), nullable=False),
    sa.Column('response_cipher', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('principal', 'route', 'key', name=op.f('pk_idempotency_keys'))
    )
    op.create_index('ix_idempotency_keys_created_at', 'idempotency_keys', ['created_at'], unique=False, postgresql_using='brin')
    op.create_table('look_ups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=True),
    sa.Column('typed_hmac', sa.LargeBinary(), nullable=True),
    sa.Column('verdict', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('credential_id', sa.Uuid(), nullable=True),
    sa.Column('device_id', sa.Uuid(), nullable=True),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("source IN ('typed', 'scan', 'camera', 'api', 'decision')", name=op.f('ck_look_ups_source')),
    sa.CheckConstraint("verdict IN ('genuine', 'genuine_part_left', 'genuine_set_aside', 'check_first', 'needs_approval', 'already_used', 'just_done', 'other_store', 'not_yet', 'replaced', 'on_hold', 'declined_before', 'expired', 'withdrawn', 'unknown', 'typo', 'product_code', 'too_short', 'locked_tries', 'locked_code', 'no_permission', 'near_miss', 'not_ours', 'slow', 'offline_listed', 'offline_signed', 'offline_unknown', 'server_error', 'session_locked')", name=op.f('ck_look_ups_verdict')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_look_ups'))
    )
    op.create_index('ix_look_ups_escalation', 'look_ups', ['escalation_id', 'at'], unique=False)
    op.create_table('stream_heads',
    sa.Column('stream', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('stream', name=op.f('pk_stream_heads'))
    )
    op.create_table('timeline',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('stream', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('prev_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timeline')),
    sa.UniqueConstraint('stream', 'seq', name=op.f('uq_timeline_stream_seq'))
    )
    op.create_table('customers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('locale', sa.String(length=8), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_customers_brand_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customers'))
    )
    op.create_table('org_units',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('hq', 'region', 'district', 'store', 'care_team')", name=op.f('ck_org_units_kind')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_org_units_brand_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['org_units.id'], name=op.f('fk_org_units_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_org_units')),
    sa.UniqueConstraint('brand_id', 'kind', 'name', name=op.f('uq_org_units_brand_id_kind_name'))
    )
    op.create_index(op.f('ix_org_units_brand_id'), 'org_units', ['brand_id'], unique=False)
    op.create_index(op.f('ix_org_units_parent_id'), 'org_units', ['parent_id'], unique=False)
    op.create_table('people',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('display_name', sa.String(length=80), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('locale', sa.String(length=8), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('training_valid_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('invited', 'active', 'suspended', 'left')", name=op.f('ck_people_status')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_people_brand_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people'))
    )
    op.create_index('uq_people_email', 'people', [sa.literal_column('lower(email)')], unique=True)
    op.create_table('authority_grants',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('grantee_role', sa.Enum('intern', 'agent', 'senior_agent', 'lead', 'store_associate', 'store_manager', 'district_manager', 'hq', 'auditor', 'admin', 'integration', name='role', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('grantee_person_id', sa.Uuid(), nullable=True),
    sa.Column('types', postgresql.ARRAY(sa.Text()), nullable=True),
    sa.Column('levels', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('waives', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('max_amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('max_percent_hundredths', sa.Integer(), nullable=True),
    sa.Column('max_customer_30d_minor', sa.BigInteger(), nullable=True),
    sa.Column('budget_day_minor', sa.BigInteger(), nullable=True),
    sa.Column('budget_month_minor', sa.BigInteger(), nullable=True),
    sa.Column('scope_unit_id', sa.Uuid(), nullable=True),
    sa.Column('any_store', sa.Boolean(), nullable=False),
    sa.Column('cost_bearer', sa.String(length=16), nullable=False),
    sa.Column('policy_version', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True),
    sa.Column('granted_by', sa.Uuid(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("cost_bearer IN ('hq', 'store', 'vendor')", name=op.f('ck_authority_grants_cost_bearer')),
    sa.CheckConstraint('(grantee_role IS NULL) <> (grantee_person_id IS NULL)', name=op.f('ck_authority_grants_grantee')),
    sa.CheckConstraint('max_amount_minor >= 0', name=op.f('ck_authority_grants_amount')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_authority_grants_brand_id')),
    sa.ForeignKeyConstraint(['granted_by'], ['people.id'], name=op.f('fk_authority_grants_granted_by')),
    sa.ForeignKeyConstraint(['grantee_person_id'], ['people.id'], name=op.f('fk_authority_grants_grantee_person_id')),
    sa.ForeignKeyConstraint(['scope_unit_id'], ['org_units.id'], name=op.f('fk_authority_grants_scope_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authority_grants'))
    )
    op.create_index(op.f('ix_authority_grants_brand_id'), 'authority_grants', ['brand_id'], unique=False)
    op.create_table('official_handles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('network', sa.String(length=20), nullable=False),
    sa.Column('handle', sa.String(length=80), nullable=False),
    sa.Column('external_id', sa.String(length=80), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('owner_unit_id', sa.Uuid(), nullable=True),
    sa.Column('official_since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('team', 'person')", name=op.f('ck_official_handles_kind')),
    sa.CheckConstraint("status IN ('active', 'suspended', 'retired')", name=op.f('ck_official_handles_status')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_official_handles_brand_id')),
    sa.ForeignKeyConstraint(['owner_unit_id'], ['org_units.id'], name=op.f('fk_official_handles_owner_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_official_handles'))
    )
    op.create_index('uq_official_handles_network_handle', 'official_handles', ['network', sa.literal_column('lower(handle)')], unique=True)
    op.create_table('role_assignments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Enum('intern', 'agent', 'senior_agent', 'lead', 'store_associate', 'store_manager', 'district_manager', 'hq', 'auditor', 'admin', 'integration', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('org_unit_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True),
    sa.Column('granted_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['granted_by'], ['people.id'], name=op.f('fk_role_assignments_granted_by')),
    sa.ForeignKeyConstraint(['org_unit_id'], ['org_units.id'], name=op.f('fk_role_assignments_org_unit_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_role_assignments_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_assignments'))
    )
    op.create_index(op.f('ix_role_assignments_person_id'), 'role_assignments', ['person_id'], unique=False)
    op.create_table('social_identities',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('network', sa.String(length=20), nullable=False),
    sa.Column('handle', sa.String(length=80), nullable=False),
    sa.Column('external_id', sa.String(length=80), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_social_identities_brand_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_social_identities_customer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_social_identities'))
    )
    op.create_index(op.f('ix_social_identities_customer_id'), 'social_identities', ['customer_id'], unique=False)
    op.create_index('uq_social_identities_handle', 'social_identities', ['brand_id', 'network', sa.literal_column('lower(handle)')], unique=True)
    op.create_table('stores',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('org_unit_id', sa.Uuid(), nullable=False),
    sa.Column('unit_path', postgresql.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('number', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('address2', sa.String(length=200), nullable=False),
    sa.Column('city', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('postcode', sa.String(length=20), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('lon', sa.Float(), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('hours_text', sa.String(length=400), nullable=False),
    sa.Column('services', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('has_counter', sa.Boolean(), nullable=False),
    sa.Column('accepts_escalations', sa.Boolean(), nullable=False),
    sa.Column('imported_from', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180', name=op.f('ck_stores_position')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_stores_brand_id')),
    sa.ForeignKeyConstraint(['org_unit_id'], ['org_units.id'], name=op.f('fk_stores_org_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stores')),
    sa.UniqueConstraint('brand_id', 'number', name=op.f('uq_stores_brand_id_number')),
    sa.UniqueConstraint('org_unit_id', name=op.f('uq_stores_org_unit_id'))
    )
    op.create_index('ix_stores_unit_path', 'stores', ['unit_path'], unique=False, postgresql_using='gin')
    op.create_table('webhook_endpoints',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('description', sa.String(length=200), nullable=False),
    sa.Column('topics', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('disabled_reason', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_webhook_endpoints_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_webhook_endpoints_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_endpoints'))
    )
    op.create_index(op.f('ix_webhook_endpoints_brand_id'), 'webhook_endpoints', ['brand_id'], unique=False)
    op.create_table('budget_uses',
    sa.Column('grant_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('period', sa.String(length=8), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('used_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("period IN ('day', 'month')", name=op.f('ck_budget_uses_period')),
    sa.CheckConstraint('used_minor >= 0', name=op.f('ck_budget_uses_used')),
    sa.ForeignKeyConstraint(['grant_id'], ['authority_grants.id'], name=op.f('fk_budget_uses_grant_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_budget_uses_person_id')),
    sa.PrimaryKeyConstraint('grant_id', 'person_id', 'period', 'starts_on', name=op.f('pk_budget_uses'))
    )
    op.create_table('devices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_devices_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_devices')),
    sa.UniqueConstraint('store_id', 'name', name=op.f('uq_devices_store_id_name'))
    )
    op.create_table('threads',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('network', sa.String(length=20), nullable=False),
    sa.Column('external_id', sa.String(length=120), nullable=False),
    sa.Column('permalink', sa.String(length=500), nullable=True),
    sa.Column('visibility', sa.String(length=16), nullable=False),
    sa.Column('mention_type', sa.String(length=16), nullable=False),
    sa.Column('identity_id', sa.Uuid(), nullable=False),
    sa.Column('official_handle_id', sa.Uuid(), nullable=True),
    sa.Column('addressed_to', sa.String(length=80), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('first_post_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_post_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('detected_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("mention_type IN ('tagged', 'untagged', 'dm', 'reply', 'review')", name=op.f('ck_threads_mention_type')),
    sa.CheckConstraint("visibility IN ('public', 'private')", name=op.f('ck_threads_visibility')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_threads_brand_id')),
    sa.ForeignKeyConstraint(['identity_id'], ['social_identities.id'], name=op.f('fk_threads_identity_id')),
    sa.ForeignKeyConstraint(['official_handle_id'], ['official_handles.id'], name=op.f('fk_threads_official_handle_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_threads')),
    sa.UniqueConstraint('network', 'external_id', name=op.f('uq_threads_network_external_id'))
    )
    op.create_index(op.f('ix_threads_identity_id'), 'threads', ['identity_id'], unique=False)
    op.create_index('ix_threads_queue', 'threads', ['brand_id', 'last_post_at', 'id'], unique=False)
    op.create_table('webhook_secrets',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('endpoint_id', sa.Uuid(), nullable=False),
    sa.Column('cipher', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['endpoint_id'], ['webhook_endpoints.id'], name=op.f('fk_webhook_secrets_endpoint_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_secrets'))
    )
    op.create_index(op.f('ix_webhook_secrets_endpoint_id'), 'webhook_secrets', ['endpoint_id'], unique=False)
    op.create_table('credentials',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('prefix', sa.String(length=24), nullable=False),
    sa.Column('secret_hash', sa.LargeBinary(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('device_id', sa.Uuid(), nullable=True),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('scopes', postgresql.ARRAY(sa.Text()), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'api_key') = (scopes IS NOT NULL)", name=op.f('ck_credentials_scopes')),
    sa.CheckConstraint("(kind = 'api_key') OR person_id IS NOT NULL", name=op.f('ck_credentials_person')),
    sa.CheckConstraint("kind IN ('page_session', 'api_session', 'api_key')", name=op.f('ck_credentials_kind')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_credentials_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_credentials_created_by')),
    sa.ForeignKeyConstraint(['device_id'], ['devices.id'], name=op.f('fk_credentials_device_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_credentials_person_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_credentials_store_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_units.id'], name=op.f('fk_credentials_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credentials')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_credentials_secret_hash'))
    )
    op.create_index(op.f('ix_credentials_person_id'), 'credentials', ['person_id'], unique=False)
    op.create_table('escalations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('draft', 'pending_approval', 'rejected', 'cancelled', 'issued', 'acknowledged', 'awaiting_agent', 'transferring', 'honoured', 'part_honoured', 'declined', 'revoked', 'expired', 'under_review', 'closed', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('status_before', sa.String(length=32), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=True),
    sa.Column('identity_id', sa.Uuid(), nullable=True),
    sa.Column('official_handle_id', sa.Uuid(), nullable=True),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('store_scope', sa.Enum('one', 'group', 'any', name='store_scope', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.Column('scope_unit_id', sa.Uuid(), nullable=True),
    sa.Column('level', sa.Enum('inform', 'recommend', 'authorise', 'instruct', name='level', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('note_for_store', sa.String(length=500), nullable=False),
    sa.Column('note_internal', sa.String(length=2000), nullable=False),
    sa.Column('locale', sa.String(length=8), nullable=False),
    sa.Column('order_ref', sa.String(length=60), nullable=False),
    sa.Column('bought_by_other', sa.Boolean(), nullable=False),
    sa.Column('needed_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('authorised_minor', sa.BigInteger(), nullable=False),
    sa.Column('remaining_minor', sa.BigInteger(), nullable=False),
    sa.Column('code_hmac', sa.LargeBinary(), nullable=True),
    sa.Column('second_fact', sa.Enum('phone_digits', 'order_digits', 'name_initial', 'agreed_word', name='second_fact', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('second_fact_hmac', sa.LargeBinary(), nullable=True),
    sa.Column('second_fact_failures', sa.Integer(), nullable=False),
    sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('second_promise_reason', sa.String(length=200), nullable=True),
    sa.Column('authority', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('last_decision', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_by', sa.Uuid(), nullable=True),
    sa.Column('set_aside_note', sa.String(length=120), nullable=False),
    sa.Column('presented_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('head_seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("kind IN ('promise', 'question')", name=op.f('ck_escalations_kind')),
    sa.CheckConstraint("store_scope <> 'group' OR scope_unit_id IS NOT NULL", name=op.f('ck_escalations_group_unit')),
    sa.CheckConstraint("store_scope <> 'one' OR store_id IS NOT NULL", name=op.f('ck_escalations_one_store')),
    sa.CheckConstraint('remaining_minor BETWEEN 0 AND authorised_minor', name=op.f('ck_escalations_remaining')),
    sa.CheckConstraint('valid_from < valid_until', name=op.f('ck_escalations_validity')),
    sa.ForeignKeyConstraint(['acknowledged_by'], ['people.id'], name=op.f('fk_escalations_acknowledged_by')),
    sa.ForeignKeyConstraint(['agent_id'], ['people.id'], name=op.f('fk_escalations_agent_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_escalations_brand_id')),
    sa.ForeignKeyConstraint(['identity_id'], ['social_identities.id'], name=op.f('fk_escalations_identity_id')),
    sa.ForeignKeyConstraint(['official_handle_id'], ['official_handles.id'], name=op.f('fk_escalations_official_handle_id')),
    sa.ForeignKeyConstraint(['scope_unit_id'], ['org_units.id'], name=op.f('fk_escalations_scope_unit_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_escalations_store_id')),
    sa.ForeignKeyConstraint(['thread_id'], ['threads.id'], name=op.f('fk_escalations_thread_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escalations')),
    sa.UniqueConstraint('number', name=op.f('uq_escalations_number'))
    )
    op.create_index('ix_escalations_agent', 'escalations', ['agent_id', 'created_at', 'id'], unique=False)
    op.create_index('ix_escalations_created', 'escalations', ['brand_id', 'created_at', 'id'], unique=False)
    op.create_index('ix_escalations_expected', 'escalations', ['store_id', 'valid_until'], unique=False, postgresql_where=sa.text("status IN ('issued', 'acknowledged', 'awaiting_agent')"))
    op.create_index('ix_escalations_identity', 'escalations', ['identity_id', 'created_at'], unique=False)
    op.create_index('ix_escalations_thread', 'escalations', ['thread_id'], unique=False)
    op.create_index('uq_escalations_live_thread', 'escalations', ['thread_id'], unique=True, postgresql_where=sa.text("status IN ('draft', 'pending_approval', 'issued', 'acknowledged', 'awaiting_agent', 'transferring') AND second_promise_reason IS NULL"))
    op.create_table('posts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=False),
    sa.Column('network', sa.String(length=20), nullable=False),
    sa.Column('external_id', sa.String(length=120), nullable=False),
    sa.Column('author_kind', sa.String(length=16), nullable=False),
    sa.Column('author_handle', sa.String(length=80), nullable=False),
    sa.Column('posted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text', sa.String(length=10000), nullable=False),
    sa.Column('text_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("author_kind IN ('customer', 'brand', 'other')", name=op.f('ck_posts_author_kind')),
    sa.ForeignKeyConstraint(['thread_id'], ['threads.id'], name=op.f('fk_posts_thread_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts')),
    sa.UniqueConstraint('network', 'external_id', name=op.f('uq_posts_network_external_id'))
    )
    op.create_index(op.f('ix_posts_thread_id'), 'posts', ['thread_id'], unique=False)
    op.create_table('thread_claims',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('release_reason', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_thread_claims_person_id')),
    sa.ForeignKeyConstraint(['thread_id'], ['threads.id'], name=op.f('fk_thread_claims_thread_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thread_claims'))
    )
    op.create_index(op.f('ix_thread_claims_person_id'), 'thread_claims', ['person_id'], unique=False)
    op.create_index(op.f('ix_thread_claims_thread_id'), 'thread_claims', ['thread_id'], unique=False)
    op.create_index('uq_thread_claims_live', 'thread_claims', ['thread_id'], unique=True, postgresql_where=sa.text('released_at IS NULL'))
    op.create_table('approvals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('requested_by', sa.Uuid(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approver_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('requested', 'approved', 'rejected', 'withdrawn')", name=op.f('ck_approvals_state')),
    sa.CheckConstraint('approver_id IS NULL OR approver_id <> requested_by', name=op.f('ck_approvals_four_eyes')),
    sa.ForeignKeyConstraint(['approver_id'], ['people.id'], name=op.f('fk_approvals_approver_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_approvals_escalation_id')),
    sa.ForeignKeyConstraint(['requested_by'], ['people.id'], name=op.f('fk_approvals_requested_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approvals'))
    )
    op.create_index(op.f('ix_approvals_escalation_id'), 'approvals', ['escalation_id'], unique=False)
    op.create_index('uq_approvals_open', 'approvals', ['escalation_id'], unique=True, postgresql_where=sa.text("state = 'requested'"))
    op.create_table('decisions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('gave_up_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('reason', sa.String(length=8), nullable=True),
    sa.Column('reason_text', sa.String(length=500), nullable=False),
    sa.Column('customer_text', sa.String(length=500), nullable=False),
    sa.Column('receipt_ref', sa.String(length=60), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=False),
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(action = 'undo') = (reverses_id IS NOT NULL)", name=op.f('ck_decisions_reversal')),
    sa.CheckConstraint("action IN ('honour', 'honour_part', 'decline', 'undo')", name=op.f('ck_decisions_action')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_decisions_amount')),
    sa.ForeignKeyConstraint(['device_id'], ['devices.id'], name=op.f('fk_decisions_device_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_decisions_escalation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_decisions_person_id')),
    sa.ForeignKeyConstraint(['reverses_id'], ['decisions.id'], name=op.f('fk_decisions_reverses_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_decisions_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decisions')),
    sa.UniqueConstraint('device_id', 'nonce', name=op.f('uq_decisions_device_id_nonce'))
    )
    op.create_index('ix_decisions_escalation', 'decisions', ['escalation_id', 'happened_at'], unique=False)
    op.create_index('uq_decisions_reverses_id', 'decisions', ['reverses_id'], unique=True, postgresql_where=sa.text('reverses_id IS NOT NULL'))
    op.create_table('outcomes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('topic', sa.String(length=60), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('endpoint_id', sa.Uuid(), nullable=True),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(length=300), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(channel = 'webhook') = (endpoint_id IS NOT NULL)", name=op.f('ck_outcomes_endpoint')),
    sa.CheckConstraint("channel IN ('board', 'webhook')", name=op.f('ck_outcomes_channel')),
    sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'dead', 'cancelled')", name=op.f('ck_outcomes_state')),
    sa.ForeignKeyConstraint(['endpoint_id'], ['webhook_endpoints.id'], name=op.f('fk_outcomes_endpoint_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_outcomes_escalation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_outcomes_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcomes'))
    )
    op.create_index('ix_outcomes_board', 'outcomes', ['person_id', 'created_at'], unique=False, postgresql_where=sa.text("channel = 'board'"))
    op.create_index('ix_outcomes_due', 'outcomes', ['next_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.create_index('ix_outcomes_endpoint', 'outcomes', ['endpoint_id', 'created_at'], unique=False, postgresql_where=sa.text("channel = 'webhook'"))
    op.create_index('ix_outcomes_endpoint_due', 'outcomes', ['endpoint_id', 'next_at'], unique=False, postgresql_where=sa.text("channel = 'webhook' AND state = 'queued'"))
    op.create_table('prior_contacts',
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Enum('phone', 'email', 'chat', 'store', 'web', 'other', name='prior_channel', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('result', sa.String(length=200), nullable=False),
    sa.CheckConstraint('tries BETWEEN 1 AND 1000', name=op.f('ck_prior_contacts_tries')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_prior_contacts_escalation_id')),
    sa.PrimaryKeyConstraint('escalation_id', 'channel', name=op.f('pk_prior_contacts'))
    )
    op.create_table('promises',
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('type', sa.Enum('exchange', 'return_with_receipt', 'return_without_receipt', 'refund', 'partial_refund', 'repair', 'replacement_part', 'price_match', 'discount_amount', 'discount_percent', 'gift_card_or_credit', 'free_service', 'loan_device', 'hold_item', 'restocking_fee_waiver', 'return_window_extension', 'delivery_fee_waiver', 'warranty_exception', 'goodwill_gesture', 'call_back', 'information', 'apology_in_person', 'campaign_offer', name='promise_type', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('level', sa.Enum('inform', 'recommend', 'authorise', 'instruct', name='level', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('item', sa.String(length=200), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('percent_hundredths', sa.Integer(), nullable=True),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('waives', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('conditions', sa.String(length=500), nullable=False),
    sa.Column('grant_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_promises_amount')),
    sa.CheckConstraint('percent_hundredths BETWEEN 1 AND 10000', name=op.f('ck_promises_percent')),
    sa.CheckConstraint('quantity BETWEEN 1 AND 1000', name=op.f('ck_promises_quantity')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_promises_escalation_id')),
    sa.ForeignKeyConstraint(['grant_id'], ['authority_grants.id'], name=op.f('fk_promises_grant_id')),
    sa.PrimaryKeyConstraint('escalation_id', 'position', name=op.f('pk_promises'))
    )
    op.create_table('reference_codes',
    sa.Column('hmac', sa.LargeBinary(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('pepper_version', sa.Integer(), nullable=False),
    sa.Column('cipher', sa.LargeBinary(), nullable=True),
    sa.Column('hint', sa.String(length=2), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_reference_codes_escalation_id')),
    sa.PrimaryKeyConstraint('hmac', name=op.f('pk_reference_codes'))
    )
    op.create_index(op.f('ix_reference_codes_escalation_id'), 'reference_codes', ['escalation_id'], unique=False)
    op.create_table('delivery_attempts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('outcome_id', sa.Uuid(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration_seconds', sa.Float(), nullable=True),
    sa.Column('status_code', sa.Integer(), nullable=True),
    sa.Column('error', sa.String(length=300), nullable=False),
    sa.Column('response_excerpt', sa.String(length=2048), nullable=False),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcomes.id'], name=op.f('fk_delivery_attempts_outcome_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery_attempts')),
    sa.UniqueConstraint('outcome_id', 'attempt', name=op.f('uq_delivery_attempts_outcome_id_attempt'))
    )
    op.create_table('ledger_transfers',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('from_account', sa.String(length=80), nullable=False),
    sa.Column('to_account', sa.String(length=80), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('decision_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("kind IN ('issue', 'redeem', 'give_up', 'reverse')", name=op.f('ck_ledger_transfers_kind')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_ledger_transfers_amount')),
    sa.CheckConstraint('from_account <> to_account', name=op.f('ck_ledger_transfers_accounts')),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_ledger_transfers_decision_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_ledger_transfers_escalation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_transfers'))
    )
    op.create_index(op.f('ix_ledger_transfers_escalation_id'), 'ledger_transfers', ['escalation_id'], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_index(op.f('ix_ledger_transfers_escalation_id'), table_name='ledger_transfers')
    op.drop_table('ledger_transfers')
    op.drop_table('delivery_attempts')
    op.drop_index(op.f('ix_reference_codes_escalation_id'), table_name='reference_codes')
    op.drop_table('reference_codes')
    op.drop_table('promises')
    op.drop_table('prior_contacts')
    op.drop_index('ix_outcomes_endpoint_due', table_name='outcomes', postgresql_where=sa.text("channel = 'webhook' AND state = 'queued'"))
    op.drop_index('ix_outcomes_endpoint', table_name='outcomes', postgresql_where=sa.text("channel = 'webhook'"))
    op.drop_index('ix_outcomes_due', table_name='outcomes', postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.drop_index('ix_outcomes_board', table_name='outcomes', postgresql_where=sa.text("channel = 'board'"))
    op.drop_table('outcomes')
    op.drop_index('uq_decisions_reverses_id', table_name='decisions', postgresql_where=sa.text('reverses_id IS NOT NULL'))
    op.drop_index('ix_decisions_escalation', table_name='decisions')
    op.drop_table('decisions')
    op.drop_index('uq_approvals_open', table_name='approvals', postgresql_where=sa.text("state = 'requested'"))
    op.drop_index(op.f('ix_approvals_escalation_id'), table_name='approvals')
    op.drop_table('approvals')
    op.drop_index('uq_thread_claims_live', table_name='thread_claims', postgresql_where=sa.text('released_at IS NULL'))
    op.drop_index(op.f('ix_thread_claims_thread_id'), table_name='thread_claims')
    op.drop_index(op.f('ix_thread_claims_person_id'), table_name='thread_claims')
    op.drop_table('thread_claims')
    op.drop_index(op.f('ix_posts_thread_id'), table_name='posts')
    op.drop_table('posts')
    op.drop_index('uq_escalations_live_thread', table_name='escalations', postgresql_where=sa.text("status IN ('draft', 'pending_approval', 'issued', 'acknowledged', 'awaiting_agent', 'transferring') AND second_promise_reason IS NULL"))
    op.drop_index('ix_escalations_thread', table_name='escalations')
    op.drop_index('ix_escalations_identity', table_name='escalations')
    op.drop_index('ix_escalations_expected', table_name='escalations', postgresql_where=sa.text("status IN ('issued', 'acknowledged', 'awaiting_agent')"))
    op.drop_index('ix_escalations_created', table_name='escalations')
    op.drop_index('ix_escalations_agent', table_name='escalations')
    op.drop_table('escalations')
    op.drop_index(op.f('ix_credentials_person_id'), table_name='credentials')
    op.drop_table('credentials')
    op.drop_index(op.f('ix_webhook_secrets_endpoint_id'), table_name='webhook_secrets')
    op.drop_table('webhook_secrets')
    op.drop_index('ix_threads_queue', table_name='threads')
    op.drop_index(op.f('ix_threads_identity_id'), table_name='threads')
    op.drop_table('threads')
    op.drop_table('devices')
    op.drop_table('budget_uses')
    op.drop_index(op.f('ix_webhook_endpoints_brand_id'), table_name='webhook_endpoints')
    op.drop_table('webhook_endpoints')
    op.drop_index('ix_stores_unit_path', table_name='stores', postgresql_using='gin')
    op.drop_table('stores')
    op.drop_index('uq_social_identities_handle', table_name='social_identities')
    op.drop_index(op.f('ix_social_identities_customer_id'), table_name='social_identities')
    op.drop_table('social_identities')
    op.drop_index(op.f('ix_role_assignments_person_id'), table_name='role_assignments')
    op.drop_table('role_assignments')
    op.drop_index('uq_official_handles_network_handle', table_name='official_handles')
    op.drop_table('official_handles')
    op.drop_index(op.f('ix_authority_grants_brand_id'), table_name='authority_grants')
    op.drop_table('authority_grants')
    op.drop_index('uq_people_email', table_name='people')
    op.drop_table('people')
    op.drop_index(op.f('ix_org_units_parent_id'), table_name='org_units')
    op.drop_index(op.f('ix_org_units_brand_id'), table_name='org_units')
    op.drop_table('org_units')
    op.drop_table('customers')
    op.drop_table('timeline')
    op.drop_table('stream_heads')
    op.drop_index('ix_look_ups_escalation', table_name='look_ups')
    op.drop_table('look_ups')
    op.drop_index('ix_idempotency_keys_created_at', table_name='idempotency_keys', postgresql_using='brin')
    op.drop_table('idempotency_keys')
    op.drop_table('guess_locks')
    op.drop_table('guess_counts')
    op.drop_table('checkpoints')
    op.drop_table('brands')
