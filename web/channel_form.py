"""Connect an account: the channel's own fields, filled in once; secrets are sealed and never shown again."""

from flask import Response, flash, render_template, request, url_for
from sqlmodel import Session

from bridge.channels.abilities import Capabilities
from bridge.channels.registry import channel as channel_named
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput, UnsafeAddress
from bridge.roles import Permission
from bridge.services import channel_accounts, signing_in
from bridge.settings import settings
from web import forms, setup_forms
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, require_whole_brand, requires, visitor
from web.setup_words import CHANNEL_FIELDS, CHANNEL_RULES

blueprint = pages("channel_form")


@blueprint.get("/setup/channels/new/<channel>")
@requires(Permission.CHANNELS_MANAGE)
def new(channel: str) -> str:
    """The form for an account of this channel."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    return _form_page(channel, forms.Problems())


@blueprint.post("/setup/channels/new/<channel>")
@requires(Permission.CHANNELS_MANAGE)
def connect(channel: str) -> Response | tuple[str, int]:
    """Connect the account, and go to its page."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    can, problems = channel_named(channel).capabilities, forms.Problems()
    name = setup_forms.needed("name", 80, problems)
    values = {one.name: request.form.get(one.name, "").strip() for one in can.fields}
    if can.needs_server and not forms.text("base_url"):
        problems.add("base_url", _("Fill this in."))
    for one in can.fields:
        if one.is_required and not values[one.name]:
            problems.add(one.name, _("Fill this in."))
    if problems:
        return _form_page(channel, problems), 422
    kept = forms.once("page.channels.connect", lambda told: told)

    def work(session: Session) -> dict[str, str]:
        made = channel_accounts.connect(
            session,
            visitor().actor,
            channel=channel,
            name=name,
            base_url=forms.text("base_url"),
            external_id="" if can.tells_who_we_are else forms.text("external_id")[:120],
            handle="" if can.tells_who_we_are else forms.text("handle")[:80],
            values=values,
            config=settings(),
            now=utc_now(),
        )
        return {"id": str(made.id)}

    try:
        told = forms.done_once(kept, work)
    except UnsafeAddress as error:
        problems.add("base_url", _("This address cannot be called: %(why)s.", why=error.message))
        return _form_page(channel, problems), 422
    except Conflict as error:
        if "twin" in error.details:
            twin = str(error.details["twin"])
            problems.add("external_id", _("This account is connected already, as %(name)s.", name=twin))
        else:
            problems.add("name", _("There is an account of this name already."))
        return _form_page(channel, problems), 422
    except InvalidInput as error:
        add_wrong(problems, can, error)
        return _form_page(channel, problems), 422
    flash(
        _("Written down. Whether the other side agrees shows here within half a minute.")
        if can.polls_every_seconds
        else _("Written down. Whether it works shows here when the first delivery comes."),
        "go",
    )
    return see_other(url_for("page_setup_channels.show", account_id=told["id"]))


def add_wrong(problems: forms.Problems, can: Capabilities, error: InvalidInput, *, prefix: str = "") -> None:
    """Say at each field what it has to be; a channel's own rule that we have no words for, in English."""
    rules = {one.name: one.rule for one in can.fields if one.rule is not None}
    fields = error.details.get("fields")
    for name, messages in fields.items() if isinstance(fields, dict) else ():
        rule = rules.get(name)
        if rule is not None and messages == [rule.says]:
            problems.add(f"{prefix}{name}", CHANNEL_RULES.get(rule.word) or rule.says)
        elif messages == [channel_accounts.NEEDED]:
            problems.add(f"{prefix}{name}", _("Fill this in."))
        else:
            problems.add(f"{prefix}{name}", _("This does not fit."))


def _form_page(channel: str, problems: forms.Problems) -> str:
    can = channel_named(channel).capabilities
    return render_template(
        "setup_channel_form.html",
        channel=channel,
        can=can,
        redirect_uri=signing_in.redirect_uri(settings()) if can.sign_in else "",
        takes_inside=settings().webhook_allow_private_addresses,
        typed={} if request.method == "GET" else request.form,
        labels=CHANNEL_FIELDS,
        problems=problems.found,
    )
