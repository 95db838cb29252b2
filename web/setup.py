"""The one place for everything that is set up: an index with one line on how each thing stands.

Whoever may read policies opens it; a card is there for what the visitor's rights reach. The pages
behind it are `setup_*`, `policies`, `calendars`, `contacts`.
"""

from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.queries import setup as queries
from bridge.roles import Permission, reach
from web.languages import say as _
from web.languages import say_counted as ngettext
from web.sessions import own_brand, pages, requires, visitor
from web.shown import ago

blueprint = pages("setup")


@dataclass(frozen=True, slots=True)
class Card:
    """A thing that is set up: where, its name, how it stands, and whether it wants to be looked at."""

    path: str
    title: str
    state: str
    family: str = ""


@blueprint.get("/setup")
@requires(Permission.POLICIES_READ)
def index() -> str:
    """Every thing that the visitor may set up or read, in groups."""
    with db.statement() as connection:
        state = queries.state(connection, own_brand(), now=utc_now())
        versions = queries.versions_in_force(connection, own_brand())
    groups = [
        (_("Places and people"), _places(state)),
        (_("What may be promised"), _promises(state, versions)),
        (_("When and who"), _clocks(state, versions)),
        (_("Other systems"), _systems(state)),
    ]
    return render_template("setup.html", groups=[(name, cards) for name, cards in groups if cards])


def _places(state: Any) -> list[Card]:
    cards = []
    if visitor().may("directory.write"):
        stores = ngettext("%(num)s store", "%(num)s stores", state.stores)
        taking = _("%(count)s take promises", count=state.stores_open)
        imported = state.stores_imported_at
        last = (
            _("imported %(ago)s", ago=ago(imported)) if imported else _("no file imported on this page yet")
        )
        cards.append(Card(url_for("page_setup_stores.stores"), _("Stores"), f"{stores}, {taking}; {last}"))
    if _whole(Permission.PEOPLE_MANAGE):
        people = ngettext("%(num)s person", "%(num)s people", state.people)
        out = ngettext("%(num)s suspended", "%(num)s suspended", state.people_suspended)
        line = f"{people}, {out}" if state.people_suspended else people
        cards.append(Card(url_for("page_setup_people.people"), _("People and roles"), line))
    if visitor().may("devices.manage"):
        line = ngettext("%(num)s device at counters", "%(num)s devices at counters", state.devices)
        cards.append(Card(url_for("page_devices.listed"), _("Devices"), line))
    if visitor().may("directory.write"):
        shut = ngettext("%(num)s store is shut now", "%(num)s stores are shut now", state.closures)
        line = shut if state.closures else _("No store is shut out of turn")
        cards.append(
            Card(url_for("page_calendars.find"), _("Opening hours"), line, "care" if state.closures else "")
        )
    if visitor().may("contacts.manage"):
        points = ngettext("%(num)s address", "%(num)s addresses", state.points)
        off = ngettext("%(num)s switched off", "%(num)s switched off", state.points_off)
        line = f"{points}, {off}" if state.points_off else points
        family = "care" if state.points_off else ""
        cards.append(Card(url_for("page_contacts.contacts"), _("Contact points"), line, family))
    if _whole(Permission.DIRECTORY_WRITE):
        line = ngettext("%(num)s account speaks for us", "%(num)s accounts speak for us", state.handles)
        cards.append(Card(url_for("page_setup_handles.handles"), _("Official accounts"), line))
    return cards


def _promises(state: Any, versions: dict[str, Any]) -> list[Card]:
    cards = []
    if _whole(Permission.GRANTS_MANAGE):
        line = ngettext("%(num)s right to promise", "%(num)s rights to promise", state.grants)
        cards.append(Card(url_for("page_setup_grants.grants"), _("Rights to promise"), line))
    templates = ngettext("%(num)s template", "%(num)s templates", state.templates)
    cards.append(Card(url_for("page_setup_templates.templates"), _("Promise templates"), templates))
    for what, path, title in (
        ("messages", url_for("page_setup_messages.messages"), _("Messages to customers")),
        ("reasons", url_for("page_setup_reasons.reasons"), _("Reasons")),
        ("causes", url_for("page_setup_causes.causes"), _("Causes")),
    ):
        cards.append(Card(path, title, _version(versions.get(what))))
    return cards


def _clocks(state: Any, versions: dict[str, Any]) -> list[Card]:
    ladders = ngettext("%(num)s ladder", "%(num)s ladders", max(state.ladders, 1))
    policy = _version(versions.get("policy"))
    return [
        Card(url_for("page_policies.clocks"), _("Clocks and ladders"), f"{policy}; {ladders}"),
        Card(
            url_for("page_policies.faults"),
            _("Whom nobody reaches"),
            _("Roles and ways that reach nobody now"),
        ),
    ]


def _systems(state: Any) -> list[Card]:
    cards = []
    if _whole(Permission.CHANNELS_MANAGE):
        line = ngettext("%(num)s connected account", "%(num)s connected accounts", state.channels)
        if state.channels_stopped:
            line += ", " + ngettext("%(num)s needs you", "%(num)s need you", state.channels_stopped)
        family = "care" if state.channels_stopped else ""
        cards.append(Card(url_for("page_setup_channels.listed"), _("Channels"), line, family))
        line = ngettext("%(num)s search is on", "%(num)s searches are on", state.searches)
        cards.append(Card(url_for("page_setup_searches.searches"), _("Saved searches"), line))
    if _whole(Permission.KEYS_MANAGE):
        keys = ngettext("%(num)s live key", "%(num)s live keys", state.keys)
        ending = ngettext("%(num)s ends within a month", "%(num)s end within a month", state.keys_ending)
        line = f"{keys}, {ending}" if state.keys_ending else keys
        family = "care" if state.keys_ending else ""
        cards.append(Card(url_for("page_setup_keys.keys"), _("API keys"), line, family))
    if _whole(Permission.WEBHOOKS_MANAGE):
        line = ngettext("%(num)s receiver", "%(num)s receivers", state.webhooks)
        if state.webhooks_off:
            line += ", " + ngettext("%(num)s switched off", "%(num)s switched off", state.webhooks_off)
        if state.webhooks_dead:
            line += ", " + ngettext(
                "%(num)s with dead letters", "%(num)s with dead letters", state.webhooks_dead
            )
        family = "care" if state.webhooks_dead or state.webhooks_gone else ""
        cards.append(Card(url_for("page_setup_webhooks.webhooks"), _("Webhooks"), line, family))
    return cards


def _version(row: Any) -> str:
    if row is None or (row.version == 1 and row.created_by is None):
        return _("Version 1, what everybody starts with")
    if row.created_by is None:
        return _("Version %(version)s, since %(ago)s", version=row.version, ago=ago(row.created_at))
    return _(
        "Version %(version)s, published by %(name)s %(ago)s",
        version=row.version,
        name=row.created_by,
        ago=ago(row.created_at),
    )


def _whole(permission: Permission) -> bool:
    return reach(visitor().actor, permission) is None
