"""The agent's queue: which posts wait, who is on them, and taking one in by its address."""

from datetime import datetime

from flask import Response, flash, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.demo import new_post
from bridge.demo.showcase import STORE
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.queries import directory
from bridge.roles import Permission
from bridge.services import capturing
from bridge.services.capturing import Captured
from bridge.settings import settings
from web import forms, queue_page, sought
from web.error_pages import FRAGMENT
from web.languages import LANGUAGES
from web.languages import say as _
from web.polling import news
from web.redirects import see_other
from web.sessions import pages, requires, visitor

blueprint = pages("intake")

CURL = """curl -X POST %(base)s/api/v1/threads \\
  -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $(date +%%s%%N)" \\
  -H "Content-Type: application/json" \\
  -d '{"permalink": "https://x.com/dora_finch/status/1245403438755852288", "handle": "dora_finch",
       "text": "My order is late.", "posted_at": "%(now)s"}'"""


@blueprint.get("/queue")
@requires(Permission.INTAKE_READ)
def queue() -> Response:
    """Threads by card, newest activity first; for the page's own module only what changes."""
    page = queue_page.read(visitor().actor, now=utc_now())
    whole = FRAGMENT not in request.headers
    answer = Response(
        render_template("queue.html" if whole else "_queue.html", page=page, demo_curl=_curl(page.now))
    )
    answer.headers[FRAGMENT] = "queue"
    return answer


@blueprint.post("/queue")
@requires(Permission.INTAKE_READ)
def search() -> Response:
    """Look for a handle or words of a post; they do not travel in the address."""
    return see_other(url_for("page_intake.queue", found=sought.sealed()))


@blueprint.get("/queue/news")
@requires(Permission.INTAKE_READ)
def queue_news() -> Response:
    """Whether the queue changed: the counts and a tag, or 304."""
    return news(queue_page.read(visitor().actor, now=utc_now()).state)


@blueprint.post("/queue/demo-post")
@requires(Permission.INTAKE_WRITE)
def send_demo_post() -> Response:
    """A made-up post about the store of the tour comes in. Not found outside the demo."""
    if not settings().is_demo:
        raise NotFound("there is no such page")
    actor, now = visitor().actor, utc_now()
    assert actor.brand_id is not None
    with db.transaction() as session:
        found = directory.find_stores(session, brand_id=actor.brand_id, now=now, text=STORE, limit=1)
        post = new_post.a_post(found[0].name if found else "Maplewood", now=now)
        capturing.capture(session, actor, post, now)
    flash(_("A demo post came in."), "go")
    return see_other(url_for("page_intake.queue"))


@blueprint.get("/queue/capture")
@requires(Permission.INTAKE_WRITE)
def capture() -> str:
    """The form for a post that no connector brought."""
    return render_template("capture.html", problems={}, values={"language": "en"})


@blueprint.post("/queue/capture")
@requires(Permission.INTAKE_WRITE)
def take_in() -> Response | tuple[str, int]:
    """Store the post and open its conversation; the same post twice opens the same one."""
    problems = forms.Problems()
    for name, said in (
        ("permalink", _("Paste the address of the post.")),
        ("handle", _("Write who posted it.")),
        ("text", _("Paste what the post says.")),
    ):
        if not forms.text(name):
            problems.add(name, said)
    language = forms.text("language")
    if not problems:
        now = utc_now()
        try:
            with db.transaction() as session:
                result = capturing.capture(
                    session,
                    visitor().actor,
                    Captured(
                        permalink=forms.text("permalink"),
                        handle=forms.text("handle"),
                        text=forms.text("text"),
                        posted_at=now,
                        language=language if language in LANGUAGES else "en",
                        mention_type="untagged" if forms.truth("untagged") else "tagged",
                    ),
                    now,
                )
        except InvalidInput as error:
            problems.add_all(error.details.get("fields"), names=lambda path: path[-1])
        except Conflict as error:
            problems.add("permalink", error.message)
        else:
            if not result.created:
                flash(_("We have this conversation already."), "care")
            return see_other(url_for("page_promises.thread", thread_id=result.thread.id))
    return render_template("capture.html", problems=problems.found, values=request.form), 422


def _curl(now: datetime) -> str:
    """The same by the API, for whoever tries the demo; empty outside it."""
    if not settings().is_demo:
        return ""
    return CURL % {"base": settings().base_url, "now": now.isoformat(timespec="seconds")}
