"""Targets of the clocks, and ladders: what is in force, its versions, the next one, and a try.

Whoever may read policies sees it; an administrator of the whole brand publishes. A definition is
JSON in a text field: what is wrong with it is said place by place, and nothing typed is lost.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for

from bridge import db, ladders, sla
from bridge.clock import utc_now
from bridge.definitions import from_json, written
from bridge.errors import Conflict, InvalidInput, MalformedRequest, NotFound, NotPermitted, VersionMismatch
from bridge.milestones import MilestoneType
from bridge.roles import Permission, reach
from bridge.services import ladder_faults, trying
from bridge.services import policies as service
from bridge.services.policies import Version
from web import forms, notice_words, setup_words
from web.languages import named
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("policies")

LADDER = "/setup/ladders/<string(maxlength=40):name>"
CASES_SHOWN = 50
BY_NAME = frozenset({MilestoneType.CUSTOMER_NEED})
"""Clocks whose end somebody names; they have no target."""


@blueprint.get("/setup/clocks")
@requires(Permission.POLICIES_READ)
def clocks() -> str:
    """The targets in force, or an older version of them, and all ladders."""
    return _policy_page()


@blueprint.post("/setup/clocks")
@requires(Permission.POLICIES_MANAGE)
def publish_policy() -> Response | tuple[str, int]:
    """Put the next version of the targets in force."""
    _require_whole_brand()
    problems = forms.Problems()
    definition = _definition(problems)
    if definition is not None:
        try:
            with db.transaction() as session:
                done = service.publish_policy(
                    session,
                    visitor().actor,
                    definition,
                    note=forms.text("note"),
                    if_version=forms.whole("version") or 0,
                    now=utc_now(),
                )
        except InvalidInput as error:
            _add_places(problems, error)
        except VersionMismatch as error:
            _add_overtaken(problems, error)
    if problems:
        return _policy_page(problems), 422
    flash(
        _("Version %(version)s is in force. Cases that have begun keep theirs.", version=done.version), "go"
    )
    return see_other(url_for("page_policies.clocks"))


@blueprint.get("/setup/ladders")
@requires(Permission.POLICIES_READ)
def new_ladder() -> str:
    """A form for one more ladder."""
    return _ladder_page(None)


@blueprint.post("/setup/ladders")
@requires(Permission.POLICIES_READ)
def add_ladder() -> Response | tuple[str, int] | str:
    """Try it, or add it."""
    return _change_ladder(None)


@blueprint.get(LADDER)
@requires(Permission.POLICIES_READ)
def ladder(name: str) -> str:
    """A ladder in force, or an older version of it."""
    return _ladder_page(name)


@blueprint.post(LADDER)
@requires(Permission.POLICIES_READ)
def publish_ladder(name: str) -> Response | tuple[str, int] | str:
    """Try it, or put it in force as the next version."""
    return _change_ladder(name)


@blueprint.get("/setup/faults")
@requires(Permission.POLICIES_READ)
def faults() -> str:
    """Steps that reached nobody, and roles and channels that would reach nobody now."""
    with db.act() as act:
        found = ladder_faults.faults(act, _brand(), reach=_reach(), now=utc_now())
    return render_template(
        "setup_faults.html", found=found, days=ladder_faults.RECORDED_DAYS, channels=notice_words.CHANNELS
    )


def _change_ladder(name: str | None) -> Response | tuple[str, int] | str:
    problems = forms.Problems()
    definition = _definition(problems)
    if definition is not None and forms.text("do") == "try":
        try:
            return _ladder_page(name, tried=_tried(definition))
        except InvalidInput as error:
            _add_places(problems, error)
    elif definition is not None:
        _require_whole_brand()
        done = _published(name, definition, problems)
        if done is not None:
            said = _(
                "Version %(version)s is in force. Cases that have begun keep theirs.", version=done.version
            )
            flash(said, "go")
            return see_other(url_for("page_policies.ladder", name=done.name))
    return _ladder_page(name, problems=problems), 422


def _published(name: str | None, definition: dict[str, Any], problems: forms.Problems) -> Version | None:
    actor, note, now = visitor().actor, forms.text("note"), utc_now()
    try:
        with db.transaction() as session:
            if name is None:
                return service.add_ladder(session, actor, forms.text("name"), definition, note=note, now=now)
            version = forms.whole("version") or 0
            return service.publish_ladder(
                session, actor, name, definition, note=note, if_version=version, now=now
            )
    except InvalidInput as error:
        _add_places(problems, error)
    except VersionMismatch as error:
        _add_overtaken(problems, error)
    except Conflict:
        problems.add("name", _("There is a ladder of this name already."))
    return None


def _tried(definition: Mapping[str, Any]) -> trying.Tried:
    with db.act() as act:
        return trying.try_ladder(act, _brand(), definition, reach=_reach(), now=utc_now())


def _definition(problems: forms.Problems) -> dict[str, Any] | None:
    try:
        return from_json(forms.text("definition"))
    except MalformedRequest as error:
        problems.add("definition", _("This is not a JSON object: %(why)s.", why=error.message))
        return None


def _add_places(problems: forms.Problems, error: InvalidInput) -> None:
    found: Any = error.details.get("fields", {})
    for place, messages in found.items():
        if place == "name":
            problems.add("name", _("Use small letters, digits, - and _, up to 40, beginning with a letter."))
        elif place == "note":
            problems.add("note", _("Use other words here."))
        else:
            said = "; ".join(setup_words.wrong(message) for message in messages)
            problems.add("definition", _("Some places need another value; each is named above."))
            problems.add(f"form-{place}", named(place, said))


def _add_overtaken(problems: forms.Problems, error: VersionMismatch) -> None:
    said = _(
        "Somebody published version %(version)s meanwhile. Look at it, then publish again.",
        version=error.details.get("version"),
    )
    problems.add("form-version", said)


def _policy_page(problems: forms.Problems | None = None) -> str:
    with db.statement() as connection:
        versions = service.policy_versions(connection, _brand())
        in_force = service.ladders_in_force(connection, _brand())
    shown = _asked_version(versions)
    policy = sla.read(shown.definition, version=shown.version)
    have = {target.milestone for target in policy.targets}
    return render_template(
        "setup_clocks.html",
        versions=versions,
        shown=shown,
        policy=policy,
        never=[one for one in MilestoneType if one not in have | BY_NAME],
        ladders=[(one, ladders.read(one.definition)) for one in in_force],
        may_publish=_may_publish(),
        said=setup_words,
        typed=_typed(shown, versions[0], problems),
        problems=problems.found if problems else {},
    )


def _ladder_page(
    name: str | None, problems: forms.Problems | None = None, tried: trying.Tried | None = None
) -> str:
    with db.statement() as connection:
        versions = service.ladder_versions(connection, _brand(), name or service.STANDARD)
    shown = _asked_version(versions)
    return render_template(
        "setup_ladder.html",
        name=name,
        versions=versions,
        shown=shown,
        rungs=ladders.read(shown.definition),
        may_publish=_may_publish(),
        said=setup_words,
        channels=notice_words.CHANNELS,
        typed=_typed(shown, versions[0], problems if problems else tried),
        problems=problems.found if problems else {},
        tried=tried,
        cases_shown=CASES_SHOWN,
    )


def _asked_version(versions: list[Version]) -> Version:
    """The version that the address names, else the one in force. Raises NotFound."""
    asked = request.args.get("version", "")
    if not asked:
        return versions[0]
    found = [one for one in versions if str(one.version) == asked]
    if not found:
        raise NotFound("there is no such version")
    return found[0]


def _typed(shown: Version, in_force: Version, was_sent: object) -> dict[str, Any]:
    """What the form holds: what was typed, or the shown version to begin from."""
    sent = dict(request.form.items()) if was_sent is not None else {"definition": written(shown.definition)}
    return {**sent, "version": in_force.version}


def _may_publish() -> bool:
    return reach(visitor().actor, Permission.POLICIES_MANAGE) is None


def _require_whole_brand() -> None:
    if not _may_publish():
        raise NotPermitted(
            "targets and ladders are those of the whole brand", permission=Permission.POLICIES_MANAGE.value
        )


def _reach() -> list[UUID] | None:
    return reach(visitor().actor, Permission.POLICIES_READ)


def _brand() -> UUID:
    brand_id = visitor().actor.brand_id
    assert brand_id is not None
    return brand_id
