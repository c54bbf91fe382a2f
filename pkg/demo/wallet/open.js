// The wallet's part of the page, in a script of its own: who only follows the chain does not load it.
import { Purse } from "./purse.js";
import { listen } from "./view/forms.js";
import { render } from "./view/render.js";
import html from "./wallet.html";

/** Puts the wallet into the page, and starts it. */
export async function open(page) {
  await styled();
  const place = document.getElementById("purse");
  place.innerHTML = html;
  const purse = new Purse(page, (state) => render(state, page));
  listen(purse);
  let usedMs = Date.now();
  for (const type of ["keydown", "pointerdown"]) addEventListener(type, () => (usedMs = Date.now()));
  setInterval(() => {
    const { phase, flow } = purse.state;
    if (phase === "open" && !flow && Date.now() - usedMs > IDLE_MS) purse.lock();
    else render(purse.state, page);
  }, TICK_MS);
}

/** Resolves when the wallet's style is there, or will not come. */
function styled() {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: new URL("./wallet.css", import.meta.url).href });
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

const TICK_MS = 1_000;
// A key that nobody uses is not left open.
const IDLE_MS = 15 * 60_000;
