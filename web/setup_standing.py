"""One person's standing: let in, suspended or gone, a new start password, and signed out everywhere."""

from uuid import UUID

from flask import Response
from sqlmodel import Session

from bridge import db
from bridge.clock import utc_now
from bridge.models import Person
from bridge.roles import Permission
from bridge.services import accounts, directory
from web import confirming, forms, setup_forms
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.person_page import PERSON, address, done, not_oneself, of_brand, password_page, person_page, start
from web.sessions import pages, require_whole_brand, requires, visitor

blueprint = pages("setup_standing")

STANDINGS = ("suspended", "active", "left")


@blueprint.post(f"{PERSON}/standing")
@requires(Permission.PEOPLE_MANAGE)
def standing(person_id: UUID) -> Response | str | tuple[str, int]:
    """Show, then suspend a person, let them in again, or record that they left."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    problems, now = forms.Problems(), utc_now()
    to = setup_forms.chosen("to", STANDINGS, problems)
    if problems:
        return person_page(person_id, problems), 422
    with db.transaction() as session:
        found = of_brand(session, person_id)
        not_oneself(found)
        sessions = accounts.live_sessions(session, person_id, now=now)
    if not forms.confirmed():
        title, lines, button = _standing_words(to, found, sessions)
        return confirming.page(title, lines, button=button, back=address(person_id), stops=to != "active")
    act = {
        "suspended": directory.suspend_person,
        "active": directory.reactivate_person,
        "left": directory.leave_person,
    }[to]
    kept = forms.once(f"page.people.{to}", lambda _none: {})

    def work(session: Session) -> None:
        person = of_brand(session, person_id)
        act(session, person, actor=visitor().actor, now=now)
        if to != "active":
            accounts.sign_out_everywhere(session, visitor().actor, person_id, now=now)

    return done(person_id, kept, work, _("Saved."))


@blueprint.post(f"{PERSON}/password")
@requires(Permission.PEOPLE_MANAGE)
def reset_password(person_id: UUID) -> str | tuple[str, int]:
    """Show, then make a start password; the old one and every session end."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    now = utc_now()
    with db.transaction() as session:
        found = of_brand(session, person_id)
        not_oneself(found)
        sessions = accounts.live_sessions(session, person_id, now=now)
    if not forms.confirmed():
        lines = [
            _("%(name)s gets a start password, which you see once and hand over.", name=found.display_name),
            _("The password until now counts no more.") + " " + _ended(sessions),
        ]
        return confirming.page(
            _("New start password"), lines, button=_("Make a start password"), back=address(person_id)
        )
    kept = forms.once("page.people.password", lambda told: told)
    told = forms.done_once(kept, lambda session: start(session, of_brand(session, person_id), now=now))
    return password_page(told)


@blueprint.post(f"{PERSON}/sign-out")
@requires(Permission.PEOPLE_MANAGE)
def sign_out(person_id: UUID) -> Response | str:
    """Show, then end every session of a person, for a lost device."""
    require_whole_brand(Permission.PEOPLE_MANAGE)
    now = utc_now()
    with db.transaction() as session:
        found = of_brand(session, person_id)
        sessions = accounts.live_sessions(session, person_id, now=now)
    if not forms.confirmed():
        lines = [_("%(name)s has to sign in again.", name=found.display_name), _ended(sessions)]
        return confirming.page(
            _("Sign out everywhere"), lines, button=_("Sign out everywhere"), back=address(person_id)
        )
    kept = forms.once("page.people.sign_out", lambda _count: {})
    return done(
        person_id,
        kept,
        lambda session: accounts.sign_out_everywhere(session, visitor().actor, person_id, now=now),
        _("Signed out everywhere."),
    )


def _standing_words(to: str, found: Person, sessions: int) -> tuple[str, list[str], str]:
    name = found.display_name
    if to == "suspended":
        lines = [_("%(name)s is out at once and cannot sign in.", name=name), _ended(sessions)]
        lines.append(_("Keys in this name fail too. What was promised still counts."))
        return _("Suspend %(name)s", name=name), lines, _("Suspend")
    if to == "left":
        lines = [_("%(name)s cannot sign in, and every role ends.", name=name), _ended(sessions)]
        lines.append(
            _("This cannot be taken back; who comes again is entered anew. The history keeps the name.")
        )
        return _("%(name)s left", name=name), lines, _("Record that they left")
    return _("Let %(name)s in", name=name), [_("%(name)s can sign in again.", name=name)], _("Let in")


def _ended(sessions: int) -> str:
    if not sessions:
        return _("There is no open session.")
    return ngettext("%(num)s open session ends.", "%(num)s open sessions end.", sessions)
