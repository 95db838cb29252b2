"""Messages to customers: every sentence by language, with the whole texts and how long they are.

An empty field takes what everybody starts with. Only the sentences of the language on the page
change; those of the others stay as they are in force.
"""

from typing import Any

from flask import Response, flash, render_template, request, url_for

from bridge import brand_messages, db
from bridge.brand_messages import GROUPS, names, variables_of
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.roles import Permission, reach
from bridge.services import message_templates as service
from bridge.services.policies import Version
from bridge.wording import WORDING
from web import forms, setup_words, words
from web.languages import LANGUAGES, language
from web.languages import say as _
from web.publishing import published
from web.redirects import see_other
from web.sessions import own_brand, pages, require_whole_brand, requires, visitor
from web.shown import word

blueprint = pages("setup_messages")

CHANNELS = ("x", "bluesky", "mastodon", "facebook", "instagram", "whatsapp", "sms", "email", "other")


@blueprint.get("/setup/messages")
@requires(Permission.POLICIES_READ)
def messages() -> str:
    """The sentences in force in one language, and what they make on one channel."""
    return _page()


@blueprint.post("/setup/messages")
@requires(Permission.POLICIES_MANAGE)
def publish() -> Response | str | tuple[str, int]:
    """Show the texts that the sentences make, then put them in force."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    problems = forms.Problems()
    own = _own(_in_force(), problems)
    if problems or own is None:
        return _page(problems=problems), 422
    if not forms.confirmed():
        return _page(own=own, seen=forms.previewed())
    version = published("page.messages.publish", service.publish, own, problems)
    if version is None:
        return _page(problems=problems), 422
    flash(_("Version %(version)s is in force, for every text from now on.", version=version), "go")
    return see_other(url_for("page_setup_messages.messages", language=_language(), channel=_channel()))


@blueprint.post("/setup/messages/preview")
@requires(Permission.POLICIES_MANAGE)
def preview() -> str:
    """The texts as a piece of a page, for the module that asks while somebody types."""
    require_whole_brand(Permission.POLICIES_MANAGE)
    problems = forms.Problems()
    in_force = _in_force()
    own = _own(in_force, problems)
    return render_template(
        "_messages_preview.html",
        examples=_examples(in_force.definition if own is None else own),
        slip=_slip(in_force.definition if own is None else own),
        problems=problems.found,
        channel=_channel(),
        situations=setup_words.SITUATIONS,
    )


def _in_force() -> Version:
    with db.statement() as connection:
        return service.versions(connection.execute, own_brand())[0]


def _own(in_force: Version, problems: forms.Problems) -> dict[str, dict[str, str]] | None:
    """The brand's sentences with those of the form; None when one of them is wrong."""
    locale = _language()
    typed = {name: text for name in names() if (text := forms.text(name))}
    others = {one: words_of for one, words_of in in_force.definition.items() if one != locale}
    try:
        return brand_messages.parse({**others, locale: typed})
    except InvalidInput as error:
        fields: Any = error.details.get("fields", {})
        for place, messages_of in fields.items():
            problems.add(str(place).partition(".")[2] or str(place), setup_words.wrong(messages_of[0]))
        return None


def _examples(own: Any) -> list[service.Example]:
    return service.preview(
        brand_messages.merged(own),
        brand=visitor().facts["brand_name"],
        locale=_language(),
        channel=_channel(),
        now=utc_now(),
    )


def _slip(own: Any) -> Any:
    return service.preview_slip(
        brand_messages.merged(own), brand=visitor().facts["brand_name"], locale=_language(), now=utc_now()
    )


def _language() -> str:
    asked = request.values.get("language_of_text", request.args.get("language", ""))
    return asked if asked in WORDING else language()


def _channel() -> str:
    asked = request.values.get("channel", "")
    return asked if asked in CHANNELS else CHANNELS[0]


def _page(
    *, own: dict[str, dict[str, str]] | None = None, seen: str = "", problems: forms.Problems | None = None
) -> str:
    with db.statement() as connection:
        versions = service.versions(connection.execute, own_brand())
    locale = _language()
    shown = next((one for one in versions if str(one.version) == request.args.get("version")), versions[0])
    in_force = brand_messages.merged(shown.definition)[locale]
    typed = request.form if request.method == "POST" else in_force
    rows = []
    if own is not None:
        then = brand_messages.merged(own)[locale]
        rows = [
            (word(name, setup_words.SENTENCES), in_force[name], then[name])
            for name in names()
            if in_force[name] != then[name]
        ]
    return render_template(
        "setup_messages.html",
        versions=versions,
        shown=shown,
        locale=locale,
        channel=_channel(),
        channels=[(one, word(one, words.NETWORKS)) for one in CHANNELS],
        languages_of=LANGUAGES,
        groups=GROUPS,
        variables_of=variables_of,
        starting=WORDING[locale],
        typed=typed,
        note=forms.text("note"),
        examples=_examples(shown.definition if own is None else own),
        slip=_slip(shown.definition if own is None else own),
        may_publish=reach(visitor().actor, Permission.POLICIES_MANAGE) is None,
        seen=seen,
        rows=rows,
        said=setup_words,
        situations=setup_words.SITUATIONS,
        most=brand_messages.SENTENCE_MAX_CHARACTERS,
        problems=problems.found if problems else {},
    )
