// The demo in Chromium against the real host, over its network and through its life.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { compressedBytes } from "../../pkg/demo/javascript.mjs";
import { cases } from "../../pkg/test/corpus.js";
import { condition, height, launch, open, reach, shoot, text, until } from "./browser.mjs";
import { Devnet } from "./devnet.mjs";
import { required } from "./environment.mjs";
import { Relay } from "./relay.mjs";

const EPOCH = 4;
// What the page may load before its first head, view and package together. Questions of the package, of which `history` is the
// newest, are in it; the pages beside the head are not.
const MOST_JAVASCRIPT = 16 * 1024;
let browser;
let devnet;

before(async () => {
  const sizes = { validators: 4, "key-height": 8, "epoch-length": EPOCH, "block-time-ms": 700 };
  devnet = await new Devnet(sizes).start();
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

/** The demo at the genesis, as the host serves it. */
const visit = (context, options = {}) =>
  open(context, devnet.url, { checkpoint: devnet.checkpoint, ...options });

const notice = (page) => page.locator("#notice > :visible").textContent();

const trustedFrom = (page) => page.locator("#trust-from > :visible").textContent();

const route = (page, kind) => page.locator(`#route li.${kind} .stop-height`).allTextContents();

test("verifies blocks while they appear, and says what was checked", async (t) => {
  const page = await visit(await profile(t));
  const first = await reach(page, 1);
  await reach(page, first + 3);
  await condition(page, "proven");
  assert.equal(await text(page, "stark-bits"), "128");
  assert.equal(await text(page, "hash-bits"), "123");
  assert.match(await text(page, "proof-bytes"), /^\d+(\.\d)? KiB$/);
  assert.match(await text(page, "verify-ms"), /^\d+(\.\d)? ms$/);
  assert.ok(Number.parseFloat(await text(page, "power")) >= 66.6);
  assert.equal(await text(page, "freshness"), "fresh");
  assert.match(await trustedFrom(page), /came\s+with the link/);
  assert.match(await text(page, "announce"), /Block \d+ is proven/);
  assert.deepEqual(page.quiet(), []);
  await shoot(page, "verified");
});

test("loads nothing twice, and has a use for all that it preloads", async (t) => {
  const context = await profile(t);
  const loading = [];
  context.on("requestfinished", (request) => {
    const body = bodyOf(request);
    // What comes when the test is over has no page any more.
    body.catch(() => {});
    loading.push(body);
  });
  const page = await visit(context);
  await reach(page, 1);
  const bodies = await Promise.all(loading);
  const of = (asked) => bodies.filter(({ path }) => path === asked).map(({ bytes }) => bytes);
  for (const path of ["/app.js", "/style.css", "/generated/rpp_wasm_bg.wasm"]) {
    const whole = of(path).filter((bytes) => bytes > 0);
    assert.equal(whole.length, 1, `${path}: ${of(path)} bytes`);
  }
  assert.equal(of("/generated/rpp_wasm_bg.wasm").length, 1, "the preload is what is compiled");
  const scripts = bodies.map(({ path }) => path).filter((path) => path.endsWith(".js"));
  const first = [...new Set(scripts)].filter((path) => path !== "/later.js");
  assert.deepEqual(first, ["/app.js"]);
  const script = compressedBytes(join(required("RPP_SITE"), "app.js"));
  assert.ok(script <= MOST_JAVASCRIPT, `${script} bytes of JavaScript under gzip`);
});

async function bodyOf(request) {
  const { responseBodySize: bytes } = await request.sizes();
  return { path: new URL(request.url()).pathname, bytes };
}

test("catches up over two epoch changes from the same checkpoint in another profile", async (t) => {
  await until("two epochs", async () => (await devnet.height()) >= 2 * EPOCH + 1);
  const context = await profile(t, { colorScheme: "dark" });
  const page = await visit(context);
  await reach(page, 2 * EPOCH + 1);
  const hops = (await route(page, "hop")).map(Number);
  assert.ok(hops.includes(EPOCH - 1) && hops.includes(2 * EPOCH - 1), `hops at ${hops}`);
  assert.equal((await route(page, "anchor"))[0], "0");
  assert.deepEqual(page.quiet(), []);
  await shoot(page, "hops-dark");
});

test("refuses a proof with one flipped byte, names the code, and recovers by itself", async (t) => {
  const page = await visit(await profile(t));
  await reach(page, 1);
  await page.locator("#tamper").click();
  const step = (name) => page.locator(`#tamper-steps [data-step="${name}"]`);
  await step("refused").waitFor({ state: "visible" });
  await shoot(page, "tamper-refused");
  assert.match(await step("refused").textContent(), /^Refused: [a-z]+(-[a-z]+)* \(.+\)$/);
  await step("recovered").waitFor({ state: "visible" });
  await condition(page, "proven");
  const refused = page.locator('#log [data-kind="refused"]');
  assert.equal(await refused.count(), 1);
  assert.equal(await page.locator("#tamper").getAttribute("aria-disabled"), "false");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tamper", "the focus stays");
  assert.deepEqual(page.quiet(), []);
  await shoot(page, "tamper-recovered");
});

test("shows a frozen host's head as out of date, within the bound", async (t) => {
  const bound = 4_000;
  const frozen = await new Relay(devnet.url).start();
  t.after(() => frozen.close());
  const options = { checkpoint: devnet.checkpoint, query: `?maxHeadAgeMs=${bound}` };
  const page = await open(await profile(t), frozen.url, options);
  await reach(page, 1);
  await condition(page, "proven");
  const at = await frozen.freeze();
  const start = performance.now();
  await condition(page, "stale");
  const took = performance.now() - start;
  // The bound of the link, and not the page's own of a minute.
  assert.ok(took < 60_000, `stale after ${took} ms`);
  assert.ok((await height(page)) <= at);
  assert.equal(await text(page, "freshness"), "out of date");
  await shoot(page, "stale");
  frozen.thaw();
  await condition(page, "proven");
  assert.deepEqual(page.quiet(), []);
});

test("keeps what is proven while the host is away, and goes on when it is back", async (t) => {
  const flaky = await new Relay(devnet.url).start();
  t.after(() => flaky.close());
  const page = await open(await profile(t), flaky.url, { checkpoint: devnet.checkpoint });
  await reach(page, 1);
  flaky.away();
  await condition(page, "away");
  const kept = await height(page);
  assert.match(await notice(page), /^Host unreachable, showing what is proven so far/);
  await until("a next try", async () => /Next try in \d+ s/.test(await text(page, "notice-detail")));
  assert.equal(await height(page), kept);
  await shoot(page, "host-away");
  flaky.away(false);
  await reach(page, kept + 1);
  await condition(page, "proven");
  assert.deepEqual(page.quiet(), []);
});

test("goes on with a host that was killed and started again, which lost nothing", async (t) => {
  const page = await visit(await profile(t));
  await reach(page, 2);
  await devnet.kill();
  await condition(page, "away");
  const kept = await height(page);
  const hash = await page.locator("#hash").getAttribute("title");
  await devnet.start();
  await reach(page, kept + 1);
  await condition(page, "proven");
  assert.equal(await devnet.hash(kept), hash);
  assert.equal(await page.locator('#log [data-kind="refused"]').count(), 0);
  assert.deepEqual(page.quiet(), []);
});

test("restores what was verified when the page is loaded again, without the host", async (t) => {
  const flaky = await new Relay(devnet.url).start();
  t.after(() => flaky.close());
  const page = await open(await profile(t), flaky.url, { checkpoint: devnet.checkpoint });
  const before = await reach(page, 2);
  flaky.away();
  await condition(page, "away");
  await page.reload();
  assert.ok((await reach(page, 1)) >= before);
  await page.locator('#log [data-kind="stored"]').waitFor();
  await shoot(page, "restored");
  flaky.away(false);
  await reach(page, before + EPOCH);
  // Nothing on this page shows how the stored head was reached, so it stays in the picture.
  assert.equal(await page.locator("#route li.stored").count(), 1);
  assert.deepEqual(page.quiet(), []);
});

test("follows in two tabs of one profile at once", async (t) => {
  const context = await profile(t);
  const pages = [await visit(context), await visit(context)];
  const reached = await Promise.all(pages.map((page) => reach(page, 1)));
  await Promise.all(pages.map((page, i) => reach(page, reached[i] + 3)));
  for (const page of pages) {
    assert.equal(await page.locator('#log [data-kind="refused"]').count(), 0);
    assert.deepEqual(page.quiet(), []);
  }
});

test("asks what to start from where the address does not say, and takes a pasted one", async (t) => {
  const page = await open(await profile(t), devnet.url);
  await page.locator("#setup").waitFor();
  await shoot(page, "setup");
  await page.locator("#setup-start").fill("7:not-a-hash:1:4");
  await page.locator("#setup-form .primary").click();
  await page.locator("#setup-error").waitFor();
  await page.locator("#setup-start").fill(devnet.checkpoint);
  await page.locator("#setup-form .primary").click();
  await reach(page, 1);
  assert.match(await trustedFrom(page), /came\s+with the link/);
});

test("says so when the genesis is only the host's word", async (t) => {
  const page = await open(await profile(t), devnet.url);
  await page.locator("#setup-genesis").click();
  await reach(page, 1);
  assert.match(await trustedFrom(page), /the host itself showed/);
});

test("follows a host of another origin", async (t) => {
  const site = await new Relay().start();
  t.after(() => site.close());
  const options = { checkpoint: devnet.checkpoint, host: devnet.url };
  const page = await open(await profile(t), site.url, options);
  await reach(page, 1);
  assert.equal(await text(page, "host"), devnet.url);
  assert.deepEqual(site.paths.filter((path) => path.startsWith("/v1/")), []);
});

test("calls a head out of date by its own clock, where its worker hangs", async (t) => {
  const page = await visit(await profile(t), { query: "?maxHeadAgeMs=3000" });
  await reach(page, 1);
  await condition(page, "proven");
  // It never answers, and ends with the profile.
  page.workers()[0].evaluate(() => { for (;;); }).catch(() => {});
  await condition(page, "stale");
  assert.equal(await text(page, "freshness"), "out of date");
});

test("lets a link ask for a fresher head, and for no older one", async (t) => {
  const page = await visit(await profile(t), { query: "?maxHeadAgeMs=900000000" });
  await reach(page, 1);
  assert.match(await text(page, "trust-age"), /after 60 s/);
});

test("stops where the chain has split, says so, and is still stopped when it is loaded again", async (t) => {
  const [before, after] = ["accept-skip", "reject-conflicting-headers"].map((name) =>
    cases().find((one) => one.name === name),
  );
  let { answers } = before;
  const context = await profile(t);
  // The chain of the corpus is older than a client trusts by the clock of today.
  await context.route("**/app.js", async (asked) => {
    const response = await asked.fetch();
    const body = `Date.now = () => ${before.now_ms};\n${await response.text()}`;
    return asked.fulfill({ response, body });
  });
  await context.route("http://split.test/**", (asked) => {
    const { pathname, search } = new URL(asked.request().url());
    const type = asked.request().headers().accept;
    const headers = { "access-control-allow-origin": "*", "content-type": type };
    const body = answers[pathname + search];
    if (body === undefined) return asked.fulfill({ status: 404, headers });
    return asked.fulfill({ status: 200, headers, body: Buffer.from(body, "base64") });
  });
  const options = { checkpoint: before.checkpoint, host: "http://split.test" };
  const page = await visit(context, options);
  await reach(page, 3);
  ({ answers } = after);
  await condition(page, "stopped");
  assert.match(await notice(page), /^Stopped: the validators signed two chains/);
  assert.match(await text(page, "notice-detail"), /^Code conflicting-headers: /);
  assert.match(await page.locator("#notice-more > :visible").textContent(), /kept in this browser/);
  await shoot(page, "stopped");
  ({ answers } = before);
  const again = await visit(context, options);
  await condition(again, "stopped");
});

test("can be used with a keyboard, and keeps its checkpoint when the header is skipped", async (t) => {
  const page = await visit(await profile(t));
  const first = await reach(page, 1);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await reach(page, first + 1);
  assert.ok(await page.locator("#setup").isHidden());
  await page.locator("#tamper").focus();
  await page.keyboard.press("Enter");
  await page.locator('#tamper-steps [data-step="recovered"]').waitFor({ state: "visible" });
  assert.deepEqual(page.quiet(), []);
});

test("shows the form alone where the address names no host", async (t) => {
  const options = { checkpoint: devnet.checkpoint, host: "ftp://nobody" };
  const page = await open(await profile(t), devnet.url, options);
  await page.locator("#setup-error").waitFor();
  await page.waitForTimeout(1_500);
  assert.equal(await page.locator("body").getAttribute("data-condition"), "setup");
  assert.ok(await page.locator("#wallet").isHidden());
});

test("fits a phone", async (t) => {
  const context = await profile(t, { viewport: { width: 360, height: 740 } });
  const page = await visit(context);
  await reach(page, EPOCH);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await shoot(page, "phone");
});
