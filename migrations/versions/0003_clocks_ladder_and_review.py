"""Tables of the clocks, the ladder, notices, the middle of a life, and review; all new, all empty."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

ROLE = "bridge_app"
CHANGES = (
    "appeals, calendar_exceptions, clock_pauses, closures, contact_points, duplicate_links, heartbeats, "
    "info_requests, ladder_runs, ladder_versions, milestones, notices, reviews, sla_policies, taxonomies, "
    "transfers, unit_calendars"
)
APPENDED = "ladder_steps_taken, ladders, notes, notice_attempts"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table('heartbeats',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeats'))
    )
    op.create_table('ladders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_ladders_brand_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ladders')),
    sa.UniqueConstraint('brand_id', 'name', name=op.f('uq_ladders_brand_id_name'))
    )
    op.create_table('calendar_exceptions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('windows', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_calendar_exceptions_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_calendar_exceptions_created_by')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_units.id'], name=op.f('fk_calendar_exceptions_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_exceptions'))
    )
    op.create_index('ix_calendar_exceptions_unit', 'calendar_exceptions', ['unit_id', 'day'], unique=False)
    op.create_index('uq_calendar_exceptions_day', 'calendar_exceptions', ['unit_id', 'day'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('contact_points',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('address_cipher', sa.LargeBinary(), nullable=False),
    sa.Column('address_hint', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('disabled_reason', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("channel IN ('email', 'sms', 'slack', 'teams')", name=op.f('ck_contact_points_channel')),
    sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f('ck_contact_points_state')),
    sa.CheckConstraint('(person_id IS NULL) <> (unit_id IS NULL)', name=op.f('ck_contact_points_owner')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_contact_points_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_contact_points_created_by')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_contact_points_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_units.id'], name=op.f('fk_contact_points_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_points'))
    )
    op.create_index('ix_contact_points_person', 'contact_points', ['person_id'], unique=False)
    op.create_index('ix_contact_points_unit', 'contact_points', ['unit_id'], unique=False)
    op.create_table('ladder_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ladder_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_ladder_versions_created_by')),
    sa.ForeignKeyConstraint(['ladder_id'], ['ladders.id'], name=op.f('fk_ladder_versions_ladder_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ladder_versions')),
    sa.UniqueConstraint('ladder_id', 'version', name=op.f('uq_ladder_versions_ladder_id_version'))
    )
    op.create_index('uq_ladder_versions_in_force', 'ladder_versions', ['ladder_id'], unique=True, postgresql_where=sa.text('retired_at IS NULL'))
    op.create_table('sla_policies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_sla_policies_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_sla_policies_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sla_policies')),
    sa.UniqueConstraint('brand_id', 'version', name=op.f('uq_sla_policies_brand_id_version'))
    )
    op.create_index('uq_sla_policies_in_force', 'sla_policies', ['brand_id'], unique=True, postgresql_where=sa.text('retired_at IS NULL'))
    op.create_table('taxonomies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_taxonomies_brand_id')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_taxonomies_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_taxonomies')),
    sa.UniqueConstraint('brand_id', 'version', name=op.f('uq_taxonomies_brand_id_version'))
    )
    op.create_index('uq_taxonomies_in_force', 'taxonomies', ['brand_id'], unique=True, postgresql_where=sa.text('retired_at IS NULL'))
    op.create_table('unit_calendars',
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('hours_text', sa.String(length=400), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('observes_holidays', sa.Boolean(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_units.id'], name=op.f('fk_unit_calendars_unit_id')),
    sa.PrimaryKeyConstraint('unit_id', name=op.f('pk_unit_calendars'))
    )
    op.create_table('closures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('declared_by', sa.Uuid(), nullable=True),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("reason IN ('store_closed_unplanned', 'disaster')", name=op.f('ck_closures_reason')),
    sa.CheckConstraint('ends_at IS NULL OR ends_at > starts_at', name=op.f('ck_closures_span')),
    sa.ForeignKeyConstraint(['declared_by'], ['people.id'], name=op.f('fk_closures_declared_by')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_closures_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closures'))
    )
    op.create_index('ix_closures_store', 'closures', ['store_id', 'starts_at'], unique=False)
    op.create_table('appeals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_appeals_escalation_id')),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_appeals_made_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeals')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_appeals_token_hash'))
    )
    op.create_index('ix_appeals_escalation', 'appeals', ['escalation_id'], unique=False)
    op.create_table('duplicate_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('duplicate_of_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('linked_by', sa.Uuid(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cut_by', sa.Uuid(), nullable=True),
    sa.Column('cut_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cut_reason', sa.String(length=200), nullable=False),
    sa.CheckConstraint('escalation_id <> duplicate_of_id', name=op.f('ck_duplicate_links_two')),
    sa.ForeignKeyConstraint(['cut_by'], ['people.id'], name=op.f('fk_duplicate_links_cut_by')),
    sa.ForeignKeyConstraint(['duplicate_of_id'], ['escalations.id'], name=op.f('fk_duplicate_links_duplicate_of_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_duplicate_links_escalation_id')),
    sa.ForeignKeyConstraint(['linked_by'], ['people.id'], name=op.f('fk_duplicate_links_linked_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duplicate_links'))
    )
    op.create_index('ix_duplicate_links_of', 'duplicate_links', ['duplicate_of_id'], unique=False)
    op.create_index('uq_duplicate_links_live', 'duplicate_links', ['escalation_id'], unique=True, postgresql_where=sa.text('cut_at IS NULL'))
    op.create_table('info_requests',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('question', sa.Enum('Q01', 'Q02', 'Q03', 'Q04', 'Q05', 'Q06', 'Q07', 'Q08', 'Q09', 'Q10', name='question', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('text', sa.String(length=500), nullable=False),
    sa.Column('is_live', sa.Boolean(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('answer', sa.String(length=1000), nullable=False),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('open', 'answered', 'lapsed', 'withdrawn')", name=op.f('ck_info_requests_state')),
    sa.ForeignKeyConstraint(['answered_by'], ['people.id'], name=op.f('fk_info_requests_answered_by')),
    sa.ForeignKeyConstraint(['asked_by'], ['people.id'], name=op.f('fk_info_requests_asked_by')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_info_requests_escalation_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_info_requests_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_info_requests'))
    )
    op.create_index('ix_info_requests_escalation', 'info_requests', ['escalation_id'], unique=False)
    op.create_index('uq_info_requests_open', 'info_requests', ['escalation_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('ladder_runs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('ladder_version_id', sa.Uuid(), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('waits_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stop_reason', sa.String(length=40), nullable=False),
    sa.CheckConstraint("state IN ('running', 'stopped', 'finished')", name=op.f('ck_ladder_runs_state')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_ladder_runs_escalation_id')),
    sa.ForeignKeyConstraint(['ladder_version_id'], ['ladder_versions.id'], name=op.f('fk_ladder_runs_ladder_version_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_ladder_runs_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ladder_runs'))
    )
    op.create_index('ix_ladder_runs_escalation', 'ladder_runs', ['escalation_id'], unique=False)
    op.create_index('ix_ladder_runs_next', 'ladder_runs', ['next_at'], unique=False, postgresql_where=sa.text("state = 'running'"))
    op.create_index('ix_ladder_runs_store', 'ladder_runs', ['store_id', 'started_at'], unique=False)
    op.create_index('uq_ladder_runs_live', 'ladder_runs', ['escalation_id'], unique=True, postgresql_where=sa.text("state = 'running'"))
    op.create_table('milestones',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=True),
    sa.Column('thread_id', sa.Uuid(), nullable=True),
    sa.Column('type', sa.Enum('first_response', 'next_response', 'promise_issued', 'approval', 'store_ack', 'counter_decision', 'agent_answer', 'transfer_accept', 'customer_need', 'outcome_to_customer', 'resolution', 'hq_review', 'cause_coded', name='milestone_type', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('policy_version', sa.Integer(), nullable=False),
    sa.Column('calendar', sa.String(length=16), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.Column('target_seconds', sa.Integer(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('warnings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('warned_percent', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('pending', 'running', 'paused', 'met', 'missed_open', 'met_late', 'missed_final', 'cancelled', name='milestone_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('breached_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('elapsed_seconds', sa.Integer(), nullable=True),
    sa.Column('stopped_seconds', sa.Integer(), nullable=False),
    sa.Column('actual_seconds', sa.Integer(), nullable=True),
    sa.Column('trace', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint("calendar IN ('store', 'target_store', 'care', 'hq', 'always')", name=op.f('ck_milestones_calendar')),
    sa.CheckConstraint('(escalation_id IS NULL) <> (thread_id IS NULL)', name=op.f('ck_milestones_subject')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_milestones_escalation_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_milestones_store_id')),
    sa.ForeignKeyConstraint(['thread_id'], ['threads.id'], name=op.f('fk_milestones_thread_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestones'))
    )
    op.create_index('ix_milestones_open_due', 'milestones', ['due_at'], unique=False, postgresql_where=sa.text("state = 'running'"))
    op.create_index('uq_milestones_escalation', 'milestones', ['escalation_id', 'type', 'round'], unique=True, postgresql_where=sa.text('escalation_id IS NOT NULL'))
    op.create_index('uq_milestones_thread', 'milestones', ['thread_id', 'type', 'round'], unique=True, postgresql_where=sa.text('thread_id IS NOT NULL'))
    op.create_table('notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('visibility', sa.Enum('internal', 'store', 'customer', name='visibility', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_notes_author_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_notes_escalation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes'))
    )
    op.create_index('ix_notes_escalation', 'notes', ['escalation_id', 'created_at'], unique=False)
    op.create_table('notices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('dedup_key', sa.String(length=160), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('template', sa.String(length=40), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=True),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('contact_point_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('stops_on', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('digest_id', sa.Uuid(), nullable=True),
    sa.Column('last_error', sa.String(length=300), nullable=False),
    sa.CheckConstraint("channel IN ('inbox', 'email', 'sms', 'slack', 'teams')", name=op.f('ck_notices_channel')),
    sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'dead', 'cancelled', 'digested')", name=op.f('ck_notices_state')),
    sa.CheckConstraint("stops_on IN ('acknowledge', 'end', 'nothing')", name=op.f('ck_notices_stops_on')),
    sa.CheckConstraint('person_id IS NOT NULL OR contact_point_id IS NOT NULL', name=op.f('ck_notices_recipient')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_notices_brand_id')),
    sa.ForeignKeyConstraint(['contact_point_id'], ['contact_points.id'], name=op.f('fk_notices_contact_point_id')),
    sa.ForeignKeyConstraint(['digest_id'], ['notices.id'], name=op.f('fk_notices_digest_id')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_notices_escalation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_notices_person_id')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_notices_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('dedup_key', name=op.f('uq_notices_dedup_key'))
    )
    op.create_index('ix_notices_due', 'notices', ['next_at'], unique=False, postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.create_index('ix_notices_escalation', 'notices', ['escalation_id'], unique=False)
    op.create_index('ix_notices_inbox', 'notices', ['person_id', 'created_at'], unique=False, postgresql_where=sa.text("channel = 'inbox'"))
    op.create_table('reviews',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('store_id', sa.Uuid(), nullable=True),
    sa.Column('entry_reason', sa.Enum('wrongful_decline', 'no_ack', 'breach', 'expired_unseen', 'appeal', 'offline_conflict', 'repeat_pattern', 'high_value', 'random_sample', name='entry_reason', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=True),
    sa.Column('assigned_to', sa.Uuid(), nullable=True),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finding', sa.String(length=16), nullable=True),
    sa.Column('finding_text', sa.String(length=2000), nullable=False),
    sa.Column('cause_code', sa.String(length=120), nullable=True),
    sa.Column('bridge_cause', sa.String(length=4), nullable=True),
    sa.Column('taxonomy_version', sa.Integer(), nullable=True),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'closed') = (finding IS NOT NULL)", name=op.f('ck_reviews_closed')),
    sa.CheckConstraint("finding IN ('upheld', 'overturned', 'noted')", name=op.f('ck_reviews_finding')),
    sa.CheckConstraint("state IN ('open', 'assigned', 'closed')", name=op.f('ck_reviews_state')),
    sa.ForeignKeyConstraint(['assigned_to'], ['people.id'], name=op.f('fk_reviews_assigned_to')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_reviews_brand_id')),
    sa.ForeignKeyConstraint(['closed_by'], ['people.id'], name=op.f('fk_reviews_closed_by')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_reviews_escalation_id')),
    sa.ForeignKeyConstraint(['opened_by'], ['people.id'], name=op.f('fk_reviews_opened_by')),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_reviews_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews'))
    )
    op.create_index('ix_reviews_escalation', 'reviews', ['escalation_id'], unique=False)
    op.create_index('ix_reviews_queue', 'reviews', ['brand_id', 'opened_at', 'id'], unique=False, postgresql_where=sa.text("state <> 'closed'"))
    op.create_index('uq_reviews_open', 'reviews', ['escalation_id', 'entry_reason'], unique=True, postgresql_where=sa.text("state <> 'closed'"))
    op.create_table('transfers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('from_store_id', sa.Uuid(), nullable=False),
    sa.Column('to_store_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Enum('no_stock', 'no_skill', 'closer_store', 'customer_wish', 'store_closed', name='transfer_reason', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('offered_by', sa.Uuid(), nullable=True),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_note', sa.String(length=500), nullable=False),
    sa.CheckConstraint("state IN ('offered', 'accepted', 'refused', 'withdrawn', 'lapsed')", name=op.f('ck_transfers_state')),
    sa.CheckConstraint('from_store_id <> to_store_id', name=op.f('ck_transfers_stores')),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_transfers_decided_by')),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalations.id'], name=op.f('fk_transfers_escalation_id')),
    sa.ForeignKeyConstraint(['from_store_id'], ['stores.id'], name=op.f('fk_transfers_from_store_id')),
    sa.ForeignKeyConstraint(['offered_by'], ['people.id'], name=op.f('fk_transfers_offered_by')),
    sa.ForeignKeyConstraint(['to_store_id'], ['stores.id'], name=op.f('fk_transfers_to_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfers'))
    )
    op.create_index('ix_transfers_escalation', 'transfers', ['escalation_id'], unique=False)
    op.create_index('ix_transfers_to', 'transfers', ['to_store_id'], unique=False, postgresql_where=sa.text("state = 'offered'"))
    op.create_index('uq_transfers_open', 'transfers', ['escalation_id'], unique=True, postgresql_where=sa.text("state = 'offered'"))
    op.create_table('clock_pauses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Enum('awaiting_customer', 'awaiting_agent', 'store_closed_unplanned', 'disaster', name='pause_reason', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('limit_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['milestone_id'], ['milestones.id'], name=op.f('fk_clock_pauses_milestone_id')),
    sa.ForeignKeyConstraint(['paused_by'], ['people.id'], name=op.f('fk_clock_pauses_paused_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_pauses'))
    )
    op.create_index(op.f('ix_clock_pauses_milestone_id'), 'clock_pauses', ['milestone_id'], unique=False)
    op.create_index('uq_clock_pauses_open', 'clock_pauses', ['milestone_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('ladder_steps_taken',
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('result', sa.String(length=16), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("result IN ('done', 'skipped', 'no_recipient', 'stopped')", name=op.f('ck_ladder_steps_taken_result')),
    sa.ForeignKeyConstraint(['run_id'], ['ladder_runs.id'], name=op.f('fk_ladder_steps_taken_run_id')),
    sa.PrimaryKeyConstraint('run_id', 'round', 'step', name=op.f('pk_ladder_steps_taken'))
    )
    op.create_index('ix_ladder_steps_taken_faults', 'ladder_steps_taken', ['at'], unique=False, postgresql_where=sa.text("result = 'no_recipient'"))
    op.create_table('notice_attempts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration_seconds', sa.Float(), nullable=True),
    sa.Column('status_code', sa.Integer(), nullable=True),
    sa.Column('error', sa.String(length=300), nullable=False),
    sa.Column('response_excerpt', sa.String(length=2048), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notices.id'], name=op.f('fk_notice_attempts_notice_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_attempts')),
    sa.UniqueConstraint('notice_id', 'attempt', name=op.f('uq_notice_attempts_notice_id_attempt'))
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {CHANGES} TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT ON {APPENDED} TO {ROLE}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_table('notice_attempts')
    op.drop_index('ix_ladder_steps_taken_faults', table_name='ladder_steps_taken', postgresql_where=sa.text("result = 'no_recipient'"))
    op.drop_table('ladder_steps_taken')
    op.drop_index('uq_clock_pauses_open', table_name='clock_pauses', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_index(op.f('ix_clock_pauses_milestone_id'), table_name='clock_pauses')
    op.drop_table('clock_pauses')
    op.drop_index('uq_transfers_open', table_name='transfers', postgresql_where=sa.text("state = 'offered'"))
    op.drop_index('ix_transfers_to', table_name='transfers', postgresql_where=sa.text("state = 'offered'"))
    op.drop_index('ix_transfers_escalation', table_name='transfers')
    op.drop_table('transfers')
    op.drop_index('uq_reviews_open', table_name='reviews', postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index('ix_reviews_queue', table_name='reviews', postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index('ix_reviews_escalation', table_name='reviews')
    op.drop_table('reviews')
    op.drop_index('ix_notices_inbox', table_name='notices', postgresql_where=sa.text("channel = 'inbox'"))
    op.drop_index('ix_notices_escalation', table_name='notices')
    op.drop_index('ix_notices_due', table_name='notices', postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.drop_table('notices')
    op.drop_index('ix_notes_escalation', table_name='notes')
    op.drop_table('notes')
    op.drop_index('uq_milestones_thread', table_name='milestones', postgresql_where=sa.text('thread_id IS NOT NULL'))
    op.drop_index('uq_milestones_escalation', table_name='milestones', postgresql_where=sa.text('escalation_id IS NOT NULL'))
    op.drop_index('ix_milestones_open_due', table_name='milestones', postgresql_where=sa.text("state = 'running'"))
    op.drop_table('milestones')
    op.drop_index('uq_ladder_runs_live', table_name='ladder_runs', postgresql_where=sa.text("state = 'running'"))
    op.drop_index('ix_ladder_runs_store', table_name='ladder_runs')
    op.drop_index('ix_ladder_runs_next', table_name='ladder_runs', postgresql_where=sa.text("state = 'running'"))
    op.drop_index('ix_ladder_runs_escalation', table_name='ladder_runs')
    op.drop_table('ladder_runs')
    op.drop_index('uq_info_requests_open', table_name='info_requests', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_info_requests_escalation', table_name='info_requests')
    op.drop_table('info_requests')
    op.drop_index('uq_duplicate_links_live', table_name='duplicate_links', postgresql_where=sa.text('cut_at IS NULL'))
    op.drop_index('ix_duplicate_links_of', table_name='duplicate_links')
    op.drop_table('duplicate_links')
    op.drop_index('ix_appeals_escalation', table_name='appeals')
    op.drop_table('appeals')
    op.drop_index('ix_closures_store', table_name='closures')
    op.drop_table('closures')
    op.drop_table('unit_calendars')
    op.drop_index('uq_taxonomies_in_force', table_name='taxonomies', postgresql_where=sa.text('retired_at IS NULL'))
    op.drop_table('taxonomies')
    op.drop_index('uq_sla_policies_in_force', table_name='sla_policies', postgresql_where=sa.text('retired_at IS NULL'))
    op.drop_table('sla_policies')
    op.drop_index('uq_ladder_versions_in_force', table_name='ladder_versions', postgresql_where=sa.text('retired_at IS NULL'))
    op.drop_table('ladder_versions')
    op.drop_index('ix_contact_points_unit', table_name='contact_points')
    op.drop_index('ix_contact_points_person', table_name='contact_points')
    op.drop_table('contact_points')
    op.drop_index('uq_calendar_exceptions_day', table_name='calendar_exceptions', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_index('ix_calendar_exceptions_unit', table_name='calendar_exceptions')
    op.drop_table('calendar_exceptions')
    op.drop_table('ladders')
    op.drop_table('heartbeats')
