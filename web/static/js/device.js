import { paceOfKeys } from "./pace.js";
import {} from "./page.js";
import { sound, soundButton } from "./sounds.js";
// The tests of this device: its scanner, its sounds, its camera.
const DEVICE_SCAN_KEYS = 4;

for (const part of document.querySelectorAll(".js-only")) part.hidden = false;

const scanner = document.getElementById("scanner");
if (scanner) testScanner(scanner);

function testScanner(form) {
  const field = form.elements.scanned;
  const news = document.getElementById("scanned-news");
  const pace = paceOfKeys(DEVICE_SCAN_KEYS);

  function tell(end) {
    const text = field.value.trim();
    if (text === "") return;
    const words = pace.isScan() ? news.dataset.got : news.dataset.typed;
    news.textContent = words
      .replace("{text}", text)
      .replace("{ms}", Math.round(pace.tookMs()))
      .replace("{end}", end);
    field.value = "";
    pace.forget();
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
      pace.key();
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
