"""Why a notice did not arrive, in words for the administrator who can mend it."""

from web.languages import say as _
from web.languages import say_lazily as _l

CHANNELS = {"inbox": _l("Inbox"), "email": _l("E-mail"), "sms": "SMS", "slack": "Slack", "teams": "Teams"}

FAULTS = {
    "disabled": (_l("Switched off"), "stop"),
    "given_up": (_l("Given up"), "stop"),
    "trying_again": (_l("Trying again"), "care"),
}

_REASONS = {
    "smtp_not_configured": _l("No mail server is set up: BRIDGE_SMTP_HOST is empty."),
    "sms_not_configured": _l("No SMS account is set up: BRIDGE_TWILIO_SID, _TOKEN or _FROM is empty."),
    "no_address": _l("There is no address. Add one below."),
    "address_disabled": _l("The address is switched off."),
    "address_unreadable": _l("The key that the address was stored with is gone. Add it again."),
    "bad_address": _l("This is not an address that can be written to."),
    "connection_refused": _l("The server does not answer: nothing listens there."),
    "connect_timeout": _l("The server does not answer."),
    "not_connected": _l("The server does not answer."),
    "timeout": _l("The server took too long to answer."),
    "connection_lost": _l("The connection broke off."),
    "bad_answer": _l("The server's answer could not be understood."),
    "name_not_resolved": _l("The server's name is not known."),
    "tls_failed": _l("The server's certificate is not valid."),
    "unsafe_address": _l("The address leads into a private network, which is never called."),
    "login_refused": _l("The server refused our sign-in. Check user and password in the settings."),
    "server_cannot_do_that": _l("The mail server offers no encryption or no sign-in. Check the settings."),
    "sender_refused": _l("The mail server refused our sender. Check BRIDGE_SMTP_FROM."),
    "opted_out": _l("The person answered STOP and wants no SMS."),
    "switched_off": _l("Somebody switched it off."),
    "interrupted": _l("Our worker ended while it was sending."),
    "cannot_reconcile": _l("We could not see whether an earlier try arrived, so we wait."),
    "status_400": _l("The receiver did not understand us."),
    "status_403": _l("The receiver forbids it."),
    "status_404": _l("The channel or its address does not exist any more."),
    "status_410": _l("The channel was archived or its address was removed."),
    "status_429": _l("The receiver asked us to slow down."),
    "smtp_550": _l("The mail server does not know this mailbox."),
}


def why(reason: str) -> str:
    """One word of the sweep as a sentence."""
    known = _REASONS.get(reason)
    if known is not None:
        return str(known)
    kind, _line, code = reason.partition("_")
    if kind in {"status", "smtp", "twilio"} and code.isdigit():
        return _("The receiver's server answered %(code)s.", code=code)
    return reason
