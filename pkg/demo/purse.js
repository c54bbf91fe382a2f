// Loads the wallet, which nobody needs before the first head.
import { byId, put } from "./view/dom.js";

/** Has the button open the wallet with what that needs of the `page`. */
export function offer(page) {
  byId("purse-open").addEventListener("click", () => open(page));
  byId("purse-open").setAttribute("aria-disabled", "false");
}

/** Opens it where this browser has a key. */
export async function openKept(page) {
  const kept = await indexedDB.databases?.().catch(() => []);
  if (kept?.some(({ name }) => name.startsWith("rpp-wallet"))) open(page);
}

async function open(page) {
  if (byId("purse-open").getAttribute("aria-disabled") === "true") return;
  byId("purse-open").setAttribute("aria-disabled", "true");
  try {
    const { open } = await import("./wallet.js");
    await open(page);
  } catch ({ message }) {
    byId("purse-error").hidden = false;
    put("purse-error", `The wallet could not be loaded: ${message}. Reload the page to try again.`);
  }
}
