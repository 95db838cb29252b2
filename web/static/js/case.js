import {} from "./copy.js";
import { poll } from "./poll.js";
// A case that somebody else changed says so; the reader decides when to load it anew.
const stale = document.getElementById("stale");

poll(stale.dataset.news, {
  tag: `"${stale.dataset.tag}"`,
  changed(body) {
    document.getElementById("stale-said").textContent = JSON.parse(body).said;
    stale.hidden = false;
  },
});
