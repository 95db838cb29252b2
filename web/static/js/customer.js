import { offerPrint } from "./printing.js";
// The code on a customer's screen: it must not go dark while the staff scan it.
offerPrint();

async function stayAwake() {
  if (!navigator.wakeLock || document.visibilityState !== "visible") {
    return;
  }
  try {
    await navigator.wakeLock.request("screen");
    document.getElementById("awake").hidden = false;
  } catch {
    // Low battery, or the browser does not want to: the page works as it is.
  }
}

document.addEventListener("visibilitychange", stayAwake);
stayAwake();
