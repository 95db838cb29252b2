import {} from "./page.js";
import { sound, soundButton } from "./sounds.js";
// The tests of this device: its scanner, its sounds, its camera.
const DEVICE_SCAN_MS = 50; // an average below this per key is no person

for (const part of document.querySelectorAll(".js-only")) part.hidden = false;

const scanner = document.getElementById("scanner");
if (scanner) testScanner(scanner);

function testScanner(form) {
  const field = form.elements.scanned;
  const news = document.getElementById("scanned-news");
  let firstAt = 0;
  let lastAt = 0;
  let keys = 0;

  function tell(end) {
    const text = field.value.trim();
    if (text === "") return;
    const took = Math.round(lastAt - firstAt);
    const scanned = keys >= 4 && took / keys < DEVICE_SCAN_MS;
    const words = scanned ? news.dataset.got : news.dataset.typed;
    news.textContent = words
      .replace("{text}", text)
      .replace("{ms}", took)
      .replace("{end}", end);
    field.value = "";
    keys = 0;
  }

  let timer = 0;
  field.addEventListener("keydown", (event) => {
    clearTimeout(timer);
    if (event.key === "Enter") {
      event.preventDefault();
      tell(news.dataset.enter);
    } else if (event.key === "Tab" && field.value !== "") {
      event.preventDefault();
      tell(news.dataset.tab);
    } else if (event.key.length === 1) {
      if (keys === 0) firstAt = performance.now();
      keys += 1;
      lastAt = performance.now();
      timer = setTimeout(() => tell(news.dataset.none), 1000);
    }
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}

for (const button of document.querySelectorAll("[data-sound]")) {
  button.addEventListener("click", () => sound(button.dataset.sound));
}
const muting = document.getElementById("device-sound");
if (muting) soundButton(muting);

const cameraButton = document.getElementById("try-camera");
cameraButton?.addEventListener("click", async () => {
  const picture = document.getElementById("camera-picture");
  const told = document.getElementById("camera-news");
  if (!navigator.mediaDevices?.getUserMedia) {
    told.textContent = told.dataset.none;
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    picture.srcObject = stream;
    picture.hidden = false;
    await picture.play();
    told.textContent = told.dataset.works;
    setTimeout(() => {
      for (const track of stream.getTracks()) track.stop();
      picture.srcObject = null;
      picture.hidden = true;
    }, 5000);
  } catch (error) {
    told.textContent = error.name === "NotAllowedError" ? told.dataset.blocked : told.dataset.none;
  }
});
