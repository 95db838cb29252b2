"""What whoever connects an account has to say, and what is kept of it."""

import pytest

from bridge.channels.registry import channels
from bridge.errors import InvalidInput
from tests.cast import Cast
from tests.channels import stage
from tests.clockwork import rows


def test_a_server_is_needed_where_there_is_no_usual_one(cast: Cast) -> None:
    asked = [name for name, one in channels().items() if one.capabilities.needs_server]
    assert {"mastodon", "zammad", "chatwoot", "freshdesk", "zendesk", "django_helpdesk"} == {*asked}
    for name in asked:
        values = {one.name: "s" * 16 for one in channels()[name].capabilities.fields}
        with pytest.raises(InvalidInput) as refused:
            stage.connect(cast, name, values=values)
        assert refused.value.details["fields"] == {"base_url": ["This is needed."]}
    assert not rows("SELECT 1 FROM channel_accounts")


def test_a_listening_tool_calls_us_and_needs_no_server(cast: Cast) -> None:
    stage.connect_tool(cast)
    assert rows("SELECT base_url FROM channel_accounts")[0].base_url == ""
