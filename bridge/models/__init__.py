"""All tables, imported here so that Alembic sees them."""

from bridge.models.accounts import Credential, Device, GuessCount, GuessLock, Person, RoleAssignment
from bridge.models.audit import Checkpoint, StreamHead, TimelineEntry
from bridge.models.authority import AuthorityGrant, BudgetUse
from bridge.models.base import new_id
from bridge.models.calendars import CalendarException, Closure, UnitCalendar
from bridge.models.counter import Decision, LedgerTransfer, LookUp, StepUp
from bridge.models.customers import StatusLink
from bridge.models.directory import Brand, OfficialHandle, OrgUnit, Store
from bridge.models.escalation import Approval, EscalationRow, PriorContact, PromiseRow, ReferenceCode
from bridge.models.intake import Customer, Post, SocialIdentity, Thread, ThreadClaim, ThreadPresence
from bridge.models.ladders import Heartbeat, Ladder, LadderRun, LadderStepTaken, LadderVersion
from bridge.models.life import Appeal, DuplicateLink, InfoRequest, Note, Transfer
from bridge.models.milestones import ClockPause, MilestoneRow, SLAPolicy
from bridge.models.notices import ContactPoint, Notice, NoticeAttempt
from bridge.models.outcomes import (
    DeliveryAttempt,
    IdempotencyKey,
    Outcome,
    WebhookEndpoint,
    WebhookSecret,
)
from bridge.models.promise_templates import PromiseTemplate
from bridge.models.reviews import Review, Taxonomy
from bridge.models.setup import StoreFile, Wording

__all__ = [
    "Appeal",
    "Approval",
    "AuthorityGrant",
    "Brand",
    "BudgetUse",
    "CalendarException",
    "Checkpoint",
    "ClockPause",
    "Closure",
    "ContactPoint",
    "Credential",
    "Customer",
    "Decision",
    "DeliveryAttempt",
    "Device",
    "DuplicateLink",
    "EscalationRow",
    "GuessCount",
    "GuessLock",
    "Heartbeat",
    "IdempotencyKey",
    "InfoRequest",
    "Ladder",
    "LadderRun",
    "LadderStepTaken",
    "LadderVersion",
    "LedgerTransfer",
    "LookUp",
    "MilestoneRow",
    "Note",
    "Notice",
    "NoticeAttempt",
    "OfficialHandle",
    "OrgUnit",
    "Outcome",
    "Person",
    "Post",
    "PriorContact",
    "PromiseRow",
    "PromiseTemplate",
    "ReferenceCode",
    "Review",
    "RoleAssignment",
    "SLAPolicy",
    "SocialIdentity",
    "StatusLink",
    "StepUp",
    "Store",
    "StoreFile",
    "StreamHead",
    "Taxonomy",
    "Thread",
    "ThreadClaim",
    "ThreadPresence",
    "TimelineEntry",
    "Transfer",
    "UnitCalendar",
    "WebhookEndpoint",
    "WebhookSecret",
    "Wording",
    "new_id",
]
