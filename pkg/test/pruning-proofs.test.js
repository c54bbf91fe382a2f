// Proofs about ranges of headers: those of the vectors, with the real module.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as rpp from "../node.js";
import { FOLDER, assertVerdicts, digestAt, proofOf, vectors } from "./circuit-vectors.js";

function inputs({ start, end, fold_before: foldBefore, fold_after: foldAfter, proof }) {
  return {
    circuit: "pruning",
    start: Buffer.from(start, "hex"),
    end: Buffer.from(end, "hex"),
    foldBefore,
    foldAfter,
    proof: proofOf("pruning", proof),
  };
}

test("gives every vector of a range the verdict that it expects", async () => assertVerdicts("pruning", inputs, 40));

test("says which range was proven", async () => {
  const { chain_id: chainId, public_values: values, ...given } = vectors("pruning")["accept-pruning-proof.json"];
  const verifier = await rpp.Verifier.load({ chainId });
  const range = inputs(given);
  const { statement, ...verdict } = await verifier.verify(range);
  const { endHash, ...proven } = statement;
  const digest = (at) => digestAt(values, at);
  const number = (at) => values[at] + 65_536 * values[at + 1];
  assert.deepEqual(proven, {
    kind: "pruning",
    chainId,
    startHeight: number(2),
    startHash: digest(4),
    startHistory: digest(12),
    endHeight: number(20),
    lastHash: digest(22),
    endHistory: digest(30),
    foldBefore: digest(38),
    foldAfter: digest(46),
  });
  assert.ok(verdict.circuit === "pruning" && verdict.starkBits >= 128 && verdict.hashBits >= 123);
  // What the header after the range says of itself is no part of what is proven, and has a hash all the same.
  const other = Buffer.from(range.end);
  other.set(range.end.subarray(28, 60), 252);
  const { statement: elsewhere } = await verifier.verify({ ...range, end: other });
  assert.notEqual(elsewhere.endHash, endHash);
  assert.deepEqual({ ...elsewhere, endHash }, { ...statement });
  await verifier.close();
});

test("says what the header after a range hashes to", async () => {
  const { "accept-pruning-proof-genesis.json": first, "accept-pruning-one.json": next } = vectors("pruning");
  const verifier = await rpp.Verifier.load({ chainId: first.chain_id });
  const { statement } = await verifier.verify(inputs(first));
  assert.equal(first.end, next.start);
  assert.equal(statement.endHash, digestAt(next.public_values, 4));
  await verifier.close();
});

test("takes no proof for that of another circuit, and no range that lacks something", async () => {
  const { chain_id: chainId, ...given } = vectors("pruning")["accept-pruning-proof.json"];
  const verifier = await rpp.Verifier.load({ chainId });
  const range = inputs(given);
  const proof = readFileSync(new URL("documents/state-proof.bin", FOLDER));
  await assert.rejects(verifier.verify({ ...range, proof }), { name: "VerifyError", code: "wrong-circuit" });
  const refused = [
    [{ foldBefore: undefined }, { name: "ConfigError", code: "bad-option" }],
    [{ foldAfter: range.foldAfter.toUpperCase() }, { name: "ConfigError", code: "bad-option" }],
    [{ foldAfter: "f".repeat(64) }, { name: "ConfigError", code: "bad-config" }],
    [{ start: "text" }, { name: "ConfigError", code: "bad-bytes" }],
    [{ proof: undefined }, { name: "ConfigError", code: "bad-bytes" }],
    [{ end: range.end.subarray(0, -1) }, { name: "DecodeError", code: "truncated" }],
    [{ start: range.end, end: range.start }, { name: "HeaderError", code: "pruning-range" }],
  ];
  for (const [more, error] of refused) await assert.rejects(verifier.verify({ ...range, ...more }), error);
  await verifier.close();
});
