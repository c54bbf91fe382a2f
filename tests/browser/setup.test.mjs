// A page that has pinned the root of a setup, against the real host: how it starts, what it goes on through, what it refuses.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { condition, launch, open, reach, shoot, text, until } from "./browser.mjs";
import { Devnet } from "./devnet.mjs";
import { required } from "./environment.mjs";
import { Relay } from "./relay.mjs";

const DAY_MS = 86_400_000;
let browser;
let devnet;

before(async () => {
  devnet = await new Devnet({ validators: 4, "key-height": 8, "epoch-length": 4, "block-time-ms": 700 }).start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await devnet?.remove();
});

async function profile(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  return context;
}

/** Follows a host for one block, as a client in Rust does; returns its exit status and its last line. */
async function follow(url, root) {
  const args = ["follow", url, "--root", root, "--blocks", "1", "--json"];
  const { stdout, code = 0 } = await promisify(execFile)(required("RPP_HOST"), args).catch((failed) => failed);
  return { code, said: JSON.parse(stdout.trim().split("\n").at(-1)) };
}

/** Returns the cells of the table of signed files, file by file. */
const signed = (page) =>
  page.locator("#signed-files tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText)));

test("starts from a root, and shows who has signed what, until when", async (t) => {
  const page = await open(await profile(t), devnet.url, { root: devnet.root });
  await reach(page, 1);
  await condition(page, "proven");
  await page.locator("#signed").waitFor({ state: "visible" });
  const files = await signed(page);
  assert.deepEqual(files.map(([file]) => file.split(/\s+/)[0]), ["root", "circuits", "checkpoint"]);
  assert.match(files[0][1], /^pinned by whoever opened this page$/);
  for (const [, by] of files.slice(1)) assert.match(by, /^1 signed, 1 needed\s+[0-9A-F]{16}$/);
  for (const [, , until] of files) {
    assert.match(until, /^20\d\d-\d\d-\d\d \d\d:\d\d\s+in \d+ (days|h)/);
  }
  assert.equal(await page.locator("#signed-root").getAttribute("title"), devnet.root);
  assert.equal(await text(page, "trust-start"), devnet.root);
  assert.match(await page.locator("#trust-from > :visible").textContent(), /Their keys are in the root file/);
  assert.match(await page.locator("#route li.anchor .stop-note").textContent(), /Signed in the setup/);
  assert.deepEqual(page.quiet(), []);
  await shoot(page, "signed");
});

test("takes a pasted root", async (t) => {
  const page = await open(await profile(t), devnet.url);
  await page.locator("#setup-start").fill("0:ff");
  await page.locator("#setup-form .primary").click();
  await until("a complaint", async () => /VERSION:SHA256/.test(await text(page, "setup-error")));
  await page.locator("#setup-start").fill(devnet.root);
  await page.locator("#setup-form .primary").click();
  await reach(page, 1);
});

test("is refused by page, light client and minisign alike where a signed file was changed", async (t) => {
  const liar = await new Relay(devnet.url).start();
  t.after(() => liar.close());
  const honest = readFileSync(join(devnet.setup, "circuits.json"));
  const told = Buffer.from(honest);
  // A year more: still a file in canonical form.
  told[told.indexOf('"expires":') + '"expires":'.length] += 1;
  liar.alter = (path, body) => {
    const found = path.startsWith("/v1/setup") ? body.indexOf(honest) : -1;
    if (found < 0) return undefined;
    return Buffer.concat([body.subarray(0, found), told, body.subarray(found + told.length)]);
  };
  const page = await open(await profile(t), liar.url, { root: devnet.root });
  await condition(page, "refused");
  const code = "setup-ed25519";
  await until("why", async () => new RegExp(`^Code ${code}: .*circuits`).test(await text(page, "notice-detail")));
  assert.match(await text(page, "notice-detail"), /Nothing is proven yet/);
  await shoot(page, "setup-refused");

  const followed = await follow(liar.url, devnet.root);
  assert.deepEqual([followed.code, followed.said.code], [2, code]);

  const signature = readdirSync(devnet.setup).find((name) => /^circuits\.json\..*\.minisig$/.test(name));
  const file = join(devnet.folder, "told.json");
  const key = /RW[\w+/=]{54}/.exec(readFileSync(join(devnet.data, "devnet/setup/circuits.key.pub"), "utf8"))[0];
  const minisign = (bytes) => {
    writeFileSync(file, bytes);
    return execFileSync(process.env.MINISIGN ?? "minisign", ["-Vm", file, "-x", join(devnet.setup, signature), "-P", key]);
  };
  minisign(honest);
  assert.throws(() => minisign(told), /verification failed/);
});

test("waits with a sentence that says why where the checkpoint was not refreshed for seven days", async (t) => {
  const context = await profile(t);
  await context.route("**/app.js", async (asked) => {
    const response = await asked.fetch();
    const body = `const now = Date.now; Date.now = () => now() + ${8 * DAY_MS};\n${await response.text()}`;
    return asked.fulfill({ response, body });
  });
  const page = await open(context, devnet.url, { root: devnet.root });
  await condition(page, "late");
  assert.match(await page.locator("#notice > :visible").textContent(), /setup does not hold at this time/);
  await until("why", async () => /^Code setup-expired: .*checkpoint.* expired/.test(await text(page, "notice-detail")));
  assert.match(await text(page, "notice-detail"), /Nothing is proven yet/);
  assert.equal(await text(page, "height"), "–");
  await shoot(page, "setup-expired");
});

test("goes on with the first root while two people rotate a third in", async (t) => {
  const context = await profile(t);
  const page = await open(context, devnet.url, { root: devnet.root });
  const first = await reach(page, 1);
  writeFileSync(join(devnet.folder, "pass"), "correct horse battery staple\n");
  const [alice, bob] = ["alice", "bob", "carol"].map((name) => {
    devnet.setupCommand("keygen", "--role", "root", "--chain-id", "1", "--passphrase-file", "pass", `${name}.key`);
    return [`${name}.key`, "pass"];
  });
  // Alice and Bob take the root over from the devnet, and then have Carol join them.
  const two = ["--add-key", "alice.key.pub", "--add-key", "bob.key.pub", "--threshold", "root=2"];
  devnet.rotate("second", two, devnet.ownKey("root"), alice);
  devnet.rotate("third", ["--add-key", "carol.key.pub"], alice, bob);
  await until("the third root", async () => /^3:/.test((await devnet.served()).fingerprint));
  // The page that is open goes on, and so does one that is opened now with the same address.
  await reach(page, first + 3);
  await page.reload();
  await until("the third root in the page", async () => /^3:/.test(await page.locator("#signed-root").getAttribute("title")));
  await reach(page, first + 4);
  await condition(page, "proven");
  const [[, by]] = await signed(page);
  assert.match(by, /^2 signed, 2 needed/);
  assert.deepEqual(page.quiet(), []);
  await shoot(page, "rotated");
  const followed = await follow(devnet.url, devnet.root);
  assert.deepEqual([followed.code, followed.said.verdict], [0, "verified"]);
});
