"""The printed slip: the code for a customer who has no telephone with them.

For the author or a lead, as the page with the messages, and written down in the same way. On a
till's 80 mm roll or on a Letter sheet; black on white, in the customer's language.
"""

from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from flask_babel import force_locale  # type: ignore[import-untyped]  # it brings no types

from bridge import codes, db
from bridge.clock import utc_now
from bridge.errors import Gone
from bridge.roles import Permission
from bridge.services import handing_over
from bridge.settings import settings
from web import forms, qr
from web.languages import LANGUAGES
from web.languages import say as _
from web.languages import say_lazily as _l
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("slips")

PAPERS = {"80mm": _l("80 mm roll"), "letter": _l("Letter sheet")}


@blueprint.get("/escalations/<uuid:escalation_id>/slip")
@requires(Permission.PROMISES_CODE)
def slip(escalation_id: UUID) -> Response | str:
    """The slip of a live promise."""
    actor, now = visitor().actor, utc_now()
    locale, paper = request.args.get("locale"), request.args.get("paper")
    try:
        with db.statement() as connection:
            given = handing_over.hand_over(
                connection,
                actor,
                escalation_id,
                channel=None,
                locale=locale if locale in LANGUAGES else None,
                now=now,
                settings=settings(),
                vault=forms.vault(),
            )
    except Gone:
        flash(_("This promise has no code that can be shown."), "care")
        return see_other(url_for("page_escalations.show", escalation_id=escalation_id))
    with db.transaction() as session:
        handing_over.note_shown(session, actor, escalation_id, now=now)
    # The label of the picture is read by the customer's eyes and ears, as the slip is.
    with force_locale(given.locale):
        picture = qr.svg(given.code)
    return render_template(
        "slip.html",
        escalation_id=escalation_id,
        given=given,
        slip=given.slip,
        code=codes.grouped(given.code),
        spoken=codes.spoken(given.code),
        picture=picture,
        papers=PAPERS,
        paper=paper if paper in PAPERS else "80mm",
    )
