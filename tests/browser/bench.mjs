// Prints what verifying costs in Chromium, as JSON. RPP_FIXTURE holds a proven block.
import { launch, until } from "./browser.mjs";
import { Devnet } from "./devnet.mjs";
import { catchUp, firstHead, firstHeadWithSetup, scripts } from "./bench/client.mjs";
import { signing } from "./bench/signing.mjs";
import { longestTask } from "./bench/tasks.mjs";
import { verifying } from "./bench/verifying.mjs";
import { Relay } from "./relay.mjs";

const EPOCHS = 32;
const EPOCH_LENGTH = 2;
const SIZES = { validators: 96, "key-height": 8, "epoch-length": EPOCH_LENGTH };
const HEADS = EPOCHS * EPOCH_LENGTH + 1;

const devnet = new Devnet({ ...SIZES, "block-time-ms": 1 });
const browser = await launch();
const relay = await new Relay().start();
try {
  const figures = await verifying(browser, relay);
  console.error("a wallet");
  Object.assign(figures, await signing(browser, relay));
  console.error(`a chain of ${HEADS} blocks`);
  await devnet.start();
  await until("the chain", async () => (await devnet.height()) >= HEADS, 300_000);
  // From here on the host serves, and its next block is an hour away.
  await devnet.kill();
  await devnet.start({ "block-time-ms": 3_600_000 });
  relay.host = devnet.url;
  console.error("the page");
  Object.assign(figures, await firstHead(browser, devnet));
  Object.assign(figures, await firstHeadWithSetup(browser, devnet));
  Object.assign(figures, await catchUp(browser, devnet, EPOCHS));
  Object.assign(figures, await scripts(browser, relay, devnet));
  await devnet.kill();
  console.error("the main thread");
  await devnet.start({ "block-time-ms": 1_500 });
  Object.assign(figures, await longestTask(browser, devnet));
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  await relay.close();
  await devnet.remove();
}
