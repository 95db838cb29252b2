"""Rights to promise: who may promise what, up to how much; a new one with its effect, and taking one back.

A right is never edited: a new one is given and the old one taken back, so that what was frozen
into a promise can always be found. Nobody gives one to themselves or to a role of theirs.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotFound, NotPermitted
from bridge.models import AuthorityGrant, Brand, OrgUnit, Person
from bridge.promises import Level, PromiseType, Proof
from bridge.queries import contacts as find
from bridge.queries import directory
from bridge.roles import Permission, Role
from bridge.services import grants as service
from web import confirming, forms, setup_forms, words
from web.grant_words import effects, limits, sentence
from web.languages import say as _
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.shown import word

blueprint = pages("setup_grants")

ROLES = [role for role in Role if role not in {Role.INTEGRATION, Role.ADMIN, Role.AUDITOR}]
BEARERS = ("hq", "store", "vendor")


@blueprint.get("/setup/grants")
@requires(Permission.GRANTS_MANAGE)
def grants() -> str:
    """The rights that count now, by whom they are for."""
    require_whole_brand(Permission.GRANTS_MANAGE)
    person_id = _asked_person()
    with db.transaction() as session:
        live = service.live(session, own_brand(), now=utc_now())
        holders = _names(session, live)
        units = _units(session, live)
        chosen = directory.person_of(session, own_brand(), person_id) if person_id else None
        if chosen is not None:
            roles = {held.role for held in directory.roles_held(session, chosen.id, utc_now())}
            live = [one for one in live if one.grantee_person_id == chosen.id or one.grantee_role in roles]
    groups: dict[str, list[AuthorityGrant]] = {}
    for grant in sorted(live, key=_order):
        groups.setdefault(_holder(grant, holders), []).append(grant)
    return render_template(
        "setup_grants.html",
        groups=groups,
        units=units,
        chosen=chosen,
        sentence=sentence,
        limits=limits,
        own_roles=visitor().actor.roles,
    )


@blueprint.get("/setup/grants/new")
@requires(Permission.GRANTS_MANAGE)
def new() -> str:
    """The form for a new right."""
    require_whole_brand(Permission.GRANTS_MANAGE)
    return _new_page(forms.Problems())


@blueprint.post("/setup/grants/new")
@requires(Permission.GRANTS_MANAGE)
def give() -> Response | str | tuple[str, int]:
    """Show what a right changes, then give it."""
    require_whole_brand(Permission.GRANTS_MANAGE)
    problems, now = forms.Problems(), utc_now()
    with db.transaction() as session:
        currency = session.get_one(Brand, own_brand()).currency
        values, holder = _values(session, currency, problems, now=now)
        if not problems:
            try:
                service.require_givable(session, visitor().actor, AuthorityGrant(**values), now=now)
            except InvalidInput as error:
                _add(problems, error)
            except NotPermitted:
                problems.add("holder", _("Nobody gives a right to themselves or to a role of theirs."))
        if problems:
            return _new_page(problems), 422
        grant = AuthorityGrant(**values)
        before = [one for one in service.live(session, own_brand(), now=now) if _same_holder(one, grant)]
    if not forms.confirmed():
        lines = [sentence(grant, holder), *limits(grant)]
        return _new_page(
            problems, seen=forms.previewed(), lines=lines, rows=effects(before, [*before, grant])
        )
    kept = forms.once("page.grants.give", lambda given: {"id": str(given.id)})
    forms.done_once(
        kept,
        lambda session: service.give(session, visitor().actor, AuthorityGrant(**values), now=now),
    )
    flash(_("The right is given. It counts for promises from now on."), "go")
    return see_other(url_for("page_setup_grants.grants"))


@blueprint.post("/setup/grants/<uuid:grant_id>/revoke")
@requires(Permission.GRANTS_MANAGE)
def revoke(grant_id: UUID) -> Response | str:
    """Show what is lost, then take a right back."""
    require_whole_brand(Permission.GRANTS_MANAGE)
    now = utc_now()
    if not forms.confirmed():
        with db.transaction() as session:
            live = service.live(session, own_brand(), now=now)
            found = [one for one in live if one.id == grant_id]
            if not found:
                raise NotFound("there is no such live grant")
            holder = _holder(found[0], _names(session, found))
        before = [one for one in live if _same_holder(one, found[0])]
        after = [one for one in before if one.id != grant_id]
        lines = [
            sentence(found[0], holder),
            _("This right ends now. Promises made under it keep what was frozen into them."),
        ]
        return confirming.page(
            _("Take a right back"),
            lines,
            rows=effects(before, after),
            button=_("Take it back"),
            back=url_for("page_setup_grants.grants"),
            stops=True,
        )
    kept = forms.once("page.grants.revoke", lambda _grant: {})
    try:
        forms.done_once(
            kept, lambda session: service.revoke(session, visitor().actor, grant_id, now=utc_now())
        )
    except NotFound:
        flash(_("It had ended already."), "info")
    else:
        flash(_("The right has ended."), "go")
    return see_other(url_for("page_setup_grants.grants"))


def _values(
    session: Session, currency: str, problems: forms.Problems, *, now: datetime
) -> tuple[dict[str, Any], str]:
    """The columns of the right that the form describes, and its holder's name."""
    values: dict[str, Any] = {
        "brand_id": own_brand(),
        "name": setup_forms.needed("name", 120, problems),
        "currency": currency,
        "levels": [one.value for one in setup_forms.ticked("levels", Level)],
        "types": [one.value for one in setup_forms.ticked("types", PromiseType)] or None,
        "waives": [one.value for one in setup_forms.ticked("waives", Proof)],
        "any_store": forms.truth("any_store"),
        "cost_bearer": setup_forms.chosen("cost_bearer", BEARERS, problems),
        "valid_from": setup_forms.day_begins("valid_from", problems) or now,
        "valid_to": setup_forms.day_ends("valid_to", problems),
    }
    for name in ("max_amount_minor", "budget_day_minor", "budget_month_minor", "max_customer_30d_minor"):
        values[name] = setup_forms.amount(name, currency, problems)
    values["max_percent_hundredths"] = setup_forms.percent("max_percent", problems)
    if not values["levels"]:
        problems.add("levels", _("Tick at least one."))
    if forms.text("scope_unit"):
        values["scope_unit_id"] = setup_forms.unit(session, "scope_unit", problems)
    return values, _given_holder(session, values, problems)


def _given_holder(session: Session, values: dict[str, Any], problems: forms.Problems) -> str:
    email = forms.text("holder_email")
    if not email:
        role = setup_forms.chosen("holder", ROLES, problems)
        values["grantee_role"] = role
        return word(role, words.ROLES) if role else ""
    person_id = find.person_with_email(session, own_brand(), email)
    if person_id is None:
        problems.add("holder_email", _("Nobody has this e-mail address."))
        return ""
    values["grantee_person_id"] = person_id
    return session.get_one(Person, person_id).display_name


def _add(problems: forms.Problems, error: InvalidInput) -> None:
    said = {
        "levels": _("Tick at least one."),
        "valid_to": _("It would end before it begins."),
        "person_id": _("Nobody has this e-mail address."),
        "scope_unit_id": _("No store has this number, and no unit is called that."),
    }
    places = {"person_id": "holder_email", "scope_unit_id": "scope_unit"}
    fields: Any = error.details.get("fields", {})
    for name in fields:
        problems.add(places.get(name, name), said.get(name, _("Use another value here.")))


def _same_holder(one: AuthorityGrant, other: AuthorityGrant) -> bool:
    return (one.grantee_role, one.grantee_person_id) == (other.grantee_role, other.grantee_person_id)


def _holder(grant: AuthorityGrant, names: dict[UUID, str]) -> str:
    if grant.grantee_role is not None:
        return word(grant.grantee_role, words.ROLES)
    assert grant.grantee_person_id is not None
    return names[grant.grantee_person_id]


def _order(grant: AuthorityGrant) -> tuple[int, str, int, int]:
    roles = list(Role)
    place = roles.index(grant.grantee_role) if grant.grantee_role else len(roles)
    level = max((list(Level).index(Level(one)) for one in grant.levels), default=0)
    return place, str(grant.grantee_person_id or ""), level, grant.max_amount_minor or 0


def _names(session: Session, live: list[AuthorityGrant]) -> dict[UUID, str]:
    ids = {one.grantee_person_id for one in live if one.grantee_person_id}
    return {one: session.get_one(Person, one).display_name for one in ids}


def _units(session: Session, live: list[AuthorityGrant]) -> dict[UUID, str]:
    ids = {one.scope_unit_id for one in live if one.scope_unit_id}
    return {one: session.get_one(OrgUnit, one).name for one in ids}


def _asked_person() -> UUID | None:
    try:
        return UUID(request.args.get("person", ""))
    except ValueError:
        return None


def _new_page(problems: forms.Problems, *, seen: str = "", lines: Any = (), rows: Any = ()) -> str:
    return render_template(
        "setup_grant_new.html",
        problems=problems.found,
        typed=request.form,
        roles=ROLES,
        levels=list(Level),
        types=list(PromiseType),
        proofs=list(Proof),
        currency=visitor().facts["currency"],
        seen=seen,
        lines=lines,
        rows=rows,
    )
