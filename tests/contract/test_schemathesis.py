"""The OpenAPI document against the app: values drawn from each shape, good and bad, by schemathesis.

A bounded, repeatable run for every change; `make campaign` runs longer, with other values each time.
What is left out, and why:
* `positive_data_acceptance`. A shape cannot say every rule: cursors are signed, 120.0 is an integer
  to JSON Schema and not to us, a promise needs an amount for its type. That a good request is taken
  is the matter of tests/api/test_every_write.py, for each write route.
* `missing_required_header` also takes 428, which is what a missing If-Match is answered with, and
  `negative_data_rejection` 412: an If-Match that is no ETag of ours names no version of the record.
"""

from typing import Any
from uuid import UUID

import hypothesis
import pytest
import schemathesis
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api import create_app
from bridge import db
from bridge.clock import utc_now
from bridge.services import accounts
from bridge.settings import settings
from tests.api.stage import Stage, build_stage
from tests.cast import PASSWORD
from tests.conftest import Servers
from tests.emptying import empty

WHO = {
    "intake": "hana",
    "promises": "kim",
    "counter": "sam",
    "outcomes": "hana",
    "webhooks": "ada",
    "directory": "ada",
    "people": "ada",
    "grants": "ada",
    "keys": "ada",
    "channels": "ada",
    "messages": "ana",
    "review": "hana",
    "reports": "hana",
    "policies": "ada",
    "contacts": "ada",
    "devices": "sam",
    "notices": "sam",
    "notes": "kim",
    "signed_in": "sam",
}
QUICK = hypothesis.settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
LONG = hypothesis.settings(QUICK, max_examples=1000, derandomize=False)
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "missing_required_header": {"expected-statuses": [400, 401, 403, 406, 415, 422, 428]},
            "negative_data_rejection": {
                "expected-statuses": [400, 401, 403, 404, 405, 409, 412, 415, 422, 428, 429]
            },
        }
    }
)

app = create_app()
settings.cache_clear()
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=CONFIG)
real_ids: dict[str, str] = {}


@pytest.fixture(scope="module")
def stage(environment: Servers) -> Stage:
    """One of everything; drawn ids are exchanged for these every other time."""
    empty(environment.database_url)
    stage = build_stage()
    for call in stage.calls.values():
        real_ids.update({name: str(found) for name, found in call.path.items()})
    person = stage.calls["people.suspend"].path["person_id"]
    real_ids.update(
        thread_id=str(stage.calls["promises.make"].json["thread_id"]),  # type: ignore[index]  # it has a body
        unit_id=str(stage.cast.care.id),
        person_id=str(person),
    )
    return stage


@schema.hook
def map_path_parameters(_context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Ids that exist instead of drawn ones, every other time."""
    replaced: dict[str, Any] | None = _with_real_ids(path_parameters)
    return replaced


@schema.hook
def map_body(_context: Any, body: Any) -> Any:
    """As for addresses."""
    return _with_real_ids(body)


def _with_real_ids(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    return {
        name: real_ids[name] if name in real_ids and _is_even_id(value) else value
        for name, value in values.items()
    }


def _is_even_id(value: Any) -> bool:
    try:
        return UUID(value).int % 2 == 0
    except (ValueError, AttributeError, TypeError):
        return False


def send(case: Case[Any], stage: Stage) -> None:
    """Call as somebody who may, and hold the answer against the document."""
    operation = case.operation.definition.raw
    headers = {}
    if operation["operationId"] == "accounts.sign_out":
        headers["Authorization"] = f"Bearer {_fresh_session()}"
    elif "x-permission" in operation:
        headers = stage.cast.members[WHO[operation["x-permission"].split(".")[0]]].headers
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])


def _fresh_session() -> str:
    """A session that may be ended without harm to the other calls."""
    with db.transaction() as session:
        signed_in = accounts.sign_in(
            session,
            email="ana@northlight.example",
            password=PASSWORD,
            kind="api_session",
            device_name="",
            now=utc_now(),
            settings=settings(),
        )
    assert isinstance(signed_in, accounts.SignedIn)
    return signed_in.token


@schema.parametrize()
@QUICK
def test_every_operation_answers_as_documented(case: Case[Any], stage: Stage) -> None:
    send(case, stage)


@pytest.mark.campaign
@schema.parametrize()
@LONG
def test_every_operation_answers_as_documented_for_long(case: Case[Any], stage: Stage) -> None:
    send(case, stage)
