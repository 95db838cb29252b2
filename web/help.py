"""One page for each role: what to do first, and what to do when something is odd. Open to everybody.

The counter's card is made for paper: seven answers, what to say, what to do. Its lines are the
counter's own, so that paper and screen never differ.
"""

from typing import Final

from flask import render_template

from bridge.settings import settings
from bridge.verdicts import Verdict
from web import verdict_words
from web.sessions import pages, public, recognise

blueprint = pages("help")
blueprint.before_request(recognise)

ON_THE_CARD: Final = (
    Verdict.GENUINE,
    Verdict.NEEDS_APPROVAL,
    Verdict.ALREADY_USED,
    Verdict.OTHER_STORE,
    Verdict.EXPIRED,
    Verdict.UNKNOWN,
    Verdict.SERVER_ERROR,
)
"""What a counter meets in a usual week; every other answer explains itself on the screen."""


@blueprint.get("/help")
@public
def index() -> str:
    """Which page is whose."""
    return render_template("help.html")


@blueprint.get("/help/agent")
@public
def agent() -> str:
    """From the post to the outcome."""
    return render_template("help_agent.html")


@blueprint.get("/help/counter")
@public
def counter() -> str:
    """The card beside the till."""
    rows = [(verdict.family.value, *verdict_words.on_paper(verdict)) for verdict in ON_THE_CARD]
    return render_template("help_counter.html", rows=rows)


@blueprint.get("/help/hq")
@public
def headquarters() -> str:
    """What waits, why it went wrong, and which store is silent."""
    return render_template("help_hq.html")


@blueprint.get("/help/integrator")
@public
def integrator() -> str:
    """Check and honour a code by two requests."""
    return render_template("help_integrator.html", base_url=settings().base_url)
