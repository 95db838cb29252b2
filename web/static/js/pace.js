// A scanner is a keyboard that types faster than any person.
const QUIET_MS = 500; // after a printable key, Enter and Space press nothing
const SCAN_MS = 50; // an average below this from key to key is no person

// Watches how fast printable keys come, so many of them at least for a scan.
export function paceOfKeys(scanKeys) {
  let firstAt = 0;
  let lastAt = -Infinity;
  let keys = 0;

  return {
    // A printable key came; `isFirst` when what was typed before does not belong to it.
    key(isFirst = false) {
      const now = performance.now();
      if (isFirst || keys === 0) {
        firstAt = now;
        keys = 0;
      }
      keys += 1;
      lastAt = now;
    },
    forget() {
      keys = 0;
    },
    tookMs: () => lastAt - firstAt,
    isQuiet: () => performance.now() - lastAt < QUIET_MS,
    isScan: () => keys >= scanKeys && (lastAt - firstAt) / (keys - 1) < SCAN_MS,
  };
}
