"""Sign in as an account of ours: off to the network and back, in the browser that began it."""

from base64 import b64decode, b64encode
from uuid import UUID

from flask import Response, flash, render_template, request, session, url_for

from bridge import db
from bridge.channels.registry import channel as channel_named
from bridge.channels.signing_in import SignInFailed
from bridge.clock import utc_now
from bridge.roles import Permission
from bridge.services import channel_accounts, signing_in
from bridge.settings import settings
from web.languages import say as _
from web.languages import say_lazily as _l
from web.redirects import see_other
from web.sessions import pages, require_whole_brand, requires, visitor

blueprint = pages("channel_sign_in")

KEPT = "channel_sign_in"
WHY = {
    "access_denied": _l("Nobody said yes there. Nothing was changed."),
    "other_browser": _l("This did not begin in this browser, or it was done already. Begin again."),
    "too_late": _l("It took longer than ten minutes. Begin again."),
    "other_account": _l("You signed in there as another account. Sign out there, and begin again."),
    "connected_already": _l(
        "You signed in as an account that is connected already, under another name here."
    ),
    "no_client_id": _l("The client id is missing. Fill it in first."),
    "invalid_client": _l("The client id or the client secret is not right."),
    "invalid_grant": _l("The network does not take the code any more. Begin again."),
    "invalid_scope": _l("The app at the network lacks a right that we need."),
    "no_sign_in": _l("This channel has no sign-in; its secrets are typed in."),
    "timeout": _l("The network did not answer. Try again in a moment."),
    "unsafe_address": _l("This server's address is one that we do not call."),
}


@blueprint.post("/setup/channels/<uuid:account_id>/sign-in")
@requires(Permission.CHANNELS_MANAGE)
def begin(account_id: UUID) -> Response | str:
    """Show where to go. What is kept until then is sealed, in this browser alone."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    actor, config = visitor().actor, settings()
    try:
        begun = signing_in.begin(actor, account_id, config=config, now=utc_now())
    except SignInFailed as error:
        flash(_why(error.reason), "care")
        return see_other(url_for("page_setup_channels.show", account_id=account_id))
    session[KEPT] = b64encode(begun.kept).decode()
    with db.transaction() as transaction:
        account = channel_accounts.find(transaction, actor, account_id)
    return render_template(
        "channel_sign_in.html",
        it=account,
        can=channel_named(account.channel).capabilities,
        url=begun.url,
        redirect_uri=signing_in.redirect_uri(config),
    )


@blueprint.get(signing_in.PATH)
@requires(Permission.CHANNELS_MANAGE)
def done() -> Response:
    """Back from the network. What was kept counts once."""
    require_whole_brand(Permission.CHANNELS_MANAGE)
    try:
        kept = b64decode(session.pop(KEPT, ""), validate=True)
    except ValueError:
        kept = b""
    try:
        signed_in = signing_in.finish(
            visitor().actor,
            kept,
            state=request.args.get("state", ""),
            code=request.args.get("code", ""),
            error=request.args.get("error", ""),
            config=settings(),
            now=utc_now(),
        )
    except SignInFailed as error:
        flash(_why(error.reason), "care")
        return see_other(url_for("page_setup_channels.listed"))
    if signed_in.handle:
        flash(_("Signed in as %(handle)s.", handle=f"@{signed_in.handle.removeprefix('@')}"), "go")
    else:
        flash(_("Signed in."), "go")
    return see_other(url_for("page_setup_channels.show", account_id=signed_in.account_id))


def _why(reason: str) -> str:
    """Why nobody is signed in, in a sentence."""
    if reason in WHY:
        return str(WHY[reason])
    return _("The network did not let us sign in (%(reason)s). Nothing was changed.", reason=reason)
