"""The words of official accounts: how a look at their links went, and in what way another one looks alike."""

from bridge.look_alikes import Why
from bridge.mutual_links import Result
from web.languages import say_lazily as _l

LINK_RESULTS = {
    Result.BOTH.value: (_l("Links both ways"), "go"),
    Result.PAGE_ONLY.value: (_l("Only our page links to it"), "wait"),
    Result.ACCOUNT_ONLY.value: (_l("Only the account links to our page"), "wait"),
    Result.NEITHER.value: (_l("No links"), "wait"),
    Result.OTHER_ID.value: (_l("The handle belongs to another account now"), "stop"),
    "": (_l("Not looked at yet"), "wait"),
}
"""How the last look that got an answer went, and the family of its tag."""

LINK_REASONS = {
    "no_page_given": _l("No page of ours is given."),
    "no_address_known": _l("Accounts of this network have no address that follows from the handle."),
    "page_without_link": _l("Our page has no link with rel=me to the account."),
    "no_verified_field": _l("No field of the profile with our page was verified by its server."),
    "page_not_named": _l("The profile does not name our page."),
    "network_does_not_tell": _l("This network tells nothing to somebody without a key."),
    "account_not_found": _l("The network does not know the account."),
    "handle_belongs_to_another": _l("The network gives another id for it: nobody is told that it is ours."),
    "own_domain": _l("Our own domain tells the id of the account."),
    "not_found": _l("Our page was not found."),
    "too_long": _l("The answer was too long."),
    "unsafe_address": _l("The address leads into a private network and was not called."),
}
"""Why it went so; what is not here is a word about the network: timeout, tls_failed, status_503."""

LOOK_ALIKES = {
    Why.OTHER_ID: _l("has the handle of our account and is another one"),
    Why.GIVEN_UP: _l("was ours and speaks for us no more"),
    Why.OTHER_NETWORK: _l("has the name of our account on another network"),
    Why.LOOKS_THE_SAME: _l("looks the same as our account"),
    Why.SIGNS_ADDED: _l("has the name of our account with signs or digits added"),
    Why.WORD_ADDED: _l("has the name of our account with another word"),
    Why.ONE_LETTER_OFF: _l("differs from our account by one letter"),
}
