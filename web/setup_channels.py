"""Connected accounts: every one and how it fares, one with what came in, its secrets, on and off.

A secret that was typed is never shown again. The address that a network or care tool calls stands on the
account's page, to be copied there.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge import db
from bridge.channels.abilities import Capabilities, Kind
from bridge.channels.registry import channels
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, MalformedRequest
from bridge.queries import channel_health as queries
from bridge.queries.setup_lists import PAGE
from bridge.roles import Permission
from bridge.services import channel_accounts, channel_health, signing_in
from bridge.settings import settings
from bridge.ways_back import Sends
from web import confirming, forms, listing
from web.channel_form import add_wrong
from web.languages import say as _
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.setup_words import (
    CAME_IN,
    CHANNEL_FIELDS,
    CHANNEL_HEALTH,
    CHANNEL_KINDS,
    DELIVERED_STATES,
    OUTCOMES_SENT,
    REFUSED,
)

blueprint = pages("setup_channels")

ACCOUNT = "/setup/channels/<uuid:account_id>"


@blueprint.get("/setup/channels")
@requires(Permission.CHANNELS_MANAGE)
def listed() -> str:
    """Every account and how it fares, and what can be connected."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    with db.statement() as connection:
        found = channel_health.seen(connection, own_brand(), now=utc_now())
    return render_template(
        "setup_channels.html", found=found, said=CHANNEL_HEALTH, kinds=_by_kind(), kind_words=CHANNEL_KINDS
    )


@blueprint.get(ACCOUNT)
@requires(Permission.CHANNELS_MANAGE)
def show(account_id: UUID) -> str:
    """One account: its state, its address, what came in."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    return _page(account_id, forms.Problems())


def _page(account_id: UUID, problems: forms.Problems) -> str:
    state, at = request.args.get("state", ""), listing.asked_page()
    with db.transaction() as session:
        account = channel_accounts.find(session, visitor().actor, account_id)
    with db.statement() as connection:
        everyone = channel_health.seen(connection, own_brand(), now=utc_now())
        log = queries.log(
            connection,
            account_id,
            state=state if state in DELIVERED_STATES else "",
            limit=PAGE + 1,
            offset=(at - 1) * PAGE,
        )
    return render_template(
        "setup_channel.html",
        it=account,
        seen=next(one for one in everyone if one.id == account_id),
        can=_capabilities(account.channel),
        is_gone=account.channel not in channels(),
        hook=hook_of(account.channel, account_id),
        redirect_uri=signing_in.redirect_uri(settings()),
        log=log[:PAGE],
        next_path=listing.next_path(has_more=len(log) > PAGE),
        said=CHANNEL_HEALTH,
        states=DELIVERED_STATES,
        refused=REFUSED,
        kinds=CAME_IN,
        labels=CHANNEL_FIELDS,
        problems=problems.found,
        secret_labels={f"secret-{name}": word for name, word in CHANNEL_FIELDS.items()},
        outcomes_sent=[(key.value, word) for key, word in OUTCOMES_SENT.items()],
    )


@blueprint.post(f"{ACCOUNT}/secret")
@requires(Permission.CHANNELS_MANAGE)
def replace_secret(account_id: UUID) -> Response | tuple[str, int]:
    """Put a new secret in the place of an old one, which counts a day longer; what is none is said there."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    name, value = forms.text("name"), request.form.get("value", "").strip()
    try:
        return act(
            account_id,
            "secret",
            lambda session: channel_accounts.replace_secret(
                session,
                visitor().actor,
                account_id,
                name=name,
                value=value,
                config=settings(),
                now=utc_now(),
            ),
            _("The new secret counts from now on; the old one for one more day."),
        )
    except InvalidInput as error:
        problems = forms.Problems()
        if not value:
            problems.add(f"secret-{name}", _("Fill this in."))
        add_wrong(problems, _capabilities(_channel_of(account_id)), error, prefix="secret-")
        return _page(account_id, problems), 422


@blueprint.post(f"{ACCOUNT}/switch")
@requires(Permission.CHANNELS_MANAGE)
def switch(account_id: UUID) -> Response | str:
    """Show, then switch an account off or on."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    enabled = forms.text("to") == "on"
    if not forms.confirmed():
        line = (
            _("Posts come in again from now on, and what waits to be sent is sent.")
            if enabled
            else _("Nothing comes in and nothing is sent. What waits to be sent stays and waits.")
        )
        return confirm(account_id, _("Switch on") if enabled else _("Switch off"), [line], stops=not enabled)
    return act(
        account_id,
        "switch",
        lambda session: channel_accounts.switch(
            session, visitor().actor, account_id, enabled=enabled, reason="switched off", now=utc_now()
        ),
        _("Switched on.") if enabled else _("Switched off."),
    )


@blueprint.post(f"{ACCOUNT}/outcomes")
@requires(Permission.CHANNELS_MANAGE)
def choose_outcomes(account_id: UUID) -> Response:
    """Say which outcomes go back to customers by themselves."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    try:
        sends = Sends(forms.text("sends_outcomes"))
    except ValueError as error:
        raise MalformedRequest("a hidden field was changed") from error
    return act(
        account_id,
        "outcomes",
        lambda session: channel_accounts.choose_outcomes(
            session, visitor().actor, account_id, sends=sends, now=utc_now()
        ),
        _("Saved. It counts for what ends from now on."),
    )


@blueprint.post(f"{ACCOUNT}/disconnect")
@requires(Permission.CHANNELS_MANAGE)
def disconnect(account_id: UUID) -> Response | str:
    """Show, then take an account away for good."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    if not forms.confirmed():
        lines = [
            _("For good: its secrets are destroyed, nothing comes in and nothing is sent any more."),
            _("Conversations and what was said in them stay."),
        ]
        return confirm(account_id, _("Disconnect"), lines, stops=True)
    kept = forms.once("page.channels.disconnect", lambda _none: {})
    forms.done_once(
        kept,
        lambda session: channel_accounts.disconnect(session, visitor().actor, account_id, now=utc_now()),
    )
    flash(_("Disconnected."), "go")
    return see_other(url_for("page_setup_channels.listed"))


@blueprint.post(f"{ACCOUNT}/read-again")
@requires(Permission.CHANNELS_MANAGE)
def read_again(account_id: UUID) -> Response:
    """Let what could not be read be read again."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    return act(
        account_id,
        "read_again",
        lambda session: channel_health.read_again(session, visitor().actor, account_id, now=utc_now()),
        _("It is read again now."),
    )


def act(account_id: UUID, name: str, work: Callable[[Session], Any], said: str) -> Response:
    """Do the work of a form once, and back to the account's page."""
    kept = forms.once(f"page.channels.{name}", lambda _result: {})
    try:
        forms.done_once(kept, work)
    except Conflict:
        flash(_("There is nothing to be done any more."), "care")
    else:
        flash(said, "go")
    return see_other(url_for("page_setup_channels.show", account_id=account_id))


def confirm(account_id: UUID, title: str, lines: list[str], *, stops: bool = False) -> str:
    """The page that asks before something is done to an account."""
    with db.transaction() as session:
        account = channel_accounts.find(session, visitor().actor, account_id)
    return confirming.page(
        title,
        [f"{_capabilities(account.channel).name}, {account.name}", *lines],
        button=title,
        back=url_for("page_setup_channels.show", account_id=account_id),
        stops=stops,
    )


def hook_of(channel: str, account_id: UUID) -> str:
    """The address that the other side calls."""
    path = _capabilities(channel).webhook_path.format(channel=channel, account=account_id)
    return settings().base_url.rstrip("/") + path


def _channel_of(account_id: UUID) -> str:
    with db.transaction() as session:
        return channel_accounts.find(session, visitor().actor, account_id).channel


def _capabilities(channel: str) -> Capabilities:
    """What it can do; a channel whose folder was taken away can nothing, and its accounts are still shown."""
    known = channels().get(channel)
    if known is None:
        return Capabilities(name=channel, kind=Kind.NETWORK, network=channel, lengths="other")
    return known.capabilities


def _by_kind() -> dict[str, list[tuple[str, Capabilities]]]:
    found: dict[str, list[tuple[str, Capabilities]]] = {}
    for name, channel in channels().items():
        found.setdefault(channel.capabilities.kind.value, []).append((name, channel.capabilities))
    return found
