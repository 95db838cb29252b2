"""The words for messages that wait for a person: where one stands, why, what is to be done."""

from bridge.sending import GIVE_UP, MARK_SENT, RELEASE, SEND_AGAIN
from web.languages import say as _
from web.languages import say_lazily as _l

STATES = {
    "waiting": (_l("Waits for your yes"), "care"),
    "queued": (_l("Goes out now"), "info"),
    "sending": (_l("Goes out now"), "info"),
    "sent": (_l("Sent"), "go"),
    "unknown": (_l("Perhaps sent"), "care"),
    "handed_off": (_l("Send it by hand"), "care"),
    "failed_final": (_l("Not sent"), "stop"),
    "cancelled": (_l("Given up"), "wait"),
}
"""Where a message stands, and the family of its tag."""

PURPOSES = {
    "public_reply": _l("Public reply"),
    "private_reply": _l("Private answer to the post"),
    "private_message": _l("Private message"),
    "note": _l("Note for colleagues"),
}

REASONS = {
    "not_summoned": _l("The customer did not mention our account, so the network lets only a person answer."),
    "reply_refused": _l("The network does not let our program answer this post. A person may."),
    "private_refused": _l("The network does not take private messages from us to this customer."),
    "cannot_send": _l("Our program cannot send through this account."),
    "cannot_read_back": _l("The network did not say whether it took the message, and cannot be asked."),
    "account_asks": _l("This account sends nothing about the end of a case by itself."),
    "bad_end": _l("It is no good news: read it before the customer does."),
    "late": _l("So long after the customer's last message, only a person may let one go."),
    "over": _l("The customer wrote too long ago; the network takes no message any more."),
    "post_too_old": _l("The post is too old for its one private answer."),
    "never_wrote": _l("The customer never wrote to us in private, so the network lets nobody write to them."),
    "not_released": _l("Nobody let it go in time."),
    "duplicate": _l("The network says that the same text was posted already."),
    "too_long": _l("The network says that the text is too long."),
    "timeout": _l("The network did not answer in time."),
    "connection_lost": _l("The connection broke while the message was handed over."),
    "bad_answer": _l("The network's answer could not be read."),
    "signed_out": _l("The account is signed out."),
    "needs_a_person": _l("The network takes it only in a person's name."),
    "no_recipient": _l("The network does not let us answer this post in private."),
    "already_answered": _l("The post has had its one private answer already."),
    "cannot_be_written_to": _l("The customer takes no messages from us."),
    "no_permission": _l("The account's access does not allow it."),
    "page_restricted": _l("The network has restricted our account for a while."),
    "too_much": _l("We asked the network too often; it goes on by itself."),
    "gone": _l("The post is not there any more."),
    "transient": _l("The network had a fault; nobody knows yet whether it took the message."),
    "cannot_be_told": _l("The network does not say whether it took the message. Look in the conversation."),
    "status_403": _l("The network refused it."),
    "status_404": _l("The post or the customer is not there any more."),
}
"""Why a message waits or failed, by the channel's one word."""

ACTS = {
    RELEASE: _l("Let it go"),
    MARK_SENT: _l("I sent it"),
    SEND_AGAIN: _l("Send it again"),
    GIVE_UP: _l("Give it up"),
}


def reason(error: str) -> str:
    """Why, in a sentence; what has no sentence of its own is named, for whoever asks about it."""
    if not error:
        return ""
    return str(REASONS[error]) if error in REASONS else _("The network refused it (%(error)s).", error=error)
