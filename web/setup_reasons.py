"""Reasons: which ready-made ones staff are offered, in which order, and what the customer hears."""

from typing import Any

from flask import Response, flash, render_template, request, url_for

from bridge import db, offered_reasons
from bridge.errors import InvalidInput
from bridge.offered_reasons import CODES, LANGUAGES, SPOKEN, Offered
from bridge.roles import Permission, reach
from bridge.services import offered_reasons as service
from bridge.services.policies import Version
from web import forms, setup_words, words
from web.languages import LANGUAGES as LANGUAGE_NAMES
from web.languages import named
from web.languages import say as _
from web.publishing import published
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.shown import word

blueprint = pages("setup_reasons")

WORDS: dict[str, Any] = {
    "decline": words.DECLINE_REASONS,
    "ask": words.QUESTIONS,
    "transfer": words.TRANSFER_REASONS,
    "revoke": words.REVOKE_REASONS,
}


@blueprint.get("/setup/reasons")
@requires(Permission.POLICIES_READ)
def reasons() -> str:
    """One list as it is in force; the address names which."""
    return _page()


@blueprint.post("/setup/reasons")
@requires(Permission.POLICIES_MANAGE)
def publish() -> Response | str | tuple[str, int]:
    """Show what changes in a list, then put it in force."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    problems = forms.Problems()
    version = _in_force()
    name = _name()
    entries = _entries(offered_reasons.merged(version.definition)[name])
    try:
        own = offered_reasons.parse({**version.definition, name: entries})
    except InvalidInput as error:
        fields: Any = error.details.get("fields", {})
        for place, messages in fields.items():
            _list, _dot, rest = str(place).partition(".")
            problems.add(f"say.{rest}" if rest else "reasons", setup_words.wrong(messages[0]))
        return _page(problems=problems), 422
    if not forms.confirmed():
        return _page(own=own, seen=forms.previewed())
    number = published("page.reasons.publish", service.publish, own, problems)
    if number is None:
        return _page(problems=problems), 422
    flash(_("Version %(version)s is in force. Stores see it within half a minute.", version=number), "go")
    return see_other(url_for("page_setup_reasons.reasons", list=name))


def _in_force() -> Version:
    with db.statement() as connection:
        return service.versions(connection, own_brand())[0]


def _name() -> str:
    asked = request.values.get("list", "")
    return asked if asked in CODES else next(iter(CODES))


def _entries(in_force: Any) -> list[dict[str, Any]]:
    """The list as the form says it: by the numbers typed, and where two are alike, as it was."""
    places = {one.code: at for at, one in enumerate(in_force)}

    def place(one: Offered) -> tuple[int, int]:
        typed = forms.text(f"place.{one.code}")
        at = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else places[one.code] + 1
        return at, places[one.code]

    return [
        {
            "code": one.code,
            "on": forms.truth(f"on.{one.code}"),
            "say": {language: forms.text(f"say.{one.code}.{language}") for language in LANGUAGES}
            if _name() in SPOKEN
            else {},
        }
        for one in sorted(in_force, key=place)
    ]


def _page(
    *, own: dict[str, Any] | None = None, seen: str = "", problems: forms.Problems | None = None
) -> str:
    with db.statement() as connection:
        versions = service.versions(connection, own_brand())
    name = _name()
    shown = next((one for one in versions if str(one.version) == request.args.get("version")), versions[0])
    in_force = offered_reasons.merged(shown.definition)[name]
    return render_template(
        "setup_reasons.html",
        versions=versions,
        shown=shown,
        name=name,
        lists=setup_words.REASON_LISTS,
        entries=in_force,
        words_of=WORDS[name],
        is_spoken=name in SPOKEN,
        languages_of={code: LANGUAGE_NAMES[code] for code in LANGUAGES},
        typed=request.form if request.method == "POST" else None,
        note=forms.text("note"),
        may_publish=reach(visitor().actor, Permission.POLICIES_MANAGE) is None,
        seen=seen,
        rows=_differences(name, in_force, offered_reasons.merged(own)[name]) if own is not None else [],
        problems=problems.found if problems else {},
        most=offered_reasons.SENTENCE_MAX_CHARACTERS,
    )


def _differences(name: str, now: Any, then: Any) -> list[tuple[str, str, str]]:
    before = {one.code: (at, one) for at, one in enumerate(now, 1)}
    rows = []
    for at, one in enumerate(then, 1):
        old_at, old = before[one.code]
        said_now, said_then = _told(old_at, old), _told(at, one)
        if said_now != said_then:
            rows.append((word(one.code, WORDS[name]), said_now, said_then))
    return rows


def _told(at: int, one: Offered) -> str:
    if not one.is_on:
        return _("not offered")
    said = "; ".join(named(language, text) for language, text in one.said.items())
    place = _("offered, place %(place)s", place=at)
    return f"{place}. {said}" if said else place
