"""API keys: the list, a new one that is shown once, and taking one out of use.

A key is replaced by making a second one like it, moving the caller over, and revoking the first.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput, NotFound, NotPermitted
from bridge.queries import contacts as find
from bridge.queries import setup_lists as lists
from bridge.roles import PERMISSIONS, Permission, Role
from bridge.services import accounts
from web import confirming, forms, listing, setup_forms
from web.languages import say as _
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.setup_words import SCOPE_GROUPS
from web.shown import at

blueprint = pages("setup_keys")

USUAL_LIFE = timedelta(days=365)
WITHOUT_A_PERSON = frozenset(PERMISSIONS[Role.INTEGRATION])


@blueprint.get("/setup/keys")
@requires(Permission.KEYS_MANAGE)
def keys() -> str:
    """Live keys first, then those that ended."""
    require_whole_brand(Permission.KEYS_MANAGE)
    now = utc_now()
    with db.statement() as connection:
        found = lists.keys(connection, own_brand(), page=listing.asked_page(), now=now)
    return render_template(
        "setup_keys.html", found=found.rows, now=now, next_path=listing.next_path(has_more=found.has_more)
    )


@blueprint.get("/setup/keys/new")
@requires(Permission.KEYS_MANAGE)
def new() -> str:
    """The form for a key; `like` fills in what another key has."""
    require_whole_brand(Permission.KEYS_MANAGE)
    return _new_page(forms.Problems(), typed=_like())


@blueprint.post("/setup/keys/new")
@requires(Permission.KEYS_MANAGE)
def create() -> str | tuple[str, int]:
    """Show what the key may do, then make it; the answer shows it once."""
    require_whole_brand(Permission.KEYS_MANAGE)
    problems, now = forms.Problems(), utc_now()
    name = setup_forms.needed("name", 80, problems)
    scopes = setup_forms.ticked("scopes", Permission)
    expires_at = setup_forms.day_ends("expires_on", problems)
    if not scopes:
        problems.add("scopes", _("Tick at least one."))
    if not forms.text("expires_on"):
        problems.add("expires_on", _("Fill this in."))
    elif expires_at is not None and not now < expires_at <= now + accounts.LONGEST_KEY_LIFE:
        problems.add("expires_on", _("Choose a day within the next two years."))
    person_id = _person(problems)
    if person_id is None and not problems and (alone := [s for s in scopes if s not in WITHOUT_A_PERSON]):
        listed = ", ".join(alone)
        problems.add("scopes", _("Without a person a key cannot have: %(scopes)s.", scopes=listed))
    if problems or expires_at is None:
        return _new_page(problems), 422
    if not forms.confirmed():
        return _new_page(problems, seen=forms.previewed(), scopes=scopes, ends=at(expires_at, "UTC"))
    kept = forms.once("page.keys.create", lambda told: told)

    def work(session: Session) -> dict[str, str]:
        key, secret = accounts.create_key(
            session,
            visitor().actor,
            name=name,
            scopes=[scope.value for scope in scopes],
            brand_id=own_brand(),
            expires_at=expires_at,
            person_id=person_id,
            store_number=forms.text("store_number").upper() or None,
            now=now,
        )
        return {
            "name": key.name,
            "prefix": key.prefix,
            "secret": secret,
            "expires_at": expires_at.isoformat(),
        }

    try:
        return render_template("setup_key_made.html", told=forms.done_once(kept, work))
    except InvalidInput as error:
        fields: Any = error.details.get("fields", {})
        for field in fields:
            problems.add(
                field,
                _("No store has this number.") if field == "store_number" else _("Use another value here."),
            )
    except NotPermitted:
        problems.add(
            "scopes", _("Nobody makes a key that promises, approves or decides in the name of somebody else.")
        )
    return _new_page(problems), 422


@blueprint.post("/setup/keys/<uuid:key_id>/revoke")
@requires(Permission.KEYS_MANAGE)
def revoke(key_id: UUID) -> Response | str:
    """Show which key it is, then make it useless at once."""
    require_whole_brand(Permission.KEYS_MANAGE)
    if not forms.confirmed():
        found = _of_brand(key_id)
        lines = [
            f"{found.name}, {found.prefix}…",
            _("It fails from the next request on. This cannot be taken back."),
            _("It was last used %(time)s.", time=at(found.last_seen_at, "UTC")),
        ]
        return confirming.page(
            _("Revoke a key"), lines, button=_("Revoke"), back=url_for("page_setup_keys.keys"), stops=True
        )
    kept = forms.once("page.keys.revoke", lambda _none: {})
    try:
        forms.done_once(
            kept, lambda session: accounts.revoke_key(session, visitor().actor, key_id, now=utc_now())
        )
    except NotFound:
        flash(_("It had ended already."), "info")
    else:
        flash(_("The key is revoked."), "go")
    return see_other(url_for("page_setup_keys.keys"))


def _person(problems: forms.Problems) -> UUID | None:
    email = forms.text("person_email")
    if not email:
        return None
    with db.transaction() as session:
        person_id = find.person_with_email(session, own_brand(), email)
    if person_id is None:
        problems.add("person_email", _("Nobody has this e-mail address."))
    return person_id


def _of_brand(key_id: UUID) -> Any:
    with db.transaction() as session:
        found = [key for key in accounts.keys(session, own_brand()) if key.id == key_id]
    if not found:
        raise NotFound("there is no such key")
    return found[0]


def _like() -> dict[str, Any]:
    typed: dict[str, Any] = {"expires_on": (utc_now() + USUAL_LIFE).date().isoformat(), "scopes": []}
    try:
        key_id = UUID(request.args.get("like", ""))
    except ValueError:
        return typed
    with db.statement() as connection:
        found = lists.key(connection, own_brand(), key_id)
    if found is not None:
        typed |= {"name": found.name, "scopes": list(found.scopes), "store_number": found.store_number or ""}
        typed |= {"person_email": found.person_email or ""}
    return typed


def _new_page(
    problems: forms.Problems,
    *,
    typed: dict[str, Any] | None = None,
    seen: str = "",
    scopes: Any = (),
    ends: str = "",
) -> str:
    if typed is None:
        typed = {**request.form.to_dict(), "scopes": request.form.getlist("scopes")}
    groups: dict[str, list[Permission]] = {}
    for permission in Permission:
        groups.setdefault(permission.partition(".")[0], []).append(permission)
    return render_template(
        "setup_key_new.html",
        problems=problems.found,
        typed=typed,
        groups=groups,
        names=SCOPE_GROUPS,
        without_a_person=WITHOUT_A_PERSON,
        seen=seen,
        scopes=scopes,
        ends=ends,
    )
