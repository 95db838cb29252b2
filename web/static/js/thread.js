import {} from "./page.js";
import { poll } from "./poll.js";
import { startKeys } from "./keys.js";
import { startClocks } from "./since.js";
import { startStores } from "./stores.js";
import { startDraft } from "./drafts.js";
import { startTemplates } from "./templates.js";
import { startReply } from "./reply.js";
// One conversation: who else is on it, the soft claim that writing takes, and the promise form.
const RENEW_MS = 20000; // typing renews a claim of two minutes at most this often
const who = document.getElementById("who");
const promiseForm = document.getElementById("promise-form");
const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
const threadAddress = location.pathname;
let doing = "looking";
let begunAt = -Infinity;

function showWho(html, answer) {
  if (answer.headers.get("X-Fragment") !== "who") return;
  const focused = who.contains(document.activeElement);
  if (!focused) who.innerHTML = html;
  for (const link of who.querySelectorAll("[data-no-form]")) link.hidden = Boolean(promiseForm);
}

// Writing takes the soft claim and renews it; a colleague's claim is shown, and the form stays as it is.
async function writing() {
  doing = "replying";
  if (performance.now() - begunAt < RENEW_MS) return;
  begunAt = performance.now();
  const body = new FormData();
  body.set("csrf_token", token);
  const answer = await fetch(promiseForm.dataset.begin, { method: "POST", body, headers: { "X-Fragment": "1" } });
  if (!answer.ok && answer.status !== 409) return;
  showWho(await answer.text(), answer);
  asking.seen(answer.headers.get("ETag") ?? "");
}

const asking = poll(() => `${threadAddress}/news?doing=${doing}`, {
  tag: "", // the first answer tells the server that we are here
  changed: showWho,
});
asking.ask();

addEventListener("pagehide", () => {
  const body = new FormData();
  body.set("csrf_token", token);
  navigator.sendBeacon(`${threadAddress}/leave`, body);
});

const replyForm = document.getElementById("reply-form");
if (replyForm) {
  startReply(replyForm);
  if (promiseForm) replyForm.addEventListener("input", () => writing().catch(() => {}));
}
if (promiseForm) {
  const begin = () => writing().catch(() => {});
  startStores(promiseForm);
  startTemplates(promiseForm);
  const draft = startDraft(promiseForm);
  promiseForm.addEventListener("focusin", begin);
  promiseForm.addEventListener("input", begin);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && promiseForm.contains(document.activeElement)) {
      event.preventDefault();
      promiseForm.requestSubmit(document.getElementById("make"));
    } else if (event.key === "Escape" && promiseForm.contains(document.activeElement) && !event.defaultPrevented) {
      if (draft.isDirty() && !confirm(promiseForm.dataset.leave)) return;
      draft.forget();
      location.assign("/queue");
    }
  });
}
// The browser goes to the place that the address names when everything is there; the focus follows.
addEventListener("load", () => document.getElementById(location.hash.slice(1))?.focus());
startClocks();
startKeys();
