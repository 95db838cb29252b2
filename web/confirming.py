"""A press that is looked at first: the same form again, with what it will do and one button that does it.

The second form carries the values of the first and a mark over them, so that what is done is what
was shown. Nothing is written in between.
"""

from collections.abc import Sequence

from flask import render_template, request

from web import forms

_OWN = frozenset({"csrf_token", "key", "do", "seen"})


def page(
    title: str,
    lines: Sequence[str],
    *,
    button: str,
    back: str,
    rows: Sequence[object] = (),
    stops: bool = False,
) -> str:
    """The page that asks. `rows` are (what, now, then); `stops` makes the button one that ends something."""
    return render_template(
        "setup_confirm.html",
        title=title,
        lines=lines,
        rows=rows,
        button=button,
        back=back,
        stops=stops,
        values=[(name, value) for name, value in request.form.items(multi=True) if name not in _OWN],
        seen=forms.previewed(),
    )
