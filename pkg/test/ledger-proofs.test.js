// Proofs about accounts: those of the vectors, with the real module.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as rpp from "../node.js";

const FOLDER = new URL("../../vectors/v1/", import.meta.url);

/** The inputs of a vector, whose public values are its statement behind the chain's two. */
function inputs(circuit) {
  const vector = JSON.parse(readFileSync(new URL(`accept-${circuit}-proof.json`, FOLDER), "utf8"));
  const { chain_id: chainId, public_values: values, proof } = vector;
  const digest = (at) => values.slice(at, at + 8).map(word).join("");
  const statement = {
    state: () => ({ before: digest(2), after: digest(10), txRoot: digest(18), proposerAccount: values[26] + 65_536 * values[27] }),
    transaction: () => ({ stateRoot: digest(2), operation: digest(10) }),
    identity: () => ({ before: digest(2), after: digest(10), operation: digest(18) }),
  }[circuit]();
  return { chainId, circuit, statement, proof: readFileSync(new URL(proof.file, FOLDER)) };
}

/** A field element, little-endian. */
const word = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString("hex");
};

for (const circuit of ["state", "transaction", "identity"]) {
  test(`verifies a ${circuit} proof, and none of anything else`, async () => {
    const { chainId, ...given } = inputs(circuit);
    const verifier = await rpp.Verifier.load({ chainId });
    const { statement, ...verdict } = await verifier.verify(given);
    assert.deepEqual({ ...statement }, { kind: circuit, chainId, ...given.statement });
    assert.ok(verdict.circuit === circuit && verdict.starkBits >= 128 && verdict.hashBits >= 123);
    // Each part of the statement counts.
    for (const [name, value] of Object.entries(given.statement)) {
      const other = typeof value === "number" ? value - 1 : value.replace(/^../, value.startsWith("00") ? "01" : "00");
      const changed = { ...given, statement: { ...given.statement, [name]: other } };
      await assert.rejects(verifier.verify(changed), { name: "VerifyError" }, name);
    }
    const stranger = await rpp.Verifier.load({ chainId: chainId + 1 });
    await assert.rejects(stranger.verify(given), { name: "VerifyError" });
    const cut = { ...given, proof: given.proof.subarray(0, -1) };
    await assert.rejects(verifier.verify(cut), { name: "VerifyError", code: "truncated" });
    await verifier.close();
  });
}

test("takes no proof for that of another circuit, and no statement that lacks something", async () => {
  const { chainId, ...state } = inputs("state");
  const verifier = await rpp.Verifier.load({ chainId });
  const { proof } = inputs("identity");
  await assert.rejects(verifier.verify({ ...state, proof }), { name: "VerifyError", code: "wrong-circuit" });
  const refused = [
    { circuit: "recursive" },
    { circuit: "toString" },
    { statement: undefined },
    { statement: { ...state.statement, proposerAccount: -1 } },
    { statement: { ...state.statement, after: state.statement.after.toUpperCase() } },
  ];
  for (const more of refused) {
    await assert.rejects(verifier.verify({ ...state, ...more }), { name: "ConfigError", code: "bad-option" });
  }
  await assert.rejects(verifier.verify({ ...state, proof: "text" }), { code: "bad-bytes" });
});
