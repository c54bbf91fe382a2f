// The client against a real host, and against one that changes what the real one says.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import * as rpp from "../node.js";
import { hostBinary, startHost, stopHosts } from "./host.js";

const skip = hostBinary() ? false : "there is no prover-host: build it, or set RPP_HOST";

describe("with a real host", { skip }, () => {
  let folder;
  let host;
  let checkpoint;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pkg-host-"));
    host = await startHost(join(folder, "chain"));
    const { genesis, ...chain } = await (await fetch(`${host.url}/v1/chain`)).json();
    const timestampMs = Number(genesis.timestamp_ms);
    const { genesis_hash: hash, epoch_length: epochLength } = chain;
    checkpoint = { height: 0, hash, timestampMs, epochLength };
  });

  after(() => {
    stopHosts();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (t, more) => {
    const follow = { everyMs: 250 };
    const client = await rpp.LightClient.start({ url: host.url, checkpoint, follow, ...more });
    t.after(() => client.close());
    return client;
  };

  const take = async (client, count) => {
    const verdicts = [];
    for await (const verdict of client.heads()) if (verdicts.push(verdict) === count) break;
    return verdicts;
  };

  test("follows its heads, and goes on from a file", async (t) => {
    const store = new rpp.FileStore(join(folder, "state"));
    const client = await start(t, { store });
    const verdicts = await take(client, 3);
    const heights = verdicts.map(({ statement }) => statement.height);
    assert.deepEqual(
      heights,
      [...new Set(heights)].sort((a, b) => a - b),
    );
    const last = verdicts.at(-1);
    assert.ok(last.saved && last.freshness === "fresh" && last.proofBytes > 0);
    assert.ok(last.starkBits >= 128 && last.spent.bytes > BigInt(last.proofBytes));
    await client.close();
    const again = await start(t, { store });
    const [stored] = await take(again, 1);
    assert.equal(stored.step, "stored");
    assert.ok(stored.statement.height >= last.statement.height);
  });

  test("refuses one changed byte of a proof, and takes the next head", async (t) => {
    let tamper = true;
    const changing = async (url, init) => {
      const answer = await fetch(url, init);
      if (!tamper || !url.endsWith("/proofs/consensus")) return answer;
      const bytes = new Uint8Array(await answer.arrayBuffer());
      bytes[bytes.length >> 1] ^= 1;
      tamper = false;
      return new Response(bytes, { headers: answer.headers });
    };
    const client = await start(t, { fetch: changing });
    await assert.rejects(client.heads().next(), rpp.VerifyError);
    assert.equal((await client.status()).height, 0);
    assert.equal((await take(client, 1)).length, 1);
  });

  test("takes every block with a proof of what it did, and none with the proof of another", async (t) => {
    const follow = { everyBlock: true };
    const client = await start(t, { follow, transitions: true });
    for (const [i, { statement, transitionsSince }] of (await take(client, 3)).entries()) {
      assert.deepEqual([statement.height, transitionsSince], [i + 1, 1]);
    }
    const other = await (await fetch(`${host.url}/v1/blocks/1/proofs/state`)).arrayBuffer();
    const changing = async (url, init) => {
      const answer = await fetch(url, init);
      const isNext = url.endsWith("/blocks/2/proofs/state") && answer.ok;
      return isNext ? new Response(other, { headers: answer.headers }) : answer;
    };
    const lied = await start(t, { follow, transitions: true, fetch: changing });
    const heads = lied.heads();
    assert.equal((await heads.next()).value.statement.height, 1);
    await assert.rejects(heads.next(), rpp.VerifyError);
    assert.equal((await lied.status()).height, 1);
    // Who does not ask for it is told of none.
    const [verdict] = await take(await start(t), 1);
    assert.equal(verdict.transitionsSince, null);
  });

  test("refuses another chain than the checkpoint's", async (t) => {
    const hash = "01".repeat(32);
    const client = await start(t, { checkpoint: { ...checkpoint, hash } });
    await assert.rejects(client.heads().next(), {
      name: "HeaderError",
      code: "header-trusted-hash",
    });
  });

  test("refuses state that somebody changed, and starts from the checkpoint", async (t) => {
    const store = new rpp.MemoryStore();
    const client = await start(t, { store });
    await take(client, 1);
    await client.close();
    const key = rpp.formatCheckpoint(checkpoint);
    const { height, bytes } = await store.load(key);
    const changed = bytes.map((byte, index) => (index === bytes.length >> 1 ? byte ^ 1 : byte));
    await store.save(key, { height: height + 1_000, bytes: changed });
    const again = await start(t, { store });
    const events = again.events();
    const { value: first } = await events.next();
    assert.equal(first.type, "stored-state-refused");
    assert.ok(first.error instanceof rpp.StateError);
    assert.equal((await events.next()).value.type, "verified");
    assert.ok((await store.load(key)).height < height + 1_000);
  });

  test("the README's first example runs as it is", async () => {
    const [, code] = /```js\n([^]*?)```/.exec(readFileSync(README, "utf8"));
    const text = rpp.formatCheckpoint(checkpoint);
    const lines = code
      .replace('"@rpp/light-client"', `"${new URL("../node.js", import.meta.url)}"`)
      .replace("https://host.example", host.url)
      .replace(/"\d+:[0-9a-f]{64}:\d+:\d+"/, `"${text}"`);
    assert.ok(lines.includes(host.url) && lines.includes(text), "the example names both");
    const shown = [];
    const console = { log: (...words) => shown.push(words) };
    globalThis.example = { console };
    const prelude = "const { console } = globalThis.example;\n";
    await import(`data:text/javascript,${encodeURIComponent(prelude + lines)}`);
    assert.ok(shown.length > 0, "it shows a head");
  });
});

const README = new URL("../README.md", import.meta.url);
