"""Say on a conversation's page that its customer is also somebody elsewhere, and cut it again."""

from uuid import UUID

from flask import Response, flash, request, url_for
from sqlmodel import Session

from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput
from bridge.models import IdentityLink
from bridge.roles import Permission
from bridge.services import intake, same_person
from web import forms, thread_page
from web.languages import say as _
from web.promise_form import Reading
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("same_person")
PLACE = "/threads/<uuid:thread_id>/same-person"
Answered = Response | tuple[str, int] | str


@blueprint.post(PLACE)
@requires(Permission.PROMISES_LINK)
def link(thread_id: UUID) -> Answered:
    """Link the conversation's customer with a handle elsewhere."""
    problems = forms.Problems()
    for name, said in (
        ("other_handle", _("Write the other handle.")),
        ("same_because", _("Say how you know it.")),
    ):
        if not forms.text(name):
            problems.add(name, said)
    kept = forms.once("page.same_person", lambda made: {"id": str(made.id)})

    def work(session: Session) -> IdentityLink:
        found = intake.conversation(session, visitor().actor, thread_id)
        return same_person.link(
            session,
            visitor().actor,
            found.identity.id,
            network=forms.text("other_network"),
            handle=forms.text("other_handle").removeprefix("@"),
            reason=forms.text("same_because"),
            now=utc_now(),
        )

    if not problems:
        try:
            forms.done_once(kept, work)
        except InvalidInput as error:
            names = {"reason": "same_because", "handle": "other_handle", "network": "other_network"}
            wrong = error.details.get("fields")
            for field in wrong if isinstance(wrong, dict) else ("handle",):
                problems.add(names.get(field, "other_handle"), _wrong(field))
        except Conflict:
            problems.add("form", _("Too many handles hang together already. Cut a wrong link first."))
        else:
            flash(_("Linked."), "go")
            return _back(thread_id)
    return _again(thread_id, problems)


@blueprint.post(f"{PLACE}/<uuid:link_id>/cut")
@requires(Permission.PROMISES_LINK)
def cut(thread_id: UUID, link_id: UUID) -> Answered:
    """Cut a link that was wrong."""
    problems = forms.Problems()
    kept = forms.once("page.same_person.cut", lambda made: {"id": str(made.id)})

    def work(session: Session) -> IdentityLink:
        return same_person.cut(
            session, visitor().actor, link_id, reason=forms.text("cut_because"), now=utc_now()
        )

    try:
        forms.done_once(kept, work)
    except InvalidInput:
        problems.add(f"cut_because-{link_id}", _wrong("reason"))
        return _again(thread_id, problems)
    flash(_("Link cut."), "go")
    return _back(thread_id)


def _wrong(field: str) -> str:
    if field == "reason":
        return _("Say how you know it, in a few words.")
    return _("Nobody else wrote to us under this handle on this network.")


def _again(thread_id: UUID, problems: forms.Problems) -> tuple[str, int]:
    reading = Reading()
    reading.problems = problems
    return thread_page.draw(thread_id, reading, request.form), 422


def _back(thread_id: UUID) -> Response:
    return see_other(f"{url_for('page_promises.thread', thread_id=thread_id)}#same-person")
