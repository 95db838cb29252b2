"""All tables, imported here so that Alembic sees them."""

from bridge.models.accounts import Credential, Device, GuessCount, GuessLock, Person, RoleAssignment
from bridge.models.audit import Checkpoint, StreamHead, TimelineEntry
from bridge.models.authority import AuthorityGrant, BudgetUse
from bridge.models.base import new_id
from bridge.models.calendars import CalendarException, Closure, UnitCalendar
from bridge.models.channels import (
    ChannelAccount,
    ChannelMessage,
    ChannelSecret,
    DeletedPost,
    InboundDelivery,
    MessageAttempt,
    PostAlias,
    ThreadDoor,
)
from bridge.models.counter import Decision, LedgerTransfer, LookUp, StepUp
from bridge.models.customers import StatusLink
from bridge.models.directory import Brand, LookAlike, OfficialHandle, OrgUnit, Store
from bridge.models.escalation import Approval, EscalationRow, PriorContact, PromiseRow, ReferenceCode
from bridge.models.intake import (
    Customer,
    IdentityLink,
    Post,
    SocialIdentity,
    Thread,
    ThreadClaim,
    ThreadPresence,
)
from bridge.models.ladders import Heartbeat, Ladder, LadderRun, LadderStepTaken, LadderVersion
from bridge.models.life import Appeal, DuplicateLink, InfoRequest, Note, Transfer
from bridge.models.listening import SavedSearch
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
    "ChannelAccount",
    "ChannelMessage",
    "ChannelSecret",
    "Checkpoint",
    "ClockPause",
    "Closure",
    "ContactPoint",
    "Credential",
    "Customer",
    "Decision",
    "DeletedPost",
    "DeliveryAttempt",
    "Device",
    "DuplicateLink",
    "EscalationRow",
    "GuessCount",
    "GuessLock",
    "Heartbeat",
    "IdempotencyKey",
    "IdentityLink",
    "InboundDelivery",
    "InfoRequest",
    "Ladder",
    "LadderRun",
    "LadderStepTaken",
    "LadderVersion",
    "LedgerTransfer",
    "LookAlike",
    "LookUp",
    "MessageAttempt",
    "MilestoneRow",
    "Note",
    "Notice",
    "NoticeAttempt",
    "OfficialHandle",
    "OrgUnit",
    "Outcome",
    "Person",
    "Post",
    "PostAlias",
    "PriorContact",
    "PromiseRow",
    "PromiseTemplate",
    "ReferenceCode",
    "Review",
    "RoleAssignment",
    "SLAPolicy",
    "SavedSearch",
    "SocialIdentity",
    "StatusLink",
    "StepUp",
    "Store",
    "StoreFile",
    "StreamHead",
    "Taxonomy",
    "Thread",
    "ThreadClaim",
    "ThreadDoor",
    "ThreadPresence",
    "TimelineEntry",
    "Transfer",
    "UnitCalendar",
    "WebhookEndpoint",
    "WebhookSecret",
    "Wording",
    "new_id",
]
