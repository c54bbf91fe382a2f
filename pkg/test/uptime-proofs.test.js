// Proofs about a validator's votes: those of the vectors, with the real module.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as rpp from "../node.js";
import { FOLDER, assertVerdicts, digestAt, proofOf, vectors } from "./circuit-vectors.js";

function inputs({ head, proof, epoch_length: epochLength, validator_set_root: validatorSetRoot, key_id: keyId, ...given }) {
  const { first, index, signed } = given;
  return {
    circuit: "uptime",
    head: Buffer.from(head, "hex"),
    ...{ epochLength, first, validatorSetRoot, index, keyId, signed },
    proof: proofOf("uptime", proof),
  };
}

test("gives every vector of votes the verdict that it expects", async () => assertVerdicts("uptime", inputs, 50));

test("says whose votes were counted, and in which headers", async () => {
  const { chain_id: chainId, public_values: values, ...given } = vectors("uptime")["accept-uptime-proof.json"];
  const verifier = await rpp.Verifier.load({ chainId });
  const window = inputs(given);
  const { statement, ...verdict } = await verifier.verify(window);
  const digest = (at) => digestAt(values, at);
  const first = values[10] + 65_536 * values[11];
  assert.deepEqual({ ...statement }, {
    kind: "uptime",
    chainId,
    headHash: digest(2),
    first,
    last: first + values[12] - 1,
    validatorSetRoot: digest(13),
    index: values.slice(21, 31).reduceRight((sum, bit) => 2 * sum + bit),
    keyId: digest(31),
    signed: values[39],
  });
  assert.ok(verdict.circuit === "uptime" && verdict.starkBits >= 128 && verdict.hashBits >= 123);
  // The epoch length is a rule for the window, and no part of what is proven.
  const { statement: elsewhere } = await verifier.verify({ ...window, epochLength: 2 * window.epochLength });
  assert.deepEqual({ ...elsewhere }, { ...statement });
  await verifier.close();
});

test("counts votes of an epoch by a header of the next one", async () => {
  const { chain_id: chainId, ...given } = vectors("uptime")["accept-uptime-proof.json"];
  const verifier = await rpp.Verifier.load({ chainId });
  const window = inputs(given);
  const { statement } = await verifier.verify(window);
  assert.equal((statement.last + 1) % window.epochLength, 0);
  assert.notEqual(window.head.subarray(124, 156).toString("hex"), statement.validatorSetRoot);
  await verifier.close();
});

test("takes no proof for that of another circuit, and no window that lacks something", async () => {
  const { chain_id: chainId, ...given } = vectors("uptime")["accept-uptime-proof.json"];
  const verifier = await rpp.Verifier.load({ chainId });
  const window = inputs(given);
  const proof = readFileSync(new URL("documents/pruning-proof.bin", FOLDER));
  await assert.rejects(verifier.verify({ ...window, proof }), { name: "VerifyError", code: "wrong-circuit" });
  const numbers = ["epochLength", "first", "index", "signed"];
  const refused = [
    ...numbers.map((name) => [{ [name]: undefined }, { name: "ConfigError", code: "bad-option" }]),
    ...numbers.map((name) => [{ [name]: "1" }, { name: "ConfigError", code: "bad-option" }]),
    [{ signed: 2 ** 32 }, { name: "ConfigError", code: "bad-option" }],
    [{ first: -1 }, { name: "ConfigError", code: "bad-option" }],
    [{ keyId: undefined }, { name: "ConfigError", code: "bad-option" }],
    [{ validatorSetRoot: window.validatorSetRoot.toUpperCase() }, { name: "ConfigError", code: "bad-option" }],
    [{ keyId: "f".repeat(64) }, { name: "ConfigError", code: "bad-config" }],
    [{ epochLength: 0 }, { name: "ConfigError", code: "bad-config" }],
    [{ head: "text" }, { name: "ConfigError", code: "bad-bytes" }],
    [{ proof: undefined }, { name: "ConfigError", code: "bad-bytes" }],
    [{ head: window.head.subarray(0, -1) }, { name: "DecodeError", code: "truncated" }],
    [{ first: 0 }, { name: "HeaderError", code: "uptime-window" }],
    [{ index: 1024 }, { name: "HeaderError", code: "uptime-index" }],
  ];
  for (const [more, error] of refused) await assert.rejects(verifier.verify({ ...window, ...more }), error);
  await verifier.close();
});
