// On every page: a form is sent once, however often its button is pressed.
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
