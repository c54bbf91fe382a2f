// The wallet on the page, in Chromium against the real host: two people pay each other, tabs die, hosts lie.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { condition, launch, open, reach, shoot, text, until } from "./browser.mjs";
import { Devnet } from "./devnet.mjs";
import { FEE, GIFT, PASSPHRASE, Purse } from "./purse.mjs";
import { Relay } from "./relay.mjs";

// Signs 64 times: more than these tests need, and made in no time.
const KEY_HEIGHT = 6;
let browser;
let devnet;
// Two people, each with a browser of their own.
let ada;
let bob;

before(async () => {
  const sizes = { validators: 4, "key-height": 10, "epoch-length": 8, "block-time-ms": 700 };
  devnet = await new Devnet(sizes).start();
  browser = await launch();
  [ada, bob] = await Promise.all([person(), person({ colorScheme: "dark" })]);
});

after(async () => {
  await browser?.close();
  await devnet?.remove();
});

/** Somebody who has just registered an account. */
async function person(options) {
  const context = await browser.newContext(options);
  const purse = await visit(context);
  await purse.open();
  const words = await purse.create();
  return { context, purse, words, number: await purse.registered() };
}

/** Opens the page in a browser, and waits for a block. */
async function visit(context, more = {}) {
  const page = await open(context, devnet.url, { checkpoint: devnet.checkpoint, keyHeight: KEY_HEIGHT, ...more });
  await reach(page, 1);
  return new Purse(page);
}

/** Opens one more tab of somebody who has a key, and unlocks it. */
async function tab({ context }, more) {
  const purse = await visit(context, more);
  await purse.shown("#unlock");
  await purse.unlock();
  // The balance is proven.
  await purse.shown("#proof");
  return purse;
}

/** Returns the code that an element names, once it is seen. */
async function codeIn(purse, selector) {
  await purse.shown(selector);
  return purse.page.locator(`${selector} code`).textContent();
}

test("two people exchange value, and each sees what a balance is proven by", async () => {
  await ada.purse.fund();
  await shoot(ada.purse.page, "wallet-funded");
  await ada.purse.review(bob.number, 250_000);
  assert.match(await text(ada.purse.page, "review-total"), /^250,100 units$/);
  await shoot(ada.purse.page, "wallet-review");
  await ada.purse.page.locator("#sign").click();
  const { title, steps } = await ada.purse.done();
  assert.equal(title, "Done, and proven");
  assert.match(steps.at(-2), /^In block \d+, at place 1: shown by that block’s verified header$/);
  assert.match(steps.at(-1), /^What block \d+ did is proven: its state proof was verified here$/);
  await ada.purse.balance(GIFT - 250_000 - FEE);
  await bob.purse.balance(250_000);
  await bob.purse.pay(ada.number, 1_000);
  assert.equal((await bob.purse.done()).title, "Done, and proven");
  await bob.purse.balance(250_000 - 1_000 - FEE);
  await ada.purse.balance(GIFT - 250_000 - FEE + 1_000);
  assert.ok((await bob.purse.operations()).includes("Received 250,000 units"));
  await bob.purse.page.locator("#proof summary").click();
  assert.match(await text(bob.purse.page, "proof-since"), /^Every block from \d+ to \d+: the proof of each was verified here$/);
  assert.match(await text(bob.purse.page, "proof-path"), /^32 hashes lead from it to the state root/);
  assert.match(await text(bob.purse.page, "balance-proof"), /^Proven by block \d+, made \d+ s ago/);
  await shoot(bob.purse.page, "wallet-proven-dark");
  for (const { purse } of [ada, bob]) assert.deepEqual(purse.page.quiet(), []);
});

test("a tab that is killed between signing and sending neither loses nor doubles a payment", async () => {
  const [before, received] = [await balanceOf(ada), await balanceOf(bob)];
  const { page } = ada.purse;
  let bytes;
  await page.route("**/v1/transactions", async (route) => {
    bytes = route.request().postDataBuffer();
    await route.abort();
    await page.close();
  });
  const closed = page.waitForEvent("close");
  await ada.purse.pay(bob.number, 7_000);
  await closed;
  assert.ok(bytes.length > 1_000, "it was signed");
  ada.purse = await tab(ada);
  await ada.purse.shown("#send-again");
  assert.match(await text(ada.purse.page, "pending-what"), /^Pay 7,000 units to account \d+, fee 100 units\.$/);
  assert.ok(await ada.purse.page.locator("#send-form").isHidden(), "nothing else is to be signed");
  await shoot(ada.purse.page, "wallet-send-again");
  let again;
  ada.purse.page.on("request", (request) => {
    if (request.method() === "POST") again = request.postDataBuffer();
  });
  await ada.purse.page.locator("#send-again").click();
  await ada.purse.balance(before - 7_000 - FEE);
  await bob.purse.balance(received + 7_000);
  assert.deepEqual(again, bytes);
  const paid = (await ada.purse.operations()).filter((said) => said.startsWith("Pay 7,000 units"));
  assert.equal(paid.length, 1);
});

const balanceOf = async ({ purse }) => Number((await text(purse.page, "balance")).replaceAll(",", ""));

test("names the lie of a host that lies about a balance, a block with an operation, and what a block did", async (t) => {
  const liar = await new Relay(devnet.url).start();
  t.after(() => liar.close());
  const before = await balanceOf(ada);
  // An honest host in another tab would show what this one hides.
  await ada.purse.page.close();
  const purse = await tab(ada, { host: liar.url });
  await purse.balance(before);

  liar.alter = flipping(/^\/v1\/accounts\//, BALANCE);
  assert.equal(await codeIn(purse, "#balance-fault"), "claim-account");
  assert.match(await text(purse.page, "balance-fault"), /^The host’s answer was refused/);
  assert.equal(await balanceOf({ purse }), before);
  await shoot(purse.page, "wallet-balance-lie");
  liar.alter = undefined;
  await purse.page.locator("#balance-fault").waitFor({ state: "hidden" });

  liar.alter = flipping(/^\/v1\/transactions\//, (body) => body.length - 32);
  await purse.pay(bob.number, 10);
  assert.equal(await codeIn(purse, "#pending-fault"), "claim-inclusion");
  liar.alter = undefined;
  await until("the proof", async () => (await text(purse.page, "pending-title")) === "Done, and proven");
  await purse.done();

  // It takes a payment, and goes on saying that it waits: the account in a proven block says more.
  for (const lie of [hiding, flipping(/^\/v1\/transactions\//, (body) => body.length - 32)]) {
    liar.alter = lie;
    await purse.pay(bob.number, 11);
    assert.equal((await purse.done()).title, "Taken");
    liar.alter = undefined;
  }

  liar.alter = flipping(/^\/v1\/blocks\/\d+\/proofs\/state$/, (body) => body.length >> 1);
  await condition(purse.page, "refused");
  assert.match(await text(purse.page, "notice-detail"), /^Code [a-z-]+: /);
  liar.alter = undefined;
  await condition(purse.page, "proven");

  // Of the headers that are served, the one that is the head has another state root.
  liar.alter = flipping(/^\/v1\/head$/, STATE_ROOT);
  await condition(purse.page, "refused");
  assert.match(await text(purse.page, "notice-detail"), /^Code [a-z-]+: /);
  liar.alter = undefined;
  await condition(purse.page, "proven");
  assert.deepEqual(purse.page.quiet(), []);
  await purse.page.close();
  ada.purse = await tab(ada);
});

/** Changes one bit in answers to these paths, at a place in the body. */
function flipping(paths, place) {
  return (path, body) => {
    if (!paths.test(new URL(path, "http://host").pathname)) return undefined;
    const at = typeof place === "number" ? place : place(body);
    body[at] ^= 1;
    return body;
  };
}

/** Makes "it is in a block" into "it waits": another state, and neither position, count nor path. */
function hiding(path, body) {
  if (!path.startsWith("/v1/transactions/") || body[8] !== 1) return undefined;
  body[8] = 0;
  return body.subarray(0, body.length - (4 + 4 + 8 * 32));
}

// Section 17 of PROTOCOL.md: the balance in an account's document, the state root in that of a head.
const BALANCE = 8 + 4 + 32 + 4 + 4 + 32;
const STATE_ROOT = 8 + 4 + 28 + 32;

test("calls a host that is away trouble, and sends the same once it is back", async (t) => {
  const flaky = await new Relay(devnet.url).start();
  t.after(() => flaky.close());
  const before = await balanceOf(ada);
  await ada.purse.page.close();
  const purse = await tab(ada, { host: flaky.url });
  await purse.balance(before);
  await purse.review(bob.number, 20);
  flaky.away();
  await purse.page.locator("#sign").click();
  await purse.shown("#pending-fault");
  assert.match(await text(purse.page, "pending-fault"), /^The host could not be asked\. .*Send it again/s);
  flaky.away(false);
  await purse.page.locator("#send-again").click();
  assert.equal((await purse.done()).title, "Done, and proven");
  await purse.balance(before - 20 - FEE);

  // What is given up is not gone: whoever pays again is told.
  await purse.review(bob.number, 21);
  flaky.away();
  await purse.page.locator("#sign").click();
  await purse.shown("#pending-fault");
  await purse.page.locator("#abandon-begin").click();
  await purse.page.locator("#abandon").click();
  await purse.shown("#send-form");
  flaky.away(false);
  await purse.review(bob.number, 22);
  assert.match(await text(purse.page, "review-twice"), /may still be taken, as well as this: Pay 21 units to account \d+/);
  await shoot(purse.page, "wallet-given-up");
  await purse.page.locator("#sign").click();
  assert.equal((await purse.done()).title, "Done, and proven");
  await purse.balance(before - 20 - 22 - 2 * FEE);
  const states = () => purse.page.locator("#operations > li").evaluateAll((items) => items.map(({ dataset }) => dataset.state));
  await until("that it is void", async () => (await states())[1] === "passed");
  await purse.page.close();
  ada.purse = await tab(ada);
});

test("two tabs show the same", async () => {
  const other = await tab(bob);
  await other.balance(await balanceOf(bob));
  await bob.purse.pay(ada.number, 30);
  await until("the operation in the other tab", async () => (await other.operations())[0]?.startsWith("Pay 30 units"));
  await bob.purse.done();
  await until("the end in the other tab", async () => {
    const [state] = await other.page.locator("#operations > li").evaluateAll((items) => items.map(({ dataset }) => dataset.state));
    return state === "proven";
  });
  assert.deepEqual(await other.operations(), await bob.purse.operations());
  await other.page.close();
});

test("refuses a wrong passphrase and what cannot be paid, and says what to do", async () => {
  const { page } = bob.purse;
  await page.locator("#lock").click();
  await bob.purse.shown("#unlock");
  await bob.purse.unlock("seven quiet lambs");
  assert.equal(await codeIn(bob.purse, '[data-problem="unlock"]'), "key-file-passphrase");
  assert.equal(await page.evaluate(() => document.activeElement.id), "unlock");
  await bob.purse.unlock();
  await bob.purse.shown("#send-form");
  const wrong = async (to, amount, said) => {
    await bob.purse.fill({ "send-to": String(to), "send-amount": amount });
    await bob.purse.submit("send-form");
    await until(`“${said}”`, async () => said.test(await page.locator('[data-problem="send"]').textContent()));
  };
  await wrong(ada.number, "1,5", /Whole units only/);
  await wrong(ada.number, "9,000,000", /more than the balance of [\d,]+ units/);
  await wrong(7_777_777, "10", /Block [\d,]+ shows that there is no account 7777777\. Check the number\./);
  assert.equal(await page.evaluate(() => document.activeElement.id), "send-to");
  assert.deepEqual(page.quiet(), []);
});

test("changes the key: the old one signs nothing any more, and its words say so", async () => {
  const { page } = bob.purse;
  const before = await balanceOf(bob);
  await page.locator('[data-tab="key"]').click();
  await page.locator('[data-tab-is="key"] [data-does="rekey"]').click();
  await bob.purse.submit("rekey-form");
  const words = await bob.purse.words();
  assert.notEqual(words, bob.words);
  await page.locator("#rekey-sign").click();
  assert.equal((await bob.purse.done()).title, "Done, and proven");
  await bob.purse.balance(before - FEE);
  await bob.purse.pay(ada.number, 40);
  assert.equal((await bob.purse.done()).title, "Done, and proven");

  const old = await restored({ ...bob });
  await old.shown('[data-next="stranger"]');
  await shoot(old.page, "wallet-old-key");
  assert.ok(await old.page.locator("#send-form").isHidden());
  // It can go: the browser is as it was before.
  await old.page.locator('[data-next="stranger"] [data-does="remove"]').click();
  await old.page.locator("#remove-sure").check();
  await old.submit("remove-form");
  await old.shown("#create");
  assert.deepEqual(old.page.quiet(), []);
  await old.page.context().close();
  bob.words = words;
});

test("restores an account from its words, which then only changes the key", async () => {
  const purse = await restored(bob);
  await purse.shown('[data-next="rekey"]');
  assert.ok(await purse.page.locator("#send-form").isHidden());
  await shoot(purse.page, "wallet-restored");
  await purse.page.locator('[data-next="rekey"] [data-does="rekey"]').click();
  await purse.submit("rekey-form");
  await purse.words();
  await purse.page.locator("#rekey-sign").click();
  assert.equal((await purse.done()).title, "Done, and proven");
  await purse.pay(ada.number, 50);
  assert.equal((await purse.done()).title, "Done, and proven");
  await bob.purse.shown('[data-next="stranger"]');
  assert.deepEqual(purse.page.quiet(), []);
  await purse.page.context().close();
});

/** Restores an account in a browser of its own. */
async function restored({ words, number }) {
  const purse = await visit(await browser.newContext({ viewport: { width: 360, height: 740 } }));
  await purse.open();
  await purse.page.locator("#restore-begin").click();
  await purse.fill({
    "restore-words": words,
    "restore-account": String(number),
    "restore-one": PASSPHRASE,
    "restore-two": PASSPHRASE,
  });
  await purse.submit("restore-form");
  await purse.shown("#balance");
  const overflow = await purse.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide for a phone`);
  return purse;
}

test("is loaded when it is opened, and can be used with a keyboard", async () => {
  const context = await browser.newContext();
  const asked = [];
  context.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const { page } = await visit(context);
  const wallet = ["/wallet.js", "/wallet.css", "/wallet-worker.js", "/generated/rpp_wallet_bg.wasm"];
  assert.deepEqual(asked.filter((path) => wallet.includes(path)), []);
  await page.locator("#purse-open").focus();
  await page.keyboard.press("Enter");
  await page.locator("#create").waitFor();
  assert.deepEqual(wallet.filter((path) => !asked.includes(path)), []);
  assert.equal(await page.evaluate(() => document.activeElement.id), "purse-title");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "create");
  await page.keyboard.press("Enter");
  await page.locator("#words-noted").waitFor();
  await shoot(page, "wallet-words");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Write down these 24 words");
  await context.close();
});

test("opens no key on the word of a link that begins elsewhere, unless its owner says so twice", async () => {
  const purse = await visit(ada.context, { checkpoint: await devnet.checkpointAt(3) });
  await purse.shown("#unlock");
  await purse.unlock();
  const problem = purse.page.locator('[data-problem="unlock"]');
  await until("a warning", async () => /another root or checkpoint/.test(await problem.textContent()));
  assert.ok(!(await purse.page.locator("#proof").isVisible()));
  await purse.unlock();
  await purse.shown("#proof");
  assert.deepEqual(purse.page.quiet(), []);
});
