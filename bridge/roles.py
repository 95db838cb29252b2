"""Who may do what, where: one table and one function, deny by default.

`can` is asked by every route (API and pages) before anything else happens, and a
test walks all routes as every role. A permission counts at the organisation unit it
was given for and at everything beneath it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class Role(StrEnum):
    """A job. Promise limits are not here: they are grants, which are data."""

    INTERN = "intern"
    AGENT = "agent"
    SENIOR_AGENT = "senior_agent"
    LEAD = "lead"
    STORE_ASSOCIATE = "store_associate"
    STORE_MANAGER = "store_manager"
    DISTRICT_MANAGER = "district_manager"
    HQ = "hq"
    AUDITOR = "auditor"
    ADMIN = "admin"
    INTEGRATION = "integration"


class Permission(StrEnum):
    """One thing that can be done. API keys list the ones they carry."""

    INTAKE_READ = "intake.read"
    INTAKE_WRITE = "intake.write"
    INTAKE_CLAIM = "intake.claim"
    INTAKE_TAKE_OVER = "intake.take_over"
    PROMISES_READ = "promises.read"
    PROMISES_WRITE = "promises.write"
    PROMISES_APPROVE = "promises.approve"
    PROMISES_CODE = "promises.code"
    COUNTER_LOOK_UP = "counter.look_up"
    COUNTER_ACKNOWLEDGE = "counter.acknowledge"
    COUNTER_DECIDE = "counter.decide"
    COUNTER_INBOX = "counter.inbox"
    OUTCOMES_READ = "outcomes.read"
    WEBHOOKS_MANAGE = "webhooks.manage"
    DIRECTORY_READ = "directory.read"
    DIRECTORY_WRITE = "directory.write"
    PEOPLE_MANAGE = "people.manage"
    GRANTS_MANAGE = "grants.manage"
    KEYS_MANAGE = "keys.manage"
    TIMELINE_READ = "timeline.read"
    COUNTER_ASK = "counter.ask"
    COUNTER_TRANSFER = "counter.transfer"
    COUNTER_CLOSE = "counter.close"
    PROMISES_ANSWER = "promises.answer"
    PROMISES_EXTEND = "promises.extend"
    PROMISES_REVOKE = "promises.revoke"
    PROMISES_LINK = "promises.link"
    NOTES_WRITE = "notes.write"
    NOTICES_READ = "notices.read"
    CONTACTS_MANAGE = "contacts.manage"
    POLICIES_READ = "policies.read"
    POLICIES_MANAGE = "policies.manage"
    REVIEW_READ = "review.read"
    REVIEW_DECIDE = "review.decide"
    REPORTS_READ = "reports.read"
    DEVICES_MANAGE = "devices.manage"
    CHANNELS_MANAGE = "channels.manage"
    MESSAGES_WRITE = "messages.write"


_P = Permission
_AGENT = frozenset(
    {
        _P.INTAKE_READ,
        _P.INTAKE_WRITE,
        _P.INTAKE_CLAIM,
        _P.PROMISES_READ,
        _P.PROMISES_WRITE,
        _P.PROMISES_CODE,
        _P.OUTCOMES_READ,
        _P.DIRECTORY_READ,
        _P.TIMELINE_READ,
        _P.PROMISES_ANSWER,
        _P.PROMISES_EXTEND,
        _P.PROMISES_LINK,
        _P.NOTES_WRITE,
        _P.NOTICES_READ,
        _P.MESSAGES_WRITE,
    }
)
_LEAD = _AGENT | {
    _P.INTAKE_TAKE_OVER,
    _P.PROMISES_APPROVE,
    _P.PROMISES_REVOKE,
    _P.REVIEW_READ,
    _P.REPORTS_READ,
    _P.POLICIES_READ,
}
_ASSOCIATE = frozenset(
    {
        _P.COUNTER_LOOK_UP,
        _P.COUNTER_ACKNOWLEDGE,
        _P.COUNTER_INBOX,
        _P.COUNTER_ASK,
        _P.DIRECTORY_READ,
        _P.NOTES_WRITE,
        _P.NOTICES_READ,
    }
)
_MANAGER = _ASSOCIATE | {
    _P.COUNTER_DECIDE,
    _P.COUNTER_TRANSFER,
    _P.COUNTER_CLOSE,
    _P.TIMELINE_READ,
    _P.DEVICES_MANAGE,
}

PERMISSIONS = MappingProxyType(
    {
        Role.INTERN: _AGENT,
        Role.AGENT: _AGENT,
        Role.SENIOR_AGENT: _AGENT,
        Role.LEAD: _LEAD,
        Role.STORE_ASSOCIATE: _ASSOCIATE,
        Role.STORE_MANAGER: _MANAGER,
        Role.DISTRICT_MANAGER: _MANAGER
        | {
            _P.PROMISES_READ,
            _P.PROMISES_APPROVE,
            _P.PROMISES_REVOKE,
            _P.REVIEW_READ,
            _P.REPORTS_READ,
            _P.POLICIES_READ,
        },
        Role.HQ: _LEAD | {_P.COUNTER_INBOX, _P.GRANTS_MANAGE, _P.REVIEW_DECIDE},
        Role.AUDITOR: frozenset(
            {
                _P.INTAKE_READ,
                _P.PROMISES_READ,
                _P.OUTCOMES_READ,
                _P.DIRECTORY_READ,
                _P.TIMELINE_READ,
                _P.REVIEW_READ,
                _P.REPORTS_READ,
                _P.POLICIES_READ,
            }
        ),
        # An administrator sets the service up and never promises or decides.
        Role.ADMIN: frozenset(
            {
                _P.DIRECTORY_READ,
                _P.DIRECTORY_WRITE,
                _P.PEOPLE_MANAGE,
                _P.GRANTS_MANAGE,
                _P.KEYS_MANAGE,
                _P.WEBHOOKS_MANAGE,
                _P.CHANNELS_MANAGE,
                _P.OUTCOMES_READ,
                _P.TIMELINE_READ,
                _P.CONTACTS_MANAGE,
                _P.POLICIES_READ,
                _P.POLICIES_MANAGE,
                _P.NOTICES_READ,
                _P.DEVICES_MANAGE,
            }
        ),
        # An integration gets what its key lists, from this set.
        Role.INTEGRATION: frozenset(
            {
                _P.INTAKE_READ,
                _P.INTAKE_WRITE,
                _P.PROMISES_READ,
                _P.OUTCOMES_READ,
                _P.WEBHOOKS_MANAGE,
                _P.DIRECTORY_READ,
                _P.COUNTER_LOOK_UP,
                _P.REVIEW_READ,
                _P.REPORTS_READ,
            }
        ),
    }
)


COUNTER_PROFILE = frozenset(
    {
        _P.COUNTER_LOOK_UP,
        _P.COUNTER_ACKNOWLEDGE,
        _P.COUNTER_DECIDE,
        _P.COUNTER_INBOX,
        _P.COUNTER_ASK,
        _P.COUNTER_TRANSFER,
        _P.COUNTER_CLOSE,
        _P.DIRECTORY_READ,
        _P.NOTES_WRITE,
        _P.NOTICES_READ,
        _P.DEVICES_MANAGE,
    }
)
"""All that a session on a paired device may do, whatever else the person's roles carry.

The tablet stands on a counter where customers and colleagues reach it. Source: docs/devices.md.
"""


BRAND_WIDE = frozenset({"hq", "care_team"})
"""Kinds of unit whose roles count at every store of the brand."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role held at an organisation unit."""

    role: Role
    unit_id: UUID
    unit_kind: str

    def covers(self, place: Collection[UUID]) -> bool:
        """Whether the role counts at `place`, given as a unit and every unit above it."""
        return self.unit_kind in BRAND_WIDE or self.unit_id in place


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a signed-in person, a person's API key, an integration, or the clock.

    `scopes` is None for a person's own session (everything the roles give), and the listed
    permissions for an API key or a session on a paired device. `store_path` is the home store's
    unit and all units above it.
    """

    kind: str
    id: UUID | None
    name: str
    brand_id: UUID | None = None
    assignments: tuple[Assignment, ...] = ()
    scopes: frozenset[str] | None = None
    credential_id: UUID | None = None
    device_id: UUID | None = None
    store_id: UUID | None = None
    store_path: tuple[UUID, ...] = field(default=())

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held, wherever."""
        return frozenset(assignment.role for assignment in self.assignments)


THE_CLOCK = Actor(kind="clock", id=None, name="the clock")


def can(actor: Actor, permission: Permission, *, at: Collection[UUID] | None = None) -> bool:
    """Whether `actor` holds `permission`, and, with `at`, holds it over that place.

    `at` is the place's organisation unit together with every unit above it. Without `at`
    the answer is about the permission alone; the caller then narrows what it reads.
    """
    if actor.scopes is not None and permission not in actor.scopes:
        return False
    return any(
        permission in PERMISSIONS[assignment.role] and (at is None or assignment.covers(at))
        for assignment in actor.assignments
    )


def reach(actor: Actor, permission: Permission) -> list[UUID] | None:
    """The units to which `permission` is limited: None means the whole brand, [] nowhere."""
    if actor.scopes is not None and permission not in actor.scopes:
        return []
    held = [a for a in actor.assignments if permission in PERMISSIONS[a.role]]
    if any(a.unit_kind in BRAND_WIDE for a in held):
        return None
    return [a.unit_id for a in held]


def roles_with(permission: Permission) -> list[str]:
    """The roles that carry `permission`, for statements that check it in the database."""
    return [role.value for role, held in PERMISSIONS.items() if permission in held]
