"""Where the promise form begins: templates, the agent's own limits, who could approve, a store, a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bridge.filling import filled, unfilled
from bridge.models.authority import AuthorityGrant
from bridge.models.directory import Store
from bridge.promises import Level
from bridge.queries import directory
from bridge.roles import Actor
from bridge.services import desk, grants, promise_templates
from bridge.services.desk import Approver
from bridge.services.intake import Conversation
from bridge.settings import settings
from bridge.store_guess import Why
from web import forms
from web.forms import Problems
from web.languages import say as _


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a fresh form shows: a store with the reason for it, and the last day of use."""

    store: Store | None
    why: str
    use_by: str


def begin(session: Session, actor: Actor, found: Conversation, *, now: datetime) -> Beginning:
    """The store that the customer's words name or where they were last; and the policy's last day there."""
    assert actor.brand_id is not None
    texts = [post.text for post in found.posts if post.author_kind == "customer"]
    guess = desk.guess_store(session, actor, texts, identity_id=found.identity.id)
    store = directory.store_by_number(session, actor.brand_id, guess.number) if guess else None
    why = ""
    if guess is not None and store is not None:
        last = guess.why is Why.LAST_VISIT
        why = _("The customer was there last.") if last else _("The post says “%(words)s”.", words=guess.said)
    zone = ZoneInfo(store.zone) if store else UTC
    last_day = (now + timedelta(days=settings().promise_validity_days)).astimezone(zone).date()
    return Beginning(store, why, last_day.isoformat())


def chosen(session: Session, actor: Actor, problems: Problems, *, facts: Mapping[str, str]) -> dict[str, Any]:
    """What the template that the form names gives to empty fields.

    Type, level and item always; its other texts and its amount only where the page has not put them
    into the fields already: what an agent emptied stays empty.
    """
    code = forms.text("template")
    if not code:
        return {}
    template = promise_templates.by_short_code(session, actor, code)
    if template is None:
        problems.add("template", _("This template is not there any more. Choose another one."))
        return {}
    facts = {**facts, "order": forms.text("order_ref")}
    given = {"type": template.type.value, "level": template.level.value, "item": filled(template.item, facts)}
    if forms.text("template_filled") == template.short_code:
        return given
    return {
        **given,
        "conditions": filled(template.conditions, facts),
        "note_for_store": filled(template.note_for_store, facts),
        "waives": list(template.waives),
        "amount_minor": template.amount_minor,
        "percent_hundredths": template.percent_hundredths,
    }


def require_filled(problems: Problems, lines: Sequence[dict[str, Any]], note: str) -> None:
    """Name every variable that nobody filled; the promise waits for it."""
    fields = {
        f"l{at}_{name}": line[name] for at, line in enumerate(lines, 1) for name in ("item", "conditions")
    }
    for name, text in {**fields, "note_for_store": note}.items():
        if missing := unfilled(text):
            names = ", ".join(f"{{{one}}}" for one in missing)
            problems.add(name, _("Fill in %(names)s.", names=names))


def own_limits(session: Session, actor: Actor, *, now: datetime) -> list[tuple[Level, int | None, str]]:
    """What the actor may promise alone: for each level the largest amount (None is no limit)."""
    assert actor.brand_id is not None
    mine = [
        grant
        for grant in grants.live(session, actor.brand_id, now=now)
        if _is_mine(grant, actor) and (grant.valid_to is None or grant.valid_to > now)
    ]
    limits = []
    for level in Level:
        held = [grant for grant in mine if level in grant.levels]
        if held:
            widest = max(held, key=lambda g: (g.max_amount_minor is None, g.max_amount_minor or 0))
            limits.append((level, widest.max_amount_minor, widest.currency))
    return limits


def approvers(session: Session, actor: Actor, *, now: datetime) -> dict[str, list[Approver]]:
    """For each level who could approve it."""
    return {level.value: desk.approvers(session, actor, level, now=now) for level in Level}


def names_above(approving: Iterable[Approver], most_minor: int | None) -> str:
    """Who could approve more than this, the smallest right first; two names at most."""
    if most_minor is None:
        return ""
    able = [one.name for one in approving if one.most_minor is None or one.most_minor > most_minor]
    return _("%(one)s or %(other)s", one=able[0], other=able[1]) if len(able) > 1 else "".join(able)


def _is_mine(grant: AuthorityGrant, actor: Actor) -> bool:
    return grant.grantee_person_id == actor.id or grant.grantee_role in actor.roles
