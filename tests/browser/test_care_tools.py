"""Inside a care tool: its window says which conversation is open, only it may, and only it shows our page."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from bridge import db
from bridge.models import ChannelAccount
from tests.browser.axe import violations
from tests.browser.conftest import See
from tests.browser.site import Site, Watch
from tests.cast import Cast
from tests.channels.test_care_tools import connect

TOLD = {"event": "appContext", "data": {"conversation": {"id": 812}}}

PAGE = """<!doctype html><title>Tool</title><iframe title="app" src="{src}" width="400" height="500"></iframe>
<script>
window.asked = [];
const tell = (what) => document.querySelector("iframe").contentWindow.postMessage(what, "*");
window.addEventListener("message", (event) => {{
  window.asked.push(event.data);
  tell({told});
}});
</script>"""


@dataclass
class Tool:
    """A page of another site on loopback that shows ours, and answers what it asks."""

    port: int
    html: str = ""

    @property
    def url(self) -> str:
        """`localhost` is another site than the service's `127.0.0.1`."""
        return f"http://localhost:{self.port}"

    def show(
        self, page: Page, watch: Watch, src: str, told: object = TOLD, *, host: str = "localhost"
    ) -> None:
        """Open the tool's page with ours inside it."""
        self.html = PAGE.format(src=src, told=json.dumps(json.dumps(told)))
        page.goto(f"http://{host}:{self.port}/")
        watch.foreign.clear()


@pytest.fixture
def tool() -> Iterator[Tool]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shown.html.encode() if self.path == "/" else b""
            self.send_response(200 if body else 204)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    shown = Tool(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield shown
    server.shutdown()
    server.server_close()
    thread.join(5)


def panel(cast: Cast, tool: Tool) -> tuple[ChannelAccount, str]:
    account = connect(cast)
    with db.transaction() as session:
        session.get_one(ChannelAccount, account.id).base_url = tool.url
    return account, f"/tools/{account.id}/panel"


def refused(page: Page, watch: Watch) -> None:
    """The browser said that the frame is forbidden."""
    page.wait_for_load_state("load")
    assert any("frame-ancestors" in line for line in watch.messages), watch.messages


def test_the_tool_says_which_conversation_and_the_link_takes_it_along(
    see: See, people: Cast, site: Site, watch: Watch, tool: Tool
) -> None:
    account, path = panel(people, tool)
    page = see(None, path, width=390)
    assert not violations(page)
    expect(page.locator("#which")).to_have_text("The form asks for the conversation's number.")

    tool.show(page, watch, f"{site.url}{path}")
    inside = page.frame_locator("iframe")
    expect(inside.locator("#which")).to_have_text("Conversation 812")
    link = f"/escalations/new?tool=chatwoot&account={account.id}&conversation=812"
    expect(inside.locator("#open")).to_have_attribute("href", link)
    expect(inside.locator("#open")).to_have_attribute("target", "_blank")
    assert page.evaluate("window.asked") == ["chatwoot-dashboard-app:fetch-info"]


def test_what_is_no_name_fills_in_nothing(
    see: See, people: Cast, site: Site, watch: Watch, tool: Tool
) -> None:
    account, path = panel(people, tool)
    page = see(None, path)
    for told in (
        {"event": "appContext", "data": {"conversation": {"id": "812&account=1"}}},
        {"event": "appContext", "data": {"conversation": {"id": {"a": 1}}}},
        {"event": "other", "data": {"conversation": {"id": 812}}},
        ["appContext"],
        None,
    ):
        tool.show(page, watch, f"{site.url}{path}", told)
        page.wait_for_function("() => window.asked.length === 1")
        inside = page.frame_locator("iframe").locator("#open")
        expect(inside).to_have_attribute("href", f"/escalations/new?tool=chatwoot&account={account.id}")


def test_no_other_page_may_show_it(see: See, people: Cast, site: Site, watch: Watch, tool: Tool) -> None:
    _, path = panel(people, tool)
    watch.expected.add("frame-ancestors")
    page = see(None, path)
    tool.show(page, watch, f"{site.url}{path}", host="127.0.0.1")
    expect(page.frame_locator("iframe").locator("#open")).to_have_count(0)
    refused(page, watch)


def test_no_page_of_ours_but_this_is_shown_by_the_tool(
    see: See, people: Cast, site: Site, watch: Watch, tool: Tool
) -> None:
    panel(people, tool)
    watch.expected.add("frame-ancestors")
    page = see(people.ana, "/queue")
    tool.show(page, watch, f"{site.url}/queue")
    expect(page.frame_locator("iframe").locator("main")).to_have_count(0)
    refused(page, watch)
