const QUIET_MS = 500; // after a printable key, Enter and Space press nothing
const SCAN_MS = 50; // an average below this is no person

// How fast printable keys come. A scan has `scanKeys` at least.
export function paceOfKeys(scanKeys) {
  let firstAt = 0;
  let lastAt = -Infinity;
  let keys = 0;

  return {
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
