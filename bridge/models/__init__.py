"""All tables, imported here so that Alembic sees them."""

from bridge.models.accounts import Credential, Device, GuessCount, GuessLock, Person, RoleAssignment
from bridge.models.audit import Checkpoint, StreamHead, TimelineEntry
from bridge.models.authority import AuthorityGrant, BudgetUse
from bridge.models.base import new_id
from bridge.models.counter import Decision, LedgerTransfer, LookUp
from bridge.models.directory import Brand, OfficialHandle, OrgUnit, Store
from bridge.models.escalation import Approval, EscalationRow, PriorContact, PromiseRow, ReferenceCode
from bridge.models.intake import Customer, Post, SocialIdentity, Thread, ThreadClaim
from bridge.models.outcomes import (
    DeliveryAttempt,
    IdempotencyKey,
    Outcome,
    WebhookEndpoint,
    WebhookSecret,
)

__all__ = [
    "Approval",
    "AuthorityGrant",
    "Brand",
    "BudgetUse",
    "Checkpoint",
    "Credential",
    "Customer",
    "Decision",
    "DeliveryAttempt",
    "Device",
    "EscalationRow",
    "GuessCount",
    "GuessLock",
    "IdempotencyKey",
    "LedgerTransfer",
    "LookUp",
    "OfficialHandle",
    "OrgUnit",
    "Outcome",
    "Person",
    "Post",
    "PriorContact",
    "PromiseRow",
    "ReferenceCode",
    "RoleAssignment",
    "SocialIdentity",
    "Store",
    "StreamHead",
    "Thread",
    "ThreadClaim",
    "TimelineEntry",
    "WebhookEndpoint",
    "WebhookSecret",
    "new_id",
]
