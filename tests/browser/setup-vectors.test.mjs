// The corpus of vectors/v1/setup, through the package's module in Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";

import { expected, setupCases, setupVerdicts } from "../../pkg/test/setup-corpus.js";
import { barePage } from "./bare-page.mjs";

test("gives every setup of the corpus the verdict that it expects", async (t) => {
  const page = await barePage(t);
  const glue = "/light-client/generated/setup-glue.js";
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  const cases = setupCases();
  // Some answers are longer than anything else that a page is told at once.
  for (let from = 0; from < cases.length; from += 20) {
    const some = cases.slice(from, from + 20);
    const verdicts = await page.evaluate(setupVerdicts, { glue, module, cases: some });
    some.forEach((one, i) => assert.deepEqual(verdicts[i], expected(one), one.name));
  }
});
