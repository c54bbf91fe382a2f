// The corpus of vectors/v1/setup, through the package's module in Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { expected, setupCases, setupVerdicts } from "./setup-corpus.js";

test("gives every setup of the corpus the verdict that it expects", async () => {
  const cases = setupCases();
  assert.ok(cases.length >= 160, `${cases.length} cases`);
  const generated = new URL("../generated/", import.meta.url);
  const module = await WebAssembly.compile(readFileSync(new URL("rpp_wasm_bg.wasm", generated)));
  const verdicts = await setupVerdicts({ glue: new URL("setup-glue.js", generated).href, module, cases });
  cases.forEach((one, i) => assert.deepEqual(verdicts[i], expected(one), one.name));
});
