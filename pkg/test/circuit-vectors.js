// The vectors of one circuit, with the real module.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

import * as rpp from "../node.js";

export const FOLDER = new URL("../../vectors/v1/", import.meta.url);

/** Every vector of a kind, by the name of its file. */
export function vectors(kind) {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  const all = files.map((name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"))]);
  return Object.fromEntries(all.filter(([, vector]) => vector.kind === kind));
}

/** The bytes of a file with changes; those of the circuit's stored proof where a vector has none. */
export function proofOf(circuit, proof) {
  const { file, splices } = proof ?? { file: `documents/${circuit}-proof.bin`, splices: [] };
  const make = (bytes, { at, remove, insert, times }) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from(insert.repeat(times), "hex"), bytes.subarray(at + remove)]);
  return splices.reduce(make, readFileSync(new URL(file, FOLDER)));
}

/** Asserts that every vector of a kind, of which there are so many at least, gets the verdict that it expects. */
export async function assertVerdicts(kind, inputs, fewest) {
  const cases = Object.entries(vectors(kind));
  assert.ok(cases.length >= fewest, `${cases.length} cases`);
  for (const [name, { chain_id: chainId, expect, ...given }] of cases) {
    // A statement that is made and comes without a proof has nothing to be verified.
    if (expect === "accept" && given.proof === null) continue;
    const verifier = await rpp.Verifier.load({ chainId });
    const verdict = await verifier.verify(inputs(given)).then(
      () => "accept",
      ({ code }) => code,
    );
    assert.equal(verdict, expect, name);
    await verifier.close();
  }
}

/** The digest whose eight elements are public values from a place on, in hexadecimal. */
export function digestAt(values, at) {
  const bytes = Buffer.alloc(32);
  values.slice(at, at + 8).forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  return bytes.toString("hex");
}
