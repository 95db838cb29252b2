// Asks the server what changed: every 3 s while somebody is there, once a minute else, also in a
// hidden tab, because its title and icon are what is seen then. An answer of 304 costs nothing.
const POLL_SOON_MS = 3000;
const POLL_SOON_TICKS = 20; // after a touch, a key, or the tab's focus
const POLL_LATER_MS = 60000;
const POLL_LIMIT_MS = 10000;

// `options.tag` is the ETag of what the page shows; `options.changed(html, answer)` gets every new
// state; `options.asked()` hears of every answer; `options.lost(status)` is told when the session is
// over, and nothing is asked any more. The address may be a function.
export function poll(address, options) {
  let ticks = POLL_SOON_TICKS;
  let timer = 0;
  let tag = options.tag ?? "";
  let over = false;
  let newest = 0;

  const plan = () => {
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, ticks > 0 ? POLL_SOON_MS : POLL_LATER_MS);
  };

  async function ask() {
    const mine = ++newest;
    clearTimeout(timer);
    ticks -= 1;
    try {
      const answer = await fetch(typeof address === "function" ? address() : address, {
        headers: { "X-Fragment": "1", "X-Poll": "1", "If-None-Match": tag },
        signal: AbortSignal.timeout(POLL_LIMIT_MS),
      });
      if (mine !== newest) return;
      if (answer.ok || answer.status === 304) options.asked?.();
      if (answer.status === 401 || answer.status === 403) {
        over = true;
        options.lost?.(answer.status);
      } else if (answer.status === 200 && answer.headers.get("X-Fragment")) {
        tag = answer.headers.get("ETag") ?? "";
        const html = await answer.text();
        if (mine === newest) options.changed(html, answer);
      }
    } catch {
      // No network, or a slow one: the next tick asks again, and the page stays as it is.
    }
    if (mine === newest) plan();
  }

  const wake = () => {
    const slept = ticks <= 0;
    ticks = POLL_SOON_TICKS;
    if (slept) plan();
  };
  const back = () => {
    ticks = POLL_SOON_TICKS;
    if (!over) ask();
  };
  document.addEventListener("pointerdown", wake, { capture: true, passive: true });
  document.addEventListener("keydown", wake, { capture: true, passive: true });
  addEventListener("focus", back);
  document.addEventListener("bridge:unlocked", () => {
    over = false;
    back();
  });
  plan();
  return { ask, seen: (newTag) => (tag = newTag) };
}

// "(3) Store inbox" in the tab, and the icon with a dot while something waits.
export function mark(title, count, flagged) {
  document.title = count > 0 ? `(${count}) ${title}` : title;
  const icon = document.querySelector("link[rel=icon]");
  if (!icon) return;
  const wanted = flagged ? icon.dataset.dot : icon.dataset.plain;
  if (wanted && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
}
