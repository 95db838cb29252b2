import {} from "./page.js";
import {} from "./lock.js";
import { ask, askUntilKnown } from "./asking.js";
import { fromScan, inGroups, isSearch, parsed } from "./codes.js";
import { againLater, change, enliven, ownPanel, show, tell, verdictOf, wipe } from "./panels.js";
import { listenForCodes } from "./scanner.js";
import { soundButton } from "./sounds.js";
// The counter: a code is checked without a new page, and a decision is sent until its outcome is known.
// Without this module every form is sent and answered as a page.
const SLOW_MS = 300;
const UNSURE_MS = 800;
const OWN = { typo: "typo", wrong_sign: "typo", too_long: "typo", too_short: "too_short", product_code: "product_code" };

const form = document.getElementById("check");
const answer = document.getElementById("answer");
let running = null; // the newest look-up; an older one is dropped
let asked = null; // what it looks for, to be tried again; never on the page
let acting = false;
let afterUnlock = null;

let resend = null;

const input = listenForCodes(form, document.getElementById("code"), given);

function given(text, source) {
  const { kind, signs } = parsed(text);
  if (kind === "code" || isSearch(text)) check(text, source);
  else slip(OWN[kind], signs);
}

function formWith(values) {
  const body = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return body;
}

async function check(text, source) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  asked = { text, source };
  let unsure = false;
  const slow = setTimeout(() => show(ownPanel("slow"), { focus: false, quiet: true }), SLOW_MS);
  const late = setTimeout(() => {
    unsure = true;
    show(ownPanel("offline_unknown"), { focus: !input.isBusy() });
  }, UNSURE_MS);
  let found = null;
  try {
    found = await ask(form.action, formWith({ code: text, source }), mine);
  } catch {
    // offline, too slow, or a newer scan
  }
  clearTimeout(slow);
  clearTimeout(late);
  if (running !== mine) return;
  if (found?.isLocked) {
    unlockFirst(() => check(text, source));
    return;
  }
  if (!found?.html) input.forget();
  const html = found?.html ?? ownPanel("server_error");
  if (unsure) change(html);
  else show(html, { focus: !input.isBusy() });
  againLater(() => recheck(text, source));
}

// On hold: look again, and redraw only what has changed.
async function recheck(text, source) {
  if (asked?.text !== text) return;
  const mine = new AbortController();
  running = mine;
  const before = verdictOf();
  const found = await ask(form.action, formWith({ code: text, source }), mine).catch(() => null);
  if (running !== mine || found?.isLocked) return;
  if (found?.html && !found.html.includes(`data-verdict="${before}"`)) change(found.html);
  else againLater(() => recheck(text, source));
}

// A slip of the finger is said at once; only what the store itself expects may be meant by it.
async function slip(verdict, signs) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  asked = null;
  const typed = inGroups(signs);
  show(ownPanel(verdict, { typed, count: String(signs.length) }), { focus: false });
  if (verdict === "product_code") input.empty();
  else input.putBack(typed);
  if (verdict === "product_code" || !form.dataset.near || Math.abs(signs.length - 12) > 1) return;
  const near = await ask(form.dataset.near, formWith({ code: signs }), mine).catch(() => null);
  if (running === mine && near?.html) change(near.html);
}

answer.addEventListener("submit", (event) => {
  if (!event.target.matches(".act")) return;
  event.preventDefault();
  if (acting) return;
  const button = event.submitter ?? event.target.querySelector("button");
  if (button.dataset.sent) button.textContent = button.dataset.sent;
  // A field of these forms is called "action", and would answer for the form's own.
  act(event.target.getAttribute("action"), new URLSearchParams(new FormData(event.target, button)));
});

async function act(address, body) {
  acting = true;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const done = await askUntilKnown(address, body);
  acting = false;
  if (done?.isLocked) {
    unlockFirst(() => act(address, body));
    return;
  }
  const html = done === null ? document.getElementById("unsure").innerHTML : (done.html ?? refusalIn(done.page));
  if (running === mine) show(html, { focus: !input.isBusy() });
  else tell(headingIn(html)); // somebody went on meanwhile
  if (done === null) resend = () => act(address, body);
  else if (resend && running === mine) resend = null;
}

addEventListener("online", () => {
  const again = resend;
  resend = null;
  again?.();
});

// A page of an error, in the place of a panel.
function refusalIn(page) {
  const read = new DOMParser().parseFromString(page, "text/html");
  const made = document.createElement("template");
  made.innerHTML = ownPanel("server_error");
  made.content.querySelector("h2").textContent = read.querySelector("h1")?.textContent ?? "";
  made.content.querySelector(".reason").textContent = read.querySelector("main p")?.textContent ?? "";
  made.content.querySelector("[data-retry]")?.remove();
  return made.innerHTML;
}

function headingIn(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content.querySelector("h2")?.textContent ?? "";
}

answer.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) {
    event.preventDefault();
    clearAll();
  } else if (event.target.closest("[data-retry]") && asked) {
    check(asked.text, asked.source);
  } else if (event.target.closest("[data-resend]")) {
    const again = resend;
    resend = null;
    again?.();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !input.isElsewhere() && !input.isCovered()) clearAll();
});

function clearAll() {
  running?.abort();
  running = null;
  asked = null;
  wipe();
  input.empty();
}

// The session is locked: what was scanned or pressed waits here, never on the page (js/lock.js).
function unlockFirst(again) {
  afterUnlock = again;
  if (document.getElementById("lock")) document.dispatchEvent(new CustomEvent("bridge:lock"));
  else location.assign("/sign-in?next=%2Fcounter");
}

document.addEventListener("bridge:unlocked", (event) => {
  event.preventDefault();
  const again = afterUnlock;
  afterUnlock = null;
  again?.();
  if (event.detail.scan) given(event.detail.scan, "scan");
});

const camera = document.getElementById("camera");
navigator.mediaDevices
  ?.enumerateDevices?.()
  .then((devices) => {
    camera.hidden = !devices.some((device) => device.kind === "videoinput");
  })
  .catch(() => {});

camera.addEventListener("click", async () => {
  await import(camera.dataset.module);
  const detail = {
    button: camera,
    viewer: document.getElementById("viewer"),
    token: form.elements.csrf_token.value,
    found: (text) => given(fromScan(text), "camera"),
    typeInstead: input.empty,
  };
  document.dispatchEvent(new CustomEvent("camera:open", { detail }));
});

soundButton(document.getElementById("sound"));
enliven();
