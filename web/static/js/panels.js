import { sound } from "./sounds.js";
// What stands under the code field: a verdict or a result, shown anew or changed in place.
const SETTLE_MS = 300; // a panel that has just appeared takes no press
const area = document.getElementById("answer");
const news = document.getElementById("news");
const nextUp = document.querySelector(".next-up");
const baseTitle = document.title;
let shownAt = performance.now(); // a page that came with an answer rests for a moment too
let timers = [];

for (const kind of ["click", "submit"]) {
  area.addEventListener(
    kind,
    (event) => {
      if (performance.now() - shownAt >= SETTLE_MS) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}

export const verdictOf = () => area.querySelector("[data-verdict]")?.dataset.verdict ?? "";

function fragmentOf(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  for (const element of made.content.querySelectorAll("[autofocus]")) element.removeAttribute("autofocus");
  for (const place of made.content.querySelectorAll("[data-template]")) {
    place.replaceWith(document.getElementById(`piece-${place.dataset.template}`).content.cloneNode(true));
  }
  return made.content;
}

// A panel of the device's own, with what it has to fill in.
export function ownPanel(verdict, fill = {}) {
  let html = document.getElementById(`local-${verdict}`).innerHTML;
  for (const [name, text] of Object.entries(fill)) {
    html = html.replaceAll(`{${name}}`, text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`));
  }
  return html;
}

// The heading is the announcement when it takes the focus; else the status line says it.
export function show(html, { focus, quiet = false }) {
  area.replaceChildren(fragmentOf(html));
  arrive(quiet);
  const heading = area.querySelector("h2[tabindex]");
  news.textContent = focus || !heading ? "" : said();
  if (focus) heading?.focus({ preventScroll: true });
  if (heading) intoView();
}

// The word, the sentence to say and the main button in one view; where they fit, nothing moves.
function intoView() {
  const last = area.querySelector(".say") ?? area.querySelector(".verdict") ?? area;
  const bar = area.querySelector(".bar")?.offsetHeight ?? 0;
  const fits = last.getBoundingClientRect().bottom + bar <= innerHeight && area.getBoundingClientRect().top >= 0;
  if (!fits) area.scrollIntoView({ block: "start" });
}

// The same panel says something new: whatever has the focus keeps it, and the status line tells.
export function change(html) {
  const made = fragmentOf(html);
  const old = area.querySelector(".verdict");
  const fresh = made.querySelector(".verdict");
  if (!old || !fresh) {
    show(html, { focus: false });
    return;
  }
  for (const name of old.getAttributeNames()) old.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) old.setAttribute(name, fresh.getAttribute(name));
  const head = old.querySelector(".verdict-head");
  head.querySelector("h2").textContent = fresh.querySelector("h2").textContent;
  head.querySelector("use").setAttribute("href", fresh.querySelector("use").getAttribute("href"));
  while (head.nextSibling) head.nextSibling.remove();
  fresh.querySelector(".verdict-head").remove();
  old.append(...fresh.childNodes);
  fresh.remove();
  while (old.nextSibling) old.nextSibling.remove();
  area.append(made);
  if (document.activeElement === document.body) head.querySelector("h2").focus({ preventScroll: true });
  arrive(false);
  news.textContent = said();
}

export function wipe() {
  area.replaceChildren();
  news.textContent = "";
  document.title = baseTitle;
  for (const timer of timers) clearInterval(timer);
  timers = [];
  if (nextUp) nextUp.hidden = false;
}

export const tell = (text) => {
  news.textContent = text;
};

function said() {
  const parts = [area.querySelector("h2[tabindex]"), area.querySelector(".reason")];
  return parts.map((part) => part?.innerText.trim()).filter(Boolean).join(". ");
}

function arrive(quiet) {
  shownAt = performance.now();
  for (const timer of timers) clearInterval(timer);
  timers = [];
  if (nextUp) nextUp.hidden = true;
  const heading = area.querySelector("h2[tabindex]");
  if (heading) document.title = `${heading.textContent} – ${baseTitle}`;
  const panel = area.querySelector(".verdict");
  if (panel && !quiet) sound(panel.dataset.family);
  enliven();
}

// Seconds that are left to take something back, or until a pause ends: for eyes, never announced.
export function enliven() {
  for (const holder of area.querySelectorAll("[data-seconds], [data-wait]")) {
    const until = performance.now() + 1000 * Number(holder.dataset.seconds ?? holder.dataset.wait);
    const left = holder.querySelector(".left");
    const draw = () => {
      const seconds = Math.max(0, Math.ceil((until - performance.now()) / 1000));
      left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds > 0) return;
      if ("seconds" in holder.dataset) holder.hidden = true;
      clearInterval(ticking);
    };
    const ticking = setInterval(draw, 250);
    timers.push(ticking);
    draw();
  }
}

// A code on hold is checked again by itself.
export function againLater(check) {
  const seconds = Number(area.querySelector("[data-again]")?.dataset.again);
  if (seconds) timers.push(setTimeout(check, 1000 * seconds));
}

