// A browser that follows a devnet which deletes its old blocks: what it can still be shown of them, and how often validators vote.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open, reach, shoot, text, until } from "./browser.mjs";
import { Devnet } from "./devnet.mjs";
import { Purse } from "./purse.mjs";
import { Relay } from "./relay.mjs";

const EPOCH = 8;
const VALIDATORS = 4;
// As many epochs as the page asks about.
const BARS = 8;
const PRUNED = 32;
let browser;
let devnet;

before(async () => {
  const sizes = { validators: VALIDATORS, "key-height": 10, "epoch-length": EPOCH, "block-time-ms": 300 };
  devnet = await new Devnet({ ...sizes, "prune-behind": PRUNED }).start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await devnet?.remove();
});

/** A profile of its own, closed with the test. */
async function profile(t, options = {}) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  return context;
}

/** Opens the page in a browser, and waits for a block. */
async function visit(context, more = {}) {
  const page = await open(context, more.origin ?? devnet.url, { checkpoint: devnet.checkpoint, ...more });
  await reach(page, 1);
  return page;
}

const json = async (path) => (await fetch(devnet.url + path)).json();

/** Waits until the host has deleted an operation, which it had; resolves to what is left of it. */
async function deleted(hash) {
  assert.equal((await json(`/v1/transactions/${hash}`)).state, "included");
  return until("the pruning of its block", async () => {
    const left = await json(`/v1/transactions/${hash}`);
    return left.state === "pruned" && left;
  });
}

/** Shows the link of an operation in the wallet's list, and resolves to its hash. */
async function listed(page, deed) {
  const entry = page.locator("#operations details", { hasText: deed });
  await entry.locator("summary").click();
  const link = entry.getByText("What shows that it was in its block");
  await link.waitFor();
  return { link, hash: await entry.getAttribute("data-hash") };
}

const shown = (page) => page.locator("#shown").waitFor({ state: "visible" });

const said = (page, id) => page.locator(`#${id} > :visible`).textContent();

/** Whatever is asked of a host about operations. */
const asked = (relay) => relay.paths.filter((path) => path.startsWith("/v1/transactions/"));

/** Pastes a receipt, and has it checked. */
async function check(page, receipt) {
  await page.locator("#receipt").fill(receipt);
  await page.locator('#receipt-form [type="submit"]').click();
}

test("shows an operation as still proven when the host has deleted it, to whoever has it", async (t) => {
  const context = await profile(t);
  const page = await visit(context, { keyHeight: 6 });
  const purse = new Purse(page);
  await purse.open();
  await purse.create();
  await purse.registered();
  await purse.fund();
  await purse.pay(0, 1_234);
  await purse.done();
  const { link, hash } = await listed(page, "Pay 1,234 units to account 0");
  const left = await deleted(hash);
  assert.equal(left.operation, undefined, "the host has it no more");

  await link.click();
  await shown(page);
  assert.match(await text(page, "shown-title"), /^Proven: it was in block \d+\.$/);
  assert.match(await text(page, "shown-deed"), /^Account \d+ pays 1,234 units to account 0, fee 100 units, nonce \d+\.$/);
  assert.match(await said(page, "shown-from"), /kept in this browser .* they do not come from the host/);
  assert.equal(await text(page, "shown-hash"), hash);
  const header = await json(`/v1/blocks/${left.height}`);
  assert.equal(await text(page, "shown-header"), header.hash);
  assert.equal(await text(page, "shown-root"), header.header.tx_root);
  assert.match(await text(page, "shown-link"), /^Thirty-two hashes lead .* header of block \d+, the newest that was proven to this browser when it was checked\.$/);
  await page.locator('#shown-pruned [data-is="pruned"]').waitFor({ state: "visible" });
  const range = await text(page, "range-link");
  assert.match(range, /^\/v1\/pruning\/\d+-\d+$/);
  const [first, last] = range.split("/").at(-1).split("-").map(Number);
  assert.ok(first <= left.height && left.height <= last, range);
  assert.equal(await page.locator("#range-link").getAttribute("href"), devnet.url + range);
  assert.equal((await fetch(devnet.url + range)).status, 200);
  await shoot(page, "operation-pruned");
  const receipt = await page.locator("#receipt").inputValue();
  assert.ok(receipt.startsWith(`${header.hash}:`));

  // The wallet is where it was.
  await page.locator("#page-back").click();
  await page.locator("#page").waitFor({ state: "hidden" });
  assert.ok(await page.locator("#own-account").isVisible());
  assert.deepEqual(page.quiet(), []);
  await handedOver(t, receipt, header.hash);
});

/** Whoever has got the text from somebody else, over a host that lies. */
async function handedOver(t, receipt, block) {
  const liar = await new Relay(devnet.url).start();
  t.after(() => liar.close());
  const page = await visit(await profile(t, { viewport: { width: 360, height: 740 } }), { origin: liar.url });
  await page.locator("#to-operation").click();
  await check(page, receipt);
  await shown(page);
  assert.match(await said(page, "shown-from"), /they come from you, not from the host/);
  await page.locator('#shown-pruned [data-is="pruned"]').waitFor({ state: "visible" });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await shoot(page, "operation-narrow");

  const refused = async (code) => {
    await page.locator("#receipt-problem").waitFor({ state: "visible" });
    assert.ok(await page.locator("#shown").isHidden(), "nothing is shown as proven");
    assert.equal(await page.locator("#receipt-problem code").textContent(), code);
  };
  for (const [paths, at, code] of [
    // The last hash of the path; the position; the operation's hash; the block's state root; the last hash of the header's path.
    [/^\/v1\/transactions\//, -1, "claim-inclusion"],
    [/^\/v1\/transactions\//, 8 + 4 + 4 + 32, "claim-inclusion"],
    [/^\/v1\/transactions\//, 8 + 4 + 4, "other-operation"],
    [/^\/v1\/blocks\/\d+$/, 8 + 28 + 32, "claim-not-ancestor"],
    [/^\/v1\/ancestors\//, -1, "claim-not-ancestor"],
  ]) {
    liar.alter = (path, body) => {
      if (!paths.test(new URL(path, "http://host").pathname)) return undefined;
      body[at < 0 ? body.length + at : at] ^= 1;
      return body;
    };
    await check(page, receipt);
    await refused(code);
    assert.match(await text(page, "receipt-problem"), /^The host’s answer was refused.*Check it again/);
    if (code === "claim-inclusion") await shoot(page, "operation-lie");
  }
  liar.alter = undefined;
  // The host is right, and whoever has handed it over is not.
  const genesis = await devnet.hash(0);
  await check(page, receipt.replace(block, genesis));
  await refused("claim-other-block");
  assert.match(await text(page, "receipt-problem"), /^That block does not have it\./);

  // Of what is no receipt nobody is asked.
  const before = asked(liar).length;
  for (const [wrong, why] of [
    ["nothing", /It has to be the hash of the block/],
    [`${block}:%%%`, /neither hexadecimal nor base64/],
    [`${block}:AAAA`, /not a signed operation/],
    [receipt.slice(0, -8), /cut short, or too long/],
    [`${receipt.slice(0, -6)}______`, /The operation is damaged/],
  ]) {
    await check(page, wrong);
    await until(`what is wrong with ${wrong.slice(0, 8)}`, async () => why.test(await text(page, "receipt-problem")));
    assert.ok(await page.locator("#shown").isHidden());
  }
  // Nor of the hash of one that is not kept here.
  const turn = (operation) =>
    page.evaluate((to) => (location.hash = location.hash.replace(/&operation=.*/, `&operation=${to}`)), operation);
  await turn("00".repeat(32));
  await until("what is wrong", async () => /does not keep that operation/.test(await text(page, "receipt-problem")));
  assert.equal(asked(liar).length, before);
  await turn(receipt);
  await shown(page);
  assert.match(await said(page, "shown-from"), /came with the link/);
  assert.deepEqual(page.quiet(), []);
}

/** What the page shows of each epoch, newest first. */
const rows = (page) =>
  page.locator("#uptime-rows tr").evaluateAll((found) =>
    found.map((row) => ({
      epoch: Number(row.dataset.epoch),
      step: row.dataset.step,
      cells: [...row.cells].map(({ textContent }) => textContent),
    })),
  );

const bars = (page) =>
  page.locator("#uptime-chart .bar").evaluateAll((found) =>
    found.map((bar) => ({
      epoch: Number(bar.dataset.epoch),
      step: bar.dataset.step,
      value: bar.querySelector(".value").textContent,
      height: Number(bar.querySelector("rect").getAttribute("height")),
    })),
  );

/** Waits until the page shows all epochs, each at one of these steps. */
const settled = (page, ...steps) =>
  until(`epochs that are ${steps.join(" or ")}`, async () => {
    const all = await rows(page);
    return all.length === BARS && all.every(({ step }) => steps.includes(step)) && all;
  });

async function visitValidator(context, validator, more = {}) {
  const page = await visit(context, more);
  await page.evaluate((index) => (location.hash += `&validator=${index}`), validator);
  await page.locator("#uptime-chart").waitFor();
  return page;
}

test("shows how often a validator has voted, each bar proven", async (t) => {
  await until("all epochs", async () => (await devnet.height()) >= BARS * EPOCH);
  const page = await visit(await profile(t, { colorScheme: "dark" }));
  await page.evaluate(() => (window.isSame = true));
  await page.locator("#closer-title").scrollIntoViewIfNeeded();
  await shoot(page, "closer-dark");
  await page.locator("#to-validator").click();
  await page.locator("#uptime-chart").waitFor();
  const validator = Number(await text(page, "validator-index"));
  const all = await settled(page, "verified");
  for (const { epoch, cells } of all) {
    const { signed, first, last } = await json(`/v1/uptime/${validator}?epoch=${epoch}`);
    const blocks = last - first + 1;
    assert.equal(blocks, epoch === 0 ? EPOCH - 1 : EPOCH);
    assert.deepEqual(cells.slice(0, 2), [String(epoch), `${first}–${last}`]);
    assert.match(cells[2], new RegExp(`^${signed} of ${blocks} \\(\\d+(\\.\\d)? %\\)$`));
    assert.match(cells[3], /^Verified here: STARK of 128 bits, under header [0-9a-f]{8}…[0-9a-f]{8}$/);
  }
  const drawn = await bars(page);
  assert.deepEqual(drawn.map(({ epoch }) => epoch), all.map(({ epoch }) => epoch).toReversed());
  for (const { epoch, step, value, height } of drawn) {
    const { signed, first, last } = await json(`/v1/uptime/${validator}?epoch=${epoch}`);
    assert.deepEqual([step, value], ["verified", String(signed)]);
    assert.ok(Math.abs(height - (130 * signed) / (last - first + 1)) < 0.01);
  }
  assert.match(await text(page, "uptime-progress"), /^8 of 8 epochs verified\./);
  assert.match(await page.getByRole("img", { name: /^Epochs \d+ to \d+: voted for \d+ of \d+ blocks/ }).getAttribute("id"), /uptime-chart/);
  await shoot(page, "validator-dark");

  // The next epoch comes by itself, and the page goes on to another validator without being loaded again.
  const newest = all[0].epoch;
  await until("the next epoch", async () => (await rows(page))[0].epoch > newest);
  await page.locator(validator > 0 ? "#validator-before" : "#validator-after").click();
  const other = validator > 0 ? validator - 1 : 1;
  await until("the other validator", async () => (await text(page, "validator-index")) === String(other));
  await settled(page, "verified");
  assert.ok(await page.evaluate(() => window.isSame), "it was not loaded again");
  await page.goBack();
  await until("the first validator", async () => (await text(page, "validator-index")) === String(validator));
  // The address alone leads here.
  await page.reload();
  await page.locator("#uptime-chart").waitFor();
  assert.equal(await text(page, "validator-index"), String(validator));
  await settled(page, "verified");
  assert.deepEqual(page.quiet(), []);
});

test("says why an epoch has no number, and shows none that is not proven", async (t) => {
  const liar = await new Relay(devnet.url).start();
  t.after(() => liar.close());
  const context = await profile(t, { viewport: { width: 360, height: 740 } });
  const problem = (status, code, more = {}) => ({
    status,
    headers: { "content-type": "application/problem+json", ...more },
    body: JSON.stringify({ code }),
  });
  const count = Math.floor((await devnet.height()) / EPOCH);
  const [lied, making, forgotten] = [count - 1, count - 2, count - 3];
  // One too many, or one too few.
  liar.alter = (path, body) => {
    if (!path.endsWith(`epoch=${lied}`)) return undefined;
    body[body.length - 4] ^= 1;
    return body;
  };
  await context.route(`**/v1/proofs/uptime/2@${making}`, (asked) => asked.fulfill(problem(404, "not-proven-yet", { "retry-after": "1" })));
  await context.route(`**/v1/uptime/2?epoch=${forgotten}`, (asked) => asked.fulfill(problem(404, "votes-unknown")));
  const page = await visitValidator(context, 2, { origin: liar.url });
  const at = (epoch, step) =>
    until(`epoch ${epoch} to be ${step}`, async () => (await rows(page)).find((row) => row.epoch === epoch && row.step === step));
  const nothing = async ({ epoch, step, cells }, why) => {
    assert.deepEqual(cells.slice(1, 3), ["–", "–"]);
    assert.match(cells[3], why);
    const bar = (await bars(page)).find((one) => one.epoch === epoch);
    assert.equal(bar.step, step);
    assert.match(bar.value, /^[…?!]$/);
  };
  await nothing(await at(lied, "refused"), /^Refused \([a-z-]+\): what the host said does not hold/);
  await nothing(await at(making, "making"), /^The host is making its proof\.$/);
  await nothing(await at(forgotten, "unknown"), /^The host does not have the votes of this epoch, it says/);
  await at(count - 4, "verified");
  await until("the rest", async () => (await rows(page)).filter(({ step }) => step === "verified").length >= BARS - 3);
  assert.match(await text(page, "uptime-progress"), /The host is making a proof\..* 1 refused: what the host said does not hold\./);
  assert.match(await text(page, "uptime-said"), /, without the 3 not verified: /);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await shoot(page, "validator-narrow");
  // It is asked again: the lie is over, and the proof is made.
  liar.alter = undefined;
  await context.unroute(`**/v1/proofs/uptime/2@${making}`);
  await at(lied, "verified");
  await at(making, "verified");
  // There is no such validator in any set.
  await page.evaluate((index) => (location.hash = location.hash.replace(/validator=\d+/, `validator=${index}`)), VALIDATORS);
  for (const row of await settled(page, "unknown")) await nothing(row, /^The set of this epoch has no such validator, the host says\.$/);
  await shoot(page, "validator-unknown");
  assert.deepEqual(page.quiet(), []);
});
