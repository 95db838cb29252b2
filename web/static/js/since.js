// "Dana is replying (20 s)": the seconds run on between two answers of the server.
const SINCE_TICK_MS = 5000;

export function startClocks() {
  setInterval(() => {
    for (const shown of document.querySelectorAll("[data-since]")) {
      const seconds = Math.max(1, Math.round((Date.now() - Date.parse(shown.dataset.since)) / 1000));
      shown.textContent = seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
    }
  }, SINCE_TICK_MS);
}
