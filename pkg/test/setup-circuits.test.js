// A client with a pinned root, on a real host whose setup revokes a circuit.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startWith } from "../src/client.js";
import { systemClock } from "../src/clock.js";
import { required as compile } from "../src/compile.js";
import { clientOptions } from "../src/options.js";
import { LightClient } from "../slim.js";
import { hostBinary, startHost, stopHosts } from "./host.js";

const skip = hostBinary() ? false : "there is no prover-host: build it, or set RPP_HOST";
const MODULE = new WebAssembly.Module(readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url)));
const DAY_MS = 86_400_000;

describe("with a real host that has a setup", { skip }, () => {
  let folder;
  let host;
  let root;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pkg-setup-"));
    host = await startHost(join(folder, "chain"));
    root = (await served()).first_fingerprint;
  });

  after(() => {
    stopHosts();
    // It may still be ending.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  const served = async () => (await fetch(`${host.url}/v1/setup?root=1`)).json();

  /** Changes `circuits.json`, and waits until the host serves that. */
  async function change(name, ...changes) {
    const published = join(folder, "chain/setup");
    const setup = (...args) => execFileSync(hostBinary(), ["setup", ...args], { cwd: folder, stdio: "ignore" });
    cpSync(published, join(folder, name), { recursive: true });
    setup("rotate", name, ...changes);
    const key = join(folder, "chain/devnet/setup/circuits.key");
    setup("sign", name, "--key", key, "--passphrase-file", "/dev/null");
    const { setup_version: before } = await served();
    setup("publish", name, published);
    while ((await served()).setup_version === before) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** Starts a client whose time of day is `ahead.ms` later than this machine's; also returns what it asks, and what happens to it. */
  async function start(t, ahead = { ms: 0 }) {
    const asked = [];
    const recording = (url, init) => {
      asked.push(new URL(url).pathname);
      return fetch(url, init);
    };
    const clock = { ...methodsOf(systemClock), unix: () => systemClock.unix() + ahead.ms };
    const options = clientOptions({ url: host.url, root, module: MODULE, fetch: recording, follow: { everyMs: 250 } });
    const client = await startWith({ ...options, compile }, LightClient, clock);
    t.after(() => client.close());
    const events = [];
    (async () => {
      for await (const event of client.events()) events.push(event);
    })();
    const happens = async (holds) => {
      let found;
      while (!(found = events.find(holds))) await new Promise((resolve) => setTimeout(resolve, 20));
      return found;
    };
    return { client, asked, happens };
  }

  test("takes no proof of a circuit that was revoked, and asks for none", async (t) => {
    const before = await start(t);
    const { verdict } = await before.happens(({ type }) => type === "verified");
    assert.deepEqual([verdict.setupVersion, verdict.anchor], [1, "offline"]);
    const { height } = await shown(before.client);
    assert.ok(height > 0);
    await change("without-state", "--revoke", "state-1");
    const { client, asked, happens } = await start(t);
    await happens(({ type, verdict }) => type === "verified" && verdict.setupVersion === 2);
    await assert.rejects(client.transition(), { code: "circuit-not-listed" });
    assert.deepEqual(asked.filter((path) => /\/proofs\/state/.test(path)), []);
    assert.equal((await client.account(0)).height, (await client.status()).height, "accounts need no proof");
  });

  test("goes back to the checkpoint where its head rests on what was revoked, and answers nothing under that", async (t) => {
    const ahead = { ms: 0 };
    const { client, happens } = await start(t, ahead);
    await happens(({ type, verdict }) => type === "verified" && verdict.statement.height > 2);
    await client.account(0);
    await change("retired", "--retire", "consensus-1", "--until", "2");
    // As after a sleep: by the calendar it is time to ask for the setup again.
    ahead.ms = DAY_MS + 1_000;
    const { error } = await happens(({ error }) => error?.code === "state-circuit-revoked");
    assert.equal(error.name, "StateError");
    assert.ok((await client.status()).height < 2);
    await assert.rejects(client.account(0), { code: "no-head" });
  });
});

/** What a block did: its `state` proof comes a little after the block's. */
async function shown(client) {
  for (;;) {
    try {
      return await client.transition();
    } catch (error) {
      if (!error.transient) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

const methodsOf = ({ uptime, setTimeout, clearTimeout }) => ({ uptime, setTimeout, clearTimeout });
