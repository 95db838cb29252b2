"""The words of targets and ladders: what a step will do, whose hours count, and what is wrong."""

import re

from bridge.channels.coming_in import EventKind
from bridge.events import Format
from bridge.ladders import Do
from bridge.milestones import CalendarSource
from bridge.reasons import Priority
from bridge.ways_back import Sends
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.languages import say_lazily as _l

STEPS = {
    Do.WAIT: _l("Wait"),
    Do.NOTIFY: _l("Tell"),
    Do.NOTIFY_ROUND_ROBIN: _l("Tell one, in turn:"),
    Do.CONTINUE_IF_OPEN: _l("Go on when the store is open"),
    Do.CONTINUE_IF_MORE_THAN: _l("Take the next step only if the store has many silent cases"),
    Do.REASSIGN: _l("Give the case to"),
    Do.OFFER_OTHER_STORE: _l("Suggest another store to the agent"),
    Do.WEBHOOK: _l("Tell other systems"),
    Do.OPEN_REVIEW: _l("Put it before headquarters"),
    Do.REPEAT: _l("Begin again"),
}

CALENDARS = {
    CalendarSource.STORE: _l("hours of the store"),
    CalendarSource.TARGET_STORE: _l("hours of the other store"),
    CalendarSource.CARE: _l("hours of the care desk"),
    CalendarSource.HQ: _l("hours of headquarters"),
    CalendarSource.ALWAYS: _l("round the clock"),
}

PRIORITIES = {
    Priority.LOW: _l("low"),
    Priority.NORMAL: _l("normal"),
    Priority.HIGH: _l("high"),
    Priority.URGENT: _l("urgent"),
}

# In which shape a receiver of webhooks gets its events.
FORMATS = {
    Format.STANDARD.value: _l("Standard Webhooks: type, timestamp and data"),
    Format.CLOUDEVENTS.value: _l("CloudEvents 1.0, structured"),
}

KINDS = {"promise": _l("promises"), "question": _l("questions")}

HEIGHTS = {
    "district_manager": _l("the district manager"),
    "region_manager": _l("the manager of the region"),
    "lead": _l("a lead of the care team"),
    "hq": _l("headquarters"),
    "review": _l("review"),
}
"""How far a case can climb."""


STORE_FIELDS = {
    "name": _l("Name"),
    "kind": _l("Kind"),
    "address": _l("Address"),
    "address2": _l("Second line of the address"),
    "city": _l("City"),
    "state": _l("State"),
    "postcode": _l("Zip"),
    "country": _l("Country"),
    "phone": _l("Phone"),
    "lat": _l("Latitude"),
    "lon": _l("Longitude"),
    "zone": _l("Time zone"),
    "hours": _l("Opening hours"),
    "hours_text": _l("Opening hours"),
    "services": _l("Services"),
    "has_counter": _l("Staff counter"),
    "accepts_escalations": _l("Takes promises"),
    "unit_path": _l("Place in the organisation"),
}
"""What a store has, by column."""

PEOPLE_STATES = {
    "invited": (_l("Not let in yet"), "wait"),
    "active": (_l("Active"), "go"),
    "suspended": (_l("Suspended"), "stop"),
    "left": (_l("Left"), "wait"),
}
"""How a person stands, and the family of the tag."""


SCOPE_GROUPS = {
    "intake": _l("Posts and conversations"),
    "promises": _l("Promises"),
    "counter": _l("Counter"),
    "outcomes": _l("Outcomes"),
    "webhooks": _l("Webhooks"),
    "channels": _l("Channels"),
    "messages": _l("Messages"),
    "directory": _l("Stores and accounts"),
    "people": _l("People"),
    "grants": _l("Rights to promise"),
    "keys": _l("API keys"),
    "devices": _l("Devices"),
    "timeline": _l("History"),
    "notes": _l("Notes"),
    "notices": _l("Notices"),
    "contacts": _l("Contact points"),
    "policies": _l("Clocks and ladders"),
    "review": _l("Review"),
    "reports": _l("Reports"),
}
"""What a key may touch, by the first part of its scopes."""

DELIVERY_STATES = {
    "queued": (_l("Waiting"), "wait"),
    "sending": (_l("On its way"), "wait"),
    "sent": (_l("Delivered"), "go"),
    "dead": (_l("Given up"), "stop"),
    "cancelled": (_l("Cancelled"), "wait"),
}
"""How an event stands that a receiver is owed, and the family of its tag."""

MESSAGE_GROUPS = {
    ("promise", False): _l("A promise: the private message"),
    ("promise", True): _l("A promise: the public answer"),
    ("honoured", False): _l("Honoured: the private message"),
    ("honoured_part", False): _l("A part was given: the private message"),
    ("declined", False): _l("Declined: the private message"),
    ("revoked", False): _l("Withdrawn: the private message"),
    ("expired", False): _l("Expired: the private message"),
    ("honoured", True): _l("Honoured: the public answer"),
    ("other_ends", True): _l("Any other end: the public answer"),
    ("slip", False): _l("The printed slip"),
}
"""Which text a group of sentences makes, and who reads it."""

SITUATIONS = {
    "promise": _l("A promise was made"),
    "honoured": _l("Honoured"),
    "honoured_part": _l("A part was given"),
    "declined": _l("Declined"),
    "revoked": _l("Withdrawn"),
    "expired": _l("Expired"),
}

SENTENCES = {
    "hello": _l("Greeting"),
    "hello_nobody": _l("Greeting without a handle"),
    "hello_short": _l("Short greeting"),
    "hello_short_nobody": _l("Short greeting without a handle"),
    "promise": _l("What is promised"),
    "only_if": _l("Under which condition"),
    "show": _l("Show the code at one store"),
    "show_any": _l("Show the code at any store"),
    "no_code": _l("Without a code, one store"),
    "no_code_any": _l("Without a code, any store"),
    "wait": _l("Wait until the store is ready"),
    "wait_short": _l("Wait, in short"),
    "go": _l("The store is ready"),
    "go_short": _l("The store is ready, in short"),
    "address": _l("Address"),
    "hours": _l("Opening hours"),
    "bring": _l("What to bring"),
    "link": _l("Where to follow it"),
    "link_short": _l("Where to follow it, in short"),
    "secret": _l("Keep the code to yourself"),
    "secret_short": _l("Keep it to yourself, in short"),
    "public": _l("Answer"),
    "public_nobody": _l("Answer without a handle"),
    "public_plain": _l("Answer without any name"),
    "honoured": _l("Done"),
    "honoured_part": _l("A part, without an amount"),
    "honoured_part_amount": _l("A part, with the amount"),
    "left": _l("What is left"),
    "declined": _l("Not possible"),
    "reason": _l("The reason"),
    "another_way": _l("Another way"),
    "revoked": _l("Taken back"),
    "expired": _l("It ended"),
    "still_needed": _l("If it is still needed"),
    "public_honoured": _l("Answer"),
    "public_honoured_nobody": _l("Answer without a handle"),
    "public_honoured_plain": _l("Answer without any name"),
    "public_more": _l("Answer"),
    "public_more_nobody": _l("Answer without a handle"),
    "public_more_plain": _l("Answer without any name"),
    "public_news": _l("Answer where no private message can be sent"),
    "public_news_nobody": _l("The same without a handle"),
    "public_news_plain": _l("The same without any name"),
    "slip_title": _l("Title"),
    "slip_until": _l("Until when"),
    "slip_any_store": _l("Any store"),
    "slip_help": _l("Help"),
    "slip_official": _l("Through which account it came"),
}
"""What each sentence of a customer's text is for."""

REASON_LISTS = {
    "decline": _l("Why a store declines"),
    "ask": _l("What a store asks the agent"),
    "transfer": _l("Why a case moves to another store"),
    "revoke": _l("Why a promise is taken back"),
}


def wrong(message: str) -> str:
    """What is wrong with a place of a definition, in the reader's language; its own words stay."""
    if match := re.fullmatch(r"a whole number from (\d+) to (\d+)", message):
        return _("a whole number from %(least)s to %(most)s", least=match[1], most=match[2])
    if match := re.fullmatch(r"one of (.+)", message):
        return _("one of %(words)s", words=match[1])
    if match := re.fullmatch(r"a list of (.+)", message):
        return _("a list of %(words)s", words=match[1])
    if match := re.fullmatch(r"at most (\d+) characters", message):
        return ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", int(match[1]))
    if match := re.fullmatch(r"(.+) cannot stand here; possible: (.+)", message):
        known_here = match[2] if match[2] != "none" else _("none")
        return _("%(names)s cannot stand here. Possible: %(known)s.", names=match[1], known=known_here)
    if match := re.fullmatch(r"needed here: (.+)", message):
        return _("This sentence needs %(names)s.", names=match[1])
    known = {
        "is missing": _("is missing"),
        "unknown; a slip of the finger?": _("not known here; a slip of the finger?"),
        "a policy has at least one target": _("at least one target is needed"),
        "a ladder that repeats has to wait somewhere": _("a ladder that repeats has to wait somewhere"),
        "100, or one of the percentages in warn": _("100, or one of the percentages in warn"),
        "say something here": _("Fill this in."),
        "one line without invisible characters": _("Use one line without invisible characters."),
        "no code may be written here": _("No code may be written here."),
        "a { or } stands alone": _("A { or } stands alone. Variables look like {brand}."),
        "leave at least one on": _("Leave at least one on."),
        "give it in English at least": _("Give it in English at least."),
    }
    return known.get(message, message)


CHANNEL_HEALTH = {
    "gone": (_l("Channel taken away"), "stop"),
    "off": (_l("Switched off"), "stop"),
    "signed_out": (_l("Sign in again"), "stop"),
    "failing": (_l("Asking fails"), "stop"),
    "unread": (_l("Something could not be read"), "care"),
    "twice": (_l("Connected twice"), "care"),
    "quiet": (_l("Unusually quiet"), "care"),
    "paused": (_l("Asked to wait"), "care"),
    "failed": (_l("Asking has failed so far"), "care"),
    "refused": (_l("Deliveries are refused"), "care"),
    "new": (_l("Nothing has come yet"), "wait"),
    "well": (_l("Well"), "go"),
}
"""How a connected account fares, and the family of the tag."""

DELIVERED_STATES = {
    "queued": (_l("Waits to be read"), "wait"),
    "done": (_l("Read"), "go"),
    "failed": (_l("Could not be read"), "stop"),
}
"""What became of what came in."""

CAME_IN = {
    EventKind.PUBLIC_MENTION: _l("mention"),
    EventKind.PUBLIC_REPLY: _l("reply to us"),
    EventKind.PUBLIC_UNMENTIONED: _l("post without a mention"),
    EventKind.PRIVATE_MESSAGE: _l("private message"),
    EventKind.CLOSED_MESSAGE: _l("private message that only the network's own program can read"),
    EventKind.EDITED: _l("edited post"),
    EventKind.DELETED: _l("deleted post"),
    EventKind.REVOKED: _l("consent taken back"),
    EventKind.OUTCOME_ECHO: _l("our own words"),
    EventKind.CONVERSATION: _l("change of a conversation"),
    EventKind.OTHER: _l("something that is kept and not used"),
}
"""What was in something that came in."""

REFUSED = {
    "header_missing": _l("It was not signed."),
    "no_signature": _l("It was not signed."),
    "bad_signature": _l("The signature does not fit: another secret, or the text was changed on the way."),
    "stale": _l(
        "The signature fits, but its time differs from ours by more than five minutes. Check the clock there."
    ),
}
"""Why a delivery was not taken, by the word of whoever refused it."""

CHANNEL_KINDS = {
    "network": _l("Networks"),
    "care_tool": _l("Care tools"),
    "listening": _l("Listening"),
}

CHANNEL_FIELDS = {
    "base_url": _l("Server"),
    "identifier": _l("Handle"),
    "access_token": _l("Access token"),
    "refresh_token": _l("Refresh token"),
    "app_password": _l("App password"),
    "signing_secret": _l("Signing secret"),
    "webhook_secret": _l("Secret that signs what it delivers"),
    "verify_token": _l("Verify token"),
    "client_id": _l("Client id"),
    "client_secret": _l("Client secret"),
    "api_token": _l("API token"),
    "consumer_secret": _l("Consumer secret"),
    "app_token": _l("App-only bearer token"),
    "access": _l("Access level"),
    "app_secret": _l("App secret"),
    "graph_version": _l("Version of the Graph API"),
    "page_id": _l("Facebook Page id"),
}
"""What an account is connected with, where the field's name is one that several channels use."""

CHANNEL_RULES = {
    "signing_key": _l("Write whsec_ and after it at least 24 random bytes in base64."),
    "chosen": _l("Use at least 16 signs, best random ones."),
    "host_handle": _l("Write the whole handle, such as care.example.com. It is no e-mail address."),
}
"""What a channel's field has to be, by the word of its rule (`bridge/channels/abilities.py`)."""

OUTCOMES_SENT = {
    Sends.GOOD: _l("Good ends by themselves"),
    Sends.ALL: _l("Everything by itself"),
    Sends.NONE: _l("Nothing by itself"),
}
"""Which outcomes an account sends back by itself."""
