// A verdict's sound and vibration, by its family; made here, so that no file is fetched.
// [hertz, starts after seconds, lasts seconds]
const TONES = {
  go: [[660, 0, 0.09], [990, 0.09, 0.09]],
  care: [[440, 0, 0.12], [440, 0.18, 0.12]],
  stop: [[196, 0, 0.35]],
  wait: [[523, 0, 0.06], [523, 0.12, 0.06], [523, 0.24, 0.06]],
  fix: [[1200, 0, 0.03]],
  lock: [[440, 0, 0.12], [440, 0.18, 0.12]],
};
const SHAKES = { go: 60, care: [80, 60, 80], stop: 300, wait: [40, 40, 40, 40, 40, 40, 40, 40, 40], lock: [80, 60, 80] };
const MUTED = "bridge.muted";
let audio = null;

export function isMuted() {
  try {
    return localStorage.getItem(MUTED) === "1";
  } catch {
    return false; // a browser that keeps nothing
  }
}

export function mute(muted) {
  try {
    if (muted) localStorage.setItem(MUTED, "1");
    else localStorage.removeItem(MUTED);
  } catch {
    // a browser that keeps nothing
  }
}

export function sound(family) {
  if (SHAKES[family]) navigator.vibrate?.(SHAKES[family]);
  if (isMuted() || !TONES[family] || !window.AudioContext) return;
  audio ??= new AudioContext();
  audio.resume().catch(() => {});
  for (const [hertz, after, lasts] of TONES[family]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + after;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.25, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + lasts);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + lasts);
  }
}

// The button in the head says what it is now, and keeps it on this device.
export function soundButton(button) {
  const draw = () => {
    button.setAttribute("aria-pressed", String(!isMuted()));
    button.querySelector("span").textContent = isMuted() ? button.dataset.off : button.dataset.on;
  };
  button.addEventListener("click", () => {
    mute(!isMuted());
    draw();
    if (!isMuted()) sound("fix");
  });
  button.hidden = !window.AudioContext;
  draw();
}
