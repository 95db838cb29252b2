import subprocess
import sys
from pathlib import Path

from bridge import metrics
from tests.outbox import environment


def test_every_metric_names_its_unit_and_is_rendered() -> None:
    metrics.LOOK_UPS.labels("ready").inc()

    text = metrics.render().decode()

    assert 'bridge_look_ups_total{verdict="ready"}' in text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    ours = [name for name in names if not name.endswith("_created")]
    assert all(name.startswith("bridge_") and name.endswith(("_seconds", "_total")) for name in ours)


def test_processes_that_share_a_folder_are_added_up(tmp_path: Path) -> None:
    shared = environment(PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    count = "from bridge import metrics; metrics.DECISIONS.labels('honour').inc(2)"
    show = "from bridge import metrics; print(metrics.render().decode())"

    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], env=shared, check=True)
    shown = subprocess.run(
        [sys.executable, "-c", show], env=shared, check=True, capture_output=True, text=True
    )

    assert 'bridge_decisions_total{action="honour"} 4.0' in shown.stdout
