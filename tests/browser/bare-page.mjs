// A page with nothing on it, from where the package can be loaded.
import { launch } from "./browser.mjs";
import { Relay } from "./relay.mjs";

/** Opens one in a browser of its own, until the test ends. */
export async function barePage(t) {
  const relay = await new Relay().start();
  t.after(() => relay.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${relay.url}/icon.svg`);
  return page;
}
