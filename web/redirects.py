"""The answer to a form that did its work: go and look at a page."""

from http import HTTPStatus

from flask import Response, redirect


def see_other(target: str) -> Response:
    """303 to one of our own addresses, so that reloading sends nothing again."""
    return redirect(target, code=HTTPStatus.SEE_OTHER, Response=Response)  # type: ignore[return-value]  # of the class just given
