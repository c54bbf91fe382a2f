// What the page of the demo knows, as plain data.
import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, initial, next } from "../demo/model.js";

const NOW_MS = 1_800_000_000_000;
const verdict = { step: "head", statement: { height: 9 }, spent: { bytes: 1n, requests: 1 }, freshness: "fresh" };
const proven = () => next(initial(), { type: "verified", verdict }, NOW_MS);

test("shows no head any more that its client has left", () => {
  assert.equal(condition(proven()), "proven");
  const revoked = { name: "StateError", code: "state-circuit-revoked" };
  const refused = next(proven(), { type: "refused", error: revoked, retryInMs: 0 }, NOW_MS);
  assert.equal(refused.head, undefined);
  assert.equal(condition({ ...refused, fault: undefined }), "starting");
  assert.equal(condition(next(proven(), { type: "overtaken" }, NOW_MS)), "starting");
  const other = { name: "VerifyError", code: "opening" };
  assert.equal(next(proven(), { type: "refused", error: other, retryInMs: 0 }, NOW_MS).head, verdict);
});
