"""What the visitor was told: unseen first. Every role that is told things has this page."""

from uuid import UUID

from flask import Flask, Response, g, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import MalformedRequest
from bridge.queries.notice_inbox import COUNTED_MAX, count_unseen
from bridge.roles import Permission
from bridge.services import notice_inbox as service
from web.languages import language
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("notices")

ROWS = 100
OPEN_AT_ONCE = 6
"""So many new ones stand open; older ones are folded under them."""


def register(app: Flask) -> None:
    """Let the menu say how many are unseen."""
    app.jinja_env.globals["unseen_notices"] = unseen_notices


@blueprint.get("/notices")
@requires(Permission.NOTICES_READ)
def notices() -> str:
    """The visitor's own notices, in the page's language."""
    person, now = visitor(), utc_now()
    with db.transaction() as session:
        unseen, newest = (
            service.page(
                session,
                person.actor,
                unseen=only_unseen,
                limit=ROWS,
                locale=language(),
                zone=person.zone,
                now=now,
            )
            for only_unseen in (True, False)
        )
    seen = [entry for entry in newest if entry.seen_at is not None]
    return render_template("notices.html", unseen=unseen, seen=seen, open_at_once=OPEN_AT_ONCE)


@blueprint.post("/notices/seen")
@requires(Permission.NOTICES_READ)
def mark_seen() -> Response:
    """Mark notices of one's own as seen."""
    try:
        wanted = [UUID(given) for given in request.form.getlist("notice")[:ROWS]]
    except ValueError as error:
        raise MalformedRequest("a hidden field was changed") from error
    with db.transaction() as session:
        for notice_id in wanted:
            service.mark_seen(session, visitor().actor, notice_id, now=utc_now())
    return see_other(url_for("page_notices.notices"))


def unseen_notices() -> str:
    """The number for the menu: "3", "99+", or "" when there is none. Asked once for each page."""
    person = g.get("visitor")
    if person is None or person.actor.id is None:
        return ""
    if "unseen_notices" not in g:
        with db.statement() as connection:
            g.unseen_notices = count_unseen(connection, person.actor.id, utc_now())
    count = int(g.unseen_notices)
    return f"{COUNTED_MAX - 1}+" if count >= COUNTED_MAX else str(count or "")
