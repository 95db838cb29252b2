"""HQ's commands: the queue, the figures and the causes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli.review import causes_group, report_group, review_group
from bridge.errors import InvalidInput, NotFound
from tests.api.stage import OWN_CAUSES
from tests.before_hq import before_hq
from tests.cast import Cast, decide, promise


def test_the_queue_is_printed_and_filtered(cast: Cast) -> None:
    before_hq(cast, promise(cast).id)

    shown = CliRunner().invoke(review_group, ["list", "--store", "12"], catch_exceptions=False).output
    none = CliRunner().invoke(review_group, ["list", "--reason", "appeal"], catch_exceptions=False).output

    assert "no_ack  issued  store 12  nobody" in shown
    assert none == "0 rows.\n"


def test_the_figures_are_printed_with_their_counts(cast: Cast) -> None:
    decide(cast, cast.sam, code=promise(cast).code)
    promise(cast)

    shown = CliRunner().invoke(report_group, ["overview"], catch_exceptions=False).output
    told = CliRunner().invoke(report_group, ["overview", "--json"], catch_exceptions=False).output

    assert "Now: 1 open, 0 late, 1 not seen." in shown
    assert "1 of 1 honoured (100.0 %)" in shown
    assert json.loads(told)["issued"] == 2


def test_causes_are_shown_loaded_and_shown_again(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "causes.json"
    file.write_text(json.dumps(OWN_CAUSES))

    loaded = CliRunner().invoke(causes_group, ["load", str(file)], catch_exceptions=False).output
    shown = CliRunner().invoke(causes_group, ["show", "--json"], catch_exceptions=False).output

    assert loaded == "Version 2 is in force: 1 causes.\n"
    assert json.loads(shown) == OWN_CAUSES


def test_a_file_that_holds_no_causes_is_refused(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "causes.json"
    file.write_text("[]")

    with pytest.raises(InvalidInput):
        CliRunner().invoke(causes_group, ["load", str(file)], catch_exceptions=False)


def test_a_brand_that_is_not_there_is_not_made(cast: Cast) -> None:
    with pytest.raises(NotFound):
        CliRunner().invoke(review_group, ["list", "--brand", "Nobody"], catch_exceptions=False)
