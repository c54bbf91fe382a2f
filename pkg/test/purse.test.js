import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { adviceOf, isLie } from "../demo/wallet/advice.js";
import { parseAccount, parseAmount, regrouped, units } from "../demo/wallet/amount.js";
import { areRepeated, checkFee, checkPassphrase, checkPayment, initial, nextOf, placesToRepeat, warningOf } from "../demo/wallet/model.js";
import { checked, entryOf, failed, giftOf, givenUp, handed, isOver, mayStillBeTaken, passed, receivedBetween, told } from "../demo/wallet/operations.js";
import { Pace } from "../demo/wallet/pace.js";
import { AnswerError, ClaimError, DecodeError, ProblemError, TransportError, VerifyError, WalletError } from "../src/errors.js";

const corrects = (work, field) =>
  assert.throws(work, (error) => error.constructor.name === "Correction" && error.field === field);

test("reads amounts as people type them, and none that could be another", () => {
  const same = { 12500: 12_500n, "12,500": 12_500n, " 1 000 000 ": 1_000_000n, 0: 0n, "18446744073709551615": 2n ** 64n - 1n };
  for (const [text, amount] of Object.entries(same)) assert.equal(parseAmount(text, "field"), amount);
  for (const text of ["", "1,5", "1.5", "1,00", "12,34,567", "-1", "1e3", "0x10", "18446744073709551616", "١٢"]) {
    corrects(() => parseAmount(text, "field"), "field");
  }
  corrects(() => parseAmount("0", "field", { least: 1n }), "field");
});

test("reads account numbers, and none that has another reading", () => {
  assert.equal(parseAccount("4 294 967 295", "to"), 4_294_967_295);
  assert.equal(parseAccount("0", "to"), 0);
  for (const text of ["", "-1", "007", "4294967296", "1.5", "1,5", "a"]) corrects(() => parseAccount(text, "to"), "to");
});

test("groups digits while somebody types, keeps the caret, and drops no comma or point that is typed", () => {
  assert.deepEqual(regrouped("1234", 4, "4"), { text: "1,234", caret: 5 });
  assert.deepEqual(regrouped("1,2345", 3, "9"), { text: "12,345", caret: 2 });
  assert.deepEqual(regrouped("1,34", 3, null), { text: "134", caret: 2 });
  assert.deepEqual(regrouped("0012", 4, "2"), { text: "12", caret: 2 });
  assert.equal(regrouped("1,", 2, ","), undefined);
  assert.equal(regrouped("1.5", 3, "5"), undefined);
});

test("writes no amount without its unit", () => {
  assert.equal(units(1n), "1 unit");
  assert.equal(units("250000"), "250,000 units");
});

test("calls a lie a lie, and trouble trouble", () => {
  for (const error of [new ClaimError("claim-account", ""), new VerifyError("constraint-mismatch", ""), new AnswerError("other-account", "")]) {
    assert.ok(isLie(error), error.code);
    assert.match(adviceOf(error).title, /refused/);
  }
  const cut = Object.assign(new DecodeError("truncated", ""), { transient: true });
  for (const error of [cut, new TransportError("unreachable", ""), new ProblemError("provider-busy", "")]) {
    assert.equal(adviceOf(error).kind, "trouble", error.code);
  }
  assert.equal(adviceOf(new WalletError("key-file-passphrase", "")).kind, "local");
});

test("names the host's rule where it refuses, and says what to do of each failure", () => {
  const refused = Object.assign(new ProblemError("provider-refused", "no"), { hostCode: "operation-balance" });
  const { kind, code, next } = adviceOf(refused, true);
  assert.deepEqual([kind, code], ["refusal", "operation-balance"]);
  assert.match(next, /send less/);
  assert.match(adviceOf(new TransportError("timeout", ""), true).next, /cannot be taken twice/);
  for (const thrown of [new Error("x"), "text", undefined, null]) assert.ok(adviceOf(thrown).next.length > 0);
  const odd = Object.assign(new ProblemError("provider-busy", "no"), { hostCode: "constructor", transient: true });
  assert.equal(adviceOf(odd).kind, "trouble");
  assert.match(adviceOf(odd).next, /asks again/);
});

test("has its own advice for each code of a signer, its key file and its words", () => {
  const protocol = readFileSync(new URL("../../docs/PROTOCOL.md", import.meta.url), "utf8");
  const [, section] = protocol.split("A signer, its key file and words are refused with:");
  const codes = [...section.split("\n## ")[0].matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  assert.ok(codes.length > 30);
  const general = adviceOf(new WalletError("no-such-code", "")).next;
  assert.deepEqual(codes.filter((code) => adviceOf(new WalletError(code, "")).next === general), []);
});

const transfer = { kind: "transfer", from: 1, to: 2, amount: 10n, fee: 1n, nonce: 5 };
const signed = () => entryOf({ hash: "aa", operation: transfer }, 0);
const included = { state: "included", hash: "aa", height: 7, headerHash: "bb", position: 3 };

test("follows an operation from signing to the proof of what its block did", () => {
  let entry = signed();
  assert.deepEqual([entry.step, entry.amount], ["signed", "10"]);
  entry = handed(failed(entry, { kind: "trouble" }));
  assert.deepEqual([entry.step, entry.advice], ["handed", undefined]);
  entry = told(entry, { state: "ahead", hash: "aa", height: 7 });
  assert.equal(entry.step, "handed");
  assert.equal(checked(entry, { height: 9, transitionsSince: 1 }).step, "handed", "only shown inclusion counts");
  entry = told(entry, included);
  assert.deepEqual([entry.step, entry.height, entry.position], ["included", 7, 3]);
  assert.equal(checked(entry, { height: 6, transitionsSince: 1 }).step, "included");
  assert.equal(checked(entry, { height: 7, transitionsSince: null }).step, "included");
  assert.equal(checked(entry, { height: 7, transitionsSince: 7 }).step, "proven");
  // Nothing that a host says later takes a step back.
  assert.equal(told(checked(entry, { height: 7, transitionsSince: 7 }), { state: "unknown" }).step, "proven");
});

test("does not call proven what a block did that was passed over", () => {
  const entry = checked(told(signed(), included), { height: 9, transitionsSince: 8 });
  assert.deepEqual([entry.step, entry.skipped, isOver(entry)], ["included", 8, true]);
});

test("says that nothing took an operation only when the account has gone on past it", () => {
  const entry = told(handed(signed()), { state: "unknown" });
  const at = (nonce, more) => ({ index: entry.from, height: 9, account: { nonce, keyOffset: 0, keyId: "one", ...more } });
  assert.equal(passed(entry, at(5)).ended, undefined);
  // Just one further, by a key that signs nothing else there: whatever the host says.
  const shown = passed(failed(entry, { kind: "lie" }), at(6), "whole");
  assert.deepEqual([shown.ended, shown.height, shown.advice.kind], ["shown", 9, "lie"]);
  assert.equal(passed(shown, at(7), "whole").ended, "shown");
  assert.equal(passed(entry, at(6), "restored").ended, "passed");
  assert.equal(passed(entry, at(7), "whole").ended, "passed");
  // A change of key by another operation is none of this one, nor is another account.
  assert.equal(passed(entry, at(6, { keyOffset: 6 }), "whole").ended, "passed");
  assert.equal(passed(entry, { ...at(6), index: entry.from + 1 }, "whole").ended, undefined);
  assert.equal(passed(told(entry, included), at(6)).ended, undefined);
  assert.equal(passed(giftOf("cc", 1, 0), at(6)).ended, undefined);
  assert.equal(told(shown, included).ended, undefined, "a host that hid it");
  // Of two changes to one key, either may be taken; what the next key signs at that nonce is neither.
  const operation = { kind: "rekey", index: 1, newKeyId: "two", fee: 1n, nonce: 7 };
  const change = entryOf({ hash: "dd", operation }, 0);
  const next = (nonce) => ({ index: 1, height: 9, account: { nonce, keyOffset: 7, keyId: "two" } });
  assert.equal(passed(change, next(7), "whole").ended, "passed");
  assert.equal(passed(change, next(8), "whole").ended, "passed");
  assert.equal(passed({ ...change, nonce: 6 }, next(7), "whole").ended, "shown");
  // Nor is the change to a third key, which that one signs.
  const third = { index: 1, height: 9, account: { nonce: 8, keyOffset: 8, keyId: "three" } };
  assert.equal(passed(change, third, "whole").ended, "passed");
  const register = entryOf({ hash: "ee", operation: { kind: "register", index: 1, keyId: "one", leaf: 0 } }, 0);
  const there = (keyId, keyOffset) => ({ index: 1, height: 9, account: { nonce: 1, keyOffset, keyId } });
  assert.equal(passed(register, there("one", 0), "whole").ended, "shown");
  assert.equal(passed(register, there("one", 1), "whole").ended, undefined);
  assert.equal(passed(register, there("two", 0), "whole").ended, undefined);
  assert.equal(givenUp(shown).ended, "shown", "what was taken is not given up");
  // In a block of another chain it was, perhaps.
  assert.equal(told(told(entry, included), { state: "unknown" }).step, "handed");
  // Which operation is the gift is the host's word, wherever that is.
  const { step, ended } = told(giftOf("cc", 1, 0), included);
  assert.deepEqual([step, ended], ["handed", "given"]);
});

test("warns that what was given up can still be taken, until it cannot", () => {
  const entry = givenUp(handed(signed()));
  assert.ok(mayStillBeTaken(entry, 5));
  assert.ok(!mayStillBeTaken(entry, 6));
  assert.ok(!mayStillBeTaken(told(entry, included), 5));
  assert.ok(!mayStillBeTaken(signed(), 5));
});

test("tells what others paid from two proven balances, and waits while it cannot", () => {
  const [before, after] = [{ nonce: 5, balance: "100" }, { nonce: 6, balance: "339" }];
  const paid = checked(told(signed(), included), { height: 9, transitionsSince: 1 });
  assert.equal(receivedBetween(before, after, 1, [paid]), 250n);
  assert.equal(receivedBetween(before, after, 2, [{ ...paid, from: 2 }]), 240n, "paid to itself");
  assert.equal(receivedBetween({ ...before, nonce: 6 }, after, 1, [paid]), 239n, "an earlier one");
  assert.equal(receivedBetween({ ...before, nonce: undefined }, after, 1, [paid]), 0n);
  assert.equal(receivedBetween(before, after, 1, [givenUp(signed())]), 0n, "perhaps that was taken");
  assert.equal(receivedBetween(before, after, 1, [handed(signed())]), undefined);
  assert.equal(receivedBetween(before, after, 1, [{ ...givenUp(signed()), nonce: 6 }, giftOf("cc", 1, 0)]), 239n);
});

test("leads to one thing at a time, and first to what is under way", () => {
  const status = { account: 4, standing: "whole", leaves: { kind: "enough", left: 900 } };
  const seen = { index: 4, height: 9, account: { balance: 0n, nonce: 1, keyOffset: 0 } };
  const open = { ...initial(), phase: "open", status, seen };
  assert.equal(nextOf(initial()), "wait");
  assert.equal(nextOf({ ...open, status: { ...status, account: null } }), "register");
  assert.equal(nextOf({ ...open, noted: false }), "note");
  assert.equal(nextOf(open), "faucet");
  const rich = { ...open, seen: { ...seen, account: { ...seen.account, balance: 5n } } };
  assert.equal(nextOf(rich), "send");
  assert.equal(nextOf({ ...rich, pending: { operation: transfer } }), "pending");
  assert.equal(nextOf({ ...rich, watched: "aa" }), "watched");
  assert.equal(nextOf({ ...rich, doubt: "stranger", pending: { operation: transfer } }), "stranger");
  assert.equal(nextOf({ ...open, seen: { ...seen, account: null } }), "absent");
  const restored = { ...rich, status: { ...status, standing: "restored" } };
  assert.deepEqual([nextOf(restored), warningOf(restored)], ["rekey", "restored"]);
  const low = { ...rich, status: { ...status, leaves: { kind: "low", left: 90 } } };
  assert.deepEqual([nextOf(low), warningOf(low)], ["send", "low"]);
});

test("checks a payment against what is proven before anything is signed", () => {
  const seen = { account: { balance: 100n } };
  const receiver = { height: 9, account: { balance: 0n } };
  checkPayment({ to: 2, amount: 99n, fee: 1n }, { seen, receiver });
  corrects(() => checkPayment({ to: 2, amount: 100n, fee: 1n }, { seen, receiver }), "send-amount");
  corrects(() => checkPayment({ to: 2, amount: 1n, fee: 1n }, { seen, receiver: { height: 9, account: null } }), "send-to");
  corrects(() => checkFee(101n, seen), "rekey-fee");
  corrects(() => checkPassphrase("short", "short", "x"), "x-one");
  corrects(() => checkPassphrase("long enough", "long enouhg", "x"), "x-two");
});

test("takes every block once it is at the head, and hops again where the machine has slept", async () => {
  const [asked, replaced] = [{ everyMs: 1_000 }, []];
  let [tell, head] = [undefined, { step: "hop", timestampMs: Date.now() }];
  const replace = async (options) => void replaced.push(options);
  const pace = new Pace({ asked, head: () => head, listen: (listener) => (tell = listener), replace });
  const show = async (verdict) => {
    head = { timestampMs: Date.now(), ...verdict };
    tell({ type: "verified", verdict: head });
    await undefined;
  };
  await show({ step: "head" });
  assert.equal(replaced.length, 0, "nobody has opened it");
  await show({ step: "hop" });
  pace.checkEveryBlock();
  await show({ step: "hop" });
  assert.equal(replaced.length, 0, "it is on its way");
  await show({ step: "head" });
  assert.deepEqual(replaced, [{ follow: { everyBlock: true }, transitions: true }]);
  await show({ step: "head" });
  await show({ step: "hop" });
  assert.equal(replaced.length, 1);
  await show({ step: "hop", timestampMs: Date.now() - 8 * 3_600_000 });
  assert.deepEqual(replaced[1], { follow: { everyMs: 1_000 } });
  await show({ step: "hop", timestampMs: Date.now() - 3_600_000 });
  assert.equal(replaced.length, 2);
  await show({ step: "head" });
  assert.equal(replaced.length, 3);
});

test("asks for three different words, and takes them in any case", () => {
  const drawn = [0.5, 0.5, 0.1, 0.9];
  const places = placesToRepeat(() => drawn.shift());
  assert.deepEqual(places, [2, 12, 21]);
  const words = Array.from({ length: 24 }, (_, i) => `word${i}`).join(" ");
  assert.ok(areRepeated(words, places, [" Word2", "word12 ", "WORD21"]));
  assert.ok(!areRepeated(words, places, ["word2", "word12", "word20"]));
});
