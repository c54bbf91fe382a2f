// The wasm module on a real proof.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { fixture, load } from "./module.mjs";
import { timings } from "./timings.mjs";

const block = fixture();
let verifier;

before(async () => {
  const { ConsensusVerifier } = await load();
  verifier = new ConsensusVerifier(block.statement.chain_id);
});

const verify = (changes = {}) => {
  const { header, parent, certificate, proof } = { ...block, ...changes };
  return verifier.verify(header, parent, certificate, proof);
};

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const changed = (bytes, index) => {
  const copy = Uint8Array.from(bytes);
  copy[index] ^= 1;
  return copy;
};

const rejects = (changes, code) =>
  assert.throws(
    () => verify(changes),
    (error) => error instanceof Error && error.code === code && error.message.length > 0,
  );

test("accepts a real proof and names its statement", () => {
  const verdict = verify();
  for (const [name, value] of Object.entries(block.statement)) {
    assert.equal(verdict.statement[camel(name)], value, name);
  }
  assert.equal(verdict.circuit, "consensus");
  assert.ok(verdict.starkBits >= 128 && verdict.hashBits >= 123);
});

test("rejects a proof that is truncated, extended or of another format", () => {
  rejects({ proof: block.proof.subarray(0, -1) }, "truncated");
  rejects({ proof: Buffer.concat([block.proof, Buffer.of(0)]) }, "trailing-bytes");
  rejects({ proof: changed(block.proof, 0) }, "bad-magic");
  rejects({ proof: new Uint8Array() }, "truncated");
});

test("rejects a proof with one changed byte, wherever it is", () => {
  const step = Math.floor(block.proof.length / 50);
  for (let index = 0; index < block.proof.length; index += step) {
    assert.throws(() => verify({ proof: changed(block.proof, index) }), { name: "Error" });
  }
});

test("rejects another header, parent and certificate", () => {
  const height = 8;
  assert.throws(() => verify({ header: changed(block.header, height) }), Error);
  const randomness = block.parent.length - 32;
  assert.throws(() => verify({ parent: changed(block.parent, randomness) }), Error);
  for (const index of [0, 4, 36, block.certificate.length - 4]) {
    assert.throws(() => verify({ certificate: changed(block.certificate, index) }), Error);
  }
  rejects({ certificate: block.certificate.subarray(0, -1) }, "truncated");
});

test("rejects a proof for another chain", async () => {
  const { ConsensusVerifier } = await load();
  const stranger = new ConsensusVerifier(block.statement.chain_id + 1);
  const { header, parent, certificate, proof } = block;
  assert.throws(() => stranger.verify(header, parent, certificate, proof), {
    code: "wrong-chain",
  });
});

test("still accepts the real proof after all of these", (t) => {
  const { first, p50, p95, count } = timings(20, verify);
  t.diagnostic(`verify: first ${first} ms, p50 ${p50} ms, p95 ${p95} ms of ${count}`);
});
