// Proofs about ends of epochs: those of the vectors, with the real module.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as rpp from "../node.js";
import { FOLDER, assertVerdicts, digestAt, proofOf, vectors } from "./circuit-vectors.js";

function inputs({ last, proof, first_height: firstHeight, epoch_length: epochLength, validator_set_root: validatorSetRoot }) {
  return {
    circuit: "span",
    last: Buffer.from(last, "hex"),
    ...{ firstHeight, epochLength, validatorSetRoot },
    proof: proofOf("span", proof),
  };
}

test("gives every vector of ends of epochs the verdict that it expects", async () => assertVerdicts("span", inputs, 40));

test("says from which set on, and to which header", async () => {
  for (const name of ["proof", "proof-one"]) {
    const { chain_id: chainId, public_values: values, ...given } = vectors("span")[`accept-span-${name}.json`];
    const verifier = await rpp.Verifier.load({ chainId });
    const { statement, ...verdict } = await verifier.verify(inputs(given));
    const number = (at) => values[at] + 65_536 * values[at + 1];
    assert.deepEqual({ ...statement }, {
      kind: "span",
      chainId,
      epochLength: number(2),
      firstHeight: number(4),
      validatorSetRoot: digestAt(values, 6),
      ends: values[14] + 1,
      lastHash: digestAt(values, 15),
    });
    assert.ok(verdict.circuit === "span" && verdict.starkBits >= 128 && verdict.hashBits >= 123);
    await verifier.close();
  }
});

test("takes no proof for that of another circuit, and no span that lacks something", async () => {
  const { chain_id: chainId, ...given } = vectors("span")["accept-span-proof.json"];
  const verifier = await rpp.Verifier.load({ chainId });
  const span = inputs(given);
  const proof = readFileSync(new URL("documents/uptime-proof.bin", FOLDER));
  await assert.rejects(verifier.verify({ ...span, proof }), { name: "VerifyError", code: "wrong-circuit" });
  const numbers = ["firstHeight", "epochLength"];
  const refused = [
    ...numbers.map((name) => [{ [name]: undefined }, { name: "ConfigError", code: "bad-option" }]),
    ...numbers.map((name) => [{ [name]: "1" }, { name: "ConfigError", code: "bad-option" }]),
    [{ firstHeight: 2 ** 32 }, { name: "ConfigError", code: "bad-option" }],
    [{ epochLength: -1 }, { name: "ConfigError", code: "bad-option" }],
    [{ validatorSetRoot: span.validatorSetRoot.toUpperCase() }, { name: "ConfigError", code: "bad-option" }],
    [{ validatorSetRoot: "f".repeat(64) }, { name: "ConfigError", code: "bad-config" }],
    [{ epochLength: 0 }, { name: "ConfigError", code: "bad-config" }],
    [{ last: "text" }, { name: "ConfigError", code: "bad-bytes" }],
    [{ proof: undefined }, { name: "ConfigError", code: "bad-bytes" }],
    [{ last: span.last.subarray(0, -1) }, { name: "DecodeError", code: "truncated" }],
    [{ firstHeight: span.firstHeight + 1 }, { name: "HeaderError", code: "span-ends" }],
    [{ firstHeight: 0, epochLength: 4 }, { name: "HeaderError", code: "span-ends" }],
  ];
  for (const [more, error] of refused) await assert.rejects(verifier.verify({ ...span, ...more }), error);
  await verifier.close();
});
