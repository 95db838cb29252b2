"""Every verdict that the server can answer is reached, all of them on one cast."""

from bridge.queries.verdict import RULES
from bridge.verdicts import Verdict
from tests.browser.verdicts import MAKERS, looked_up, prepare_all
from tests.cast import Cast

NEVER_LOOKED_UP = {Verdict.TYPO, Verdict.PRODUCT_CODE, Verdict.TOO_SHORT}


def test_each_verdict_has_a_code(cast: Cast) -> None:
    presented = prepare_all(cast)

    assert {verdict: looked_up(one).verdict for verdict, one in presented.items()} == {v: v for v in MAKERS}


def test_none_is_left_out() -> None:
    assert set(MAKERS) == {verdict for _, verdict in RULES} | {Verdict.GENUINE} | NEVER_LOOKED_UP
