import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, count } from "../demo/words.js";

test("groups the digits of a number by three", () => {
  const numbers = [0, 999, 1_000, 65_536, 999_999, 4_294_967_295, 18_446_744_073_709_551_615n];
  for (const number of numbers) assert.equal(count(number), number.toLocaleString("en"));
});

test("writes a time of day with all its digits", () => {
  for (const time of [0, 3_723_000, 86_399_999]) {
    assert.equal(clock(time), new Date(time).toLocaleTimeString("en-GB"));
  }
});
