"""The customer's page about their own case, by the address that our private message holds.

Opening it changes nothing and shows no code, because link previews open it too. A press shows the
code and its QR, and is written down. No sign-in, no cookie, no script needed; addresses are never
logged. Whatever is wrong with an address, the answer is the same.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import force_locale  # type: ignore[import-untyped]  # it brings no types

from bridge import codes, db
from bridge.clock import utc_now
from bridge.hours import windows_line
from bridge.services import customers, handing_over
from bridge.services.calendars import load_calendars
from bridge.services.customers import Seen
from bridge.settings import settings
from bridge.texts import moment_text, safe_reason
from web import customer_words, forms, qr
from web.case_forms import needed
from web.languages import LANGUAGES, chosen, language
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, public, secret_in_address
from web.shown import day

blueprint = pages("customers")
TEXT_MAX_CHARACTERS = 2000
DAYS_SHOWN = 7


@blueprint.get("/s/<token>")
@public
def show(token: str) -> Response:
    """How it stands. No effect, no code."""
    return _answer(token, lambda seen: _page(token, seen))


@blueprint.post("/s/<token>")
@public
@secret_in_address
def reveal(token: str) -> Response:
    """The code and its QR, to be shown at the counter."""
    return _answer(token, lambda seen: _shown(token, seen), counts=True)


@blueprint.post("/s/<token>/appeal")
@public
@secret_in_address
def appeal(token: str) -> Response:
    """Ask to look at a refusal again, when the agent made that possible."""
    return _answer(token, lambda seen: _appealed(token, seen), counts=True)


@blueprint.after_request
def _unlisted(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _answer(token: str, tell: Any, *, counts: bool = False) -> Response:
    """What `tell` makes of the case; the same page for everything that is no live address."""
    now, config = utc_now(), settings()
    address = sha256((request.remote_addr or "").encode()).hexdigest()[:24]
    with db.statement() as connection:
        wait = customers.wait_seconds(connection, address, now=now, settings=config)
        seen = None if wait else customers.open_link(connection, token, now=now, settings=config)
        if not wait and (counts or seen is None):
            customers.count_try(connection, address, now=now)
    wished = request.args.get("lang", "")
    spoken = wished if wished in LANGUAGES else seen.row.locale if seen else chosen()
    with force_locale(spoken if spoken in LANGUAGES else "en"):
        if wait:
            answer = _plain(_("Too many tries"), _("Wait a minute and open it again."), 429)
            answer.headers["Retry-After"] = str(wait)
            return answer
        if seen is None:
            return _gone()
        told: Response = tell(seen)
        return told


def _page(token: str, seen: Seen, problems: forms.Problems | None = None, status: int = 200) -> Response:
    now = utc_now()
    body = render_template(
        "customer.html",
        token=token,
        seen=seen,
        row=seen.row,
        tag=customer_words.TAGS[seen.state],
        news=[(one.at, customer_words.news(one, seen.row.currency, _zone(seen.row))) for one in seen.moments],
        reason=safe_reason(seen.reason, language()) if seen.reason and seen.state == "not_possible" else "",
        hours=_hours(seen.row, now=now),
        problems=problems.found if problems else {},
        **_facts(seen.row, seen),
    )
    return make_response(body, status)


def _shown(token: str, seen: Seen) -> Response:
    with db.transaction() as session:
        code = customers.reveal(session, token, seen, now=utc_now(), vault=forms.vault())
    if code is None:
        return see_other(url_for("page_customers.show", token=token, lang=request.args.get("lang")))
    body = render_template(
        "customer_code.html",
        token=token,
        code=codes.grouped(code),
        spoken=codes.spoken(code),
        picture=qr.svg(code),
        **_facts(seen.row, seen),
    )
    return make_response(body)


def _appealed(token: str, seen: Seen) -> Response:
    problems = forms.Problems()
    text = needed("appeal_text", TEXT_MAX_CHARACTERS, problems)
    if problems:
        return _page(token, seen, problems, 422)
    if not customers.appeal(token, text=text, now=utc_now(), settings=settings(), request_id=g.request_id):
        return see_other(url_for("page_customers.show", token=token, lang=request.args.get("lang")))
    return _plain(
        _("Thank you"),
        _("Somebody who was not involved looks at it now. We answer you where you wrote to us."),
    )


def _facts(row: Any, seen: Seen) -> dict[str, Any]:
    locale = language()
    facts = handing_over.facts_of(row, None, code=None, locale=locale, now_until=row.valid_until)
    until = moment_text(facts, locale)
    return {
        "brand": row.brand_name,
        "title": customer_words.sentence(seen, until=until, zone=_zone(row)),
        "until": until,
        "place": customer_words.place(row),
        "address": _address(row),
        "lines": [
            (phrase[0].upper() + phrase[1:], line["conditions"])
            for phrase, line in zip(
                handing_over.phrases_of(row.authority, row.currency, locale),
                row.authority["lines"],
                strict=True,
            )
        ],
        "waived": sorted({proof for line in row.authority["lines"] for proof in line["waives"]}),
        "official": facts.official,
        "zone": _zone(row),
    }


def _address(row: Any) -> str:
    region = " ".join(part for part in (row.store_state, row.store_postcode) if part)
    return ", ".join(part for part in (row.store_address, row.store_city, region) if part)


def _hours(row: Any, *, now: datetime) -> list[tuple[str, str]]:
    """The store's hours for the days in which the code counts, a week at most."""
    if row.store_id is None:
        return []
    zone = ZoneInfo(row.store_zone)
    with db.statement() as connection:
        calendar = load_calendars(connection, store_ids=[row.store_id])[row.store_id]
    first, last = now.astimezone(zone), row.valid_until.astimezone(zone)
    days = [first + timedelta(days=step) for step in range(DAYS_SHOWN)]
    return [
        (day(one, row.store_zone), windows_line(calendar.windows_on(one.date()), language()))
        for one in days
        if one.date() <= last.date()
    ]


def _zone(row: Any) -> str:
    return row.store_zone or "UTC"


def _gone() -> Response:
    return _plain(
        _("This link does not work"),
        _("It may be mistyped, or its time is over. Write to us where we wrote to you."),
        404,
    )


def _plain(title: str, words: str, status: int = 200) -> Response:
    return make_response(render_template("customer_plain.html", title=title, words=words), status)
