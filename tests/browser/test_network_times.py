"""How long a counter waits for a verdict, on three lines: `pytest -m campaign -s tests/browser/test_network_times.py`.

From Enter to the confirmed verdict in the window, twenty different codes each; and what stands meanwhile on
the slowest one (check 16). The lines are emulated by the browser itself (CDP), with the figures of its profiles.
"""

import math
import os
import platform

import pytest
from playwright.sync_api import Page

from bridge.verdicts import Verdict
from tests.browser.conftest import See
from tests.browser.counter_page import scan, shows
from tests.cast import Cast, promise

pytestmark = pytest.mark.campaign
LOOKS = 20
LOCAL_P95_MS, SLOW_4G_P95_MS = 300.0, 800.0
SLOW_4G, SLOW_3G = "Slow 4G (562.5 ms, 180,000 B/s)", "Slow 3G (2,000 ms, 50,000 B/s)"
LINES: dict[str, tuple[float, int] | None] = {
    "local": None,
    SLOW_4G: (562.5, 180_000),
    SLOW_3G: (2_000, 50_000),
}
_WHEN_CONFIRMED = """(code) => new Promise((known) => {
  const answer = document.querySelector("#answer");
  const confirmed = () => answer.querySelector('[data-verdict="genuine"]');
  const field = document.querySelector("#code");
  field.value = code;
  answer.replaceChildren();
  const began = performance.now();
  const look = new MutationObserver(() => {
    if (!confirmed()) return;
    look.disconnect();
    known(performance.now() - began);
  });
  look.observe(answer, { childList: true, subtree: true, attributes: true });
  field.form.requestSubmit();
})"""


def emulate(page: Page, line: tuple[float, int] | None) -> None:
    if line is None:
        return
    latency, bytes_per_second = line
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": latency,
            "downloadThroughput": bytes_per_second,
            "uploadThroughput": bytes_per_second,
        },
    )


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def test_from_enter_to_the_verdict(see: See, people: Cast) -> None:
    table = {}
    for name, line in LINES.items():
        page = see(people.sam, "/counter")
        emulate(page, line)
        codes = [str(promise(people, amount_minor=100).code) for _ in range(LOOKS)]
        times = []
        for code in codes:
            times.append(float(page.evaluate(_WHEN_CONFIRMED, code)))
            shows(page, "genuine")
        table[name] = times

    print(f"\n{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, times in table.items():
        p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
        print(f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {max(times):.0f} ms")
    assert percentile(table["local"], 0.95) <= LOCAL_P95_MS
    assert percentile(table[SLOW_4G], 0.95) <= SLOW_4G_P95_MS


def test_on_a_very_slow_line_a_verdict_stands_within_a_second_and_upgrades(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter")
    code = str(promise(people, amount_minor=100).code)
    emulate(page, LINES[SLOW_3G])
    page.evaluate(
        """() => {
          window.seen = [];
          const note = () => {
            const verdict = document.querySelector('#answer .verdict')?.dataset.verdict;
            if (verdict && seen.at(-1)?.[0] !== verdict) seen.push([verdict, performance.now()]);
          };
          new MutationObserver(note).observe(document.getElementById('answer'),
                                             {childList: true, subtree: true, attributes: true});
          addEventListener('submit', () => { window.sentAt = performance.now(); }, true);
        }"""
    )

    scan(page, code)
    shows(page, Verdict.OFFLINE_UNKNOWN)
    shows(page, Verdict.GENUINE)

    seen = page.evaluate("window.seen.map(([verdict, at]) => [verdict, at - window.sentAt])")
    assert [verdict for verdict, _ in seen] == ["slow", "offline_unknown", "genuine"]
    assert seen[1][1] <= 1_000
