// The verifier with the real module and a real proof.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import vm from "node:vm";

import { startWith } from "../src/client.js";
import { required as compile } from "../src/compile.js";
import { Guarded } from "../src/guarded.js";
import { clientOptions } from "../src/options.js";
import * as rpp from "../node.js";
import { CHECKPOINT } from "./client.js";
import { TestClock } from "./clock.js";
import { fixture } from "./fixture.js";
import { trapping } from "./trap.js";

const block = fixture();
const chainId = block.statement.chain_id;
const wasm = readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url));

const changed = (bytes, index) => {
  const copy = Uint8Array.from(bytes);
  copy.set([copy.at(index) ^ 1], index < 0 ? copy.length + index : index);
  return copy;
};

test("verifies a real proof and names its statement", async () => {
  const verifier = await rpp.Verifier.load({ chainId });
  await verifier.warmup();
  const { statement, ...verdict } = await verifier.verify(block);
  assert.equal(statement.kind, "consensus");
  assert.equal(statement.height, block.statement.height);
  assert.equal(statement.headerHash, block.statement.header_hash);
  assert.equal(statement.signedPower, block.statement.signed_power);
  assert.ok(verdict.starkBits >= 128 && verdict.hashBits >= 123);
  assert.equal(verdict.setupVersion, null);
  assert.equal("verdict" in verdict, false);
  await verifier.close();
  await assert.rejects(verifier.verify(block), { name: "ConfigError", code: "closed" });
});

test("throws named errors for bytes that are not right", async () => {
  const verifier = await rpp.Verifier.load({ chainId, module: wasm });
  const rejects = (more, name, code) =>
    assert.rejects(verifier.verify({ ...block, ...more }), { name, code });
  await rejects({ proof: block.proof.subarray(0, -1) }, "VerifyError", "truncated");
  await rejects(
    { proof: Buffer.concat([block.proof, Buffer.of(0)]) },
    "VerifyError",
    "trailing-bytes",
  );
  await rejects({ proof: changed(block.proof, 0) }, "VerifyError", "bad-magic");
  await rejects({ header: block.header.subarray(0, -1) }, "DecodeError", "truncated");
  await rejects({ proof: new Uint8Array(2 ** 20 + 1) }, "VerifyError", "too-long");
  await rejects({ proof: "text" }, "ConfigError", "bad-bytes");
  await rejects({ proof: undefined }, "ConfigError", "bad-bytes");
  await verifier.verify({ ...block, proof: Uint8Array.from(block.proof).buffer });
  const stranger = await rpp.Verifier.load({ chainId: chainId + 1 });
  await assert.rejects(stranger.verify(block), { name: "VerifyError", code: "wrong-chain" });
});

test("takes bytes of another realm, and blames nobody else for what is none", async () => {
  const verifier = await rpp.Verifier.load({ chainId });
  const foreign = (bytes) =>
    vm.runInNewContext("new Uint8Array(given)", { given: Array.from(bytes) });
  const inputs = Object.entries(block).filter(([name]) => name !== "statement");
  const strangers = Object.fromEntries(inputs.map(([name, bytes]) => [name, foreign(bytes)]));
  assert.ok(!(strangers.proof instanceof Uint8Array));
  assert.equal((await verifier.verify(strangers)).statement.height, block.statement.height);
  const buffers = { ...block, header: foreign(block.header).buffer };
  assert.equal((await verifier.verify(buffers)).statement.height, block.statement.height);
  const others = [undefined, null, {}, { ...block, proof: new Proxy(block.proof, {}) }];
  for (const other of [...others, { ...block, proof: new Float64Array(4) }]) {
    await assert.rejects(verifier.verify(other), { name: "ConfigError", code: "bad-bytes" });
  }
});

test("takes a module of another realm's URL, and says what a wrong one is", async (t) => {
  const server = createServer(({ url }, response) => {
    const [type, body] = url === "/wasm" ? ["application/wasm", wasm] : ["text/html", "<!doctype html>"];
    response.writeHead(url === "/gone" ? 404 : 200, { "content-type": type }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => (server.closeAllConnections(), server.close()));
  const base = `http://127.0.0.1:${server.address().port}`;
  const verifier = await rpp.Verifier.load({ chainId, module: { href: `${base}/wasm` } });
  await verifier.verify(block);
  const refused = (path, says) =>
    assert.rejects(rpp.Verifier.load({ chainId, module: base + path }), ({ name, code, message }) => {
      assert.deepEqual([name, code], ["ConfigError", "bad-module"]);
      assert.ok(message.includes(base + path) && message.includes(says), message);
      return true;
    });
  await refused("/page", "it is text/html");
  await refused("/gone", "status 404");
});

test("gives up on a module that does not come", async (t) => {
  const never = new Promise(() => {});
  const load = rpp.Verifier.load({ chainId, module: never, timeoutMs: 20 });
  await assert.rejects(load, { name: "ConfigError", code: "bad-module" });
  const clock = new TestClock();
  const fetch = () => never;
  const given = { url: "http://h", checkpoint: CHECKPOINT, fetch, module: never, timeoutMs: 3_000 };
  const start = startWith({ ...clientOptions(given), compile }, undefined, clock);
  const refused = assert.rejects(start, { name: "ConfigError", code: "bad-module" });
  await clock.advance(3_000);
  await refused;
});

test("loads at once as often as one likes, and again after a failure", async () => {
  const loads = Array.from({ length: 5 }, () => rpp.Verifier.load({ chainId }));
  for (const verifier of await Promise.all(loads)) await verifier.verify(block);
  for (const module of [Uint8Array.of(1, 2, 3), "no://such", new URL("file:///no/such")]) {
    await assert.rejects(rpp.Verifier.load({ chainId, module }), { code: "bad-module" });
  }
  for (const wrong of [undefined, -1, 1.5, 2 ** 32]) {
    await assert.rejects(rpp.Verifier.load({ chainId: wrong }), { code: "bad-chain-id" });
  }
  await assert.rejects(rpp.Verifier.load({ chainId, modul: wasm }), { code: "unknown-option" });
  const slim = await import("../slim.js");
  await assert.rejects(slim.Verifier.load({ chainId }), { code: "no-module" });
});

test("gives each verifier an instance, and another after a crash", async () => {
  const module = await WebAssembly.compile(wasm);
  let traps = 1;
  let instances = 0;
  const make = (source) => {
    instances += 1;
    const { ConsensusVerifier } = instantiate(source);
    return {
      ConsensusVerifier: class {
        constructor(chain) {
          this.inner = new ConsensusVerifier(chain);
        }
        verify(...inputs) {
          traps -= 1;
          if (traps < 0) return this.inner.verify(...inputs);
          throw new WebAssembly.RuntimeError("unreachable");
        }
      },
    };
  };
  const { instantiate } = await import("../generated/glue.js");
  const { Verifier } = await import("../src/verifier.js");
  const verifier = new Verifier(module, chainId, make);
  const inputs = ["ConsensusVerifier", "verify", block.header, block.parent, block.certificate, block.proof];
  await assert.rejects(verifier.verify(inputs), { name: "VerifierCrashError", code: "crash" });
  assert.equal((await verifier.verify(inputs)).statement.height, block.statement.height);
  assert.equal(instances, 2);
});

test("takes what the glue complains of for a crash, and the next instance is whole", async () => {
  const module = await WebAssembly.compile(wasm);
  const guarded = new Guarded(module, ({ ConsensusVerifier }) => new ConsensusVerifier(chainId));
  const inputs = [block.header, block.parent, block.certificate, block.proof];
  // Memory that the allocator does not own: what a bug inside could do.
  const trap = (verifier) => {
    verifier.free();
    return verifier.verify(...inputs);
  };
  assert.throws(() => guarded.call(trap), { name: "VerifierCrashError" });
  assert.throws(() => guarded.call(() => assert.fail("called")), { name: "VerifierCrashError" });
  const next = new Guarded(module, ({ ConsensusVerifier }) => new ConsensusVerifier(chainId));
  const { statement } = next.call((verifier) => verifier.verify(...inputs));
  assert.equal(statement.height, block.statement.height);
});

test("takes the trap of a real module for a crash, in a new instance each time", async () => {
  const module = trapping(wasm, "consensusverifier_verify");
  const verifier = await rpp.Verifier.load({ chainId, module });
  for (let call = 0; call < 3; call += 1) {
    await assert.rejects(verifier.verify(block), (error) => {
      assert.ok(error.cause instanceof WebAssembly.RuntimeError);
      return error.name === "VerifierCrashError" && error.code === "crash";
    });
  }
  const sound = await rpp.Verifier.load({ chainId });
  await sound.verify(block);
});

test("a client whose session traps says so, and asks again from the beginning", async (t) => {
  const clock = new TestClock();
  let asked = 0;
  const fetch = async (url) => {
    if (url.endsWith("/v1/blocks/0")) asked += 1;
    return new Response();
  };
  const module = trapping(wasm, "session_answer");
  const options = clientOptions({ url: "http://h", checkpoint: CHECKPOINT, fetch, module });
  const client = await startWith({ ...options, compile }, undefined, clock);
  t.after(() => client.close());
  const events = client.events();
  for (const waitMs of [0, 1_000, 2_000]) {
    await clock.advance(waitMs);
    const { value } = await events.next();
    assert.equal(value.type, "crashed");
    assert.ok(value.error.cause instanceof WebAssembly.RuntimeError);
  }
  assert.equal(asked, 3);
  await assert.rejects(client.status(), { name: "VerifierCrashError" });
});

test("the session refuses what the package lets through", async () => {
  const start = (more) =>
    rpp.LightClient.start({ url: "http://127.0.0.1:1", checkpoint: CHECKPOINT, ...more });
  await assert.rejects(start({ floor: { starkBits: 129 } }), { name: "FloorError", code: "floor" });
  await assert.rejects(start({ maxHeadAgeMs: -1 }), { name: "ConfigError", code: "bad-config" });
  await assert.rejects(start({ checkpoint: CHECKPOINT.replace(":32", ":1") }), {
    name: "ConfigError",
    code: "epoch-length",
  });
});

test("the real session refuses a host that serves nonsense", async (t) => {
  const fetch = async (_, { headers }) =>
    new Response("nonsense", { headers: { "content-type": headers.accept } });
  const client = await rpp.LightClient.start({ url: "http://h", checkpoint: CHECKPOINT, fetch });
  t.after(() => client.close());
  await assert.rejects(client.heads().next(), { name: "DecodeError", code: "bad-magic" });
  const status = await client.status();
  assert.equal(status.height, 0);
  assert.equal(status.checkpoint, CHECKPOINT);
  assert.equal(status.spent.requests, 1);
  assert.equal(typeof status.spent.bytes, "bigint");
  assert.equal(status.timestampMs, 1_700_000_000_000);
  assert.equal(status.staleAtMs, 1_700_000_300_000);
  assert.equal(status.freshness, "stale");
});

test("CommonJS gets the same by promises", async () => {
  const cjs = createRequire(import.meta.url)("../node.cjs");
  const verifier = await cjs.Verifier.load({ chainId });
  await verifier.verify(block);
  const { ConfigError } = await cjs.load();
  await assert.rejects(cjs.LightClient.start({}), ConfigError);
});
