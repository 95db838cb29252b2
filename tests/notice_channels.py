"""What is told to staff in the tests of their channels: one case, its words, and the settings to tell it with."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bridge.channels.guard import Limits
from bridge.notice_wording import Worded
from bridge.settings import Settings

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
CASE = UUID("0190a000-0000-7000-8000-000000000001")
LIMITS = Limits(allow_private=True)
WORDED = Worded(
    subject="Case 7: store 12 <Lakeside> & [co]",
    text="Case 7 waits for your OK.",
    body="A customer was promised something.",
    link=f"https://bridge.example/escalations/{CASE}",
    link_word="Open",
    footer="Do not answer.",
    lines=("one", "two"),
)


def settings_with(**changes: Any) -> Settings:
    values: dict[str, Any] = {"base_url": "https://bridge.example", **changes}
    return Settings(**values)
