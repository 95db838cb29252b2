"""Give and take back the right to promise. A grant is never edited; a change is a new grant."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.errors import InvalidInput, NotFound, NotPermitted
from bridge.models import AuthorityGrant, OrgUnit, Person
from bridge.promises import Level, Proof
from bridge.roles import Actor, Role
from bridge.services import audit

_INFORM = [Level.INFORM.value]
_ADVISE = [Level.INFORM.value, Level.RECOMMEND.value]
_RECEIPT = [Proof.RECEIPT.value]
_WINDOW = [Proof.RECEIPT.value, Proof.RETURN_WINDOW.value]
_ALL = [proof.value for proof in Proof]


def starting_matrix(brand_id: UUID, currency: str, *, now: datetime) -> list[AuthorityGrant]:
    """The rights that a new brand starts with; a brand sets its own. Money is in minor units.

    Source: docs/decisions/0005-authority.md.
    """

    def grant(role: Role, name: str, levels: list[str], most: int | None, **more: Any) -> AuthorityGrant:
        return AuthorityGrant.model_validate(
            {
                "brand_id": brand_id,
                "name": name,
                "grantee_role": role,
                "levels": levels,
                "waives": [],
                "max_amount_minor": most,
                "currency": currency,
                "valid_from": now,
                **more,
            }
        )

    authorise, instruct, recommend = [Level.AUTHORISE.value], [Level.INSTRUCT.value], [Level.RECOMMEND.value]
    store_pays = {"cost_bearer": "store"}
    return [
        grant(Role.INTERN, "Intern: inform", _INFORM, 0),
        grant(Role.AGENT, "Agent: advise", _ADVISE, 10_000),
        grant(Role.AGENT, "Agent: authorise", authorise, 2_500, budget_day_minor=50_000),
        grant(Role.SENIOR_AGENT, "Senior agent: advise", _ADVISE, 25_000, waives=_RECEIPT),
        grant(
            Role.SENIOR_AGENT,
            "Senior agent: authorise",
            authorise,
            10_000,
            waives=_RECEIPT,
            budget_day_minor=200_000,
            max_customer_30d_minor=30_000,
        ),
        grant(Role.SENIOR_AGENT, "Senior agent: instruct", instruct, 2_500, waives=_RECEIPT),
        grant(Role.LEAD, "Lead: advise", _ADVISE, 50_000, waives=_WINDOW, any_store=True),
        grant(Role.LEAD, "Lead: authorise", authorise, 30_000, waives=_WINDOW, any_store=True),
        grant(Role.LEAD, "Lead: instruct", instruct, 10_000, waives=_WINDOW, any_store=True),
        grant(Role.DISTRICT_MANAGER, "District: authorise", authorise, 75_000, waives=_ALL, **store_pays),
        grant(Role.DISTRICT_MANAGER, "District: instruct", instruct, 30_000, waives=_ALL, **store_pays),
        grant(Role.HQ, "HQ: advise", _ADVISE, None, waives=_ALL, any_store=True),
        grant(Role.HQ, "HQ: authorise", authorise, 200_000, waives=_ALL, any_store=True),
        grant(Role.HQ, "HQ: instruct", instruct, 100_000, waives=_ALL, any_store=True),
        grant(Role.STORE_MANAGER, "Store manager: own goodwill", recommend, 5_000, **store_pays),
    ]


def require_givable(session: Session, actor: Actor, grant: AuthorityGrant, *, now: datetime) -> None:
    """Raise InvalidInput for a level nobody knows, a foreign person or unit, or an end before its
    beginning, and NotPermitted for a grant to the actor or to a role that the actor holds.
    """
    is_own = actor.id is not None and grant.grantee_person_id == actor.id
    if is_own or grant.grantee_role in actor.roles:
        raise NotPermitted("Nobody gives a grant to themselves.")
    unknown = sorted(set(grant.levels) - {level.value for level in Level})
    if unknown or not grant.levels:
        raise InvalidInput("unknown level", fields={"levels": ["use inform, recommend, authorise, instruct"]})
    person = session.get(Person, grant.grantee_person_id) if grant.grantee_person_id else None
    if grant.grantee_person_id and (person is None or person.brand_id != grant.brand_id):
        raise InvalidInput("no such person", fields={"person_id": ["no such person"]})
    unit = session.get(OrgUnit, grant.scope_unit_id) if grant.scope_unit_id else None
    if grant.scope_unit_id and (unit is None or unit.brand_id != grant.brand_id):
        raise InvalidInput("no such unit", fields={"scope_unit_id": ["no such unit"]})
    if grant.valid_to is not None and grant.valid_to <= max(grant.valid_from, now):
        raise InvalidInput("it would end before it begins", fields={"valid_to": ["a later moment"]})


def give(session: Session, actor: Actor, grant: AuthorityGrant, *, now: datetime) -> AuthorityGrant:
    """Store a new grant. Refuses what `require_givable` refuses."""
    require_givable(session, actor, grant, now=now)
    grant.granted_by = actor.id if actor.kind == "person" else None
    session.add(grant)
    session.flush()  # the audit entry names the grant's id
    facts = {
        "grant": str(grant.id),
        "role": grant.grantee_role.value if grant.grantee_role else None,
        "person": str(grant.grantee_person_id) if grant.grantee_person_id else None,
        "levels": list(grant.levels),
        "max_amount_minor": grant.max_amount_minor,
    }
    audit.record(session, stream="configuration", action="grant_given", actor=actor, facts=facts, now=now)
    return grant


def revoke(session: Session, actor: Actor, grant_id: UUID, *, now: datetime) -> AuthorityGrant:
    """End a grant now; promises made under it keep what was frozen. Raises NotFound."""
    grant = session.exec(
        select(AuthorityGrant)
        .where(AuthorityGrant.id == grant_id, AuthorityGrant.brand_id == actor.brand_id)
        .with_for_update()
    ).one_or_none()
    if grant is None or grant.revoked_at is not None:
        raise NotFound("there is no such live grant")
    grant.revoked_at = now
    session.add(grant)
    facts = {"grant": str(grant.id)}
    audit.record(session, stream="configuration", action="grant_revoked", actor=actor, facts=facts, now=now)
    return grant


def live(session: Session, brand_id: UUID, *, now: datetime) -> list[AuthorityGrant]:
    """The brand's grants that count now, by name."""
    return list(
        session.exec(
            select(AuthorityGrant)
            .where(
                AuthorityGrant.brand_id == brand_id,
                col(AuthorityGrant.revoked_at).is_(None),
                AuthorityGrant.valid_from <= now,
                sa.or_(col(AuthorityGrant.valid_to).is_(None), col(AuthorityGrant.valid_to) > now),
            )
            .order_by(AuthorityGrant.name, col(AuthorityGrant.id))
        )
    )
