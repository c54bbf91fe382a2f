// The demo in Chromium, pinned to the genesis of a chain of many epochs: spans lead to the head.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { condition, launch, open, reach, shoot, text, until } from "./browser.mjs";
import { Devnet } from "./devnet.mjs";

const EPOCH = 2;
const EPOCHS = 100;
const SPAN = 16;
let browser;
let devnet;

before(async () => {
  // Nobody waits for a block here: the chain is as fast as its provers.
  const speed = { "block-time-ms": 1, "key-height": 8 };
  devnet = await new Devnet({ validators: 3, "epoch-length": EPOCH, "span-epochs": SPAN, ...speed }).start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await devnet?.remove();
});

const get = async (path) => {
  const answer = await fetch(devnet.url + path);
  return answer.ok ? answer.json() : undefined;
};

test("a browser pinned to epoch 0 of a hundred reaches the head by spans", async (t) => {
  await until(`${EPOCHS} epochs`, async () => (await devnet.height()) >= EPOCHS * EPOCH + 1);
  const full = Math.floor(EPOCHS / SPAN);
  const last = full * SPAN - 1;
  await until("the last full span", async () => await get(`/v1/spans/${last - SPAN + 1}-${last}`));
  const context = await browser.newContext();
  t.after(() => context.close());
  const asked = [];
  context.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const page = await open(context, devnet.url, { checkpoint: devnet.checkpoint });
  const head = await reach(page, EPOCHS * EPOCH);
  await condition(page, "proven");
  assert.ok(head >= EPOCHS * EPOCH);

  // One proof for each range, and single ones for what comes after.
  const spans = asked.filter((path) => path.startsWith("/v1/proofs/span/"));
  const ranges = Array.from({ length: full }, (_, i) => `/v1/proofs/span/${i * SPAN}-${(i + 1) * SPAN - 1}`);
  assert.deepEqual(spans.slice(0, full), ranges);
  const singles = asked.filter((path) => /^\/v1\/blocks\/\d+\/proofs\/consensus$/.test(path));
  const heights = singles.map((path) => Number(path.split("/")[3]));
  assert.ok(Math.min(...heights) > (last + 1) * EPOCH - 1, `${heights}`);
  assert.match(await page.locator("#route li.gap").first().textContent(), /\d+ epochs/);
  assert.match(await text(page, "stark-bits"), /128/);
  await shoot(page, "spans");
  assert.deepEqual(page.quiet(), []);
});
