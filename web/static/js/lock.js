import { paceOfKeys } from "./pace.js";
// The lock of store pages. Nobody touches the tablet: it warns, then takes the page out of the window
// and asks for the PIN. A scan meanwhile is kept and checked afterwards.
// Without this module the server locks by itself, and the next request leads to a page that asks.
//
// Other modules: dispatch `bridge:lock` on the document when the server answered 401; listen to
// `bridge:unlocked` to go on. A listener that checks `event.detail.scan` itself prevents the default.
const LOCK_WARNING_MS = 30000;
const LOCK_NOTED_MS = 50000; // the server is told at least this often that somebody is there
const LOCK_SCAN_KEYS = 8;
const LOCK_CODE = /^[0-9A-Z]{12}$/;

const lockParts = document.getElementById("lock");
if (lockParts && !document.documentElement.dataset.locks) {
  document.documentElement.dataset.locks = lockParts.dataset.minutes;
  startLock(lockParts);
}

function startLock(parts) {
  document.body.append(parts.content.cloneNode(true));
  const warning = document.getElementById("lock-warning");
  const left = document.getElementById("lock-left");
  const dialog = document.getElementById("lock-dialog");
  const form = dialog.querySelector("form");
  const field = document.getElementById("lock-proof");
  const problem = document.getElementById("lock-problem");
  const keptNews = document.getElementById("lock-kept");
  const limitMs = Number(parts.dataset.minutes) * 60000;
  const others = "BroadcastChannel" in window ? new BroadcastChannel("bridge:here") : null;

  let touchedAt = Date.now();
  let notedAt = Date.now();
  let held = null; // what was in the window, while it is locked
  let title = "";
  let focused = null;
  let scan = "";
  const pace = paceOfKeys(LOCK_SCAN_KEYS);

  const post = (address, body = new FormData(form)) =>
    fetch(address, { method: "POST", body, headers: { "X-Fragment": "1" } });

  function token() {
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    return body;
  }

  function touch(event) {
    if (held) return;
    touchedAt = Date.now();
    if (warning.open) {
      warning.close(); // the focus is back where it was before the same key goes on
      if (event?.type === "keydown" && (event.key === "Enter" || event.key === " ")) event.preventDefault();
    }
    if (touchedAt - notedAt > LOCK_NOTED_MS) {
      notedAt = touchedAt;
      others?.postMessage("here");
      post(parts.dataset.here, token())
        .then((answer) => {
          if (answer.status === 401) lockNow(true);
        })
        .catch(() => {});
    }
  }

  function look() {
    if (held) return;
    const idle = Date.now() - touchedAt;
    if (idle >= limitMs + LOCK_WARNING_MS) lockNow(false);
    else if (idle >= limitMs) {
      const seconds = Math.ceil((limitMs + LOCK_WARNING_MS - idle) / 1000);
      left.textContent = left.dataset.text.replace("{seconds}", seconds);
      if (!warning.open) warning.showModal();
    }
  }

  function lockNow(byServer) {
    if (held) return;
    if (warning.open) warning.close();
    focused = document.activeElement;
    title = document.title;
    held = [];
    for (const element of document.body.children) {
      if (element === warning || element === dialog || element.matches("template, script, svg, .skip")) continue;
      if (element.matches("main")) {
        const content = document.createDocumentFragment();
        content.append(...element.childNodes);
        held.push([element, content]);
      }
      element.inert = true;
    }
    document.title = `${parts.dataset.title} – Bridge`;
    field.value = "";
    pace.forget();
    scan = "";
    problem.hidden = true;
    keptNews.textContent = "";
    dialog.showModal();
    field.focus();
    document.dispatchEvent(new CustomEvent("bridge:locked"));
    if (!byServer) post(parts.dataset.lock, token()).catch(() => {});
  }

  function reveal() {
    for (const [element, content] of held) element.append(content);
    held = null;
    for (const element of document.body.children) element.inert = false;
    document.title = title;
    dialog.close();
    touchedAt = notedAt = Date.now();
    if (focused?.isConnected) focused.focus({ preventScroll: true });
    else document.getElementById("main")?.focus({ preventScroll: true });
    const told = new CustomEvent("bridge:unlocked", { cancelable: true, detail: { scan } });
    const free = document.dispatchEvent(told);
    const check = document.getElementById("check");
    if (scan && free && check) {
      check.elements.code.value = scan;
      check.requestSubmit();
    }
    scan = "";
  }

  function tell(text) {
    problem.textContent = text;
    problem.hidden = false;
    field.value = "";
    field.focus();
  }

  // The session is over, not only locked. On a paired tablet the same PIN signs the same person in, in
  // this window, so that a kept scan survives: it is in the window's memory and nowhere else.
  async function signInAgain() {
    const body = new FormData(form);
    body.set("person", parts.dataset.person);
    body.set("pin", field.value);
    body.set("next", parts.dataset.page);
    const answer = await fetch(parts.dataset.signIn, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("[name=csrf_token]")?.value;
    if (answer.ok && token && new URL(answer.url).pathname === parts.dataset.page) {
      for (const root of [document, ...held.map(([, content]) => content)]) renewTokens(root, token);
      reveal();
    } else if (answer.status === 422) tell(page.querySelector("p.problem")?.textContent ?? "");
    else location.assign(parts.dataset.next);
  }

  // A sign-in gives forms a new token; those of this page keep working.
  function renewTokens(root, token) {
    for (const input of root.querySelectorAll("[name=csrf_token]")) input.value = token;
    for (const made of root.querySelectorAll("template")) renewTokens(made.content, token);
  }

  // A scanner types into whatever has the focus: its text is no PIN, and its Enter no press.
  function takeScan() {
    const text = field.value.trim().toUpperCase().replace(/[\s-]/g, "");
    const isScan = pace.isScan();
    pace.forget();
    if (!isScan || !LOCK_CODE.test(text)) return false;
    scan = text;
    field.value = "";
    keptNews.textContent = keptNews.dataset.kept;
    return true;
  }

  addEventListener(
    "keydown",
    (event) => {
      if (!held) {
        touch(event);
        return;
      }
      event.stopImmediatePropagation();
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key.length === 1 && event.key !== " ") {
        if (document.activeElement !== field) field.focus(); // the same key then types into it
        pace.key(!pace.isQuiet());
      } else if (
        (event.key === "Enter" || event.key === " ") &&
        document.activeElement !== field &&
        pace.isQuiet()
      ) {
        event.preventDefault();
      }
    },
    true,
  );
  for (const kind of ["pointerdown", "wheel", "touchstart"]) {
    addEventListener(kind, touch, { capture: true, passive: true });
  }
  others?.addEventListener("message", () => {
    if (!held) {
      touchedAt = Date.now();
      if (warning.open) warning.close();
    }
  });
  warning.addEventListener("click", touch);
  warning.addEventListener("cancel", () => touch());
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => {
    if (held) dialog.showModal();
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (takeScan()) return;
    try {
      const answer = await post(form.action);
      if (answer.status === 204) reveal();
      else if (answer.status === 422) tell((await answer.json()).problem);
      else if (answer.status === 410) await signInAgain();
      else location.assign(parts.dataset.next); // another window opened it
    } catch {
      tell(problem.dataset.unreached);
    }
  });

  document.addEventListener("bridge:lock", () => lockNow(true));
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  setInterval(look, 1000);
}
