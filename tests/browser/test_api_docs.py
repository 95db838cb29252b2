"""The API's page to read, in a browser: nothing of it is refused, and nothing comes from elsewhere."""

from playwright.sync_api import expect

from api.observed import CONTENT_SECURITY_POLICY as EVERYWHERE
from tests.browser.conftest import See


def test_an_integrator_reads_an_operation_without_a_refusal_or_another_host(see: See) -> None:
    page = see(None, "/api/v1/docs")

    sign_in = page.locator(".opblock-post", has=page.locator('[data-path="/api/v1/session"]'))
    expect(sign_in).to_be_visible()
    sign_in.locator(".opblock-summary-control").click()
    expect(sign_in.get_by_role("button", name="Try it out")).to_be_visible()
    expect(sign_in.locator(".responses-table")).to_contain_text("problem+json")


def test_its_policy_is_the_one_of_every_page_but_for_the_sheet_s_pictures(see: See) -> None:
    policy = see(None, "/api/v1/docs").request.get("/api/v1/docs/").headers["content-security-policy"]

    assert set(policy.split("; ")) == {*EVERYWHERE.split("; "), "img-src 'self' data:"}
