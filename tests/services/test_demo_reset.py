"""`bridge demo reset`: everything is removed, by the owner alone, and never where the data is real."""

from pathlib import Path

import pytest

from bridge import db, pools
from bridge.demo import resetting, seed
from bridge.errors import NotPermitted
from bridge.settings import settings
from tests.cast import Cast
from tests.conftest import Servers


def test_a_reset_makes_it_new_and_refuses_real_data(cast: Cast, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.log"
    anchor.write_text("old")
    config = settings().model_copy(update={"anchor_file": str(anchor)})
    with pytest.raises(NotPermitted, match="not for production"):
        resetting.remove_everything(config.model_copy(update={"environment": "production"}))
    assert anchor.exists()

    resetting.remove_everything(config)

    assert not anchor.exists()
    with db.transaction() as session:
        assert seed.is_empty(session)


def test_only_the_owner_can_reset(environment: Servers) -> None:
    web = settings().model_copy(update={"owner_database_url": _as_the_web(environment.database_url)})

    with pytest.raises(NotPermitted, match="only the owner"):
        resetting.remove_everything(web)


def _as_the_web(url: str) -> str:
    return f"{url}?options=-c%20role%3D{pools.APP_ROLE}"
