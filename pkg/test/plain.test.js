// Verdicts and statuses through the channels of a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as rpp from "../slim.js";
import { dated } from "../src/dated.js";
import { EPOCH_MS, head, startFake } from "./client.js";
import { TestClock } from "./clock.js";

const FORMS = [
  [rpp.verdictToPlain, rpp.verdictFromPlain, "verdict"],
  [rpp.statusToPlain, rpp.statusFromPlain, "status"],
];
// What carries values: JSON and sendMessage as text, storage by plain properties, postMessage by cloning.
const CHANNELS = {
  JSON: (value) => JSON.parse(JSON.stringify(value)),
  "structured cloning": structuredClone,
  "chrome.storage": stored,
};

/** Returns what `chrome.storage` keeps: own properties, and none of a type that JSON lacks. */
function stored(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(stored);
  const kept = Object.entries(value).filter(([, field]) => typeof field !== "bigint");
  return Object.fromEntries(kept.map(([name, field]) => [name, stored(field)]));
}

async function both(t, more) {
  const { client, clock, events } = await startFake(t, () => head(1), more);
  await clock.advance(0);
  return { clock, verdict: events[0].verdict, status: await client.status() };
}

test("plain forms of verdict and status come whole out of every channel", async (t) => {
  const given = await both(t);
  for (const [toPlain, fromPlain, of] of FORMS) {
    for (const [channel, through] of Object.entries(CHANNELS)) {
      const plain = through(toPlain(given[of]));
      assert.deepEqual(plain, toPlain(given[of]), `${of}, ${channel}`);
      const revived = fromPlain(plain);
      assert.deepEqual(revived, given[of], `${of}, ${channel}`);
      assert.equal(revived.freshness, "fresh");
      assert.equal(revived.spent.bytes, 12345678901234567890n);
      assert.ok(Object.isFrozen(revived) && Object.isFrozen(revived.spent));
    }
  }
});

test("no channel keeps a freshness, which is of the moment when it is read", async (t) => {
  const { clock, verdict, status } = await both(t, { maxHeadAgeMs: 90_000 });
  const kept = Object.values(CHANNELS).flatMap((through) => [
    rpp.verdictFromPlain(through(rpp.verdictToPlain(verdict))),
    rpp.statusFromPlain(through(rpp.statusToPlain(status))),
  ]);
  for (const value of [verdict, status]) {
    for (const copy of [{ ...value }, structuredClone(value), JSON.parse(JSON.stringify(value))]) {
      assert.equal("freshness" in copy, false);
      assert.equal(copy.staleAtMs, EPOCH_MS + 91_000);
      assert.equal(Date.now() - copy.timestampMs, -1_000);
    }
  }
  assert.ok([verdict, status, ...kept].every(({ freshness }) => freshness === "fresh"));
  clock.sleep(91_001);
  assert.ok([verdict, status, ...kept].every(({ freshness }) => freshness === "stale"));
});

test("a head far ahead of the clock has no age that can be known", (t) => {
  const clock = new TestClock(EPOCH_MS);
  t.mock.method(Date, "now", () => clock.unix());
  const made = (timestampMs) => dated({ timestampMs, staleAtMs: timestampMs + 1_000 }).freshness;
  assert.equal(made(EPOCH_MS + 30_000), "fresh");
  assert.equal(made(EPOCH_MS + 30_001), "stale");
});

test("refuses what is no plain form, and takes one that an earlier release kept", async (t) => {
  const { verdict } = await both(t);
  const plain = rpp.verdictToPlain(verdict);
  const others = [undefined, null, 5, {}, { ...plain, staleAtMs: undefined }, { ...plain, spent: {} }];
  for (const other of others) {
    assert.throws(() => rpp.verdictFromPlain(other), { name: "ConfigError", code: "bad-plain" });
  }
  assert.throws(() => rpp.verdictToPlain(undefined), { name: "ConfigError", code: "bad-plain" });
  assert.equal(rpp.verdictFromPlain({ ...plain, freshness: "stale" }).freshness, "fresh");
});

test("errors are whole as JSON", () => {
  const { name, code, message } = JSON.parse(JSON.stringify(new rpp.VerifyError("opening", "why")));
  assert.deepEqual([name, code, message], ["VerifyError", "opening", "why"]);
  assert.equal(rpp.errorFromPlain(undefined).code, "internal");
});
