"""Every page of the product: who opens it, and how to come there.

A page that is added to the app and not to this list fails `tests/pages/test_atlas.py`. `path` is
filled from the stage's ids. `room` is the page of the specification whose budget counts.
"""

from dataclasses import dataclass

from tests.browser.acts.scene import Stage
from tests.cast import Cast, Member
from web import cookies


@dataclass(frozen=True)
class Leaf:
    """One page as one person sees it; `who` is a name of the cast, or empty for nobody.

    `status` is what the answer is; the frame of a page that nobody may see is checked as well.
    `browser` names one of the stage's browsers that keep something: a paired tablet, a locked session.
    """

    who: str
    path: str
    room: str
    status: int = 200
    browser: str = ""

    def address(self, stage: Stage) -> str:
        """Where the page is, now that everything is there."""
        return self.path.format(**stage.ids)

    def viewer(self, cast: Cast) -> Member | None:
        """Whoever opens it."""
        return cast.members[self.who] if self.who else None

    def cookies(self, stage: Stage) -> dict[str, str]:
        """What the viewer's browser keeps."""
        viewer = self.viewer(stage.cast)
        session = {cookies.SESSION: viewer.token} if viewer else {}
        return {**session, **stage.browsers.get(self.browser, {})}

    def __str__(self) -> str:
        return f"{self.who or self.browser or 'nobody'} {self.path}"


ATLAS: dict[str, tuple[Leaf, ...]] = {
    "doors": (
        Leaf("", "/sign-in", "P0"),
        Leaf("ada", "/escalations/{case}", "P16", status=403),
        Leaf("ana", "/no-such-page", "P16", status=404),
        Leaf("", "/sign-in", "P0", browser="tablet"),
        Leaf("", "/sign-in/start", "P0", browser="tablet"),
        Leaf("", "/unlock", "P0", browser="locked"),
        Leaf("", "/pair", "P0"),
        Leaf("", "/password", "P0", browser="start"),
        Leaf("sam", "/pin", "P0"),
        Leaf("sam", "/device", "P9"),
        Leaf("ana", "/device", "P9"),
        Leaf("", "/offline", "P16"),
        Leaf("", "/help", "P16"),
        Leaf("", "/help/agent", "P16"),
        Leaf("sam", "/help/counter", "P16"),
        Leaf("", "/help/hq", "P16"),
        Leaf("", "/help/integrator", "P16"),
    ),
    "customers": (
        Leaf("", "/s/{link}", "P14"),
        Leaf("", "/s/{link_used}", "P14"),
        Leaf("", "/s/{link_declined}", "P14"),
        Leaf("", "/s/no-such-link", "P16", status=404),
        Leaf("ana", "/escalations/{case}/slip", "P15"),
        Leaf("", "/appeal/{appeal}", "P14"),
        Leaf("", "/appeal/no-such-link", "P16", status=404),
        Leaf("", "/accounts/official", "P14"),
    ),
    "demo": (
        Leaf("", "/demo/two-screens", "demo"),
        Leaf("", "/demo/tour", "demo"),
        Leaf("", "/demo/codes", "demo"),
        Leaf("", "/ui", "demo"),
    ),
    "desk": (
        Leaf("ana", "/queue", "P1"),
        Leaf("ana", "/queue?show=mine", "P1"),
        Leaf("ana", "/queue/capture", "P1"),
        Leaf("ana", "/escalations/new", "P1"),
        Leaf("", "/tools/{tool}/panel", "P1"),
        Leaf("ana", "/threads/{thread}", "P2"),
        Leaf("ana", "/threads/{thread_of_kim}", "P2"),
        Leaf("ana", "/threads/{thread_free}", "P2"),
        Leaf("ana", "/escalations/{case}/made", "P3"),
        Leaf("ivy", "/escalations/{pending}/made", "P3"),
        Leaf("ana", "/board", "P1"),
        Leaf("ana", "/messages", "P1"),
    ),
    "cases": (
        Leaf("ana", "/escalations/{case}", "P4"),
        Leaf("ana", "/escalations/{asked}", "P4"),
        Leaf("ana", "/escalations/{contested}", "P4"),
        Leaf("kim", "/escalations/{revoked}", "P4"),
        Leaf("ana", "/escalations", "P4"),
        Leaf("kim", "/approvals", "P4"),
        Leaf("kim", "/escalations/{pending}", "P4"),
    ),
    "store": (
        Leaf("sam", "/counter", "P5"),
        Leaf("lee", "/counter", "P5"),
        Leaf("sam", "/inbox", "P7"),
        Leaf("sam", "/inbox/done", "P7"),
        Leaf("sam", "/inbox/place", "P12"),
        Leaf("sam", "/counter/cases/{case}", "P6"),
        Leaf("lee", "/counter/cases/{answered}", "P6"),
        Leaf("sam", "/counter/moves", "P6"),
        Leaf("sam", "/stores/12/calendar", "P6"),
        Leaf("sam", "/devices", "P17"),
        Leaf("sam", "/notices", "P7"),
    ),
    "hq": (
        Leaf("hana", "/hq", "P10"),
        Leaf("hana", "/hq/silent", "P10"),
        Leaf("hana", "/hq/times", "P10"),
        Leaf("hana", "/hq/cases", "P13"),
        Leaf("hana", "/hq/cases?show=declined&days=7", "P13"),
        Leaf("hana", "/hq/causes", "P11"),
        Leaf("hana", "/hq/causes?beneath=STORE_SERVICE", "P11"),
        Leaf("hana", "/hq/stores", "P12"),
        Leaf("hana", "/hq/stores?by=act", "P12"),
        Leaf("hana", "/review", "P10"),
        Leaf("hana", "/review/{review}", "P10"),
        Leaf("hana", "/review/{judged}", "P10"),
        Leaf("kim", "/review/{review}", "P10"),
    ),
    "setup": (
        Leaf("ada", "/setup", "P17"),
        Leaf("hana", "/setup", "P17"),
        Leaf("ada", "/setup/stores", "P17"),
        Leaf("ada", "/setup/stores/12", "P17"),
        Leaf("ada", "/setup/stores/import", "P17"),
        Leaf("ada", "/setup/stores/import/{file}", "P17"),
        Leaf("ada", "/setup/people", "P17"),
        Leaf("ada", "/setup/people/new", "P17"),
        Leaf("ada", "/setup/people/{person}", "P17"),
    ),
    "setup_promises": (
        Leaf("ada", "/setup/grants", "P17"),
        Leaf("hana", "/setup/grants/new", "P17"),
        Leaf("ada", "/setup/handles", "P17"),
        Leaf("ada", "/setup/handles/{handle}", "P17"),
        Leaf("ada", "/setup/templates", "P17"),
        Leaf("ada", "/setup/templates/new", "P17"),
        Leaf("ada", "/setup/templates/{template}", "P17"),
        Leaf("ada", "/setup/messages", "P17"),
        Leaf("kim", "/setup/messages?language=fr&channel=sms", "P17"),
        Leaf("ada", "/setup/reasons", "P17"),
        Leaf("ada", "/setup/causes", "P17"),
    ),
    "setup_systems": (
        Leaf("ada", "/setup/keys", "P17"),
        Leaf("ada", "/setup/keys/new", "P17"),
        Leaf("ada", "/setup/channels", "P17"),
        Leaf("ada", "/setup/channels/new/bluesky", "P17"),
        Leaf("ada", "/setup/channels/{account}", "P17"),
        Leaf("ada", "/setup/searches", "P17"),
        Leaf("ada", "/setup/searches/{search}", "P17"),
        Leaf("ada", "/setup/webhooks", "P17"),
        Leaf("ada", "/setup/webhooks/new", "P17"),
        Leaf("ada", "/setup/webhooks/{receiver}", "P17"),
        Leaf("ada", "/setup/webhooks/{receiver}/edit", "P17"),
        Leaf("ada", "/setup/webhooks/{receiver}/events/{event}", "P17"),
    ),
    "setup_clocks": (
        Leaf("ada", "/setup/clocks", "P17"),
        Leaf("ada", "/setup/ladders/standard", "P17"),
        Leaf("ada", "/setup/ladders", "P17"),
        Leaf("ada", "/setup/faults", "P17"),
        Leaf("ada", "/contact-points", "P17"),
        Leaf("ada", "/calendar", "P17"),
        Leaf("ada", "/stores/12/calendar", "P17"),
    ),
}

NO_PAGES: dict[str, str] = {
    "page_channel_sign_in.done": "leads back to the account's page",
    "page_accounts.home": "sends each to the page of their work",
    "page_promises.stores": "a piece of the promise's page",
    "page_inbox.news": "what the inbox's page asks for",
    "page_intake.queue_news": "what the queue's page asks for",
    "page_desk.thread_news": "what the conversation's page asks for",
    "page_escalations.news": "what the case's page asks for",
    "page_hq_export.cases": "a download, no page",
    "page_hq_export.stores": "a download, no page",
    "page_gallery.answers": "every panel at once; tests/browser/test_gallery.py looks at it",
    "page_system.robots": "for robots",
    "page_official.document": "for machines",
    "page_official.trust_text": "for machines",
    "page_system.security_text": "for whoever found a hole",
    "page_system.icon": "a picture",
    "page_demo.mail_list": "only where the demo catches mails",
    "page_demo.mail": "only where the demo catches mails",
}
"""Addresses that answer GET and are on nobody's screen, each with its reason."""


def leaves() -> list[Leaf]:
    """All of them."""
    return [leaf for room in ATLAS.values() for leaf in room]
