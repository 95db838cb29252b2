"""Five minutes through the whole loop: seven steps, each one press, on a bar that can be closed.

A step signs the next person in and opens the page where it happens; what is done there is done by
hand. Only the scan is simulated: the bar sends the code of the tour's own promise to the counter, as
a scanner would, and the same one again however often it is pressed. Works without JavaScript.
"""

from collections.abc import Callable
from uuid import UUID

from flask import Response, flash, g, render_template, request, session, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.demo.posts import SENT_AWAY, name_of
from bridge.demo.showcase import STORE, code_of
from bridge.errors import MalformedRequest
from bridge.queries import demo as queries
from bridge.roles import Permission
from bridge.services.counter import Source
from web import forms
from web.counter import judge
from web.demo import rooms
from web.demo_words import STEPS
from web.languages import say as _
from web.redirects import see_other
from web.see_as import TOUR_KEEPS, become, customers_page
from web.sessions import Visitor, public, requires, safe_next, visitor

blueprint = rooms("tour")

KEPT_AS, OWN = TOUR_KEEPS
THREAD, CASE = "thread", "case"
"""Of `OWN`: the post that step 1 opened, and the promise that the later steps are about."""
SCAN = 3
"""The step at which the bar offers the scan."""
TWO_SCREENS = "page_see_as.two_screens"
"""Where the counter's half has a scan of its own: the bar's would lead out of the two."""


@blueprint.get("/demo/tour")
@public
def tour() -> str:
    """All steps at a glance, and where the tour is."""
    return render_template("tour.html", steps=STEPS, at=step())


@blueprint.post("/demo/tour")
@public
def go() -> Response:
    """To a step, or out of the tour."""
    wanted = forms.whole("step") or 0
    if wanted == 0:
        for name in TOUR_KEEPS:
            session.pop(name, None)
        return see_other(safe_next(forms.text("next")) or url_for("page_tour.tour"))
    if wanted > len(STEPS):
        raise MalformedRequest("a hidden field was changed")
    person, where = _PLACES[wanted - 1]
    answer = where(None) if person is None else become(person, where)
    session[KEPT_AS] = wanted
    return answer


@blueprint.post("/demo/scan")
@requires(Permission.COUNTER_LOOK_UP)
def scan() -> Response:
    """Scan the code of the store's newest promise, used up or not; the two screens' counter offers it."""
    actor = visitor().actor
    assert actor.store_id is not None
    with db.statement() as connection:
        cipher = queries.newest_cipher(connection, actor.store_id)
    if cipher is None:
        flash(_("No promise has come yet. Make one first."), "care")
        return see_other(url_for("page_counter.counter"))
    return judge(code_of(cipher, forms.vault()), Source.SCAN)


def step() -> int:
    """The step that this browser is at; 0 outside the tour."""
    kept = session.get(KEPT_AS, 0)
    return kept if isinstance(kept, int) and 0 < kept <= len(STEPS) else 0


def bar() -> dict[str, object] | None:
    """What the bar shows; None outside the tour. Asks the database for a code where a scan is offered."""
    at = step()
    if not at:
        return None
    text = STEPS[at - 1][0]
    following = STEPS[at][1] if at < len(STEPS) else None
    return {
        "at": at,
        "of": len(STEPS),
        "text": text,
        "next": following,
        "code": _code() if at == SCAN and request.endpoint != TWO_SCREENS else "",
    }


def _code() -> str:
    """The code of the tour's promise where the visitor's store can be shown it; empty elsewhere.

    Used up or not: the second scan has to send what the first one sent.
    """
    visitor = g.get("visitor")
    if visitor is None or visitor.actor.store_id is None or visitor.facts["store_number"] != STORE:
        return ""
    case_id = _own(CASE)
    if case_id is None:
        return ""
    with db.statement() as connection:
        cipher = queries.cipher_of(connection, case_id)
    return code_of(cipher, forms.vault()) if cipher is not None else ""


def _own(what: str) -> UUID | None:
    """The tour's own post or promise, as this browser keeps it."""
    kept = session.get(OWN, {}).get(what)
    return UUID(kept) if kept else None


def _post(visitor: Visitor | None) -> Response:
    """The post to answer: the tour's own until it has a promise; with another the tour begins anew."""
    assert visitor is not None
    assert visitor.actor.id is not None
    assert visitor.actor.brand_id is not None
    with db.statement() as connection:
        thread_id = queries.free_thread(
            connection,
            visitor.actor.brand_id,
            visitor.actor.id,
            own_id=_own(THREAD),
            fitting=[name_of(handle) for handle in SENT_AWAY],
            now=utc_now(),
        )
    session[OWN] = {THREAD: str(thread_id)} if thread_id is not None else {}
    if thread_id is None:
        return see_other(url_for("page_intake.queue"))
    return see_other(url_for("page_promises.thread", thread_id=thread_id))


def _inbox(visitor: Visitor | None) -> Response:
    """The inbox, at the row of the tour's promise."""
    case_id = _settled(visitor)
    return see_other(url_for("page_inbox.inbox", _anchor=f"case-{case_id}" if case_id else None))


def _counter(visitor: Visitor | None) -> Response:
    _settled(visitor)
    return see_other(url_for("page_counter.counter"))


def _settled(visitor: Visitor | None) -> UUID | None:
    """Which promise the tour is about, for a visitor of a store; kept from now on.

    What was promised under the tour's post; else what was kept before; else the store's newest,
    for whoever promised something under another post, or nothing.
    """
    assert visitor is not None
    assert visitor.actor.store_id is not None
    store_id, thread_id = visitor.actor.store_id, _own(THREAD)
    with db.statement() as connection:
        case_id = queries.case_of_thread(connection, thread_id, store_id) if thread_id else None
        if case_id is None and (kept := _own(CASE)) and queries.cipher_of(connection, kept) is not None:
            case_id = kept
        case_id = case_id or queries.newest_live(connection, store_id, utc_now())
    if case_id is not None:
        session[OWN] = {**session.get(OWN, {}), CASE: str(case_id)}
    return case_id


def _page(endpoint: str) -> Callable[[Visitor | None], Response]:
    return lambda _visitor: see_other(url_for(endpoint))


_PLACES: tuple[tuple[str | None, Callable[[Visitor | None], Response]], ...] = (
    ("Dana", _post),
    ("Priya", _inbox),
    ("Priya", _counter),
    ("Dana", _page("page_board.board")),
    (None, lambda _visitor: customers_page(str(_own(CASE) or ""))),
    ("Hana", _page("page_hq.overview")),
    ("Priya", _page("page_demo_codes.codes")),
)
"""Of each step who one is, and where it happens."""
