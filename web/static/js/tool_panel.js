import {} from "./page.js";
// Inside a care tool: its window says which conversation is open, and the link takes that along. Nobody signs
// it, so it fills in the link and no more. Without this module the form asks for the number.
const open = document.getElementById("open");
const which = document.getElementById("which");
const NAME = /^[A-Za-z0-9_-]{1,60}$/;

window.addEventListener("message", (event) => {
  if (event.origin !== open.dataset.origin || event.source !== window.parent) return;
  const name = nameIn(event.data);
  if (!NAME.test(name)) return;
  const link = new URL(open.dataset.link, window.location.href);
  link.searchParams.set("conversation", name);
  open.href = link.pathname + link.search;
  which.textContent = `${which.dataset.words} ${name}`;
});

function nameIn(data) {
  let told = data;
  if (typeof told === "string") {
    try {
      told = JSON.parse(told);
    } catch {
      return "";
    }
  }
  if (told?.event !== open.dataset.event) return "";
  for (const step of open.dataset.path.split(" ")) told = told?.[step];
  return typeof told === "number" || typeof told === "string" ? String(told) : "";
}

if (window.parent !== window) window.parent.postMessage(open.dataset.ask, open.dataset.origin);
