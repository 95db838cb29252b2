"""A code for every verdict of the counter, with what one should see: to be tried with one press each.

Full codes stand on this page, which is right in the demo alone: nothing can be bought with them.
"""

from flask import Response, g, render_template

from bridge import codes as reference_codes
from bridge import db
from bridge.demo.showcase import PIECES, shown
from bridge.services.counter import Source
from web import forms, qr
from web.counter import CODE_MAX_CHARACTERS, judge
from web.demo import rooms
from web.demo_words import EXPECT, HEADS, PARTS
from web.see_as import become
from web.sessions import Visitor, public
from web.verdict_words import word_of

blueprint = rooms("demo_codes")


@blueprint.get("/demo/codes")
@public
def codes() -> str:
    """Every piece of the showcase."""
    with db.statement() as connection:
        found = shown(connection, forms.vault())
    rows = [
        {
            "verdict": one.piece.verdict.value,
            "head": HEADS.get(one.piece.verdict) or word_of(one.piece.verdict.value),
            "family": one.piece.verdict.family.value,
            "says": EXPECT[one.piece.verdict],
            "who": PARTS[one.piece.viewer],
            "viewer": one.piece.viewer,
            "code": one.code,
            "case_id": one.case_id,
            "picture": qr.svg(signs) if reference_codes.is_code(signs := one.code.replace("-", "")) else None,
        }
        for one in found
    ]
    return render_template("demo_codes.html", rows=rows, are_all=len(rows) == len(PIECES))


@blueprint.post("/demo/codes/check")
@public
def check_as() -> Response:
    """Become that person of the demo, and show what the code gets at their counter. Refuses who has none."""
    code = forms.text("code")[:CODE_MAX_CHARACTERS]

    def checked(visitor: Visitor) -> Response:
        g.visitor = visitor
        return judge(code, Source.SCAN)

    return become(forms.text("person"), checked)
