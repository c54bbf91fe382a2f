// The corpus of vectors/v1/setup, through the package's module in Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";

import { expected, setupCases, setupVerdicts } from "../../pkg/test/setup-corpus.js";
import { launch } from "./browser.mjs";
import { Relay } from "./relay.mjs";

test("gives every setup of the corpus the verdict that it expects", async (t) => {
  const relay = await new Relay().start();
  t.after(() => relay.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${relay.url}/icon.svg`);
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
