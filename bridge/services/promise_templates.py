"""Promise templates of a brand: read by agents, written by whoever sets the brand up.

A template is a starting point: what an agent changes is theirs, and the right to promise is
checked as always. Its texts may hold variables (`bridge/filling.py`); those that nobody filled
stop the promise. Nothing commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from bridge.errors import Conflict, InvalidInput, NotFound, NotPermitted, VersionMismatch
from bridge.models import PromiseTemplate
from bridge.names import plain_name
from bridge.promises import WITHOUT_VALUE, Level, PromiseType, Proof
from bridge.roles import Actor, Permission, can
from bridge.services import audit

MOST: Final = 100
"""So many may be in use at once: more is a list that nobody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template as it is written. Money is in minor units of the brand's currency; None is no proposal."""

    short_code: str
    name: str
    type: PromiseType
    level: Level = Level.AUTHORISE
    item: str = ""
    conditions: str = ""
    note_for_store: str = ""
    waives: frozenset[Proof] = field(default=frozenset())
    amount_minor: int | None = None
    percent_hundredths: int | None = None


_STARTING: Final = (
    Template(
        short_code="ex",
        name="Exchange at the store",
        type=PromiseType.EXCHANGE,
        item="{item}",
        conditions="The old item is handed in.",
    ),
    Template(
        short_code="rr",
        name="Return without receipt",
        type=PromiseType.RETURN_WITHOUT_RECEIPT,
        item="{item}",
        conditions="Store credit if the payment cannot be found.",
        waives=frozenset({Proof.RECEIPT}),
    ),
    Template(
        short_code="off",
        name="Discount on the next purchase",
        type=PromiseType.DISCOUNT_AMOUNT,
        item="{item}",
        amount_minor=1_500,
    ),
    Template(short_code="pm", name="Price match", type=PromiseType.PRICE_MATCH, item="{item}"),
    Template(
        short_code="late",
        name="Sorry for a late order",
        type=PromiseType.GOODWILL_GESTURE,
        item="late order",
        amount_minor=1_000,
    ),
    Template(
        short_code="fix",
        name="Repair free of charge",
        type=PromiseType.REPAIR,
        item="{item}",
        note_for_store="Book the repair before the customer leaves.",
    ),
    Template(
        short_code="hold",
        name="Hold an item",
        type=PromiseType.HOLD_ITEM,
        level=Level.RECOMMEND,
        item="{item}",
        note_for_store="Set it aside under the name of the customer.",
    ),
    Template(
        short_code="call",
        name="The store calls back",
        type=PromiseType.CALL_BACK,
        level=Level.INFORM,
        item="{matter}",
    ),
)


def starting(brand_id: UUID, currency: str, *, now: datetime) -> list[PromiseTemplate]:
    """The templates that a new brand starts with; it writes its own."""
    return [_row(one, brand_id=brand_id, currency=currency, now=now) for one in _STARTING]


def add_starting(session: Session, actor: Actor, *, currency: str, now: datetime) -> int:
    """Write those starting templates whose short codes are free; returns how many. Raises NotPermitted."""
    brand_id = _brand(actor)
    taken = {template.short_code.lower() for template in in_use(session, actor)}
    new = [row for row in starting(brand_id, currency, now=now) if row.short_code not in taken]
    for row in new:
        row.created_by = actor.id
        session.add(row)
        _record(session, actor, "template_added", row, now=now)
    return len(new)


def in_use(session: Session, actor: Actor) -> Sequence[PromiseTemplate]:
    """The brand's templates that agents can choose, by short code."""
    return session.exec(
        select(PromiseTemplate)
        .where(PromiseTemplate.brand_id == actor.brand_id, col(PromiseTemplate.retired_at).is_(None))
        .order_by(func.lower(PromiseTemplate.short_code))
        .limit(MOST)
    ).all()


def by_short_code(session: Session, actor: Actor, short_code: str) -> PromiseTemplate | None:
    """The template in use that has this short code, whatever its capitals."""
    return session.exec(
        select(PromiseTemplate).where(
            PromiseTemplate.brand_id == actor.brand_id,
            col(PromiseTemplate.retired_at).is_(None),
            func.lower(PromiseTemplate.short_code) == short_code.lower(),
        )
    ).first()


def add(
    session: Session, actor: Actor, template: Template, *, currency: str, now: datetime
) -> PromiseTemplate:
    """Write a new template. Raises NotPermitted, InvalidInput, and Conflict for a short code in use."""
    brand_id = _brand(actor)
    check(template)
    if len(in_use(session, actor)) >= MOST:
        raise Conflict(f"a brand has at most {MOST} templates; retire one first")
    row = _row(template, brand_id=brand_id, currency=currency, now=now)
    row.created_by = actor.id
    _store(session, row)
    _record(session, actor, "template_added", row, now=now)
    return row


def change(
    session: Session,
    actor: Actor,
    template_id: UUID,
    template: Template,
    *,
    if_version: int,
    now: datetime,
) -> PromiseTemplate:
    """Write a template anew; promises made with it stay as they are.

    Raises as `add`, NotFound, and VersionMismatch when somebody wrote it since `if_version`.
    """
    row = _locked(session, _brand(actor), template_id, if_version)
    check(template)
    for name, value in _values(template).items():
        setattr(row, name, value)
    row.updated_at = now
    row.version += 1
    _store(session, row)
    _record(session, actor, "template_changed", row, now=now)
    return row


def retire(
    session: Session, actor: Actor, template_id: UUID, *, if_version: int, now: datetime
) -> PromiseTemplate:
    """Take a template out of use; its short code is free again.

    Raises NotPermitted, NotFound, and VersionMismatch when somebody wrote it since `if_version`.
    """
    row = _locked(session, _brand(actor), template_id, if_version)
    row.retired_at = row.updated_at = now
    session.add(row)
    _record(session, actor, "template_retired", row, now=now)
    return row


def _brand(actor: Actor) -> UUID:
    if actor.brand_id is None or not can(actor, Permission.POLICIES_MANAGE):
        raise NotPermitted("your role does not allow that", permission=Permission.POLICIES_MANAGE.value)
    return actor.brand_id


def check(template: Template) -> None:
    """Raise InvalidInput for a template that nobody could promise with."""
    code = template.short_code
    if not (code.isascii() and code.replace("-", "").isalnum() and len(code) <= 20):
        raise InvalidInput(
            "the short code is not valid",
            fields={"short_code": ["Use up to 20 letters, digits and dashes."]},
        )
    plain_name(template.name, field_name="name", longest=80)
    for name, longest in (("item", 200), ("conditions", 500), ("note_for_store", 500)):
        plain_name(getattr(template, name), field_name=name, longest=longest, shortest=0)
    if template.amount_minor is not None and template.amount_minor < 0:
        raise InvalidInput("the amount is negative", fields={"amount_minor": ["must be positive"]})
    if template.amount_minor and template.type in WITHOUT_VALUE:
        raise InvalidInput(
            "this kind of promise has no amount",
            fields={"amount_minor": ["this kind of promise has no amount"]},
        )
    is_percent = template.type is PromiseType.DISCOUNT_PERCENT
    if template.percent_hundredths is not None and not (
        is_percent and 1 <= template.percent_hundredths <= 10_000
    ):
        raise InvalidInput(
            "the percentage is not valid",
            fields={"percent_hundredths": ["Write a percentage from 0.01 to 100."]},
        )


def _values(template: Template) -> dict[str, object]:
    return {
        "short_code": template.short_code,
        "name": template.name,
        "type": template.type,
        "level": template.level,
        "item": template.item,
        "conditions": template.conditions,
        "note_for_store": template.note_for_store,
        "waives": sorted(proof.value for proof in template.waives),
        "amount_minor": template.amount_minor,
        "percent_hundredths": template.percent_hundredths,
    }


def _row(template: Template, *, brand_id: UUID, currency: str, now: datetime) -> PromiseTemplate:
    return PromiseTemplate.model_validate(
        {
            **_values(template),
            "brand_id": brand_id,
            "currency": currency,
            "created_at": now,
            "updated_at": now,
        }
    )


def _locked(session: Session, brand_id: UUID, template_id: UUID, if_version: int) -> PromiseTemplate:
    row = session.exec(
        select(PromiseTemplate)
        .where(
            PromiseTemplate.id == template_id,
            PromiseTemplate.brand_id == brand_id,
            col(PromiseTemplate.retired_at).is_(None),
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("there is no such template")
    if row.version != if_version:
        raise VersionMismatch("somebody wrote this template meanwhile", version=row.version)
    return row


def _store(session: Session, row: PromiseTemplate) -> None:
    """Write the row now, so that a short code in use is found here."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise Conflict(
            "another template has this short code", fields={"short_code": ["another template has it"]}
        ) from error


def _record(session: Session, actor: Actor, action: str, row: PromiseTemplate, *, now: datetime) -> None:
    session.flush()
    facts = {"template": str(row.id), "short_code": row.short_code, "amount_minor": row.amount_minor}
    audit.record(session, stream="configuration", action=action, actor=actor, facts=facts, now=now)
