"""The store's inbox: whom the store expects, acknowledged in one tap, and what left the list lately.

The page asks by itself what changed (`js/inbox.js`): `/inbox/news` is a few words, and only when
they differ from what the page shows is the list fetched, as a piece. The counter's home shows the
same counts and the first rows.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, g, make_response, render_template, request, url_for

from bridge import db, metrics
from bridge.clock import utc_now
from bridge.decision import Asked, Decided, Refusal
from bridge.errors import MalformedRequest
from bridge.lifecycle import Action
from bridge.roles import Permission
from bridge.services import decisions
from bridge.services import store_inbox as service
from bridge.settings import settings
from schemas.counter import lines
from web import forms
from web.desk_shown import due
from web.error_pages import FRAGMENT
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.polling import news as answered
from web.polling import tag_of
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("inbox")

ROWS = 200


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands over the list, and on the counter's home."""

    expected: int
    waiting: int
    late: int
    today: int


@blueprint.get("/inbox")
@requires(Permission.COUNTER_INBOX)
def inbox() -> Response | str:
    """Everybody whom the store expects, what is due first on top; a piece of it for our own module."""
    return _list() if FRAGMENT in request.headers else _page()


@blueprint.get("/inbox/news")
@requires(Permission.COUNTER_INBOX)
def news() -> Response:
    """Whether the list is still the one that the page shows."""
    return answered(_state())


@blueprint.get("/inbox/done")
@requires(Permission.COUNTER_INBOX)
def done() -> str:
    """What was decided, moved or ended in the last week."""
    with db.statement() as connection:
        found = service.left(connection, visitor().actor, now=utc_now(), limit=ROWS)
    return render_template(
        "inbox_done.html",
        rows=[{**row._asdict(), "lines": lines(row.authority)} for row in found],
        counts=counts(),
        said=said(),
    )


@blueprint.post("/inbox/acknowledge")
@requires(Permission.COUNTER_ACKNOWLEDGE)
def acknowledge() -> Response | str:
    """The store says that it has seen it; once per form."""
    escalation_id = forms.uuid("escalation_id")
    if escalation_id is None:
        raise MalformedRequest("a hidden field was changed")
    kept = forms.once("page.inbox", lambda decided: {"number": decided.escalation.number})
    with db.act() as act:
        result = decisions.decide(
            act,
            visitor().token,
            Asked(
                action=Action.ACKNOWLEDGE,
                escalation_id=escalation_id,
                if_version=forms.whole("version"),
                nonce=decisions.nonce_of(kept.key),
            ),
            once=kept,
            now=utc_now(),
            settings=settings(),
            request_id=g.request_id,
        )
    if isinstance(result, Refusal):
        metrics.DECISIONS.labels("refused").inc()
        problem = _("This changed a moment ago. Look at it again.")
        return _list(problem, status=409) if FRAGMENT in request.headers else (_page(problem, status=409))
    if isinstance(result, Decided):
        metrics.DECISIONS.labels(result.action.value).inc()
    forms.told(kept, result)
    if FRAGMENT in request.headers:
        return _list()
    flash(_("Seen. The agent sees it too."), "go")
    return see_other(url_for("page_inbox.inbox"))


def rows() -> list[dict[str, Any]]:
    """Whom the visitor's store expects, as the rows of the list want it; asked once for each request."""
    if "expected" not in g:
        with db.statement() as connection:
            found = service.waiting(
                connection, visitor().actor, now=utc_now(), day_ends_at=_day_ends_at(), limit=ROWS
            )
        g.expected = [_row(row) for row in found]
    expected: list[dict[str, Any]] = g.expected
    return expected


def counts() -> Counts:
    """How many are expected, wait for the store, are late, and are due before its day ends; listed or not."""
    if not rows():
        return Counts(0, 0, 0, 0)
    first = rows()[0]
    return Counts(
        expected=first["all_expected"],
        waiting=first["all_waiting"],
        late=first["all_late"],
        today=first["all_today"],
    )


def said() -> str:
    """The list in one sentence: "5 waiting, 1 late"."""
    found = counts()
    sentence = ngettext("%(num)s waiting", "%(num)s waiting", found.waiting)
    if found.late:
        sentence += ", " + ngettext("%(num)s late", "%(num)s late", found.late)
    return sentence


def _day_ends_at() -> datetime:
    """Midnight on the wall of the store."""
    today = utc_now().astimezone(ZoneInfo(visitor().zone))
    return (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _row(row: Any) -> dict[str, Any]:
    has_clock = row.clock is not None
    return {
        **row._asdict(),
        "lines": lines(row.authority),
        "has_clock": has_clock,
        "is_late": has_clock and row.due_at <= utc_now(),
    }


def _state() -> dict[str, object]:
    shown = [
        f"{row['id']} {row['version']} {row['status']} {due(row['due_at']).text}" for row in rows()
    ]  # the words, because "Due in 40 min" has to become 39
    digest = sha256("\n".join(shown).encode()).hexdigest()[:20]
    return {**asdict(counts()), "offers": _offers(), "said": said(), "shown": digest}


def _offers() -> int:
    if "offers" not in g:
        with db.statement() as connection:
            g.offers = service.offers(connection, visitor().actor)
    return int(g.offers)


def _parts(problem: str) -> dict[str, Any]:
    found = counts()
    return {
        "rows": rows(),
        "counts": found,
        "offers": _offers(),
        "said": said(),
        "tag": tag_of(_state()),
        "problem": problem,
        "flagged": bool(found.late or any(row["status"] == "issued" for row in rows())),
    }


def _page(problem: str = "", *, status: int = 200) -> Response:
    return make_response(render_template("inbox.html", **_parts(problem)), status)


def _list(problem: str = "", *, status: int = 200) -> Response:
    answer = make_response(render_template("_inbox_list.html", **_parts(problem)), status)
    answer.headers[FRAGMENT] = "inbox"
    return answer
