// The camera, fetched on the first tap. QR codes only; stops after 30 s, at the first hit, or by hand.
// The browser's own BarcodeDetector reads frames where there is one; else a small picture of every
// third of a second goes to our own server, which hands back the text and keeps nothing.
const RUNS_MS = 30000;
const EVERY_MS = 300;
const WIDTH = 640; // pixels of a frame that is sent; a QR code of 21 modules needs no more
const FRAME_MAX = 48 * 1024; // bytes; requests are refused at 64 KiB

document.addEventListener("camera:open", async ({ detail }) => {
  const { button, viewer, found, typeInstead, token } = detail;
  if (!viewer.hidden) return;
  button.disabled = true;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  } catch (error) {
    const isMissing = ["NotFoundError", "OverconstrainedError"].includes(error.name);
    refuse(viewer, isMissing ? button.dataset.missing : button.dataset.refused);
    button.hidden = isMissing;
    typeInstead();
    return;
  } finally {
    button.disabled = false;
  }
  watch({ button, viewer, stream, found, typeInstead, token });
});

function refuse(viewer, text) {
  const line = document.createElement("p");
  line.className = "notice notice-care";
  line.setAttribute("role", "status");
  line.textContent = text;
  viewer.replaceChildren(line);
  viewer.hidden = false;
  setTimeout(() => {
    if (viewer.contains(line)) viewer.hidden = true;
  }, 10000);
}

async function watch({ button, viewer, stream, found, typeInstead, token }) {
  viewer.replaceChildren(document.getElementById("camera-view").content.cloneNode(true));
  viewer.hidden = false;
  const video = viewer.querySelector("video");
  const track = stream.getVideoTracks()[0];
  const stop = () => {
    clearTimeout(limit);
    stopped = true;
    for (const one of stream.getTracks()) one.stop();
    viewer.replaceChildren();
    viewer.hidden = true;
  };
  let stopped = false;
  const limit = setTimeout(() => {
    stop();
    typeInstead();
  }, RUNS_MS);
  viewer.querySelector("[data-type]").addEventListener("click", () => {
    stop();
    typeInstead();
  });
  light(viewer.querySelector("[data-torch]"), track);
  document.addEventListener("visibilitychange", () => document.hidden && !stopped && stop(), { once: true });
  video.srcObject = stream;
  await video.play().catch(() => {});
  const read = await reader(button.dataset.frame, token);
  while (!stopped) {
    const text = await read(video).catch(() => null);
    if (stopped) return;
    if (text) {
      stop();
      found(text);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function light(torch, track) {
  if (!track.getCapabilities?.().torch) return;
  torch.hidden = false;
  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await track.applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
    torch.setAttribute("aria-pressed", String(on));
  });
}

// How a frame becomes text: by the browser, else by our server.
async function reader(address, token) {
  const formats = await window.BarcodeDetector?.getSupportedFormats().catch(() => []);
  if (formats?.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  const canvas = document.createElement("canvas");
  return async (video) => {
    if (!video.videoWidth) return null;
    const picture = await frameOf(video, canvas);
    if (!picture) return null;
    const body = new FormData();
    body.set("csrf_token", token);
    body.set("picture", picture, "frame.jpg");
    const response = await fetch(address, { method: "POST", body, headers: { "X-Fragment": "1" } });
    return response.status === 200 ? response.text() : null;
  };
}

async function frameOf(video, canvas) {
  const scale = Math.min(1, WIDTH / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  for (const quality of [0.7, 0.4]) {
    const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (picture && picture.size <= FRAME_MAX) return picture;
  }
  return null;
}
