"""Causes: the tree that HQ codes cases with, and its next version as JSON, with what comes and goes."""

from typing import Any

from flask import Response, flash, render_template, request, url_for

from bridge import db
from bridge.causes import LEVELS, Causes, parse
from bridge.clock import utc_now
from bridge.definitions import from_json, written
from bridge.errors import InvalidInput, MalformedRequest
from bridge.roles import Permission, reach
from bridge.services import causes as service
from web import forms
from web.languages import language, named
from web.languages import say as _
from web.redirects import see_other
from web.sessions import accepts, own_brand, pages, require_whole_brand, requires, visitor

blueprint = pages("setup_causes")

FORM_MAX_BYTES = 256 * 1024
"""A definition of 64 KB is longer as a form."""


@blueprint.get("/setup/causes")
@requires(Permission.POLICIES_READ)
def causes() -> str:
    """The version in force."""
    return _page(forms.Problems())


@blueprint.post("/setup/causes")
@requires(Permission.POLICIES_MANAGE)
@accepts(lambda: FORM_MAX_BYTES)
def load() -> Response | str | tuple[str, int]:
    """Show what comes, goes and is called differently, then put the next version in force."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    problems = forms.Problems()
    definition, new = None, None
    try:
        definition = from_json(forms.text("definition"))
        new = parse(definition, version=1)
    except MalformedRequest as error:
        problems.add("definition", _("This is not a JSON object: %(why)s.", why=error.message))
    except InvalidInput as error:
        fields: Any = error.details.get("fields", {})
        problems.add("definition", _("Some places need another value; each is named above."))
        for place, messages in fields.items():
            problems.add(f"form-{place}", named(place, "; ".join(messages)))
    if definition is None or new is None:
        return _page(problems), 422
    if not forms.confirmed():
        with db.statement() as connection:
            now = service.in_force(connection.execute, own_brand())
        return _page(problems, seen=forms.previewed(), rows=differences(now, new))
    kept = forms.once("page.causes.load", lambda loaded: {"version": loaded.version})
    told = forms.done_once(
        kept, lambda session: service.load(session, visitor().actor, definition, now=utc_now())
    )
    flash(
        _(
            "Version %(version)s is in force. Cases keep the version they were coded with.",
            version=told["version"],
        ),
        "go",
    )
    return see_other(url_for("page_setup_causes.causes"))


def differences(now: Causes, then: Causes) -> list[tuple[str, str, str]]:
    """Every code that comes, goes, or is called differently: (code, label now, label then)."""
    rows = []
    for before, after in ((now.all, then.all), (now.bridge, then.bridge)):
        for code in [*after, *(code for code in before if code not in after)]:
            old = before[code].label(language()) if code in before else ""
            new = after[code].label(language()) if code in after else ""
            changed = code not in before or code not in after or before[code].labels != after[code].labels
            if changed:
                rows.append((code, old, new))
    return rows


def _page(problems: forms.Problems, *, seen: str = "", rows: Any = ()) -> str:
    with db.statement() as connection:
        found = service.in_force(connection.execute, own_brand())
    typed = request.form if request.method == "POST" else {"definition": written(found.definition)}
    return render_template(
        "setup_causes.html",
        found=found,
        tree=found.definition["causes"],
        leaves=sum(cause.level == LEVELS for cause in found.all.values()),
        may_load=reach(visitor().actor, Permission.POLICIES_MANAGE) is None,
        typed=typed,
        problems=problems.found,
        seen=seen,
        rows=rows,
    )
