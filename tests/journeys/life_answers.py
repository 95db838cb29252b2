"""Whether an answer says what the model believes: of a success, and of a refusal."""

from bridge.lifecycle import allowed_actions
from tests.journeys.life_guards import Refused
from tests.journeys.life_requests import Got
from tests.journeys.life_world import STORE_OF, Ask, World


def tells_of(world: World, ask: Ask, got: Got) -> bool:
    """Whether an answer shows the case as it is after the act; of two acts at once it tells the order."""
    said = got.json
    case = world.cases[ask.case if ask.case and ask.act != "supersede" else said["id"]]
    left = said.get("remaining_minor", case.remaining)
    return (said["status"], said["version"], left) == (case.status.value, case.version, case.remaining)


def mismatch(world: World, ask: Ask, expected: Refused, got: Got) -> str:
    """What is wrong with a refusal; the table's own say where the case is and what is allowed there."""
    said = got.json
    if (got.status, said["code"]) != (expected.status, expected.code):
        return f"{got.status} {said['code']} instead of {expected.status} {expected.code}"
    if expected.action is None:
        return ""
    assert ask.case is not None
    status = world.cases[ask.case].status
    allowed = [action.value for action in allowed_actions(status)]
    told = (said.get("record_status"), said.get("allowed"), "action" in said)
    return "" if told == (status.value, allowed, True) else f"{told} instead of {status} {allowed}"


def count_refusal(world: World, ask: Ask, got: Got) -> None:
    """A refused decision is kept as an attempt."""
    if ask.act == "decide" and got.status == 409 and ask.who in STORE_OF:
        assert ask.case is not None
        world.cases[ask.case].refused_decisions += 1
