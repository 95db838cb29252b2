// Asking the server for a piece of a page, with an end to the waiting.
const LIMIT_MS = 15000;
const AGAIN_MS = [1000, 3000]; // an unknown outcome is asked again by itself, then by a press

// What came back: `html` of one of our panels, `isLocked`, or neither when the server failed.
export async function ask(address, body, abort = new AbortController()) {
  const limit = setTimeout(() => abort.abort(), LIMIT_MS);
  try {
    const response = await fetch(address, {
      method: "POST",
      body,
      headers: { "X-Fragment": "1" },
      signal: abort.signal,
    });
    const html = await response.text();
    const isPanel = response.headers.get("X-Fragment") === "answer";
    return { status: response.status, html: isPanel ? html : null, isLocked: response.status === 401, page: html };
  } finally {
    clearTimeout(limit);
  }
}

// An act carries its own key, so it is sent again as it is until its outcome is known: it counts once.
// Null when nobody answered.
export async function askUntilKnown(address, body) {
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await ask(address, body);
      if (answer.status < 500) return answer;
    } catch {
      // no answer: perhaps it was done, perhaps not
    }
    if (tries >= AGAIN_MS.length) return null;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS[tries]));
  }
}
