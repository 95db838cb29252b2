// On every page: a form is sent once, however often its button is pressed; and whoever signs out leaves
// nothing typed behind in this window.
const PAUSE_MS = 1000;
const sentAt = new WeakMap();

document.addEventListener("submit", (event) => {
  const last = sentAt.get(event.target);
  if (last !== undefined && performance.now() - last < PAUSE_MS) {
    event.preventDefault();
    return;
  }
  sentAt.set(event.target, performance.now());
});

// A page that locks, and whose own module does not bring the lock along (`js/lock.js`).
setTimeout(() => {
  const locks = document.getElementById("lock") && !document.documentElement.dataset.locks;
  if (locks) import("./lock.js");
});

document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.getAttribute("action")?.startsWith("/sign-out")) {
    try {
      sessionStorage.clear();
    } catch {
      // a browser that keeps nothing
    }
  }
});
