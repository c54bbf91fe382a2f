// What the pages beside the head of the demo know, as plain data.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decode, encode } from "../demo/base64.js";
import { say } from "../demo/pages/chart.js";
import { asking, failed, isOpen, known, listed, MOST, over, progress, verified } from "../demo/pages/epochs.js";
import { formatReceipt, NoReceipt, parseReceipt } from "../demo/pages/receipt.js";
import { placeOf } from "../demo/place.js";
import { AnswerError, ClaimError, ConfigError, ProblemError, TransportError, VerifyError } from "../src/errors.js";

const HASH = "ab".repeat(32);
const vector = (name) =>
  Buffer.from(JSON.parse(readFileSync(new URL(`../../vectors/v1/accept-operation-${name}.json`, import.meta.url), "utf8")).operation, "hex");

test("writes bytes as text that stands in an address, and reads it", () => {
  for (const length of [0, 1, 2, 3, 255, 256]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
    assert.match(encode(bytes), /^[\w-]*$/);
    assert.deepEqual(decode(encode(bytes)), bytes);
    assert.deepEqual(decode(Buffer.from(bytes).toString("base64")), bytes);
  }
  assert.equal(decode("%"), undefined);
});

test("reads a receipt in each form, and says what its operation does", () => {
  const said = {
    transfer: "Account 196613 pays 900 units to account 4294967295, fee 7 units, nonce 3",
    register: "Registers account 2147483649 for the key edbeac40…59f5605a",
    rekey: "Gives account 196613 the key edbeac40…59f5605a, fee 1,000 units, nonce 3",
  };
  for (const name of ["transfer", "register", "rekey"]) {
    const bytes = new Uint8Array(vector(name));
    const text = formatReceipt({ headerHash: HASH, bytes });
    const [hex, spaced] = [`${HASH}:${vector(name).toString("hex")}`, text.replace(/.{70}/g, "$&\n ")];
    for (const form of [text, hex, spaced, `${HASH}:${vector(name).toString("base64")}`]) {
      const read = parseReceipt(form);
      assert.deepEqual([read.headerHash, read.bytes, read.deed.chainId], [HASH, bytes, 7]);
      assert.equal(read.deed.said, said[name]);
    }
  }
});

test("refuses what is not a receipt, whatever it is instead", () => {
  const bytes = vector("transfer");
  const text = (changed) => `${HASH}:${changed.toString("hex")}`;
  const changed = (at, value) => Buffer.from(bytes).fill(value, at, at + 1);
  for (const wrong of [
    "",
    HASH,
    `${HASH}:`,
    `:${bytes.toString("hex")}`,
    `${HASH.toUpperCase()}:${bytes.toString("hex")}`,
    `${text(bytes)}:more`,
    `${HASH}:%`,
    text(bytes.subarray(0, 15)),
    text(bytes.subarray(0, 44)),
    text(bytes.subarray(0, -4)),
    text(Buffer.concat([bytes, bytes.subarray(0, 4)])),
    // Magic, version, kind, height of the tree, an element that is none.
    text(changed(0, 0)),
    text(changed(4, 2)),
    text(changed(12, 4)),
    text(changed(44, 5)),
    text(changed(bytes.length - 1, 255)),
  ]) {
    assert.throws(() => parseReceipt(wrong), NoReceipt, wrong.slice(0, 80));
  }
});

test("names a place beside the head by the address alone", () => {
  const at = (fragment) => placeOf({ hash: `#checkpoint=0${fragment}` });
  assert.deepEqual(at(""), {});
  assert.deepEqual(at("&validator=3"), { validator: 3 });
  assert.deepEqual(at("&operation="), { operation: "" });
  assert.deepEqual(at(`&operation=${HASH}:AA-_`), { operation: `${HASH}:AA-_` });
  for (const wrong of ["", "-1", "03", "1.5", "10000", "x"]) assert.deepEqual(at(`&validator=${wrong}`), {});
});

test("lists the epochs that are over, the newest ones, and keeps what is known of them", () => {
  assert.deepEqual(over(7, 8), []);
  // Epoch 0 is over by the block after its last.
  assert.deepEqual(over(8, 8), [0]);
  assert.deepEqual(over(31, 8), [2, 1, 0]);
  assert.deepEqual(over(8_000, 8).length, MOST);
  assert.equal(over(8_000, 8)[0], 999);
  const before = listed([1, 0], []);
  const one = before.map((entry) => (entry.epoch === 1 ? verified(entry, SHOWN) : entry));
  const steps = listed([2, 1], one).map(({ epoch, step }) => [epoch, step]);
  assert.deepEqual(steps, [[2, "waiting"], [1, "verified"]]);
});

test("has a number for what is verified, and for nothing else", () => {
  const entry = { epoch: 4, step: "waiting" };
  const shown = verified(asking(entry), SHOWN);
  assert.deepEqual([shown.step, shown.signed, shown.blocks, isOpen(shown)], ["verified", 6, 8, false]);
  const problem = (hostCode, transient = true) => Object.assign(new ProblemError("provider-busy", "x"), { hostCode, transient });
  const cut = Object.assign(new TransportError("unreachable", "x"), { transient: true });
  for (const [error, step, open, words] of [
    [problem("not-proven-yet"), "making", true, /is making its proof/],
    [problem("too-many-proofs"), "trouble", true, /busy, it says/],
    [problem("not-ready"), "trouble", true, /\(not-ready\)/],
    [problem("votes-unknown"), "unknown", false, /does not have the votes of this epoch, it says/],
    [problem("unknown-validator"), "unknown", false, /no such validator, the host says/],
    [cut, "trouble", true, /could not be asked \(unreachable\)/],
    [new VerifyError("opening", "x"), "refused", true, /^Refused \(opening\)/],
    [new ClaimError("uptime-count", "x"), "refused", true, /does not hold/],
    [new AnswerError("other-epoch", "x"), "refused", true, /does not hold/],
    [new ConfigError("above-head", "x"), "impossible", false, /cannot be asked about \(above-head\)/],
    [new ConfigError("no-head", "x"), "waiting", true, /Not asked yet/],
  ]) {
    const after = failed(asking(entry), error);
    assert.deepEqual([after.step, after.signed, isOpen(after), after.isAsked], [step, undefined, open, undefined], error.code);
    assert.match(known(after), words);
  }
  // The host answers with any word.
  assert.match(known(failed(entry, problem("toString"))), /\(toString\)/);
});

test("says in words how far it has come, and what the bars show", () => {
  assert.match(progress([]), /No epoch is over yet/);
  const entries = [0, 1, 2, 3].map((epoch) => ({ epoch, step: "waiting" }));
  assert.equal(say(entries), "No epoch is verified yet.");
  entries[0] = verified(entries[0], SHOWN);
  entries[1] = failed(entries[1], Object.assign(new ProblemError("provider-busy", "x"), { hostCode: "not-proven-yet" }));
  entries[2] = failed(entries[2], new VerifyError("opening", "x"));
  entries[3] = asking(entries[3]);
  assert.equal(
    progress(entries),
    "1 of 4 epochs verified. The host is making a proof. Asking about epoch 3. 1 refused: what the host said does not hold.",
  );
  entries[3] = verified(entries[3], { ...SHOWN, signed: 8 });
  assert.equal(say(entries), "Epochs 3 to 0, without the 2 not verified: voted for 14 of 16 blocks, 87.5 %. Each bar is one epoch.");
});

const SHOWN = { signed: 6, first: 8, last: 15, keyId: HASH, headerHash: HASH, starkBits: 128 };
